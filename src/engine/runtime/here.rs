//! What this machine has that a daemon could be started with, as far as files say it.

use std::path::Path;

use crate::value::Environment;
use crate::world;

/// The programs that run containers, in Dagger's order, and one that lets a user be root.
const PROGRAMS: [&str; 6] = ["docker", "container", "podman", "finch", "nerdctl", "sudo"];

/// Directories of units of the system, and of every user (systemd.unit(5)).
const UNITS: [&str; 3] = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
const USER_UNITS: [&str; 3] = ["/etc/systemd/user", "/usr/lib/systemd/user", "/lib/systemd/user"];

/// A machine, as far as it matters to somebody without a daemon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Here {
    /// Which of the programs that run containers are on `PATH`, and `sudo`.
    pub programs: Vec<&'static str>,
    /// Whether this is macOS.
    pub is_mac: bool,
    /// How the daemons that are installed here are started.
    pub starts: Vec<Start>,
    /// The container that this process is in.
    pub inside: Option<Inside>,
    /// Whether the user is root.
    pub is_root: bool,
    /// The user's name, where the environment says a plain one.
    pub user: Option<String>,
}

/// How a daemon is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Docker as a service of systemd.
    Docker,
    /// Docker as a service of the user.
    UsersDocker,
    /// Docker by a script of the machine's own.
    DockerScript,
    /// Podman as a service of systemd.
    Podman,
    /// Podman as a service of the user.
    UsersPodman,
}

/// What a process is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// A container of Docker.
    Docker,
    /// A container of Podman.
    Podman,
    /// A pod of Kubernetes.
    Pod,
    /// A container of something else.
    Other,
}

impl Here {
    /// Returns what files and variables say.
    pub fn look(environment: &Environment) -> Self {
        let exists = |path: &str| Path::new(path).exists();
        let has_unit = |directories: &[&str], unit: &str| {
            directories.iter().any(|directory| Path::new(directory).join(unit).exists())
        };
        let own = environment.path("XDG_CONFIG_HOME").or_else(|| Some(environment.home()?.join(".config")));
        let has_own_unit =
            |unit: &str| own.as_ref().is_some_and(|own| own.join("systemd/user").join(unit).exists());
        let has_systemd = exists("/run/systemd/system");
        let has_session = has_systemd && environment.path("XDG_RUNTIME_DIR").is_some();
        let mut starts = Vec::new();
        let mut add = |is_so: bool, start: Start| is_so.then(|| starts.push(start));
        add(has_systemd && has_unit(&UNITS, "docker.service"), Start::Docker);
        let users = has_own_unit("docker.service") || has_unit(&USER_UNITS, "docker.service");
        add(has_session && users, Start::UsersDocker);
        add(!has_systemd && exists("/etc/init.d/docker"), Start::DockerScript);
        let podman = has_own_unit("podman.socket") || has_unit(&USER_UNITS, "podman.socket");
        add(has_session && podman, Start::UsersPodman);
        add(has_systemd && has_unit(&UNITS, "podman.socket"), Start::Podman);
        let is_on_path = |name: &&str| world::find_program(environment.get("PATH"), name).is_some();
        Self {
            programs: PROGRAMS.into_iter().filter(is_on_path).collect(),
            is_mac: cfg!(target_os = "macos"),
            starts,
            inside: Inside::look(environment),
            is_root: rustix::process::geteuid().is_root(),
            user: environment.word("USER").filter(|name| is_user(name)).map(str::to_owned),
        }
    }

    /// Returns whether a program is on `PATH`.
    pub fn has(&self, program: &str) -> bool {
        self.programs.contains(&program)
    }

    /// Returns the clients that are installed of runtimes whose API `pin` speaks, in backquotes.
    pub fn installed(&self) -> Vec<&'static str> {
        let known = [("docker", "`docker`"), ("podman", "`podman`")];
        known.into_iter().filter(|(program, _)| self.has(program)).map(|(_, name)| name).collect()
    }

    /// Returns a command as this user can run it with the rights of root, in backquotes.
    pub fn as_root(&self, command: &str) -> String {
        match (self.is_root, self.has("sudo")) {
            (true, _) => format!("`{command}`"),
            (false, true) => format!("`sudo {command}`"),
            (false, false) => format!("`{command}` as root"),
        }
    }
}

impl Inside {
    /// Returns what this process is in, by the marks that runtimes leave (moby/moby `daemon/initlayer`; podman-run(1);
    /// Kubernetes docs, "Accessing the API from a Pod").
    pub fn look(environment: &Environment) -> Option<Self> {
        let exists = |path: &str| Path::new(path).exists();
        let cgroup = world::read(Path::new("/proc/self/cgroup")).unwrap_or_default();
        let cgroup = String::from_utf8_lossy(&cgroup).into_owned();
        if environment.get("KUBERNETES_SERVICE_HOST").is_some()
            || exists("/var/run/secrets/kubernetes.io/serviceaccount")
            || cgroup.contains("/kubepods")
        {
            return Some(Self::Pod);
        }
        match () {
            () if exists("/.dockerenv") => Some(Self::Docker),
            () if exists("/run/.containerenv") => Some(Self::Podman),
            () if cgroup.contains("/docker/") || cgroup.contains("/docker-") => Some(Self::Docker),
            () if cgroup.contains("/libpod-") => Some(Self::Podman),
            () if cgroup.contains("/lxc/") || cgroup.contains("/containerd/") => Some(Self::Other),
            () => None,
        }
    }

    /// Returns it as words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Docker => "a container of Docker",
            Self::Podman => "a container of Podman",
            Self::Pod => "a pod of Kubernetes",
            Self::Other => "a container",
        }
    }
}

/// A name goes into a command that is printed.
fn is_user(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !name.starts_with('-') && name.bytes().all(is_inner)
}
