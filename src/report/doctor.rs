//! What `engine doctor` has looked at, and how each of it is.

use std::fmt::Write as _;

use super::count;

/// One thing that an engine needs, and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What is looked at, as one word.
    pub name: &'static str,
    /// How it is.
    pub state: CheckState,
    /// What was found, in words without anything that may be secret.
    pub found: String,
    /// What to do.
    pub hint: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// It could not be looked at.
    Unknown,
    /// It works, and may not always.
    Warning,
    /// Without it there is no engine.
    Problem,
}

impl CheckState {
    /// Returns the word for people and scripts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

impl Check {
    /// Returns what is as it should be.
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: CheckState::Ok, found: found.into(), hint: None }
    }

    /// Returns what could not be looked at.
    pub fn unknown(name: &'static str, found: impl Into<String>) -> Self {
        Self { state: CheckState::Unknown, ..Self::ok(name, found) }
    }

    /// Returns what works and may not always, and what to do about it, if anything is known to help.
    pub fn warning(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = Some(hint.into()).filter(|hint: &String| !hint.is_empty());
        Self { state: CheckState::Warning, hint, ..Self::ok(name, found) }
    }

    /// Returns what keeps the engine away, and what to do about it, if anything is known to help.
    pub fn problem(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { state: CheckState::Problem, ..Self::warning(name, found, hint) }
    }
}

/// Returns the checks as a table for people, and how many are not as they should be.
pub fn doctor(checks: &[Check]) -> String {
    let mut out = String::new();
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    for Check { name, state, found, hint } in checks {
        let mut lines = found.lines();
        let _ = writeln!(out, "{name:<width$}  {:<7}  {}", state.as_str(), lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(out, "{:<width$}           {line}", "");
        }
        if let Some(hint) = hint {
            let _ = writeln!(out, "{:<width$}           hint: {hint}", "");
        }
    }
    let number = |state: CheckState| checks.iter().filter(|check| check.state == state).count();
    let (problems, warnings) = (number(CheckState::Problem), number(CheckState::Warning));
    let _ = match (problems, warnings) {
        (0, 0) => writeln!(out, "an engine can be had here"),
        (0, warnings) => writeln!(out, "an engine can be had here; {}", count(warnings, "warning")),
        (problems, 0) => writeln!(out, "no engine can be had here: {}", count(problems, "problem")),
        (problems, warnings) => writeln!(
            out,
            "no engine can be had here: {}, {}",
            count(problems, "problem"),
            count(warnings, "warning")
        ),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_a_line_and_every_hint_another() {
        let checks = [
            Check::ok("way", "an engine"),
            Check::warning("disk", "1 GB left", "run `x`"),
            Check::problem("daemon", "none\n  of them", "start it"),
            Check::unknown("clock", "nobody says"),
            Check::problem("lock", "broken", ""),
        ];
        let expect = "\
way     ok       an engine
disk    warning  1 GB left
                 hint: run `x`
daemon  problem  none
                   of them
                 hint: start it
clock   unknown  nobody says
lock    problem  broken
no engine can be had here: 2 problems, 1 warning
";
        assert_eq!(doctor(&checks), expect);
        assert_eq!(doctor(&checks[..1]), "way  ok       an engine\nan engine can be had here\n");
    }
}
