# As much of nixpkgs as that flake takes to say what it would download: what builds and what fetches gives back what it
# was given.
{ system, ... }:
let
  lib = {
    genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
    filterAttrs =
      keeps: set: removeAttrs set (builtins.filter (name: !keeps name set.${name}) (builtins.attrNames set));
    isDerivation = value: builtins.isAttrs value && value.type or null == "derivation";
  };

  mkDerivation =
    arguments:
    let
      given = if builtins.isFunction arguments then arguments given else arguments;
    in
    given // { type = "derivation"; };
  stdenv = {
    inherit mkDerivation;
    hostPlatform = { inherit system; };
  };

  callPackage =
    file: overrides:
    let
      package = if builtins.isFunction file then file else import file;
      arguments = builtins.functionArgs package;
      # What has no default and is not here only helps to build.
      helpers = removeAttrs arguments (builtins.filter (name: arguments.${name}) (builtins.attrNames arguments));
    in
    package (builtins.mapAttrs (_: _: { }) helpers // builtins.intersectAttrs arguments pkgs // overrides);

  pkgs = {
    inherit system lib callPackage stdenv pkgs;
    stdenvNoCC = stdenv;
    fetchurl = arguments: arguments;
  };
in
pkgs
