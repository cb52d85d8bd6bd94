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
        /// The engine that executes, in the pinned version.
        engine: Engine = { "mode": "isolated" };
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

    /// The engine that executes, in the pinned version. Which runtime runs it, and whether it may be privileged
    /// without being asked, is said in the user's own `pin/config.toml`.
    Engine "`engine`" where (
        "dependentSchemas" = {
            "endpoint": { "required": ["mode"], "properties": { "mode": { "const": "remote" } } },
            "tls": { "required": ["endpoint"] }
        },
        "allOf" = [
            {
                "if": { "required": ["mode"], "properties": { "mode": { "enum": ["remote", "host"] } } },
                "then": {
                    "properties": { "image": false, "ca": false, "gc": false, "memory": false, "gpu": { "const": false } }
                }
            },
            {
                "if": { "required": ["mode"], "properties": { "mode": { "const": "host" } } },
                "then": { "required": ["toolchain"], "properties": { "toolchain": { "const": "buildkit" } } }
            },
            {
                "if": { "required": ["toolchain"], "properties": { "toolchain": { "const": "buildkit" } } },
                "then": { "properties": { "gpu": { "const": false } } }
            }
        ]
    ) {
        /// Whose engine it is: `dagger` unless something else is said.
        toolchain: EngineKind = "dagger";
        /// Where it runs. `isolated`: in a privileged container of its own; `remote`: at the `endpoint`; `host`: inside
        /// the container daemon, which only `buildkit` does. The last two are compared, never provisioned.
        mode: Mode = "isolated";
        /// Where a remote engine is reached: `tcp://…`, `unix://…`, `kube-pod://…` and what else its clients know.
        endpoint: Endpoint = "tcp://engine.ci.svc:1234";
        /// The certificates of that connection.
        tls: Tls = { "ca": "certs/ca.pem" };
        /// A mirror of the engine's image, without tag: the version comes from the pin.
        image: Image = "mirror.example/engine";
        /// Whether it is the image for GPUs, which only `dagger` has.
        gpu: bool = false;
        /// Certificates that the engine trusts beside its own, as paths from the repository's root.
        ca: Vec<Path> = ["certs/corp.pem"];
        /// When its cache is pruned.
        gc: Gc = { "max": "20%" };
        /// How long it is waited for until it answers; `60s` unless something else is said.
        start_timeout: Duration = "60s";
        /// How long it may take to end by itself; `300s` unless something else is said.
        stop_timeout: Duration = "300s";
        /// The most memory that it may have.
        memory: Size = "8GiB";
    }

    /// When the cache is pruned.
    Gc "`gc`" {
        /// How large it may grow: a part of the disk that it is on, or a size.
        [required] max: Bound = "20%";
    }

    /// The certificates of a connection, as paths from the repository's root or absolute ones.
    Tls "`tls`" where ("dependentRequired" = { "cert": ["key"], "key": ["cert"] }) {
        /// Who may have signed the engine's own certificate.
        ca: Path = "certs/ca.pem";
        /// The client's own certificate.
        cert: Path = "certs/client.pem";
        /// Its key.
        key: Path = "/run/secrets/client-key.pem";
    }

    /// What a person says about engines on their own machine. What a repository says is overridden; variables of the
    /// environment override this.
    User "config.toml" {
        /// Where engines run, and what they may do.
        engine: UserEngine = { "accept_privileged": true };
    }

    /// Where engines run, and what they may do.
    UserEngine "`engine`" where ("dependentSchemas" = {
        "endpoint": { "properties": { "mode": { "const": "remote" } } }
    }) {
        /// Which container runtime is used; without it, the first one that answers. Or `PIN_ENGINE_RUNTIME`.
        runtime: Runtime = "podman";
        /// Where every engine runs, whatever a repository says. Or `PIN_ENGINE_MODE`.
        mode: Mode = "remote";
        /// Where an engine is reached wherever the mode is `remote`. Or `PIN_ENGINE_ENDPOINT`.
        endpoint: Endpoint = "tcp://engine.example:1234";
        /// Whether engines may be started privileged without saying so each time. Or `PIN_ACCEPT_PRIVILEGED=1`.
        accept_privileged: bool = true;
    }
}
