# What `nix flake check` builds: the package with its unit tests, and this repository held in lockstep by pin itself.
{
  runCommand,
  pin,
  source,
}:
{
  package = pin;

  lockstep = runCommand "pin-lockstep" { nativeBuildInputs = [ pin ]; } ''
    pin -C ${source} check
    touch $out
  '';
}
