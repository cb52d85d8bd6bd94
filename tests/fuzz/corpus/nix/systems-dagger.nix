{ stdenv, fetchurl }:
let
  version = "0.20.8";
  hashes = {
    x86_64-linux = "1ns6wq2z1skd2fq9lbrcali0s8kn24p3haamnjjgchg6zlv6b960";
    aarch64-darwin = "09czxbh2m48sz37xkxj6cp5psg02zs25qxn3a7w9b23lx1zgxjs4";
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
