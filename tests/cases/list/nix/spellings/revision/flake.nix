# @BYTES@
{
  inputs = { dagger = { url = "github:dagger/nix/@REVISION@"; }; };
  outputs = _: { x = ''
    image = registry.dagger.io/engine:v@VERSION@
  ''; };
}
