{ inputs.dagger.url = "github:dagger/nix"; outputs = _: { }; }
