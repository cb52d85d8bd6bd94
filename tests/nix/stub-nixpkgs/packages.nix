# The packages and builders that our flake names. Nothing is compiled: a Rust package is the `pin` that the test has put
# beside this file, after the checks that the real builder would make on its source.
{ lib, system }:
let
  # An own derivation with the few phases that our flake uses.
  run =
    name: attributes: script:
    derivation (
      {
        inherit name system;
        builder = "/bin/sh";
        args = [
          "-c"
          ''
            set -eu
            for input in $nativeBuildInputs; do PATH=$input/bin:$PATH; done
            ${script}
          ''
        ];
        PATH = "/usr/bin:/bin";
        nativeBuildInputs = [ ];
      }
      // attributes
    );
  tool = name: run name { } "mkdir $out";
in
rec {
  inherit lib;
  callPackage = lib.callPackageWith packages;
  runCommand = run;
  stdenv.hostPlatform.isLinux = builtins.match ".*-linux" system != null;
  mkShell =
    {
      inputsFrom ? [ ],
      packages ? [ ],
    }:
    run "shell" { nativeBuildInputs = inputsFrom ++ packages; } "mkdir $out";

  rustPlatform.buildRustPackage =
    {
      pname,
      version,
      src,
      cargoLock,
      postPatch ? "",
      cargoTestFlags ? [ ],
      meta ? { },
    }:
    let
      locked = (lib.importTOML cargoLock.lockFile).package;
      foreign = builtins.filter (crate: crate ? source && !(crate ? checksum)) locked;
    in
    # Crates without a checksum in the lock would need `outputHashes`.
    assert foreign == [ ];
    run "${pname}-${version}" { inherit src postPatch; } ''
      cp -r $src source && chmod -R u+w source && cd source
      test -f Cargo.toml && test -f Cargo.lock && test -f src/main.rs
      eval "$postPatch"
      for file in $(sed -n 's/^path = "\(.*\)"$/\1/p' Cargo.toml); do
        test -f "$file" || { echo "Cargo.toml names $file, which the source lacks" >&2; exit 1; }
      done
      mkdir -p $out/bin && cp ${./pin} $out/bin/pin
    ''
    // {
      inherit meta;
    };

  clippy = tool "clippy";
  git = tool "git";
  rust-analyzer = tool "rust-analyzer";
  rustfmt = tool "rustfmt";
  strace = tool "strace";

  packages = {
    inherit
      lib
      callPackage
      runCommand
      stdenv
      mkShell
      rustPlatform
      clippy
      git
      rust-analyzer
      rustfmt
      strace
      ;
  };
}
