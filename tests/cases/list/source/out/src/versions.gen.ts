export const DAGGER_VERSION = "0.1.0";
