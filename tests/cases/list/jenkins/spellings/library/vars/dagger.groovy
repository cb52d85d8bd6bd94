/* @BYTES@ */
def call(String daggerVersion = "@VERSION@") {
  withEnv(["DAGGER_VERSION=@VERSION@"]) {
    docker.image("registry.dagger.io/engine:v${daggerVersion}").inside { sh 'dagger version' }
  }
}
