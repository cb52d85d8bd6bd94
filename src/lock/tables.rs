//! The keys of `pin.lock`.

use crate::document::tables::tables;

tables! {
    /// What a repository has learnt about releases beyond what `pin` knows by itself. `pin` writes it.
    Root "pin.lock" {
        /// Version of the format.
        [required] version: FormatVersion = 1;
        /// What image references stand for.
        images: Vec<Image> = [];
        /// What is known about releases, by toolchain.
        toolchain: Toolchains = { "dagger": { "revisions": [] } };
    }

    /// The one toolchain whose releases are learnt.
    Toolchains "`toolchain`" {
        /// Dagger.
        dagger: Toolchain = { "revisions": [] };
    }

    /// What is known about a toolchain's releases.
    Toolchain "a toolchain" {
        /// Revisions of the flake that packages the CLI.
        revisions: Vec<Revision> = [];
        /// Archives of the CLI.
        archives: Vec<Archive> = [];
    }

    /// A revision of the flake that packages the CLI.
    Revision "a revision" {
        /// The commit.
        [required] rev: Rev = "873cc22ba46b73d4a6c1aa6c102ef3aabc736496";
        /// The release that it packages; a revision without one packages none.
        version: Version = "0.20.8";
        /// Hash of its tree, as a `flake.lock` has it.
        [required] nar_hash as "nar-hash": NarHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        /// Its time in seconds since 1970.
        [required] last_modified as "last-modified": u64 = 1_776_718_847;
        /// The nixpkgs that it locks.
        [required] nixpkgs: Nixpkgs = {
            "rev": "54170c54449ea4d6725efd30d719c5e505f1c10e",
            "nar-hash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "last-modified": 1_776_718_847
        };
        /// Who said so.
        [required] from: Text = "https://github.com/dagger/nix";
    }

    /// A revision of nixpkgs.
    Nixpkgs "`nixpkgs`" {
        /// The commit.
        [required] rev: Rev = "54170c54449ea4d6725efd30d719c5e505f1c10e";
        /// Hash of its tree, as a `flake.lock` has it.
        [required] nar_hash as "nar-hash": NarHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        /// Its time in seconds since 1970.
        [required] last_modified as "last-modified": u64 = 1_776_718_847;
    }

    /// An archive of the CLI.
    Archive "an archive" {
        /// The release.
        [required] version: Version = "0.20.8";
        /// What it runs on, as Nix says it.
        [required] system: Text = "x86_64-linux";
        /// Digest of its bytes.
        [required] sha256: Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        /// Who said so.
        [required] from: Text = "https://dl.dagger.io/dagger/releases/0.20.8/checksums.txt";
    }

    /// What an image reference stands for.
    Image "an image" {
        /// The reference.
        [required] reference: Text = "registry.dagger.io/engine:v0.20.8";
        /// Digest of what it names: most often an index.
        [required] digest: Digest =
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        /// Digests of the manifests, by platform.
        platforms: Digests = {
            "linux/amd64": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        };
        /// Who said so.
        [required] from: Text = "registry.dagger.io";
    }
}
