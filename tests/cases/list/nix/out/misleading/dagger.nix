{ stdenv, fetchurl }:
stdenv.mkDerivation {
  pname = "dagger";
  version = "0.20.6";
  src = fetchurl {
    url = "https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_linux_amd64.tar.gz";
    sha256 = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4";
  };
}
