/* @BYTES@ */
pub const DAGGER_VERSION: &str = "@VERSION@";
