//! Real Nix programs, each with a store of its own in a temporary directory, and no network.

use super::{Project, Run, Tree, diff, tool};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Unset registries, caches and build users would each cost seconds, a network or root.
const CONFIG: &str = "experimental-features = nix-command flakes
sandbox = false
substituters =
build-users-group =
flake-registry =
connect-timeout = 1
download-attempts = 1
";

/// One version of Nix.
#[derive(Debug)]
pub(crate) struct Nix {
    program: PathBuf,
    /// What `nix --version` says.
    pub(crate) version: String,
    base: TempDir,
    without_network: Vec<OsString>,
}

/// Two versions of Nix: the one on the path, and the newer one that `tests/setup/newer-nix` has put under the target
/// directory. Those that are missing have been reported.
pub(crate) fn versions(test: &str) -> Vec<Nix> {
    let Some(without_network) = tool::without_network(test) else { return Vec::new() };
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    let newer = target.join("tools/newer-nix/bin/nix");
    let newer = if newer.is_file() {
        Some(newer)
    } else {
        tool::not_run(test, "newer-nix", "no newer Nix, see tests/setup/newer-nix")
    };
    let found: Vec<Nix> = [tool::need(test, "nix", &["--version"]), newer]
        .into_iter()
        .flatten()
        .map(|program| Nix::new(program, without_network.clone()))
        .collect();
    let mut names: Vec<&str> = found.iter().map(|nix| nix.version.as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), found.len(), "the two are one version: {names:?}");
    found
}

impl Nix {
    fn new(program: PathBuf, without_network: Vec<OsString>) -> Self {
        let output = Command::new(&program).arg("--version").output().expect("nix has been found");
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let base = tempfile::Builder::new().prefix("pin-test-nix-").tempdir().expect("a temporary directory");
        fs::create_dir(base.path().join("home")).expect("an empty directory takes another");
        Self { program, version, base, without_network }
    }

    /// A directory that goes with this Nix.
    pub(crate) fn directory(&self) -> &Path {
        self.base.path()
    }

    /// Runs `nix ARGUMENTS` where no network is.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.without_network[0]);
        command.args(&self.without_network[1..]).arg(&self.program).args(arguments);
        command.env_clear().envs(self.environment());
        command.current_dir(self.base.path()).stdin(Stdio::null());
        command.output().expect("nix starts")
    }

    /// What makes this Nix keep to its own directory; its programs are found first.
    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let base = self.base.path();
        let own = self.program.parent().expect("a program stands in a directory");
        let path = std::env::join_paths([own, Path::new("/usr/bin"), Path::new("/bin")]).expect("no colons");
        let mut variables = vec![("PATH", path), ("NIX_CONFIG", CONFIG.into())];
        for (name, below) in [
            ("HOME", "home"),
            ("NIX_STORE_DIR", "store"),
            ("NIX_STATE_DIR", "var"),
            ("NIX_LOG_DIR", "log"),
            ("NIX_CONF_DIR", "etc"),
        ] {
            variables.push((name, base.join(below).into()));
        }
        variables
    }

    /// Runs `pin ARGUMENTS` where this Nix is found and no network is.
    pub(crate) fn pin(&self, project: &Project, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut command = project.pin_under(&self.without_network, arguments);
        command.envs(self.environment()).envs(variables.iter().copied());
        project.run(&mut command)
    }

    /// Puts a tree where Nix puts what it fetches, and returns the hash that a lock has of it.
    pub(crate) fn add_tree(&self, tree: &Tree) -> String {
        let directory = self.base.path().join("source");
        if directory.exists() {
            fs::remove_dir_all(&directory).expect("an own directory can be removed");
        }
        fs::create_dir(&directory).expect("a directory of our own");
        tree.write(&directory);
        let path = directory.to_string_lossy();
        self.succeeds(&["store", "add-path", "--name", "source", &path]);
        self.succeeds(&["hash", "path", &path]).trim().to_owned()
    }

    /// The same, for what must succeed: what it printed.
    #[track_caller]
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: nix {}\n{said}", self.version, arguments.join(" "));
        String::from_utf8(output.stdout).expect("nix speaks UTF-8")
    }

    /// Whether this Nix takes the project's `flake.lock` as it stands: nothing to fetch, nothing to add, nothing to
    /// change. Nix compares each node's `original` with `flake.nix`; that `locked` goes with a pinned `original` it
    /// takes on trust, so that is compared here. What a hash says about a tree no Nix can check without the tree.
    pub(crate) fn accepts_lock(&self, project: &Project) -> Result<(), String> {
        let copy = self.copy(project);
        let flake = format!("path:{}", copy.display());
        let lock = project.read("flake.lock");
        for arguments in [
            &["flake", "metadata", "--json", "--no-update-lock-file", &flake][..],
            &["flake", "lock", &flake],
        ] {
            let output = self.run(arguments);
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                return Err(format!("{}: nix {}: {said}", self.version, arguments[..2].join(" ")));
            }
        }
        let after = fs::read(copy.join("flake.lock")).map_err(|error| format!("flake.lock: {error}"))?;
        if let Some(change) = diff::of("flake.lock", &lock, &after) {
            return Err(format!("{} wrote another lock:\n{change}", self.version));
        }
        let lock: serde_json::Value = serde_json::from_slice(&lock).map_err(|error| error.to_string())?;
        for (name, node) in lock["nodes"].as_object().ok_or("the lock has no nodes")? {
            let (original, locked) = (&node["original"]["rev"], &node["locked"]["rev"]);
            if !original.is_null() && original != locked {
                return Err(format!("node `{name}` is locked at {locked}, its original is {original}"));
            }
        }
        Ok(())
    }

    /// Whether the project's `flake.lock` has the very bytes that this Nix writes. It gets a lock with one input too
    /// many, which makes it write the rest anew without any fetch.
    pub(crate) fn would_write_lock(&self, project: &Project) -> Result<(), String> {
        let copy = self.copy(project);
        let wanted = project.read("flake.lock");
        let mut lock: serde_json::Value =
            serde_json::from_slice(&wanted).map_err(|error| error.to_string())?;
        let gone = serde_json::json!({
            "locked": {
                "lastModified": 1, "narHash": "sha256-x5UQuRsH3MqI0U9afaXSNqzTPSeZlRLvFAav2Ux1pNw=",
                "owner": "gone", "repo": "gone", "rev": "0".repeat(40), "type": "github",
            },
            "original": { "owner": "gone", "repo": "gone", "type": "github" },
        });
        lock["nodes"]["gone"] = gone;
        lock["nodes"]["root"]["inputs"]["gone"] = "gone".into();
        fs::write(copy.join("flake.lock"), lock.to_string()).map_err(|error| error.to_string())?;
        let output = self.run(&["flake", "lock", &format!("path:{}", copy.display())]);
        if !output.status.success() {
            return Err(format!("{}: {}", self.version, String::from_utf8_lossy(&output.stderr)));
        }
        let written = fs::read(copy.join("flake.lock")).map_err(|error| format!("flake.lock: {error}"))?;
        diff::of("flake.lock", &wanted, &written)
            .map_or(Ok(()), |change| Err(format!("{} writes it otherwise:\n{change}", self.version)))
    }

    fn copy(&self, project: &Project) -> PathBuf {
        let copy = self.base.path().join("flake");
        if copy.exists() {
            fs::remove_dir_all(&copy).expect("an own directory can be removed");
        }
        fs::create_dir(&copy).expect("a directory of our own");
        project.tree().write(&copy);
        copy
    }
}
