{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    dagger.url = "github:dagger/nix/a851a67032dfcb7669cd060d6330d4d8af53a9da";
    dagger.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs = { nixpkgs, dagger, ... }: {
    packages.x86_64-linux.default = dagger.packages.x86_64-linux.dagger;
  };
}
