DAGGER_VERSION=$V
V=$DAGGER_VERSION
DAGGER_VERSION=$V
curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$V sh
