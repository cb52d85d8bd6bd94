{ fetchurl, stdenvNoCC }:
stdenvNoCC.mkDerivation {
  pname = "dagger";
  version = "0.21.8";
  src = fetchurl {
    url = "https://dl.dagger.io/dagger/releases/0.21.8/dagger_v0.21.8_linux_amd64.tar.gz";
    sha256 = "53e226c7da8fb75171e58c35759d736d961ce8b3a12db0baa7b7107954fccc5a";
  };
}
