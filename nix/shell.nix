# Everything to change and test pin: the compiler that the package is built with, and the tools of its tests.
{
  lib,
  stdenv,
  mkShell,
  pin,
  clippy,
  git,
  rust-analyzer,
  rustfmt,
  strace,
}:
mkShell {
  inputsFrom = [ pin ];
  packages = [
    clippy
    git
    rust-analyzer
    rustfmt
  ]
  ++ lib.optionals stdenv.hostPlatform.isLinux [ strace ];
}
