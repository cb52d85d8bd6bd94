use crate::catalog::Revision;
use crate::value::{Grammar, Rev, Version, VersionParts, VersionRange};

/// What a site states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stated {
    /// One version.
    Version(Version),
    /// A line of versions: `0.21`.
    Partial(String),
    /// The versions that a package's manifest admits.
    Range(VersionRange),
    /// A name that moves: `latest`, `main`.
    Floating(String),
    /// Nothing, where something belongs.
    Missing,
    /// A git revision or a digest whose version no table here knows.
    Revision(String),
    /// A reference to a place that cannot hold a version, with the reason.
    Unresolvable(String),
    /// An indirection whose end could not be found, with the reason.
    Unresolved(String),
    /// Text that is no version where one must be.
    Invalid(String),
}

/// Names that registries, branches and installers move.
const FLOATING: [&str; 17] = [
    "latest", "main", "master", "head", "HEAD", "nightly", "edge", "stable", "dev", "develop", "next",
    "canary", "current", "lts", "lts/*", "rolling", "*",
];

impl Stated {
    /// Returns what `text` states where a version belongs.
    pub fn of(text: &str) -> Self {
        match Version::parts(text) {
            VersionParts::Full(version) => Self::Version(version),
            VersionParts::Partial(partial) => Self::Partial(partial),
            VersionParts::Neither if text.is_empty() => Self::Missing,
            VersionParts::Neither if Rev::parse(text).is_some() => Self::Revision(text.to_owned()),
            VersionParts::Neither if FLOATING.contains(&text) => Self::Floating(text.to_owned()),
            VersionParts::Neither => Self::Invalid(text.to_owned()),
        }
    }

    /// Returns what `tag` states where any git name may stand (an image tag, a module reference):
    /// words are branches.
    pub fn of_tag(tag: &str) -> Self {
        match Self::of(tag) {
            Self::Invalid(text) if text.bytes().all(is_name_byte) => Self::Floating(text),
            stated => stated,
        }
    }

    /// Returns what a known commit of the flake that packages the CLI states.
    pub fn of_revision(revision: &Revision) -> Self {
        match revision.version() {
            Some(version) => Self::Version(version),
            None => Self::Unresolvable("this revision of dagger/nix packages no CLI".to_owned()),
        }
    }

    /// Returns what a manifest's requirement states. A version by itself is exact, but where the
    /// grammar makes a range of it.
    pub fn of_requirement(grammar: Grammar, text: &str) -> Self {
        let is_exact = matches!(grammar, Grammar::Npm | Grammar::Composer | Grammar::Hex);
        if let Some(version) = Version::parse(text).filter(|_| is_exact) {
            return Self::Version(version);
        }
        match VersionRange::parse(grammar, text) {
            Some(range) => Self::Range(range),
            // `*`, `dev-main`, `*@dev`: whatever is newest there.
            None if text.is_empty() => Self::Missing,
            None if text.contains('*') || text.starts_with("dev-") => Self::Floating(text.to_owned()),
            None => match Self::of(text) {
                Self::Partial(_) | Self::Version(_) => Self::Invalid(text.to_owned()),
                stated => stated,
            },
        }
    }

    /// Returns the version, when exactly one is stated.
    pub fn version(&self) -> Option<&Version> {
        match self {
            Self::Version(version) => Some(version),
            _ => None,
        }
    }

    /// Returns the JSON `value`: the version, the line of versions, or the lowest version that a
    /// range names, without `v`.
    pub fn value(&self) -> Option<String> {
        match self {
            Self::Version(version) => Some(version.to_string()),
            Self::Partial(partial) => Some(partial.clone()),
            Self::Range(range) => range.named().map(str::to_owned),
            _ => None,
        }
    }
}

/// Returns whether the word is one of those that registries, branches and installers move.
pub(super) fn is_moving(word: &str) -> bool {
    FLOATING.contains(&word)
}

/// What git and image names are made of.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-/+".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_different_things_in_tags_and_versions() {
        let sha = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        assert_eq!(Stated::of("v0.21.8"), Stated::Version(Version::new(0, 21, 8)));
        assert_eq!(Stated::of("0.21"), Stated::Partial("0.21".to_owned()));
        assert_eq!(Stated::of("latest"), Stated::Floating("latest".to_owned()));
        assert_eq!(Stated::of(sha), Stated::Revision(sha.to_owned()));
        assert_eq!(Stated::of_tag(sha), Stated::Revision(sha.to_owned()));
        assert_eq!(Stated::of("word"), Stated::Invalid("word".to_owned()));
        assert_eq!(Stated::of_tag("word"), Stated::Floating("word".to_owned()));
        assert_eq!(Stated::of_tag("a: b"), Stated::Invalid("a: b".to_owned()));
        assert_eq!(Stated::of(""), Stated::Missing);
    }

    #[test]
    fn a_requirement_is_read_by_its_grammar() {
        let exact = Stated::Version(Version::new(0, 18, 2));
        assert_eq!(Stated::of_requirement(Grammar::Npm, "0.18.2"), exact);
        for (grammar, text) in
            [(Grammar::Cargo, "0.18.2"), (Grammar::Npm, "^0.18.2"), (Grammar::Python, "==0.18.2")]
        {
            let stated = Stated::of_requirement(grammar, text);
            assert!(matches!(stated, Stated::Range(_)), "{text}");
            assert_eq!(stated.value().as_deref(), Some("0.18.2"));
        }
        for text in ["*", "latest", "dev-main", "*@dev"] {
            assert!(matches!(Stated::of_requirement(Grammar::Composer, text), Stated::Floating(_)), "{text}");
        }
        assert!(matches!(Stated::of_requirement(Grammar::Python, "0.18.2"), Stated::Invalid(_)));
    }
}
