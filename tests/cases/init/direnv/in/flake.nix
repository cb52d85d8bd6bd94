{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.dagger.url = "github:dagger/nix";
  inputs.dagger.inputs.nixpkgs.follows = "nixpkgs";

  outputs =
    { nixpkgs, dagger, ... }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      devShells.${system}.default = pkgs.mkShell {
        packages = [ dagger.packages.${system}.dagger ];
      };
    };
}
