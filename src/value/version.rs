use std::fmt;

/// A release version, `MAJOR.MINOR.PATCH[-PRE][+BUILD]`, compared as Semantic Versioning 2.0.0
/// says and always printed without `v`.
///
/// A leading `v` is accepted because Dagger writes it in module files and image tags. Anything
/// else is refused, so a value of this type may go into a URL, an argument or an edit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(semver::Version);

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
        semver::Version::parse(digits).ok().map(Self)
    }

    /// Returns a release version from its three numbers.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
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
    /// (`engine.BaseVersion`).
    pub fn base(&self) -> Self {
        Self::new(self.0.major, self.0.minor, self.0.patch)
    }

    /// Returns whether both are of the same `MAJOR.MINOR`.
    pub fn same_minor(&self, other: &Self) -> bool {
        (self.0.major, self.0.minor) == (other.0.major, other.0.minor)
    }

    /// Returns whether the version carries a pre-release part such as `-beta.1`.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// Returns the first number.
    pub fn major(&self) -> u64 {
        self.0.major
    }

    /// Returns the second number.
    pub fn minor(&self) -> u64 {
        self.0.minor
    }

    /// Returns whether `partial` (`1`, `1.2`) names a line this version belongs to.
    pub fn is_admitted_by(&self, partial: &str) -> bool {
        let mut own = [self.0.major, self.0.minor].into_iter();
        partial.split('.').all(|part| own.next().map(|number| number.to_string()).as_deref() == Some(part))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
