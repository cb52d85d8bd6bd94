{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    dagger.url = "github:dagger/nix?rev=c93d69f685b8a58eaa767eaaf189b0ac6f4f741a";
    dagger.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs = { nixpkgs, dagger, ... }: {
    packages.x86_64-linux.default = dagger.packages.x86_64-linux.dagger;
  };
}
