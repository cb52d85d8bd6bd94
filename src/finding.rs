//! What is wrong, as data: code, severity, both sides with their places, what to do.

mod code;
mod problem;

use crate::site::{Kind, Site};
use crate::text::Span;

pub use code::Code;
pub use problem::Problem;

/// How much a finding matters (design.md §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It will fail.
    Breaks,
    /// Differs from the truth under its rule, but runs today.
    Drift,
    /// Nothing is pinned.
    Floating,
    /// Cannot be known from the repository alone.
    Unknown,
    /// Not a version where one must be.
    Invalid,
    /// Worth knowing, never fails.
    Note,
}

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Self; 6] =
        [Self::Breaks, Self::Drift, Self::Floating, Self::Unknown, Self::Invalid, Self::Note];

    /// Returns the word of the JSON contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::Drift => "drift",
            Self::Floating => "floating",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
            Self::Note => "note",
        }
    }
}

/// A span in a file of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Path relative to the repository root.
    pub path: String,
    /// The bytes.
    pub span: Span,
}

impl Location {
    /// Returns where the site itself stands, whatever it follows.
    pub fn of(site: &Site) -> Self {
        Self { path: site.path.clone(), span: site.span }
    }
}

/// Another place that the finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// Where it is.
    pub location: Location,
    /// What it says there.
    pub message: String,
}

/// Data about the repository: something that disagrees, moves, or cannot be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The stable word for it.
    pub code: Code,
    /// How much it matters; a code's own severity unless the catalog's row says otherwise.
    pub severity: Severity,
    /// The toolchain it is about.
    pub toolchain: String,
    /// The kind of the primary site; of a variable that is no site, `env.version`.
    pub kind: Kind,
    /// What the site states, normalised.
    pub found: Option<String>,
    /// What it should state.
    pub wanted: Option<String>,
    /// Both sides, as a lowercase fragment.
    pub message: String,
    /// Where it is.
    pub primary: Location,
    /// The other sides.
    pub related: Vec<Related>,
    /// A command that works in that very situation.
    pub hint: String,
    /// Whether the place is the truth itself, so that not knowing it is a failure.
    pub is_truth: bool,
}

impl Finding {
    /// Returns whether `check` fails because of it.
    pub fn fails(&self, strict: bool) -> bool {
        match self.severity {
            Severity::Breaks | Severity::Drift | Severity::Invalid => true,
            Severity::Unknown => strict || self.is_truth,
            Severity::Floating | Severity::Note => strict,
        }
    }
}
