V=$(jq -r .engineVersion /etc/dagger.json)
curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$V sh
