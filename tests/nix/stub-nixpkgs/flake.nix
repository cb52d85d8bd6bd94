# A stand-in for nixpkgs, as small as our own flake allows, for tests on machines that cannot fetch the real one. It
# evaluates and builds what nix/*.nix asks for, and refuses what the real nixpkgs would refuse.
{
  outputs = _: rec {
    lib = import ./lib.nix;
    legacyPackages = lib.genAttrs [
      "x86_64-linux"
      "aarch64-linux"
      "x86_64-darwin"
      "aarch64-darwin"
    ] (system: import ./packages.nix { inherit lib system; });
  };
}
