version=$(jq -r .engineVersion ci/dagger.json)
curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$version sh
