{ dagger, fetchurl, stdenv }:
dagger.overrideAttrs (old: rec {
  version = "0.21.7";
  src = fetchurl {
    url = "https://dl.dagger.io/dagger/releases/${version}/dagger_v${version}_linux_amd64.tar.gz";
    sha256 = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4";
  };
})
