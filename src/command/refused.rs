use super::{Exit, Outcome};
use crate::document::Mistake;
use crate::finding::Problem;
use crate::report;
use crate::text::Source;

/// Why a repository cannot be looked at at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// How the verb ends.
    pub exit: Exit,
    /// What is wrong, for reports that are read elsewhere.
    pub problem: Box<Problem>,
    /// The same for a person, with the place in the file.
    pub stderr: String,
}

impl Refused {
    /// Returns the refusal that only says what went wrong, and what to run.
    pub(super) fn new(exit: Exit, message: &str, hint: Option<&str>) -> Self {
        let hint = hint.map(str::to_owned);
        let problem = Problem { path: None, place: None, message: message.to_owned(), hint };
        Self { exit, stderr: problem.lines(), problem: Box::new(problem) }
    }

    /// Returns the refusal of a mistake in one of our own files.
    pub(super) fn of_mistake(exit: Exit, name: &str, source: &Source, mistake: &Mistake) -> Self {
        let place = source.place(mistake.span.start);
        let problem = Problem {
            // What stands outside the repository has no place in a report about it.
            path: Some(name.to_owned()).filter(|name| !name.starts_with('/')),
            place: Some(place),
            message: format!("{mistake} at {name}:{}:{}", place.line, place.column),
            hint: mistake.hint.clone(),
        };
        Self { exit, problem: Box::new(problem), stderr: report::human_mistake(name, source, mistake) }
    }
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Self {
        Self { stdout: String::new(), stderr: refused.stderr, exit: refused.exit }
    }
}
