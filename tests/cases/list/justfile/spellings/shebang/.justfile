tag := 'v@VERSION@'
pull:
  #!/bin/sh
  # @BYTES@
  docker pull registry.dagger.io/engine:{{tag}}
