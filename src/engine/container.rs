use std::fmt;

use crate::value::Version;

/// A container that `pin` has made, as the daemon lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its name, without the slash that the daemon puts before it.
    pub name: String,
    /// The engine's version, by its label.
    pub version: Option<Version>,
    /// What it was made with, by its label.
    pub spec: String,
    /// What it does.
    pub state: State,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// The volume of its cache.
    pub volume: Option<String>,
    /// The directory on the daemon's machine that its socket is in, if it has one.
    pub sockets: Option<String>,
}

/// A start of a container, which goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    /// Which one: the container's id, and when it was started.
    pub start: String,
    /// Whether the user has proxies that it was not made with.
    pub lacks_proxies: bool,
}

/// The volume of a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// Its name.
    pub volume: String,
    /// What versions share it, by its label.
    pub epoch: String,
    /// When it was made, as the daemon writes that (RFC 3339).
    pub created: Option<String>,
}

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// It carries our labels.
    Ours,
    /// It is called like something of ours, and is not.
    Foreign,
}

/// What a container does (Docker Engine API, `ContainerSummary.State`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was made, and never started.
    Created,
    /// Its process runs.
    Running,
    /// Its process is held still, and answers nobody.
    Paused,
    /// It will run again soon.
    Restarting,
    /// It has ended.
    Exited,
    /// It is being removed, or cannot be.
    Gone,
}

/// How a container reaches others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The daemon's own bridge.
    Bridge,
    /// That of the daemon's machine: there is no bridge.
    Host,
}

impl Going {
    /// Returns what to tell the user of this container, if there is anything.
    pub fn note(&self, name: &str) -> Option<String> {
        self.lacks_proxies.then(|| {
            format!(
                "note: {name} was made with other proxies than those that are set here\n\
                 hint: run `pin engine down`, and it is made with these the next time"
            )
        })
    }
}

impl State {
    /// Returns whether there is a process.
    pub const fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }

    /// Returns the word for people and scripts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
            Self::Gone => "gone",
        }
    }
}

impl Network {
    /// Returns the name of the mode (Docker Engine API, `HostConfig.NetworkMode`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Host => "host",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
