{ dagger, fetchurl, stdenv }:
dagger.overrideAttrs (old: rec {
  version = "0.20.8";
  src = fetchurl {
    url = "https://dl.dagger.io/dagger/releases/${version}/dagger_v${version}_linux_amd64.tar.gz";
    sha256 = "1ns6wq2z1skd2fq9lbrcali0s8kn24p3haamnjjgchg6zlv6b960";
  };
})
