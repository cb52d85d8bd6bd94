{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    dagger.url = "github:dagger/nix/7a879509f6467ce4e023ed2d8fe1ef42ecfcb69c";
  };

  outputs = { nixpkgs, dagger, ... }: {
    packages.x86_64-linux.default = dagger.packages.x86_64-linux.dagger;
  };
}
