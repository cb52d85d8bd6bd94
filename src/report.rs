//! Findings and sites as words: for people, for scripts, for services that show them. Pure; knows colour, not the
//! terminal.

mod audit;
mod bump;
mod diff;
mod doctor;
mod engines;
#[cfg(test)]
mod fixture;
mod github;
mod human;
mod json;
mod known;
mod level;
mod live;
mod mistake;
mod said;
mod sarif;
mod starter;
mod story;
mod update;
mod uri;
mod variables;

pub use audit::{entries as human_audit, verified as human_audit_verify};
pub use bump::table as bump_table;
pub use diff::unified as unified_diff;
pub use doctor::{Check, CheckState, doctor as human_doctor};
pub use engines::{
    CacheStatus, ContainerStatus, EnginePlan, EnginePruned, EngineStatus, EngineUp, Timing, bytes,
};
pub use github::{
    check as github_check, outputs as github_outputs, problem_command as github_problem,
    summary as github_summary,
};
pub use human::{check as human_check, list as human_list};
pub use json::{SCHEMAS as JSON_SCHEMAS, VERSION, line as json_line};
pub use json::{
    audit as json_audit, audit_verify as json_audit_verify, bump as json_bump, check as json_check,
    doctor as json_doctor, known as json_known, list as json_list, update as json_update, why as json_why,
    why_code as json_why_code,
};
pub use known::{Known, KnownArchive, KnownRelease, KnownRevision, known as human_known};
pub use live::Live;
pub use mistake::human_mistake;
pub use said::{printable, with_causes};
pub use sarif::{check as sarif_check, failure as sarif_failure};
pub use starter::{Candidate, Found, OTHER_TOOLS, OtherTool, SCHEMA, candidates, starter};
pub use story::{Ruler, Story, stories as human_why, toolchain as human_toolchain};
pub use update::{
    Difference, Fate, Ignorance, Lesson, Lookup, Update, update as human_update, update_doubts,
};
pub use variables::{Exported, Shell, Unprintable, posix_quoted, variables};

use crate::finding::Finding;
use crate::lockstep::{Repository, Verdict};

/// How data is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For scripts: versioned, sorted, deterministic (design.md §5).
    Json,
}

/// What `check` has found, for the reports about it.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// The files, to quote from.
    pub repository: &'a Repository,
    /// The truths and all sites.
    pub verdict: &'a Verdict,
    /// The findings to report.
    pub findings: &'a [&'a Finding],
    /// Whether everything that moves or cannot be known is a failure.
    pub strict: bool,
    /// Where the root stands in its git work tree, with `/`; empty when it is the work tree's own root. Services know
    /// files by their path from there.
    pub directory: &'a str,
    /// What the engine that is in force has said, if it was asked.
    pub live: Option<&'a Live>,
}

/// Whether words carry colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// ANSI escapes.
    Always,
    /// Plain text.
    Never,
}

/// Returns `1 file`, `2 files`.
pub(crate) fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
