{ inputs, pkgs, ... }:
{
  packages = [ inputs.dagger.packages.${pkgs.stdenv.system}.dagger ];
  enterShell = "dagger version";
}
