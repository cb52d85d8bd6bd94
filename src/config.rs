//! `pin.toml`: what a repository says about its toolchains (design.md §5). Optional: without it,
//! discovery alone must be right.

mod engine;
mod read;
#[cfg(test)]
mod schema;
mod settle;
#[cfg(test)]
mod shapes;
mod tables;
#[cfg(test)]
mod tests;
mod user;

use std::collections::BTreeMap;

use globset::GlobMatcher;

use crate::finding::Code;
use crate::site::{Class, Kind, Selector, Site, Stated};
use crate::text::Span;
use crate::value::Version;

pub use engine::{Bound, Engine, EngineKind, Mode, Provision};
pub use read::parse;
pub use settle::{By, Said, Settled, Unsettled, settle};
pub use user::{USER_FILE, USER_SCHEMA, User, parse_user};

/// Name of the file, at the root of a repository.
pub const FILE: &str = "pin.toml";

/// JSON Schema of the file (draft 2020-12), for editors.
pub const SCHEMA: &str = include_str!("config/schema.json");

/// Returns the version of `pin` itself, which `required` speaks of.
pub fn own_version() -> semver::Version {
    semver::Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or(semver::Version::new(0, 0, 0))
}

/// A parsed `pin.toml`; the default is that of a repository without one. What may turn out wrong only
/// when the repository is read has its place.
#[derive(Debug, Default)]
pub struct Config {
    /// Where it was read, relative to the root when it stands inside.
    pub path: String,
    /// What version of `pin` itself may judge this repository.
    pub required: Option<(semver::VersionReq, Span)>,
    /// The project's name, for everything that is kept per project.
    pub project: Option<String>,
    /// Toolchains by name.
    pub toolchains: BTreeMap<String, Toolchain>,
    /// The engine that executes.
    pub engine: Engine,
}

/// What is said about one toolchain.
#[derive(Debug, Default)]
pub struct Toolchain {
    /// The truth, with its place in `pin.toml`.
    pub version: Option<(Version, Span)>,
    /// The file whose version is the truth.
    pub source: Option<(String, Span)>,
    /// How close to the truth is close enough.
    pub policy: Policy,
    /// Versions that are tolerated beside the truth.
    pub also: Vec<Version>,
    /// Fewer sites than this is a failure.
    pub expect: Option<(usize, Span)>,
    /// Other checkouts that must agree, relative to the root.
    pub roots: Vec<(String, Span)>,
    /// Rules that replace a kind's own.
    pub rules: Vec<RuleOverride>,
    /// Files with a truth of their own.
    pub groups: Vec<Group>,
    /// What is not judged.
    pub ignore: Vec<Ignore>,
    /// Sites that the repository declares itself.
    pub sites: Vec<CustomSite>,
}

/// How close to the truth is close enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// The very same version.
    #[default]
    Exact,
    /// The same `MAJOR.MINOR`.
    Minor,
    /// Inside the engine's own documented compatibility window.
    Window,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Minor, Self::Window];

    /// Returns the word of `pin.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Minor => "minor",
            Self::Window => "window",
        }
    }
}

/// How a site must relate to the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The same version, as far as the policy asks for it.
    Equal,
    /// Not newer.
    AtMost,
    /// Not older.
    AtLeast,
    /// A range that contains it.
    Admits,
    /// Not judged.
    Ignore,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 5] = [Self::Equal, Self::AtMost, Self::AtLeast, Self::Admits, Self::Ignore];

    /// Returns the word of `pin.toml` and the JSON contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::AtMost => "at-most",
            Self::AtLeast => "at-least",
            Self::Admits => "admits",
            Self::Ignore => "ignore",
        }
    }

    /// Returns the rule of a kind of site when nothing else is said (design.md §4).
    pub const fn of(kind: Kind, stated: &Stated) -> Self {
        match (kind.class(), stated) {
            (_, Stated::Range(_)) | (Class::SdkLock, _) => Self::Admits,
            (Class::ModuleReference | Class::Sdk, _) => Self::AtMost,
            _ => Self::Equal,
        }
    }
}

/// Another rule for some sites.
#[derive(Debug)]
pub struct RuleOverride {
    /// Only sites of this kind.
    pub kind: Option<Kind>,
    /// Only sites in these files.
    pub files: Option<GlobMatcher>,
    /// The rule.
    pub rule: Rule,
}

/// Files that have a truth of their own.
#[derive(Debug)]
pub struct Group {
    /// The files.
    pub files: GlobMatcher,
    /// Their version.
    pub version: Version,
}

/// Sites or findings that are left out.
#[derive(Debug)]
pub struct Ignore {
    /// Only in these files.
    pub files: Option<GlobMatcher>,
    /// Only sites of this kind.
    pub kind: Option<Kind>,
    /// Only this code; without one the sites are not judged at all.
    pub code: Option<Code>,
}

/// A site that the repository declares itself.
#[derive(Debug)]
pub struct CustomSite {
    /// The files.
    pub files: GlobMatcher,
    /// The declaration's place in `pin.toml`.
    pub span: Span,
    /// Where in them.
    pub selector: Selector,
    /// How it relates to the truth.
    pub rule: Option<Rule>,
}

impl Ignore {
    /// Returns whether a site at `path` of `kind` is meant.
    pub fn matches(&self, path: &str, kind: Kind) -> bool {
        self.files.as_ref().is_none_or(|files| files.is_match(path))
            && self.kind.is_none_or(|own| own == kind)
    }
}

impl Toolchain {
    /// Returns the rule for a site: the first override that matches wins, then what the
    /// declaration says that found it.
    pub fn rule(&self, site: &Site) -> Rule {
        self.rule_at(&site.path, site.kind).unwrap_or_else(|| {
            let declared = site.declared.and_then(|index| self.sites.get(index));
            declared.and_then(|site| site.rule).unwrap_or_else(|| Rule::of(site.kind, &site.stated))
        })
    }

    /// Returns the rule that `rules` or `ignore` has for a place, whatever stands there.
    pub fn rule_at(&self, path: &str, kind: Kind) -> Option<Rule> {
        let matches = |rule: &&RuleOverride| {
            rule.kind.is_none_or(|own| own == kind)
                && rule.files.as_ref().is_none_or(|files| files.is_match(path))
        };
        if self.ignore.iter().any(|ignore| ignore.code.is_none() && ignore.matches(path, kind)) {
            return Some(Rule::Ignore);
        }
        self.rules.iter().find(matches).map(|rule| rule.rule)
    }

    /// Returns whether nothing in the file at `path` is judged, whatever it is.
    pub fn ignores_file(&self, path: &str) -> bool {
        let is_whole = |ignore: &&Ignore| ignore.code.is_none() && ignore.kind.is_none();
        let files = self.ignore.iter().filter(is_whole).filter_map(|ignore| ignore.files.as_ref());
        files.into_iter().any(|files| files.is_match(path))
    }

    /// Returns the truth of the group that `path` is in.
    pub fn group(&self, path: &str) -> Option<&Version> {
        self.groups.iter().find(|group| group.files.is_match(path)).map(|group| &group.version)
    }
}
