const c = dag.container().withEnvVariable("DAGGER_VERSION", "@VERSION@"); // @BYTES@
