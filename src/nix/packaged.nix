# What a tree of github:dagger/nix packages: by system the address and the hash of what its package is made of, or null.
# The attribute `version` is not looked at, because it was wrong in seven commits there.
tree:
let
  flake = import (tree + "/flake.nix");

  # The nixpkgs that it locks.
  locked =
    let
      lock = builtins.fromJSON (builtins.readFile (tree + "/flake.lock"));
    in
    lock.nodes.${lock.nodes.${lock.root}.inputs.nixpkgs}.locked;

  # What the flake itself gives over a nixpkgs.
  packagesOver =
    nixpkgs:
    let
      others = removeAttrs (builtins.functionArgs flake.outputs) [ "self" ];
      outputs = flake.outputs (builtins.mapAttrs (_: _: nixpkgs) others // { inherit self; });
      self = tree // outputs // { inherit outputs; };
    in
    outputs.packages;

  sourceOf =
    package:
    let
      src = package.src;
    in
    {
      url = src.url or (builtins.head src.urls);
      hash = src.outputHash or src.sha256 or src.hash;
    };

  answer = nixpkgs: {
    inherit (tree) rev narHash lastModified;
    nixpkgs = locked;
    sources = builtins.mapAttrs (
      _: packages: if packages ? dagger then sourceOf packages.dagger else null
    ) (packagesOver nixpkgs);
  };
in
{
  # Needs nothing but the tree. When the words are said the tree is there, and what fails then is its layout.
  overStub =
    let
      nixpkgs = {
        outPath = ./stub.nix;
        inherit (import ./stub.nix { system = null; }) lib;
      };
    in
    builtins.seq tree.narHash (builtins.trace "pin: the tree is here" (answer nixpkgs));

  # Needs that nixpkgs, too.
  overItsOwn =
    let
      fetched = builtins.fetchTree locked;
      outputs = (import (fetched + "/flake.nix")).outputs { inherit self; };
      self = fetched // outputs // { inherit outputs; };
    in
    answer self;
}
