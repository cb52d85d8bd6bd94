curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$FROM_OUTSIDE sh
