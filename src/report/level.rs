use crate::finding::{Finding, Severity};

/// The three levels that the services know which show findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// `check` fails because of it.
    Error,
    /// `check --strict` would fail because of it.
    Warning,
    /// Worth knowing.
    Note,
}

impl Level {
    /// Every level, worst first.
    pub(super) const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// Returns the level of a finding: what makes this run fail is an error.
    pub(super) fn of(finding: &Finding, strict: bool) -> Self {
        if finding.fails(strict) { Self::Error } else { Self::of_severity(finding.severity) }
    }

    /// Returns the level of a severity where nothing else is known.
    pub(super) const fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Breaks | Severity::Drift | Severity::Invalid => Self::Error,
            Severity::Floating | Severity::Unknown => Self::Warning,
            Severity::Note => Self::Note,
        }
    }
}
