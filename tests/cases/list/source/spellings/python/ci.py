def ci(dagger_version: str = "@VERSION@"):  # @BYTES@
    pass
