param(
  [string]$DaggerVersion = "@VERSION@" # @BYTES@
)
