# The pin binary.
{ lib, rustPlatform }:
let
  manifest = (lib.importTOML ../Cargo.toml).package;
in
rustPlatform.buildRustPackage {
  pname = manifest.name;
  inherit (manifest) version;

  # Only what the compiler reads: a change of the README, of a test or of this file builds nothing anew.
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../Cargo.toml
      ../Cargo.lock
      ../src
    ];
  };
  cargoLock.lockFile = ../Cargo.lock;

  # The integration tests and the benchmarks need the whole repository and real tools; `tests/run` is their place. Cargo
  # wants to see their files all the same, because the manifest names them.
  postPatch = ''
    mkdir -p tests/it tests/bench
    touch tests/it/main.rs tests/bench/main.rs
  '';
  cargoTestFlags = [
    "--lib"
    "--bins"
  ];

  meta = {
    inherit (manifest) description;
    license = lib.licenses.mit;
    mainProgram = "pin";
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
  };
}
