V=${V:-0.20.8}
curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$V sh
