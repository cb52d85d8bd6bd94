{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    dagger.url = "github:dagger/nix";
    dagger.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs = { nixpkgs, dagger, ... }: {
    packages.x86_64-linux.default = dagger.packages.x86_64-linux.dagger;
  };
}
