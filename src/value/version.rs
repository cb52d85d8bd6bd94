mod leading;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A release version, `MAJOR.MINOR.PATCH[-PRE][+BUILD]`, compared as Semantic Versioning 2.0.0
/// says and always printed without `v`.
///
/// [`Version::parse`] takes nothing else, but for a leading `v`, which Dagger writes in module
/// files and image tags; so a value it made may go into a URL, an argument or an edit. What other
/// toolchains call a version has fewer numbers or more (`16.4`, `24.04`, `7.0.100.1`) and other
/// pre-releases (`1.24rc1`): [`Version::parse_own`] and [`Version::leading`] take those too, and
/// keep how they are written.
///
/// Numbers that are not written count as zero where versions are compared, and of two that are
/// then alike the one with fewer numbers comes first: `16.4 < 16.4.0 < 16.4.1`. They are not
/// equal: who asks for one is not given the other.
#[derive(Debug, Clone)]
pub struct Version {
    /// The first three numbers, what stands for a pre-release, and the build.
    semver: semver::Version,
    /// How it is written, when not as above.
    own: Option<Box<Own>>,
}

/// A version that Semantic Versioning does not know.
#[derive(Debug, Clone)]
struct Own {
    /// Without `v`.
    text: String,
    /// Every number that is written; at least one.
    numbers: Vec<u64>,
}

/// What a text that should be a version turns out to state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionParts {
    /// A complete version.
    Full(Version),
    /// `1` or `1.2` (also `1.2.x`), normalised to the numbers that were given.
    Partial(String),
    /// Not a version.
    Neither,
}

impl Version {
    /// The longest text that is tried; real versions are under 40 bytes.
    const MAX_LEN: usize = 128;

    /// Returns the version that `text` states, or `None` when it is not exactly one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::MAX_LEN {
            return None;
        }
        let digits = text.strip_prefix('v').unwrap_or(text);
        semver::Version::parse(digits).ok().map(|semver| Self { semver, own: None })
    }

    /// Returns a release version from its three numbers.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self { semver: semver::Version::new(major, minor, patch), own: None }
    }

    /// Returns what `text` states, partial versions included.
    pub fn parts(text: &str) -> VersionParts {
        if let Some(version) = Self::parse(text) {
            return VersionParts::Full(version);
        }
        let digits = text.strip_prefix('v').unwrap_or(text);
        let digits = digits.strip_suffix(".x").or_else(|| digits.strip_suffix(".*")).unwrap_or(digits);
        let numbers: Vec<&str> = digits.split('.').collect();
        let is_number = |part: &&str| {
            !part.is_empty() && part.len() < 10 && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if numbers.len() <= 2 && numbers.iter().all(is_number) {
            VersionParts::Partial(digits.to_owned())
        } else {
            VersionParts::Neither
        }
    }

    /// Returns the version without pre-release and build, as Dagger compares module and engine
    /// (`engine.BaseVersion`), and with all numbers that are not written as zero.
    pub fn base(&self) -> Self {
        let semver = semver::Version::new(self.semver.major, self.semver.minor, self.semver.patch);
        let numbers: Vec<u64> = trimmed(self.numbers()).collect();
        if numbers.len() <= 3 {
            return Self { semver, own: None };
        }
        let text = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
        Self { semver, own: Some(Box::new(Own { text, numbers })) }
    }

    /// Returns whether both are of the same `MAJOR.MINOR`.
    pub fn same_minor(&self, other: &Self) -> bool {
        (self.semver.major, self.semver.minor) == (other.semver.major, other.semver.minor)
    }

    /// Returns whether the version carries a pre-release part such as `-beta.1`.
    pub fn is_prerelease(&self) -> bool {
        !self.semver.pre.is_empty()
    }

    /// Returns the first number.
    pub fn major(&self) -> u64 {
        self.semver.major
    }

    /// Returns how many numbers are written: 3 of `0.21.8`, 2 of `16.4`.
    pub fn width(&self) -> usize {
        self.own.as_ref().map_or(3, |own| own.numbers.len())
    }

    /// Returns the second number.
    pub fn minor(&self) -> u64 {
        self.semver.minor
    }

    /// Returns the third number.
    pub fn patch(&self) -> u64 {
        self.semver.patch
    }

    /// Returns whether `partial` (`1`, `1.2`) names a line this version belongs to.
    pub fn is_admitted_by(&self, partial: &str) -> bool {
        let mut own = self.numbers();
        let mut parts = partial.split('.');
        parts.all(|part| own.next().is_some_and(|number| part.parse() == Ok(number))) && own.next().is_some()
    }

    /// Returns the numbers as they are written.
    fn numbers(&self) -> impl Iterator<Item = u64> {
        let semver = [self.semver.major, self.semver.minor, self.semver.patch];
        let own = self.own.as_ref().map(|own| own.numbers.as_slice());
        let width = own.map_or(3, <[u64]>::len);
        (0..width).map(move |at| own.map_or_else(|| semver[at], |own| own[at]))
    }
}

/// Leaves the zeros at the end out.
fn trimmed(numbers: impl Iterator<Item = u64>) -> impl Iterator<Item = u64> {
    let mut numbers: Vec<u64> = numbers.collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers.into_iter()
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (None, None) = (&self.own, &other.own) {
            return self.semver.cmp(&other.semver);
        }
        let text = |version: &Self| version.own.as_ref().map(|own| own.text.clone());
        trimmed(self.numbers())
            .cmp(trimmed(other.numbers()))
            .then_with(|| self.semver.pre.cmp(&other.semver.pre))
            .then_with(|| self.width().cmp(&other.width()))
            .then_with(|| self.semver.build.cmp(&other.semver.build))
            .then_with(|| text(self).cmp(&text(other)))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_string().hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.own {
            Some(own) => f.pad(&own.text),
            None => self.semver.fmt(f),
        }
    }
}

impl serde::Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_parsed_strictly() {
        for (text, expect) in [
            ("0.21.8", Some("0.21.8")),
            ("v0.21.8", Some("0.21.8")),
            ("v0.17.0-llm.2", Some("0.17.0-llm.2")),
            ("v1.0.0-beta.10+0e19eba6", Some("1.0.0-beta.10+0e19eba6")),
            ("vv0.21.8", None),
            ("V0.21.8", None),
            ("0.21", None),
            ("0.21.8 ", None),
            ("0.021.8", None),
            ("0.21.8; rm -rf /", None),
            ("0.21.8\n", None),
            ("", None),
        ] {
            let found = Version::parse(text).map(|version| version.to_string());
            assert_eq!(found.as_deref(), expect, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let parse = |text| Version::parse(text).unwrap();
        assert!(parse("0.21.10") > parse("0.21.9"));
        assert!(parse("1.0.0-beta.10") < parse("1.0.0"));
        assert_eq!(parse("1.0.0-beta.10").base(), parse("1.0.0"));
    }

    #[test]
    fn a_partial_version_admits_its_line() {
        let version = Version::new(0, 21, 8);
        for (partial, expect) in [("0", true), ("0.21", true), ("0.2", false), ("1", false), ("0.210", false)]
        {
            assert_eq!(version.is_admitted_by(partial), expect, "{partial}");
        }
        assert_eq!(Version::parts("v0.21.x"), VersionParts::Partial("0.21".to_owned()));
        assert_eq!(Version::parts("0.21.8.1"), VersionParts::Neither);
        assert_eq!(Version::parts("latest"), VersionParts::Neither);
    }
}
