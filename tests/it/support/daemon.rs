//! A real Docker daemon of our own, started straight on the machine; see [`super::guarded`] for how it ends.
//!
//! Unless it is asked for, it has no bridge: containers use the networks `host` and `none`, and an engine is reached
//! through a unix socket in a directory that both see.

use super::docker_api::Api;
use super::engine_image::{Engines, OFFICIAL};
use super::guarded::{self, Guarded, Surroundings};
use super::tool;
use std::ffi::OsString;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What the daemon says when it answers.
const READY: &str = "API listen on";

/// Where a daemon keeps images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Store {
    /// In containerd: the default of the current generation.
    #[default]
    Containerd,
    /// Where Docker has kept them since ever.
    Classic,
}

/// What a daemon is to be like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    pub(crate) store: Store,
    pub(crate) around: Surroundings,
    /// The group that may use its socket, beside root.
    pub(crate) group: Option<u32>,
    /// Whether it has a bridge, as daemons usually do.
    pub(crate) has_bridge: bool,
    /// The program that is the first process of containers that ask for one; this machine has none by itself.
    pub(crate) init: Option<PathBuf>,
}

impl Setup {
    /// A daemon that does not see our temporary files, like one on another machine.
    pub(crate) fn in_own_mount_namespace(mut self) -> Self {
        self.around.hidden = Some(std::env::temp_dir());
        self
    }

    /// A daemon whose machine has a network of its own.
    pub(crate) fn in_own_network(mut self) -> Self {
        self.around.has_own_network = true;
        self
    }

    /// A daemon with a bridge; that of whoever runs the tests is left alone.
    pub(crate) fn with_bridge(mut self) -> Self {
        self.has_bridge = true;
        self.in_own_network()
    }

    /// A daemon whose data is on a file system of this size (`100m`).
    pub(crate) fn on_a_disk_of(mut self, size: &'static str) -> Self {
        self.around.size = Some(size);
        self
    }
}

/// A running daemon.
#[derive(Debug)]
pub(crate) struct Daemon {
    api: Api,
    guarded: Guarded,
}

impl Daemon {
    /// A daemon of its own for a test, without images. `None` has been reported.
    pub(crate) fn start(test: &str, setup: &Setup) -> Option<Self> {
        Engines::for_own_daemon(test)?;
        match Self::try_start(setup) {
            Ok(daemon) => Some(daemon),
            Err(why) => tool::not_run(test, "dockerd", &why),
        }
    }

    /// A daemon of its own for a test, with the engines' images. `None` has been reported.
    pub(crate) fn with_engines(test: &str, setup: &Setup) -> Option<(Self, Engines)> {
        let engines = Engines::for_own_daemon(test)?;
        let daemon = Self::start(test, setup)?;
        engines.load(&daemon);
        Some((daemon, engines))
    }

    /// The daemon with the engines' images that all tests of this process share; it ends with the process. Whoever uses
    /// it restarts or freezes nothing, and removes what it makes. `None` has been reported.
    pub(crate) fn shared(test: &str, store: Store) -> Option<(&'static Self, Engines)> {
        static CONTAINERD: OnceLock<Result<Daemon, String>> = OnceLock::new();
        static CLASSIC: OnceLock<Result<Daemon, String>> = OnceLock::new();
        let shared = match store {
            Store::Containerd => &CONTAINERD,
            Store::Classic => &CLASSIC,
        };
        let engines = Engines::for_own_daemon(test)?;
        let daemon = shared.get_or_init(|| {
            let daemon = Self::try_start(&Setup { store, ..Setup::default() })?;
            engines.load(&daemon);
            Ok(daemon)
        });
        match daemon {
            Ok(daemon) => Some((daemon, engines)),
            Err(why) => tool::not_run(test, "dockerd", why),
        }
    }

    /// For a test that needs just any daemon: the one that `DOCKER_HOST` reaches, if it has or can pull the official image
    /// (ours would pass for it there when the tests are over); else the shared one. `None` has been reported.
    pub(crate) fn any(test: &str) -> Option<(Api, Engines)> {
        if let Some(api) = std::env::var("DOCKER_HOST").ok().map(Api::new).filter(Api::answers) {
            let engines = Engines::need(test)?;
            if api.has_image(&engines.official()) || api.pulls(OFFICIAL, &format!("v{}", engines.version)) {
                return Some((api, engines));
            }
        }
        Self::shared(test, Store::Containerd).map(|(daemon, engines)| (daemon.api.clone(), engines))
    }

    pub(super) fn try_start(setup: &Setup) -> Result<Self, String> {
        let directory = guarded::directory();
        let config = match setup.store {
            Store::Containerd => "{}",
            Store::Classic => r#"{"features":{"containerd-snapshotter":false}}"#,
        };
        fs::write(directory.join("daemon.json"), config).expect("a file can be written");
        let command = command(&directory, setup);
        let guarded = Guarded::start(&directory, &Engines::programs(), &setup.around, &[], &command, READY)?;
        let api = Api::new(format!("unix://{}", directory.join("docker.sock").display()));
        Ok(Self { api, guarded })
    }

    /// The daemon's own directory, which it always sees, and we too.
    pub(crate) fn directory(&self) -> &Path {
        self.guarded.directory()
    }

    /// Ends the daemon in peace.
    pub(crate) fn stop(&self) {
        self.guarded.stop();
    }

    /// Ends the daemon with SIGKILL; its containers live on until it starts again.
    pub(crate) fn kill(&self) {
        self.guarded.kill();
    }

    /// Starts the daemon again after [`Daemon::stop`] or [`Daemon::kill`].
    pub(crate) fn start_again(&self) {
        self.guarded.start_again(READY);
    }

    /// Ends the daemon in peace and starts it again.
    pub(crate) fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// From now on the daemon takes connections and answers nothing.
    pub(crate) fn freeze(&self) {
        self.guarded.freeze();
    }

    /// It answers again.
    pub(crate) fn thaw(&self) {
        self.guarded.thaw();
    }
}

impl Deref for Daemon {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

fn command(directory: &Path, setup: &Setup) -> Vec<OsString> {
    let mut command: Vec<OsString> = vec!["dockerd".into()];
    for (option, name) in [
        ("--config-file", "daemon.json"),
        ("--data-root", "data"),
        ("--exec-root", "exec"),
        ("--pidfile", "pid"),
    ] {
        command.extend([option.into(), directory.join(name).into()]);
    }
    let mut socket = OsString::from("unix://");
    socket.push(directory.join("docker.sock"));
    command.extend(["--host".into(), socket]);
    // Below a name of their own, so that the script can remove what a killed container leaves.
    let mut parent = OsString::from("/");
    parent.push(directory.file_name().expect("a temporary directory has a name"));
    command.extend([
        "--cgroup-parent".into(),
        parent,
        "--exec-opt".into(),
        "native.cgroupdriver=cgroupfs".into(),
    ]);
    command.extend(["--group".into(), setup.group.unwrap_or(0).to_string().into()]);
    command.extend(["--iptables=false", "--ip6tables=false"].map(OsString::from));
    if let Some(init) = &setup.init {
        command.extend(["--init-path".into(), init.into()]);
    }
    if !setup.has_bridge {
        command.push("--bridge=none".into());
    }
    command
}
