//! Proxies, as the engine is told about them (dagger/dagger docs, "Proxy configuration"; moby/buildkit
//! `util/tracing`, Go `net/http.ProxyFromEnvironment`).

use std::fmt;

use crate::engine::proxies::exceptions;
use crate::value::Environment;

/// The variables that name proxies; Go reads both spellings.
const PROXIES: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "FTP_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "ftp_proxy",
];

/// Who is never asked through a proxy: the engine's own services.
const DIRECT: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Variables about proxies. Their values may hold passwords, so they have no printed form beyond their names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<(&'static str, String)>);

impl Proxies {
    /// Returns the variables about proxies that an engine gets of those that the user has. Who is reached without a
    /// proxy is added to, never replaced.
    pub fn of(environment: &Environment) -> Self {
        let get = |name: &'static str| Some((name, environment.word(name)?.to_owned()));
        let mut found: Vec<_> = PROXIES.into_iter().filter_map(get).collect();
        if found.is_empty() {
            return Self::default();
        }
        found.extend(exceptions(environment, &DIRECT));
        Self(found)
    }

    /// Returns the variables with their values, passwords and all.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Returns an address without what stands before `@` in it.
pub(super) fn without_password(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let authority = rest.find('/').unwrap_or(rest.len());
    match rest[..authority].rfind('@') {
        Some(at) if scheme.is_empty() => rest[at + 1..].to_owned(),
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_passed_on_and_exceptions_added_to() {
        let check = |variables: &[(&str, &str)], expect: &[(&str, &str)]| {
            let environment =
                Environment::new(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())));
            assert_eq!(Proxies::of(&environment).variables().collect::<Vec<_>>(), expect);
        };
        check(&[("NO_PROXY", "example.com")], &[]);
        check(
            &[("https_proxy", "http://p:3128"), ("NO_PROXY", "example.com, localhost")],
            &[
                ("https_proxy", "http://p:3128"),
                ("NO_PROXY", "example.com,localhost,127.0.0.1,::1"),
                ("no_proxy", "example.com,localhost,127.0.0.1,::1"),
            ],
        );
        let both = "upper.example,lower.example,localhost,127.0.0.1,::1";
        check(
            &[
                ("HTTP_PROXY", "http://p"),
                ("NO_PROXY", "upper.example"),
                ("no_proxy", "lower.example,upper.example"),
            ],
            &[("HTTP_PROXY", "http://p"), ("NO_PROXY", both), ("no_proxy", both)],
        );
    }

    #[test]
    fn passwords_are_not_printed() {
        let environment = Environment::new([("HTTP_PROXY".into(), "http://me:canary@proxy".into())]);
        let printed = format!("{:?}", Proxies::of(&environment));
        assert_eq!(printed, r#"{"HTTP_PROXY", "NO_PROXY", "no_proxy"}"#);
    }

    #[test]
    fn passwords_do_not_count() {
        for (address, expect) in [
            ("http://user:canary@proxy:3128/x@y", "http://proxy:3128/x@y"),
            ("user:canary@proxy:3128", "proxy:3128"),
            ("http://us@er:canary@proxy", "http://proxy"),
            ("http://proxy", "http://proxy"),
            ("", ""),
        ] {
            assert_eq!(without_password(address), expect);
        }
    }
}
