//! The API service of the Podman that is installed here, with storage of its own.

use super::docker_api::Api;
use super::engine_image::Engines;
use super::guarded::{self, Guarded, Surroundings};
use super::tool;
use rustix::process::{Resource, getrlimit};
use std::ffi::OsString;
use std::fs;
use std::ops::Deref;
use std::path::Path;

/// What the service says when it answers.
const READY: &str = "API service listening on";

/// A running service.
#[derive(Debug)]
pub(crate) struct Podman {
    api: Api,
    guarded: Guarded,
}

impl Podman {
    /// A service of its own for a test, with the engines' images. `None` has been reported.
    pub(crate) fn with_engines(test: &str) -> Option<(Self, Engines)> {
        let engines = Engines::for_own_daemon(test)?;
        tool::need(test, "podman", &["--version"])?;
        let directory = guarded::directory();
        let socket = format!("unix://{}", directory.join("docker.sock").display());
        let command = ["podman", "--log-level=info", "system", "service", "--time=0", &socket];
        let started = Guarded::start(
            &directory,
            &Engines::programs(),
            &Surroundings::default(),
            &configure(&directory),
            &command.map(OsString::from),
            READY,
        );
        match started {
            Ok(guarded) => {
                let podman = Self { api: Api::new(socket), guarded };
                engines.load(&podman);
                Some((podman, engines))
            }
            Err(why) => tool::not_run(test, "podman", &why),
        }
    }

    /// The service's own directory.
    pub(crate) fn directory(&self) -> &Path {
        self.guarded.directory()
    }
}

impl Deref for Podman {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

/// Writes Podman's configuration; the variables that lead to it.
///
/// The runtime is our runc, because crun 1.8 knows no machine whose control groups are of both versions. A privileged
/// container gets the limits that we have: it asks for the kernel's highest otherwise, which a root that may not raise
/// its limits cannot give. (Podman 4.3 swaps the two halves of a limit that it reads here, so they are the same.)
fn configure(directory: &Path) -> [(&'static str, OsString); 3] {
    let path = |name: &str| directory.join(name);
    let limit = |resource| getrlimit(resource).current.unwrap_or(1 << 20);
    let (files, processes) = (limit(Resource::Nofile), limit(Resource::Nproc));
    // A temporary path has nothing in it that TOML would need to escape.
    let quoted = |name: &str| format!("\"{}\"", path(name).display());
    let containers = format!(
        "[containers]\ndefault_ulimits = [\"nofile={files}:{files}\", \"nproc={processes}:{processes}\"]\n\
         cgroupns = \"host\"\n\
         [network]\nnetwork_config_dir = {}\n\
         [engine]\nruntime = \"runc\"\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\nlock_type = \"file\"\n\
         tmp_dir = {}\n",
        quoted("networks"),
        quoted("tmp")
    );
    let storage = format!(
        "[storage]\ndriver = \"overlay\"\ngraphroot = {}\nrunroot = {}\n",
        quoted("data"),
        quoted("exec")
    );
    let registries =
        "unqualified-search-registries = []\n[[registry]]\nlocation = \"127.0.0.1\"\ninsecure = true\n";
    [
        ("CONTAINERS_CONF", "containers.conf", containers),
        ("CONTAINERS_STORAGE_CONF", "storage.conf", storage),
        ("CONTAINERS_REGISTRIES_CONF", "registries.conf", registries.to_owned()),
    ]
    .map(|(variable, name, text)| {
        fs::write(path(name), text).expect("a file can be written");
        (variable, path(name).into_os_string())
    })
}
