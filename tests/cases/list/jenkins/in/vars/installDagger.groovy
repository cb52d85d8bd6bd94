def call(Map config = [:]) {
  def version = config.daggerVersion ?: '0.20.8'
  sh "curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=${version} sh"
  return [cli: version, daggerModuleVersion: '0.3.1']
}
