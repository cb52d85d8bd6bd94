{
  inputs.dagger.url = github:dagger/nix?rev=@REVISION@;
  outputs = _: { };
}
