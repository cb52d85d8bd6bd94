//! The keys of `pin.toml`.

use crate::document::tables::tables;

tables! {
    /// What a repository says about its toolchains. Optional: without this file, discovery alone decides.
    Root "pin.toml" {
        /// Versions of `pin` itself that may judge this repository, as Cargo writes requirements.
        required: Requirement = ">=0.1";
        /// Name of the project, for everything that is kept per project. Without it, it is told by the git directory.
        project: Text = "shop";
        /// Toolchains by name: `dagger`, `buildkit`, or your own, whose places `site` says.
        toolchain: Toolchains = { "dagger": { "version": "0.21.8" } };
    }

    /// What is said about one toolchain.
    Toolchain "a toolchain" where ("not" = { "required": ["version", "source"] }) {
        /// The truth: the version that all places are measured against. Or `source`.
        version: Version = "0.21.8";
        /// The file whose version is the truth, relative to this file; of a flake its `flake.nix`. Or `version`.
        source: Path = "flake.nix";
        /// How close to the truth is close enough. `exact`: the very same version; `minor`: the same X.Y; `window`:
        /// inside the engine's own compatibility window, which only `dagger` has.
        policy: Policy = "exact";
        /// Versions that are tolerated beside the truth during a staged upgrade: notes instead of findings.
        also: Vec<Version> = ["0.21.7"];
        /// Fewer places than this are an error, so that one which is moved or renamed is not silently unchecked.
        expect: usize = 9;
        /// Other checkouts that must agree, as paths from this file.
        roots: Vec<Checkout> = ["../gitops"];
        /// Other rules for some places; the first one that matches counts.
        rules: Vec<RuleOverride> =
            [{ "kind": "module.engine-version", "files": "modules/**", "rule": "at-most" }];
        /// Files with a version of their own.
        groups: Vec<Group> = [{ "files": "legacy/**", "version": "0.19.11" }];
        /// Places that are not judged, or findings that are accepted.
        ignore: Vec<Ignore> = [{ "files": "docs/**" }, { "files": "ci/**", "code": "floating-version" }];
        /// Places that nothing else finds.
        site: Vec<Site> = [{ "file": "rust-toolchain.toml", "key": "toolchain.channel" }];
    }

    /// Another rule for the places that are of a kind, in some files, or both.
    RuleOverride "a rule" {
        /// What sort of place it is for, as `pin list` says it.
        kind: Kind = "module.engine-version";
        /// Which files it is for.
        files: Glob = "modules/**";
        /// How such a place must relate to the truth. `equal`: as the policy says; `at-most`: not newer; `at-least`: not
        /// older; `admits`: a range that contains it; `ignore`: in any way.
        [required] rule: Rule = "at-most";
    }

    /// Files with a version of their own.
    Group "a group" {
        /// Which files.
        [required] files: Glob = "legacy/**";
        /// Their version.
        [required] version: Version = "0.19.11";
    }

    /// Places that are not judged at all, or with `code` only that finding. Everything that is given must match.
    Ignore "an ignore" where ("minProperties" = 1) {
        /// In which files.
        files: Glob = "docs/**";
        /// What sort of place, as `pin list` says it.
        kind: Kind = "env.version";
        /// Which finding, as `pin why --code` explains it.
        code: Code = "floating-version";
    }

    /// Places of a toolchain in some files: one of `key`, `image`, `pattern` and `marker`, or `key` with `pattern`.
    /// Without any of them the file holds a version and nothing else.
    Site "a site" where ("dependentSchemas" = {
        "image": { "not": { "anyOf": [{ "required": ["key"] }, { "required": ["pattern"] }, { "required": ["marker"] }] } },
        "marker": { "not": { "anyOf": [{ "required": ["key"] }, { "required": ["pattern"] }] } }
    }) {
        /// Which files.
        [required] file: Glob = "rust-toolchain.toml";
        /// The value at a path of keys: `a.b`, `a[0]`, `a.*`; `"a.b".c` has a name with a dot.
        key: KeyPath = "toolchain.channel";
        /// The tags of an image wherever it is named.
        image: Image = "docker.io/library/rust";
        /// What the group `version` of a regular expression matches; with `key` in the value there, else in the file.
        pattern: Pattern = "Rust (?<version>[\\d.]+)";
        /// The version on the line that has these words in a comment, or on the line after the comment.
        marker: Marker = "pin: rust";
        /// How such a place must relate to the truth; `equal` unless something else is said.
        rule: Rule = "equal";
    }
}
