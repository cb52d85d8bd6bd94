{ stdenv, fetchurl }:
stdenv.mkDerivation {
  pname = "dagger";
  version = "0.20.6";
  src = fetchurl {
    url = "https://dl.dagger.io/dagger/releases/0.20.8/dagger_v0.20.8_linux_amd64.tar.gz";
    sha256 = "1ns6wq2z1skd2fq9lbrcali0s8kn24p3haamnjjgchg6zlv6b960";
  };
}
