//! Whether somebody else has already said which engine is in force.

use crate::value::{Endpoint, Environment};

/// The variable that says which address `pin` itself has exported. Whatever else the engine's variable holds was
/// injected: by a pod, by a CI job, by a person.
pub const MARKER: &str = "PIN_ENGINE";

/// What the environment says about the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Injected {
    /// Nothing.
    None,
    /// What `pin` has exported: an engine of its own, which may be another one by now.
    Own(Endpoint),
    /// An engine that somebody else has chosen; it wins.
    Foreign {
        /// The variable that says so.
        variable: &'static str,
        /// The engine.
        endpoint: Endpoint,
    },
    /// Something that names no engine.
    Unusable {
        /// The variable that holds it.
        variable: &'static str,
        /// What is wrong, in words that do not repeat what may be secret.
        why: String,
    },
}

/// Returns what the environment says about an engine that is named by `variable`; an empty one says nothing.
pub fn injected(environment: &Environment, variable: &'static str) -> Injected {
    let Some(value) = environment.get(variable) else { return Injected::None };
    let parsed = value.to_str().ok_or_else(|| "it is no UTF-8 text".to_owned()).and_then(Endpoint::parse);
    match parsed {
        Err(why) => Injected::Unusable { variable, why },
        Ok(endpoint) if environment.get(MARKER) == Some(value) => Injected::Own(endpoint),
        Ok(endpoint) => Injected::Foreign { variable, endpoint },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    const HOST: &str = "_EXPERIMENTAL_DAGGER_RUNNER_HOST";

    #[test]
    fn what_pin_has_exported_is_not_injected() {
        let check = |host: Option<&str>, marker: Option<&str>, expect: &str| {
            let pair = |name: &str, value: Option<&str>| Some((OsString::from(name), value?.into()));
            let environment =
                Environment::new([pair(HOST, host), pair(MARKER, marker)].into_iter().flatten());
            let found = match injected(&environment, HOST) {
                Injected::None => "none".to_owned(),
                Injected::Own(endpoint) => format!("own {endpoint}"),
                Injected::Foreign { variable, endpoint } => format!("{variable} {endpoint}"),
                Injected::Unusable { variable, .. } => format!("{variable} unusable"),
            };
            assert_eq!(found, expect, "{host:?} {marker:?}");
        };
        let foreign = format!("{HOST} unix:///run/dagger/engine.sock");
        let unusable = format!("{HOST} unusable");
        check(None, None, "none");
        check(Some(""), None, "none");
        check(None, Some("unix:///a"), "none");
        check(Some("unix:///run/dagger/engine.sock"), None, &foreign);
        check(Some("unix:///run/dagger/engine.sock"), Some(""), &foreign);
        check(Some("unix:///run/dagger/engine.sock"), Some("unix:///run/dagger/engine"), &foreign);
        check(Some("unix:///a"), Some("unix:///a"), "own unix:///a");
        check(Some("tcp://engine.ci.svc:1234"), None, &format!("{HOST} tcp://engine.ci.svc:1234"));
        check(Some("/run/dagger/engine.sock"), None, &unusable);
        check(Some("nonsense"), Some("nonsense"), &unusable);
    }

    #[test]
    fn what_is_wrong_repeats_no_secret() {
        for value in ["ssh://user:canary@", "canary", "tcp://canary", "unix://canary"] {
            let environment = Environment::new([(HOST.into(), value.into())]);
            let found = injected(&environment, HOST);
            assert!(
                matches!(found, Injected::Unusable { .. }) && !format!("{found:?}").contains("canary"),
                "{found:?}"
            );
        }
        let bytes = OsString::from_vec(b"unix:///\xff".to_vec());
        let found = injected(&Environment::new([(HOST.into(), bytes)]), HOST);
        assert_eq!(found, Injected::Unusable { variable: HOST, why: "it is no UTF-8 text".to_owned() });
    }
}
