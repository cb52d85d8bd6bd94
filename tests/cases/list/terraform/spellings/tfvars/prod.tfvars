dagger_version = "v@VERSION@" # @BYTES@
