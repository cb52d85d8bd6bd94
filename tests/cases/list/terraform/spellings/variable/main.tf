variable "dagger_version" {
  # @BYTES@
  default = "@VERSION@"
}
