resource "helm_release" "engine" {
  chart = "oci://registry.dagger.io/dagger-helm" // @BYTES@
  version = "@VERSION@"
}
