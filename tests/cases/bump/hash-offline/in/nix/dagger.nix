{ fetchurl, stdenvNoCC }:
stdenvNoCC.mkDerivation {
  pname = "dagger";
  version = "0.21.4";
  src = fetchurl {
    url = "https://dl.dagger.io/dagger/releases/0.21.4/dagger_v0.21.4_linux_amd64.tar.gz";
    sha256 = "4db2f807b67e3160fb110bb1e088b14c516594b8d287114a39c980f2485e9672";
  };
}
