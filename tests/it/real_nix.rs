//! What two real versions of Nix say about our own flake and about the locks that `pin sync` writes.

use crate::support::{Project, binary, diff, nix, repository, repository_files};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

/// One release of the CLI in its flake, as the history of that flake has it.
struct Release {
    version: &'static str,
    rev: &'static str,
    nar_hash: &'static str,
    last_modified: u32,
    /// The nixpkgs that the flake itself locks.
    nixpkgs: Locked,
}

#[derive(Clone, Copy)]
struct Locked {
    rev: &'static str,
    nar_hash: &'static str,
    last_modified: u32,
}

const OLD_NIXPKGS: Locked = Locked {
    rev: "c6a049a3d32293b24c0f894a840872cf67fd7c11",
    nar_hash: "sha256-izJ2PYZMGMsSkg+e7c9A1x3t/yOLT+qzUM6WQsc2tqo=",
    last_modified: 1_624_561_540,
};

const NEW_NIXPKGS: Locked = Locked {
    rev: "51c8f9cfaae8306d135095bcdb3df9027f95542d",
    nar_hash: "sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=",
    last_modified: 1_758_416_067,
};

const OWN_NIXPKGS: Locked = Locked {
    rev: "331800de5053fcebacf6813adb5db9c9dca22a0c",
    nar_hash: "sha256-x5UQuRsH3MqI0U9afaXSNqzTPSeZlRLvFAav2Ux1pNw=",
    last_modified: 1_780_243_769,
};

/// Between the first two of them the flake moved to another nixpkgs.
const RELEASES: [Release; 3] = [
    Release {
        version: "0.18.18",
        rev: "e644941e40cb6885148bf308e4e93b93db552fb7",
        nar_hash: "sha256-v/CmULqNl1o15/W7yngfP4x5i34I0xprXb8aUlyBXzY=",
        last_modified: 1_758_034_475,
        nixpkgs: OLD_NIXPKGS,
    },
    Release {
        version: "0.20.8",
        rev: "873cc22ba46b73d4a6c1aa6c102ef3aabc736496",
        nar_hash: "sha256-q5XQep2mpgTPiWwuYB1+L2dsFeACT6sHx8J939iM+HE=",
        last_modified: 1_778_107_833,
        nixpkgs: NEW_NIXPKGS,
    },
    Release {
        version: "0.21.7",
        rev: "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a",
        nar_hash: "sha256-olV0eG2YQlocEIgYl/zoeXn9BYVog3oq13dwhQi3BXw=",
        last_modified: 1_781_718_180,
        nixpkgs: NEW_NIXPKGS,
    },
];

/// How `flake.nix` names the input.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Unpinned,
    Path,
    Query,
}

/// Whose nixpkgs the input uses.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Nixpkgs {
    ItsOwn,
    Follows,
}

const FORMS: [(Form, Nixpkgs); 6] = [
    (Form::Unpinned, Nixpkgs::ItsOwn),
    (Form::Unpinned, Nixpkgs::Follows),
    (Form::Path, Nixpkgs::ItsOwn),
    (Form::Path, Nixpkgs::Follows),
    (Form::Query, Nixpkgs::ItsOwn),
    (Form::Query, Nixpkgs::Follows),
];

fn flake(release: &Release, form: Form, nixpkgs: Nixpkgs) -> String {
    let url = match form {
        Form::Unpinned => "github:dagger/nix".to_owned(),
        Form::Path => format!("github:dagger/nix/{}", release.rev),
        Form::Query => format!("github:dagger/nix?rev={}", release.rev),
    };
    let follows = match nixpkgs {
        Nixpkgs::ItsOwn => "",
        Nixpkgs::Follows => {
            "  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-unstable\";\n  \
             inputs.dagger.inputs.nixpkgs.follows = \"nixpkgs\";\n"
        }
    };
    format!(
        "{{\n  inputs.dagger.url = \"{url}\";\n{follows}  outputs = {{ dagger, ... }}: {{ inherit (dagger) packages; }};\n}}\n"
    )
}

/// The lock that Nix writes for that flake.
fn lock(release: &Release, form: Form, nixpkgs: Nixpkgs) -> String {
    let (follows, locked, branch, root) = match nixpkgs {
        Nixpkgs::ItsOwn => ("\"nixpkgs\"", release.nixpkgs, "nixpkgs-unstable", ""),
        Nixpkgs::Follows => (
            "[\n          \"nixpkgs\"\n        ]",
            OWN_NIXPKGS,
            "nixos-unstable",
            ",\n        \"nixpkgs\": \"nixpkgs\"",
        ),
    };
    let original_rev = match form {
        Form::Unpinned => String::new(),
        Form::Path | Form::Query => format!("\n        \"rev\": \"{}\",", release.rev),
    };
    let Release { rev, nar_hash, last_modified, .. } = release;
    let Locked { rev: nixpkgs_rev, nar_hash: nixpkgs_hash, last_modified: nixpkgs_time } = locked;
    format!(
        r#"{{
  "nodes": {{
    "dagger": {{
      "inputs": {{
        "nixpkgs": {follows}
      }},
      "locked": {{
        "lastModified": {last_modified},
        "narHash": "{nar_hash}",
        "owner": "dagger",
        "repo": "nix",
        "rev": "{rev}",
        "type": "github"
      }},
      "original": {{
        "owner": "dagger",
        "repo": "nix",{original_rev}
        "type": "github"
      }}
    }},
    "nixpkgs": {{
      "locked": {{
        "lastModified": {nixpkgs_time},
        "narHash": "{nixpkgs_hash}",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "{nixpkgs_rev}",
        "type": "github"
      }},
      "original": {{
        "owner": "NixOS",
        "ref": "{branch}",
        "repo": "nixpkgs",
        "type": "github"
      }}
    }},
    "root": {{
      "inputs": {{
        "dagger": "dagger"{root}
      }}
    }}
  }},
  "root": "root",
  "version": 7
}}
"#
    )
}

fn project(flake: &str, lock: &str) -> Project {
    Project::new(&[("flake.nix", flake), ("flake.lock", lock)])
}

#[test]
fn our_own_flake_evaluates_and_its_checks_pass() {
    for nix in nix::versions("real_nix: our own flake") {
        let source = nix.directory().join("source");
        for path in repository_files() {
            let target = source.join(&path);
            fs::create_dir_all(target.parent().expect("a file stands in a directory"))
                .expect("an own directory");
            let from = repository().join(&path);
            let copied = match fs::read_link(&from) {
                Ok(link) => symlink(link, &target),
                Err(_) => fs::copy(&from, &target).map(drop),
            };
            copied.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        let stub = nix.directory().join("stub");
        fs::create_dir(&stub).expect("an own directory");
        for file in ["flake.nix", "lib.nix", "packages.nix"] {
            let from = repository().join("tests/nix/stub-nixpkgs").join(file);
            fs::copy(&from, stub.join(file)).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        }
        fs::copy(binary(), stub.join("pin")).expect("the built program");

        let flake = format!("path:{}", source.display());
        let stub = format!("path:{}", stub.display());
        let over_stub = ["--override-input", "nixpkgs", &stub, "--no-write-lock-file"];
        nix.succeeds(&[&["flake", "check", &flake], &over_stub[..]].concat());

        // Every output on every system, also those that this machine cannot build.
        for (output, name) in
            [("packages", concat!("pin-", env!("CARGO_PKG_VERSION"))), ("devShells", "shell")]
        {
            let attribute = format!("{flake}#{output}");
            let names = "builtins.mapAttrs (_: kinds: builtins.seq kinds.default.drvPath kinds.default.name)";
            let found =
                nix.succeeds(&[&["eval", "--json", &attribute, "--apply", names], &over_stub[..]].concat());
            let found: BTreeMap<String, String> = serde_json::from_str(&found).expect("nix prints JSON");
            let systems = ["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"];
            let wanted = systems.map(|system| (system.to_owned(), name.to_owned()));
            assert_eq!(found, BTreeMap::from(wanted), "{}: {output}", nix.version);
        }

        let ours = fs::read(repository().join("flake.lock")).expect("our lock");
        assert_eq!(fs::read(source.join("flake.lock")).expect("its copy"), ours, "{}", nix.version);
    }
}

#[test]
fn our_own_lock_is_what_nix_writes() {
    for nix in nix::versions("real_nix: our own lock") {
        let text = |name: &str| {
            let path = repository().join(name);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let ours = project(&text("flake.nix"), &text("flake.lock"));
        nix.accepts_lock(&ours).unwrap_or_else(|why| panic!("{why}"));
        nix.would_write_lock(&ours).unwrap_or_else(|why| panic!("{why}"));
    }
}

/// The locks that the next test compares with are themselves right.
#[test]
fn nix_accepts_the_locks_that_sync_is_measured_by() {
    for nix in nix::versions("real_nix: expected locks") {
        for release in &RELEASES {
            for (form, nixpkgs) in FORMS {
                let project = project(&flake(release, form, nixpkgs), &lock(release, form, nixpkgs));
                let result = nix.accepts_lock(&project).and_then(|()| nix.would_write_lock(&project));
                result.unwrap_or_else(|why| panic!("{form:?} {nixpkgs:?} {}: {why}", release.version));
            }
        }
    }
}

#[test]
fn nix_accepts_the_locks_that_sync_writes() {
    let versions = nix::versions("real_nix: locks written by sync");
    for from in &RELEASES {
        for to in RELEASES.iter().filter(|to| to.version != from.version) {
            for (form, nixpkgs) in FORMS {
                let project = project(&flake(from, form, nixpkgs), &lock(from, form, nixpkgs));
                let name = format!("{form:?} {nixpkgs:?} {} to {}", from.version, to.version);
                project.pin(&["sync", "--to", to.version]).exits(0);
                for (file, wanted) in
                    [("flake.nix", flake(to, form, nixpkgs)), ("flake.lock", lock(to, form, nixpkgs))]
                {
                    let change = diff::of(file, wanted.as_bytes(), &project.read(file));
                    assert!(change.is_none(), "{name}\n{}", change.unwrap_or_default());
                }
                for nix in &versions {
                    nix.accepts_lock(&project).unwrap_or_else(|why| panic!("{name}: {why}"));
                }
            }
        }
    }
}

/// What would happen if `sync` forgot one of the places that move together.
#[test]
fn nix_refuses_half_a_move() {
    let [old, new, _] = &RELEASES;
    let refused = |nix: &nix::Nix, what: &str, flake: &str, lock: &str| {
        assert!(nix.accepts_lock(&project(flake, lock)).is_err(), "{} accepts {what}", nix.version);
    };
    for nix in nix::versions("real_nix: wrong locks") {
        for form in [Form::Path, Form::Query] {
            for nixpkgs in [Nixpkgs::ItsOwn, Nixpkgs::Follows] {
                let (old_flake, old_lock) = (flake(old, form, nixpkgs), lock(old, form, nixpkgs));
                let (new_flake, new_lock) = (flake(new, form, nixpkgs), lock(new, form, nixpkgs));
                refused(&nix, "a new flake.nix with an old lock", &new_flake, &old_lock);
                refused(&nix, "an old flake.nix with a new lock", &old_flake, &new_lock);
                let (locked, original) =
                    new_lock.rsplit_once(new.rev).expect("the revision stands there twice");
                let stale_original = format!("{locked}{}{original}", old.rev);
                refused(&nix, "an old `original.rev`", &new_flake, &stale_original);
                let (before, after) = new_lock.split_once(new.rev).expect("the revision stands there twice");
                let stale_locked = format!("{before}{}{after}", old.rev);
                refused(&nix, "an old `locked.rev`", &new_flake, &stale_locked);
            }
        }
        let lock = lock(new, Form::Unpinned, Nixpkgs::ItsOwn);
        let other = project(&flake(new, Form::Unpinned, Nixpkgs::ItsOwn), &lock.replacen("  ", "    ", 1));
        assert!(nix.would_write_lock(&other).is_err(), "{} writes other white space", nix.version);
    }
}
