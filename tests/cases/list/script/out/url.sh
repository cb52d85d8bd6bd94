curl -fsSLO "https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_linux_amd64.tar.gz"
V=0.21.7
curl -fsSLO "https://github.com/dagger/dagger/releases/download/v$V/dagger_v${V}_linux_amd64.tar.gz"
