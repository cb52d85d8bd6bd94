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

/// What runtimes leave in a container, as far as files and variables show it.
#[derive(Debug, Default)]
struct Marks {
    /// Whether there is what a pod has to speak with its cluster.
    of_pod: bool,
    /// Whether there is `/.dockerenv`.
    of_docker: bool,
    /// Whether there is `/run/.containerenv`.
    of_podman: bool,
    /// The control groups of this process (cgroups(7)).
    cgroup: String,
    /// Its mounts (`proc_pid_mountinfo(5)`).
    mounts: String,
}

impl Inside {
    /// Returns what this process is in, by the marks that runtimes leave (moby/moby `daemon/initlayer`; podman-run(1);
    /// Kubernetes docs, "Accessing the API from a Pod").
    pub fn look(environment: &Environment) -> Option<Self> {
        let exists = |path: &str| Path::new(path).exists();
        let read = |path: &str| {
            String::from_utf8_lossy(&world::read(Path::new(path)).unwrap_or_default()).into_owned()
        };
        Self::of(&Marks {
            of_pod: environment.get("KUBERNETES_SERVICE_HOST").is_some()
                || exists("/var/run/secrets/kubernetes.io/serviceaccount"),
            of_docker: exists("/.dockerenv"),
            of_podman: exists("/run/.containerenv"),
            cgroup: read("/proc/self/cgroup"),
            mounts: read("/proc/self/mountinfo"),
        })
    }

    fn of(marks: &Marks) -> Option<Self> {
        let has = |part: &str| marks.cgroup.contains(part);
        match () {
            () if marks.of_pod || has("/kubepods") => Some(Self::Pod),
            () if marks.of_docker && marks.confirm_docker() => Some(Self::Docker),
            () if marks.of_podman => Some(Self::Podman),
            () if has("/docker/") || has("/docker-") => Some(Self::Docker),
            () if has("/libpod-") => Some(Self::Podman),
            () if has("/lxc/") || has("/containerd/") => Some(Self::Other),
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

impl Marks {
    /// Returns whether a `/.dockerenv` is that of the container this process is in: machines that were made out of an image
    /// have one, too. In a container the daemon mounts the files of its network, or the root is the image's layers (moby/moby
    /// `daemon/container_operations_unix.go`).
    fn confirm_docker(&self) -> bool {
        let mut mounts = self.mounts.lines().peekable();
        let is_told = |line: &str| {
            let mut words = line.split(' ').skip(4);
            let at = words.next().unwrap_or_default();
            let kind = words.skip_while(|word| *word != "-").nth(1).unwrap_or_default();
            ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"].contains(&at)
                || (at == "/" && kind.contains("overlay"))
        };
        mounts.peek().is_none() || mounts.any(is_told)
    }
}

/// A name goes into a command that is printed.
fn is_user(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !name.starts_with('-') && name.bytes().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: &str =
        "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n22 27 0:21 / /proc rw - proc proc rw\n";

    #[test]
    fn a_container_is_known_by_what_its_runtime_has_put_there() {
        let check = |marks: Marks, expect: Option<Inside>| {
            assert_eq!(Inside::of(&marks), expect, "{marks:?}");
        };
        let docker = |mounts: &str| Marks { of_docker: true, mounts: mounts.to_owned(), ..Marks::default() };
        let cgroup = |path: &str| Marks { cgroup: format!("0::{path}\n"), ..Marks::default() };
        let hosts = "812 800 254:0 /docker/containers/1/hosts /etc/hosts rw - ext4 /dev/vda rw\n";
        let root = "800 700 0:50 / / rw,relatime master:3 - overlay overlay rw,lowerdir=/l\n";
        let fuse = "800 700 0:50 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw\n";
        for mounts in [hosts, root, fuse, &format!("{DISK}{hosts}"), ""] {
            check(docker(mounts), Some(Inside::Docker));
        }
        // What an image has left on the disk of a machine.
        check(docker(DISK), None);
        check(docker("nonsense\n\n1 2 3\n"), None);
        check(Marks { of_pod: true, ..docker(hosts) }, Some(Inside::Pod));
        check(Marks { of_podman: true, ..docker(DISK) }, Some(Inside::Podman));
        check(Marks { cgroup: "0::/docker/0123\n".to_owned(), ..docker(DISK) }, Some(Inside::Docker));
        check(Marks::default(), None);
        check(cgroup("/"), None);
        check(cgroup("/system.slice/docker.service"), None);
        check(cgroup("/kubepods.slice/x"), Some(Inside::Pod));
        check(cgroup("/system.slice/docker-0123.scope"), Some(Inside::Docker));
        check(cgroup("/machine.slice/libpod-0123.scope"), Some(Inside::Podman));
        check(cgroup("/lxc/x"), Some(Inside::Other));
    }
}
