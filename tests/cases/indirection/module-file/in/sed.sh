V=$(sed -n 's/.*engineVersion": "\(.*\)".*/\1/p' ci/dagger.json)
curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$V sh
