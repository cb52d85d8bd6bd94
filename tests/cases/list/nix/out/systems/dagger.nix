{ stdenv, fetchurl }:
let
  version = "0.21.7";
  hashes = {
    x86_64-linux = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4";
    aarch64-darwin = "0xwwkpkn0baghqb9v1z1craqyph91gml8a8rbnd0pr7gf76p455v";
  };
  names = { x86_64-linux = "linux_amd64"; aarch64-darwin = "darwin_arm64"; };
  inherit (stdenv.hostPlatform) system;
in
stdenv.mkDerivation {
  pname = "dagger";
  inherit version;
  src = fetchurl {
    url = "https://dl.dagger.io/dagger/releases/${version}/dagger_v${version}_${names.${system}}.tar.gz";
    sha256 = hashes.${system};
  };
}
