use std::fmt::Write as _;

use crate::text::Place;

/// Something that kept the job from being done, most often a file that could not be read or parsed: unlike a finding it
/// says nothing about versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, relative to the repository root; `None` when it is no single one.
    pub path: Option<String>,
    /// Where in the file, when that is known.
    pub place: Option<Place>,
    /// What is wrong, as a lowercase fragment that names the file itself.
    pub message: String,
    /// A command that works in that very situation.
    pub hint: Option<String>,
}

impl Problem {
    /// Returns a problem of no single file.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { path: None, place: None, message: message.into(), hint: Some(hint.into()) }
    }

    /// Returns a problem of the file at `path`, at one place or with all of it.
    pub fn of_file(path: &str, place: Option<Place>, message: String) -> Self {
        Self { path: Some(path.to_owned()), place, message, hint: None }
    }

    /// Returns the lines for stderr: `error: …`, then `hint: …`.
    pub fn lines(&self) -> String {
        let mut lines = format!("error: {}\n", self.message);
        if let Some(hint) = &self.hint {
            let _ = writeln!(lines, "hint: {hint}");
        }
        lines
    }
}
