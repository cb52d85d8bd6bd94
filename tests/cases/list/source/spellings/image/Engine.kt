const tag = "v@VERSION@" // @BYTES@
val engine = "registry.dagger.io/engine:" + tag
