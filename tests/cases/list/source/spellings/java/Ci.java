class Ci {
  // @BYTES@
  static final String DAGGER_VERSION = "@VERSION@";
}
