{
  description = "Keeps one version of a build engine true everywhere it is written down";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  outputs = inputs: import ./nix inputs;
}
