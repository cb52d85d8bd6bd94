{ pkgs }:
let
  version = "1.88.0";
in
{
  tools.rust = pkgs.mkTool {
    inherit pkgs;
    version = version;
  };
}
