curl -fsSLO "https://dl.dagger.io/dagger/releases/0.20.8/dagger_v0.20.8_linux_amd64.tar.gz"
V=0.20.8
curl -fsSLO "https://github.com/dagger/dagger/releases/download/v$V/dagger_v${V}_linux_amd64.tar.gz"
