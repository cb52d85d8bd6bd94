//! Variables that take the choice of engine, CLI or version away from the repository.

use crate::site;
use crate::value::Environment;

/// A variable of the environment that overrides what is pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// Its name.
    pub variable: &'static str,
    /// What it does, as a lowercase fragment that follows the name.
    pub why: &'static str,
}

/// Works by being there, whatever its value.
const CLOUD_ENGINE: &str = "DAGGER_CLOUD_ENGINE";

/// All of Dagger's; the address of the engine itself is none of them: where it was injected it is obeyed
/// (dagger/dagger `internal/cmd/dagger/engine.go`, `engine/consts.go`, `engine/client/client.go`, `sdk/*/engineconn`).
const DAGGER: &[Override] = &[
    Override { variable: "DAGGER_ENGINE", why: "names another engine, which newer CLIs ask first" },
    Override { variable: CLOUD_ENGINE, why: "takes an engine of Dagger Cloud" },
    Override { variable: "DAGGER_SESSION_PORT", why: "joins a session that another process has opened" },
    Override {
        variable: "DAGGER_SESSION_TOKEN",
        why: "belongs to a session that another process has opened",
    },
    Override {
        variable: "DAGGER_X_RELEASE",
        why: "makes the CLI download and run another release of itself",
    },
    Override { variable: "_EXPERIMENTAL_DAGGER_CLI_BIN", why: "makes SDKs run another CLI" },
    Override { variable: "_EXPERIMENTAL_DAGGER_TAG", why: "changes which engine the CLI starts" },
    Override { variable: "_EXPERIMENTAL_DAGGER_VERSION", why: "changes which version the CLI says it is" },
    Override {
        variable: "_EXPERIMENTAL_DAGGER_MIN_VERSION",
        why: "moves the oldest version that CLI and engine let in",
    },
    Override {
        variable: "_EXPERIMENTAL_DAGGER_CHECKS_SCALE_OUT",
        why: "lets checks run on engines of Dagger Cloud",
    },
];

/// Variables that the CLI obeys when it is asked for its version; they are taken from that run.
pub(super) const OF_VERSION: &[&str] =
    &["DAGGER_X_RELEASE", "_EXPERIMENTAL_DAGGER_VERSION", "_EXPERIMENTAL_DAGGER_TAG"];

/// Returns those of a toolchain that are set to what counts, in the order above.
pub fn overrides(environment: &Environment, toolchain: &str) -> Vec<Override> {
    let known = if toolchain == site::DAGGER { DAGGER } else { &[] };
    let is_set = |name| match name {
        CLOUD_ENGINE => environment.has(name),
        name => environment.get(name).is_some(),
    };
    known.iter().filter(|known| is_set(known.variable)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Switch;

    #[test]
    fn only_what_is_set_is_told() {
        let set = [("DAGGER_ENGINE", ""), ("DAGGER_X_RELEASE", "main"), ("DAGGER_CLOUD_TOKEN", "canary")];
        let environment = Environment::new(set.map(|(name, value)| (name.into(), value.into())));
        let found = |toolchain| -> Vec<&str> {
            overrides(&environment, toolchain).iter().map(|known| known.variable).collect()
        };
        assert_eq!(found("dagger"), ["DAGGER_X_RELEASE"]);
        assert!(found("buildkit").is_empty());
        let environment = Environment::new([(CLOUD_ENGINE.into(), "".into())]);
        assert_eq!(overrides(&environment, "dagger").len(), 1, "an empty one counts");
    }

    #[test]
    fn every_switch_that_a_repository_may_set_is_one_but_the_address_of_the_engine() {
        for switch in Switch::ALL {
            let is_known = DAGGER.iter().any(|known| known.variable == switch.as_str());
            assert_eq!(is_known, switch != Switch::RunnerHost, "{}", switch.as_str());
        }
    }
}
