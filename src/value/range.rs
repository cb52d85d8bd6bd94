mod numbers;
mod translate;

use std::fmt;
use std::str::FromStr as _;

use super::Version;

/// Whose rules a range of versions is written by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grammar {
    /// npm, pnpm, Yarn, Bun, Deno (npm "semver", "Ranges").
    Npm,
    /// Cargo ("Specifying Dependencies").
    Cargo,
    /// PEP 440 version specifiers, and the caret of Poetry.
    Python,
    /// Composer ("Versions and constraints").
    Composer,
    /// Helm (Masterminds/semver, "Basic Comparisons").
    Helm,
    /// Mix (Elixir `Version`, "Requirements").
    Hex,
}

/// A set of versions as a manifest asks for it: `^0.21.4`, `>=0.20,<1`, `~> 0.21`.
///
/// It is compared by its text: two spellings of one set differ.
#[derive(Clone)]
pub struct VersionRange {
    text: String,
    grammar: Grammar,
    set: Set,
}

#[derive(Clone)]
enum Set {
    Npm(nodejs_semver::Range),
    Cargo(semver::VersionReq),
    Python(pep440_rs::VersionSpecifiers),
}

impl VersionRange {
    /// The longest text that is tried; real requirements are under 60 bytes.
    const MAX_LEN: usize = 256;

    /// Returns the range that `text` states, or `None` when the grammar has no such text or it
    /// names no version at all (`*`).
    pub fn parse(grammar: Grammar, text: &str) -> Option<Self> {
        if text.len() > Self::MAX_LEN || numbers::find(text).is_empty() {
            return None;
        }
        let npm = |text: &str| nodejs_semver::Range::parse(text).ok().map(Set::Npm);
        let set = match grammar {
            Grammar::Npm => npm(text),
            Grammar::Cargo => semver::VersionReq::parse(text).ok().map(Set::Cargo),
            // Poetry has npm's caret and tilde beside Python's own operators.
            Grammar::Python
                if text.contains('^') || text.trim_start().starts_with('~') && !text.contains("~=") =>
            {
                npm(&translate::composer(text)?)
            }
            Grammar::Python => pep440_rs::VersionSpecifiers::from_str(text).ok().map(Set::Python),
            Grammar::Composer => npm(&translate::composer(text)?),
            Grammar::Helm => npm(&text.replace(',', " ")),
            Grammar::Hex => npm(&translate::hex(text)?),
        };
        Some(Self { text: text.to_owned(), grammar, set: set? })
    }

    /// Returns whether the range contains the version.
    pub fn admits(&self, version: &Version) -> bool {
        // These grammars know three numbers.
        let text = if version.width() == 3 { version.to_string() } else { version.base().to_string() };
        match &self.set {
            Set::Npm(range) => {
                nodejs_semver::Version::parse(&text).is_ok_and(|version| range.satisfies(&version))
            }
            Set::Cargo(range) => semver::Version::parse(&text).is_ok_and(|version| range.matches(&version)),
            Set::Python(range) => {
                // Python has fewer words for pre-releases than Dagger.
                let parse = |text: &str| pep440_rs::Version::from_str(text).ok();
                let version = parse(&text).or_else(|| parse(&version.base().to_string()));
                version.is_some_and(|version| range.contains(&version))
            }
        }
    }

    /// Returns the lowest version that the text names, missing numbers being 0.
    pub fn base(&self) -> Option<Version> {
        numbers::find(&self.text).into_iter().filter_map(|range| numbers::padded(&self.text[range])).min()
    }

    /// Returns the lowest version as far as the text names it: `0.21` of `^0.21`.
    pub fn named(&self) -> Option<&str> {
        let found = numbers::find(&self.text).into_iter();
        let lowest = found.map(|range| &self.text[range]).min_by_key(|text| numbers::padded(text))?;
        let digits = lowest.strip_prefix('v').unwrap_or(lowest);
        Some(digits.trim_end_matches(['x', 'X', '*']).trim_end_matches('.'))
    }

    /// Returns the same requirement moved to `version`: operator, precision and `v` are kept.
    /// `None` when more than one version is named, or the result would not contain it.
    pub fn moved_to(&self, version: &Version) -> Option<Self> {
        let found = numbers::find(&self.text);
        let [range] = found.as_slice() else { return None };
        let new = numbers::like(&self.text[range.clone()], version);
        let text = format!("{}{new}{}", &self.text[..range.start], &self.text[range.end..]);
        Self::parse(self.grammar, &text).filter(|range| range.admits(version))
    }
}

impl PartialEq for VersionRange {
    fn eq(&self, other: &Self) -> bool {
        (self.grammar, &self.text) == (other.grammar, &other.text)
    }
}

impl Eq for VersionRange {}

impl fmt::Debug for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VersionRange({:?} {:?})", self.grammar, self.text)
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn each_grammar_admits_what_its_package_manager_does() {
        use Grammar::{Cargo, Composer, Helm, Hex, Npm, Python};
        for (grammar, text, admitted, refused) in [
            (Npm, "^0.18.2", "0.18.9", "0.19.0"),
            (Npm, "~0.18.2", "0.18.9", "0.19.0"),
            (Npm, "0.18.x", "0.18.9", "0.19.0"),
            (Npm, ">=0.18.2 <0.20.0 || ^0.21.0", "0.21.7", "0.20.1"),
            (Npm, "0.18.2", "0.18.2", "0.18.3"),
            (Npm, "^0.18", "0.18.9", "0.19.0"),
            (Cargo, "0.18.2", "0.18.9", "0.19.0"),
            (Cargo, "=0.18.2", "0.18.2", "0.18.3"),
            (Cargo, ">=0.18, <0.20", "0.19.9", "0.20.0"),
            (Cargo, "0.18", "0.18.9", "0.19.0"),
            (Python, ">=0.18.2", "0.21.7", "0.18.1"),
            (Python, "==0.18.2", "0.18.2", "0.18.3"),
            (Python, "~=0.18.2", "0.18.9", "0.19.0"),
            (Python, ">=0.9,<1,!=0.18.3", "0.18.4", "0.18.3"),
            (Python, "==0.18.*", "0.18.9", "0.19.0"),
            (Python, "^0.18.2", "0.18.9", "0.19.0"),
            (Composer, "^0.18.2", "0.18.9", "0.19.0"),
            (Composer, "~0.18", "0.21.0", "1.0.0"),
            (Composer, "~0.18.2", "0.18.9", "0.19.0"),
            (Composer, "0.18.*", "0.18.9", "0.19.0"),
            (Composer, ">=0.18.2,<0.20 | 0.21.7", "0.21.7", "0.20.0"),
            (Composer, "v0.18.2@beta", "0.18.2", "0.18.3"),
            (Helm, "~0.18.2", "0.18.9", "0.19.0"),
            (Helm, ">=0.18.2, <0.20.0", "0.19.9", "0.20.0"),
            (Helm, "0.18.x", "0.18.9", "0.19.0"),
            (Hex, "~> 0.18.2", "0.18.9", "0.19.0"),
            (Hex, "~> 0.18", "0.21.0", "1.0.0"),
            (Hex, ">= 0.18.2 and < 0.20.0", "0.19.9", "0.20.0"),
            (Hex, "== 0.18.2 or == 0.19.0", "0.19.0", "0.18.3"),
            (Hex, "0.18.2", "0.18.2", "0.18.3"),
        ] {
            let range = VersionRange::parse(grammar, text).unwrap_or_else(|| panic!("{grammar:?} {text}"));
            assert!(range.admits(&version(admitted)), "{grammar:?} {text} {admitted}");
            assert!(!range.admits(&version(refused)), "{grammar:?} {text} {refused}");
        }
        for (grammar, text) in [
            (Npm, "*"),
            (Npm, "latest"),
            (Npm, "workspace:^"),
            (Npm, ""),
            (Cargo, "*"),
            (Python, ">=x"),
            (Composer, "dev-main"),
            (Composer, "*@dev"),
            (Hex, "~> x"),
        ] {
            assert_eq!(VersionRange::parse(grammar, text), None, "{grammar:?} {text}");
        }
    }

    #[test]
    fn a_range_moves_in_its_own_style() {
        for (grammar, text, base, to, expect) in [
            (Grammar::Npm, "^0.18.2", "0.18.2", "0.21.7", Some("^0.21.7")),
            (Grammar::Npm, "0.18.x", "0.18.0", "0.21.7", Some("0.21.x")),
            (Grammar::Npm, ">=0.18.2 <0.19", "0.18.2", "0.21.7", None),
            (Grammar::Npm, "<0.19.0", "0.19.0", "0.21.7", None),
            (Grammar::Cargo, "0.18", "0.18.0", "0.21.7", Some("0.21")),
            (Grammar::Python, "== 0.18.2", "0.18.2", "0.21.7", Some("== 0.21.7")),
            (Grammar::Python, "~=0.18", "0.18.0", "0.21.7", Some("~=0.21")),
            (Grammar::Composer, "v0.18.2@beta", "0.18.2", "0.21.7", Some("v0.21.7@beta")),
            (Grammar::Hex, "~> 0.18", "0.18.0", "0.21.7", Some("~> 0.21")),
            (Grammar::Npm, "~0.18.2-beta.1", "0.18.2-beta.1", "1.0.0-beta.3", Some("~1.0.0-beta.3")),
        ] {
            let range = VersionRange::parse(grammar, text).unwrap();
            assert_eq!(range.base(), Some(version(base)), "{text}");
            let moved = range.moved_to(&version(to)).map(|range| range.to_string());
            assert_eq!(moved.as_deref(), expect, "{text}");
        }
    }
}
