{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    dagger.url = "https://github.com/dagger/nix/archive/main.tar.gz";
    dagger.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs = { nixpkgs, dagger, ... }: {
    packages.x86_64-linux.default = dagger.packages.x86_64-linux.dagger;
  };
}
