# The outputs of the flake, for every system that pin supports.
{ self, nixpkgs, ... }:
let
  systems = [
    "x86_64-linux"
    "aarch64-linux"
    "x86_64-darwin"
    "aarch64-darwin"
  ];
  forEachSystem = build: nixpkgs.lib.genAttrs systems (system: build system nixpkgs.legacyPackages.${system});
in
{
  packages = forEachSystem (
    _: pkgs: {
      default = pkgs.callPackage ./package.nix { };
    }
  );

  devShells = forEachSystem (
    system: pkgs: {
      default = pkgs.callPackage ./shell.nix { pin = self.packages.${system}.default; };
    }
  );

  checks = forEachSystem (
    system: pkgs:
    pkgs.callPackage ./check.nix {
      pin = self.packages.${system}.default;
      source = self;
    }
  );
}
