A=$B
B=$A
curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$A sh
