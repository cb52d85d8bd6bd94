{
  inputs.dagger.url = "github:dagger/nix/c93d69f685b8a58eaa767eaaf189b0ac6f4f741a";
  outputs = { nixpkgs, dagger, ... }: {
    devShells.x86_64-linux = {
      attribute = nixpkgs.legacyPackages.x86_64-linux.mkShell {
        packages = [ dagger.packages.x86_64-linux.dagger ];
        _EXPERIMENTAL_DAGGER_RUNNER_HOST = "docker-container://engine";
      };
      hook = nixpkgs.legacyPackages.x86_64-linux.mkShell {
        shellHook = ''
          export _EXPERIMENTAL_DAGGER_RUNNER_HOST=docker-container://engine
        '';
      };
      asks = nixpkgs.legacyPackages.x86_64-linux.mkShell {
        shellHook = ''
          export _EXPERIMENTAL_DAGGER_RUNNER_HOST="''${_EXPERIMENTAL_DAGGER_RUNNER_HOST:-docker-container://engine}"
        '';
      };
    };
    nixosModules.default = {
      environment.variables._EXPERIMENTAL_DAGGER_RUNNER_HOST = "tcp://127.0.0.1:8080";
      systemd.services.ci.environment._EXPERIMENTAL_DAGGER_RUNNER_HOST = "tcp://127.0.0.1:8080";
    };
  };
}
