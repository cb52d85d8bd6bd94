package main

// @BYTES@
const daggerVersion = "v@VERSION@"
