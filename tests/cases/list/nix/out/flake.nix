{
  # inputs.dagger.url = "github:dagger/nix/v0.1.0";
  inputs.dagger.url = "github:dagger/nix/873cc22ba46b73d4a6c1aa6c102ef3aabc736496";
  inputs.other.follows = "dagger";
  outputs = { self, dagger, ... }: {
    devShells.x86_64-linux.default = dagger.mkShell {
      _EXPERIMENTAL_DAGGER_RUNNER_HOST = "docker-image://registry.dagger.io/engine:v0.21.7";
      shellHook = ''
        export DAGGER_VERSION=0.21.7
      '';
    };
  };
}
