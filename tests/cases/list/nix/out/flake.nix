{
  # inputs.dagger.url = "github:dagger/nix/v0.1.0";
  inputs.dagger.url = "github:dagger/nix/c93d69f685b8a58eaa767eaaf189b0ac6f4f741a";
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
