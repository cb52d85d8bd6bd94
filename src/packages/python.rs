//! How Python spells versions (packaging.python.org, "Version specifiers"), and how we do.

use std::str::FromStr as _;

use pep440_rs::{Prerelease, PrereleaseKind};

use crate::value::Version;

/// Returns the one spelling of a version in Python, `1.0.0b10` of `1.0.0-beta.10`; `None` when Python has none.
pub(super) fn spelled(version: &Version) -> Option<String> {
    let text = version.to_string();
    let Some((numbers, pre)) = text.split_once('-') else {
        return (version.width() == 3 && !text.contains('+')).then_some(text);
    };
    let (word, number) = pre.split_once('.')?;
    let letter = match word {
        "alpha" => "a",
        "beta" => "b",
        "rc" => "rc",
        _ => return None,
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{numbers}{letter}{number}"))
}

/// Returns the version that Python spells so; `None` when it is none of ours (`0.1`, `1.0.0.post1`).
pub(super) fn parse(text: &str) -> Option<Version> {
    let python = pep440_rs::Version::from_str(text).ok()?;
    let is_plain = python.epoch() == 0 && !python.is_post() && !python.is_dev() && python.local().is_empty();
    let [major, minor, patch] = python.release() else { return None };
    let base = format!("{major}.{minor}.{patch}");
    let text = match python.pre() {
        None => base,
        Some(Prerelease { kind, number }) => {
            let word = match kind {
                PrereleaseKind::Alpha => "alpha",
                PrereleaseKind::Beta => "beta",
                PrereleaseKind::Rc => "rc",
            };
            format!("{base}-{word}.{number}")
        }
    };
    Version::parse(&text).filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_version() {
        for (ours, python) in [
            ("0.21.8", "0.21.8"),
            ("1.0.0-beta.10", "1.0.0b10"),
            ("1.0.0-alpha.1", "1.0.0a1"),
            ("1.0.0-rc.2", "1.0.0rc2"),
        ] {
            let version = Version::parse(ours).unwrap();
            assert_eq!(spelled(&version).as_deref(), Some(python));
            assert_eq!(parse(python), Some(version));
        }
    }

    #[test]
    fn what_has_no_other_spelling_is_none() {
        for ours in
            ["0.17.0-llm.2", "1.0.0-beta", "1.0.0-beta.x", "1.0.0-beta.1.2", "1.0.0+build", "1.0.0-beta.1+b"]
        {
            assert_eq!(spelled(&Version::parse(ours).unwrap()), None, "{ours}");
        }
        for python in
            ["0.1", "1.0.0.0", "1.0.0.post1", "1.0.0.dev1", "1.0.0+local", "1!1.0.0", "x", "", "none"]
        {
            assert_eq!(parse(python), None, "{python}");
        }
    }
}
