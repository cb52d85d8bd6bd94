//! What differs between a Dagger engine and BuildKit, as constants.

use crate::catalog;
use crate::config::EngineKind;
use crate::value::Version;

impl EngineKind {
    /// Returns what people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Dagger => "Dagger engine",
            Self::BuildKit => "BuildKit",
        }
    }

    /// Returns the package that it says it is, in `moby.buildkit.v1.Control/Info`.
    pub const fn package(self) -> &'static str {
        match self {
            Self::Dagger => "github.com/dagger/dagger",
            Self::BuildKit => "github.com/moby/buildkit",
        }
    }

    /// Returns where its images are published.
    pub const fn repository(self) -> &'static str {
        match self {
            Self::Dagger => "registry.dagger.io/engine",
            Self::BuildKit => "docker.io/moby/buildkit",
        }
    }

    /// Returns where it keeps its cache, inside its container.
    pub const fn cache_directory(self) -> &'static str {
        match self {
            Self::Dagger => "/var/lib/dagger",
            Self::BuildKit => "/var/lib/buildkit",
        }
    }

    /// Returns the directory of its socket, inside its container.
    pub const fn socket_directory(self) -> &'static str {
        match self {
            Self::Dagger => "/run/dagger",
            Self::BuildKit => "/run/buildkit",
        }
    }

    /// Returns the name of its socket.
    pub const fn socket(self) -> &'static str {
        match self {
            Self::Dagger => "engine.sock",
            Self::BuildKit => "buildkitd.sock",
        }
    }

    /// Returns the variable that points clients at an engine.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Dagger => "_EXPERIMENTAL_DAGGER_RUNNER_HOST",
            Self::BuildKit => "BUILDKIT_HOST",
        }
    }

    /// Returns what to run inside the container to reach the engine through a program's input and output.
    pub const fn dial(self) -> [&'static str; 2] {
        // In the image of a Dagger engine this is a link to its own helper.
        ["buildctl", "dial-stdio"]
    }

    /// Returns what an engine prints when it throws its cache away at its start, with why (dagger/dagger
    /// `dagql/cache.go`, `engine/server/server.go`; moby/buildkit `util/db/boltutil`).
    pub const fn wipes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Dagger => &[
                ("marked unclean; wiping", "it was killed before it had saved it"),
                ("schema version mismatch; wiping", "another version keeps it in another form"),
                ("import failed; wiping", "it cannot read it any more"),
                ("local cache state invalid", "it cannot read it any more"),
                ("resetting all local cache state", "it cannot read it any more"),
                ("recover by removing existing cache db", "it cannot read it any more"),
            ],
            Self::BuildKit => &[("resetting to empty", "it was killed, and its database is broken")],
        }
    }

    /// Returns whether what has ended never came to be an engine, for a reason that may be gone the next time: Dagger's
    /// entrypoint cannot always write to its control group (dagger/dagger#7785).
    pub fn failed_before_start(self, lines: &[String]) -> bool {
        let last = |words: &str| lines.iter().rposition(|line| line.contains(words));
        match self {
            // The lines of an earlier start may be among them.
            Self::Dagger => last("sed: write error") > last("starting dagger engine"),
            Self::BuildKit => false,
        }
    }

    /// Returns the name of what versions share a cache: BuildKit promises nothing between minor releases. A Dagger
    /// release that nobody knows has one of its own.
    pub fn epoch(self, version: &Version) -> String {
        match self {
            Self::Dagger => catalog::cache_epoch(version).map_or_else(|| version.to_string(), str::to_owned),
            Self::BuildKit => format!("{}.{}", version.major(), version.minor()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entrypoint_that_failed_is_told_from_an_engine_that_did() {
        let check = |lines: &[&str], expect: bool| {
            let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            assert_eq!(EngineKind::Dagger.failed_before_start(&lines), expect, "{lines:?}");
            assert!(!EngineKind::BuildKit.failed_before_start(&lines));
        };
        let (entrypoint, engine) = ("sed: write error", "msg=\"starting dagger engine version:v0.21.8\"");
        check(&[], false);
        check(&["+ sed", entrypoint], true);
        check(&[engine, "could not lock"], false);
        check(&[entrypoint, engine], false);
        // Of two starts in one second.
        check(&[engine, entrypoint], true);
    }
}
