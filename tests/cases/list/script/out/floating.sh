curl -fsSL https://dl.dagger.io/dagger/install.sh | sh
