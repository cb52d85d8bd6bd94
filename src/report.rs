//! Findings and sites as words: for people and for scripts. Pure; knows colour, not the terminal.

mod diff;
mod human;
mod json;

pub use diff::unified as unified_diff;
pub use human::{check as human_check, list as human_list};
pub use json::{check as json_check, list as json_list};

/// How data is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For scripts: versioned, sorted, deterministic (design.md §5).
    Json,
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
