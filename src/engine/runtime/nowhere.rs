//! What to say, and what to do, when no daemon answers: every hint is one that works right there.

use std::fmt;

use super::address::{Address, Refusal};
use super::candidates::Because;
use super::here::{Here, Inside, Start};
use super::miss::{Miss, Passed};
use super::socket::Socket;
use crate::config::{By, Said};
use crate::value::Runtime;

/// That no daemon answers.
#[derive(Debug)]
pub struct Nowhere {
    /// Where one was looked for, in order.
    pub passed: Vec<Passed>,
    /// The runtime that alone would do.
    pub only: Option<Said<Runtime>>,
    /// The machine.
    pub here: Here,
}

/// What a daemon is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To run an engine in; an engine elsewhere would do, too, named by this variable.
    Engine(&'static str),
    /// For the `BuildKit` inside it, which Docker alone has.
    Itself,
}

impl Nowhere {
    /// Returns whether somebody is there who may answer later: nobody else is.
    pub fn is_hung(&self) -> bool {
        let mut there = self.passed.iter().filter(|passed| passed.miss != Miss::Absent).peekable();
        there.peek().is_some() && there.all(|passed| matches!(passed.miss, Miss::Hung(_)))
    }

    /// Returns what is wrong: one line, and one for each place that says more than that nothing is there.
    pub fn message(&self) -> String {
        let told: Vec<&Passed> = self.told().collect();
        let mut words = match (told.as_slice(), self.others().as_slice()) {
            ([], []) => match self.here.installed().as_slice() {
                [] => "there is no container runtime here".to_owned(),
                [one] => format!("{one} is installed, and no daemon answers"),
                several => format!("{} are installed, and no daemon answers", several.join(" and ")),
            },
            ([], others) => {
                format!(
                    "there is {}, but no runtime with Docker's API, which `pin` needs",
                    others.join(" and ")
                )
            }
            ([one], _) => return format!("no container runtime answers: {one}"),
            _ => "no container runtime answers".to_owned(),
        };
        for passed in told {
            words.push_str("\n  ");
            words.push_str(&passed.to_string());
        }
        words
    }

    /// Places that the user has named, and those where something is.
    fn told(&self) -> impl Iterator<Item = &Passed> {
        self.passed.iter().filter(|passed| passed.candidate.because.is_named() || passed.miss != Miss::Absent)
    }

    /// Returns the runtimes that are installed and have no API that is Docker's, as they are called.
    fn others(&self) -> Vec<&'static str> {
        if !self.here.installed().is_empty() {
            return Vec::new();
        }
        let known = [("container", "Apple's `container`"), ("finch", "`finch`"), ("nerdctl", "`nerdctl`")];
        known.into_iter().filter(|(program, _)| self.here.has(program)).map(|(_, name)| name).collect()
    }

    /// Returns what to do.
    pub fn hint(&self, need: Need) -> String {
        let is = |is: fn(&Passed) -> bool| self.passed.iter().find(|passed| is(passed));
        // What the user has named is what they want: it is mended first.
        let found = is(|passed| passed.candidate.because.is_named())
            .or_else(|| is(|passed| matches!(passed.miss, Miss::Forbidden(_))))
            .or_else(|| is(|passed| matches!(passed.miss, Miss::Hung(_))))
            .or_else(|| is(|passed| passed.miss != Miss::Absent));
        let hint = match found {
            Some(passed) => self.hint_for(passed, need),
            None => self.start(None, need).unwrap_or_else(|| self.none(need)),
        };
        // Others have been tried, unless the user did not want that.
        match self.only.map(|only| only.by) {
            Some(By::Variable(name)) => format!("{hint}, or `unset {name}` so that other runtimes are tried"),
            Some(file) => format!("{hint}, or take `runtime` out of {file} so that others are tried"),
            None => hint,
        }
    }

    fn hint_for(&self, passed: &Passed, need: Need) -> String {
        let Passed { candidate, miss } = passed;
        match miss {
            Miss::Refused(Refusal { hint: Some(hint), .. }) => hint.clone(),
            Miss::Refused(_) => match &candidate.because {
                Because::Variable(name) => {
                    format!("set `{name}` to an address such as `unix:///var/run/docker.sock`")
                }
                _ => "set `DOCKER_HOST` to an address such as `unix:///var/run/docker.sock`".to_owned(),
            },
            Miss::Forbidden(Some(Address::Unix(path))) => {
                match Socket::look(path, self.here.user.as_deref()) {
                    Some(socket) => self.permission(&socket),
                    None => format!("let this user use `{}`", path.display()),
                }
            }
            Miss::Forbidden(_) => "let this user look into its directory".to_owned(),
            Miss::Hung(_) if candidate.because.is_named() => {
                "restart the daemon there, or wait longer with `--timeout`".to_owned()
            }
            Miss::Hung(_) => self.restart(candidate.runtime),
            Miss::Absent | Miss::Dead(_) if !candidate.because.is_named() => self
                .start(Some(candidate.runtime), need)
                .unwrap_or_else(|| "start the daemon whose socket it is".to_owned()),
            Miss::Absent | Miss::Dead(_) => {
                let other = match self.start(None, need) {
                    // What runs then is found although the other one is named.
                    Some(start) => start,
                    None => self.none(need),
                };
                format!("start the daemon there, or {other}")
            }
            Miss::Stranger { wanted, .. } => format!("let `{}` listen there", wanted.as_str()),
            Miss::Other(_) => format!("let a daemon listen there, or {}", self.none(need)),
        }
    }

    /// Returns how to get the right to use a socket.
    pub fn permission(&self, socket: &Socket) -> String {
        let group = socket.group();
        if self.here.inside.is_some() {
            return match socket.is_for_group() && !socket.is_in_group {
                true => format!("start this container with `--group-add {}`", socket.group),
                false => "start this container as root, or as the user whose socket it is".to_owned(),
            };
        }
        match (&self.here.user, &socket.group_name) {
            _ if socket.is_listed && !socket.is_in_group => {
                format!("log in again, or run `newgrp {group}`: the group `{group}` is new to this session")
            }
            (Some(user), Some(group)) if socket.is_for_group() && !socket.is_in_group => {
                let command = self.here.as_root(&format!("usermod -aG {group} {user}"));
                format!("run {command} and log in again; who is in `{group}` can become root")
            }
            _ => format!(
                "nobody but its owner may use it ({}:{group}, {:04o}): run `pin` as that user, or start a rootless daemon of your own",
                socket.owner, socket.mode
            ),
        }
    }

    /// Returns how to start a daemon that is installed; of one runtime, or of the first.
    fn start(&self, runtime: Option<Runtime>, need: Need) -> Option<String> {
        if self.here.inside.is_some() && self.here.starts.is_empty() {
            return None;
        }
        let runtime = runtime.or(self.only.map(|only| only.value));
        let wants = |own: Runtime| runtime.is_none_or(|runtime| runtime == own);
        let may_be_podman = wants(Runtime::Podman) && need != Need::Itself;
        let by_start = self.here.starts.iter().find_map(|start| {
            let is_podman = matches!(start, Start::Podman | Start::UsersPodman);
            let is_wanted = if is_podman { may_be_podman } else { wants(Runtime::Docker) };
            is_wanted.then(|| self.command(*start, "start"))
        });
        by_start.map(|command| format!("run {command}")).or_else(|| {
            let (docker, podman) = (self.here.has("docker"), self.here.has("podman") && may_be_podman);
            match self.here.is_mac {
                true if docker && wants(Runtime::Docker) => {
                    Some("start Docker Desktop (`open -a Docker`), or whatever runs Docker here".to_owned())
                }
                true if podman => Some("run `podman machine start`".to_owned()),
                false if docker && wants(Runtime::Docker) => Some(
                    "start the daemon that `docker` is to speak with, or set `DOCKER_HOST` to where it is".to_owned(),
                ),
                false if podman => Some(
                    "run `podman system service --time=0 \"unix://$HOME/podman.sock\"` beside it, and set `CONTAINER_HOST=unix://$HOME/podman.sock`"
                        .to_owned(),
                ),
                _ => None,
            }
        })
    }

    fn restart(&self, runtime: Runtime) -> String {
        let wants = |start: &Start| match runtime {
            Runtime::Podman => matches!(start, Start::Podman | Start::UsersPodman),
            _ => matches!(start, Start::Docker | Start::UsersDocker | Start::DockerScript),
        };
        match self.here.starts.iter().copied().find(wants) {
            Some(start) => format!("run {}, or wait longer with `--timeout`", self.command(start, "restart")),
            None => "restart the daemon, or wait longer with `--timeout`".to_owned(),
        }
    }

    fn command(&self, start: Start, verb: &str) -> String {
        match start {
            Start::Docker => self.here.as_root(&format!("systemctl {verb} docker")),
            Start::UsersDocker => format!("`systemctl --user {verb} docker`"),
            Start::DockerScript => self.here.as_root(&format!("service docker {verb}")),
            Start::Podman => self.here.as_root(&format!("systemctl {verb} podman.socket")),
            Start::UsersPodman => format!("`systemctl --user {verb} podman.socket`"),
        }
    }

    /// Returns both ways to an engine, where there is neither.
    fn none(&self, need: Need) -> String {
        let runtime = match (self.here.inside, need) {
            (Some(Inside::Pod), _) => "let the pod reach a daemon, and set `DOCKER_HOST` to its address".to_owned(),
            (Some(_), _) => {
                "start this container with the socket of a daemon (`-v /var/run/docker.sock:/var/run/docker.sock`)"
                    .to_owned()
            }
            (None, Need::Itself) => "install and start Docker".to_owned(),
            (None, Need::Engine(_)) => "install and start Docker or Podman".to_owned(),
        };
        match need {
            Need::Engine(variable) => {
                format!("{runtime}, or set `{variable}` to the address of an engine that runs elsewhere")
            }
            Need::Itself => runtime,
        }
    }
}

impl fmt::Display for Nowhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

#[cfg(test)]
mod tests;
