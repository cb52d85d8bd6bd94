//! What the engine that is in force has said, beside the findings.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

/// The engine that was asked whether it is the pinned one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Live {
    /// Whose engine it is: `dagger` or `buildkit`.
    pub toolchain: &'static str,
    /// What people call it.
    #[serde(skip)]
    pub title: &'static str,
    /// The version that is pinned, without `v`; null when none is.
    pub pinned: Option<String>,
    /// The version that the engine says it has; null when there is a problem, and where only its own client can ask.
    pub found: Option<String>,
    /// Where clients reach it; null when there is a problem, and for the daemon's own.
    pub endpoint: Option<String>,
    /// Why there is no answer, or the wrong one; null when all is well.
    pub problem: Option<String>,
    /// The exit code that this alone comes to.
    pub exit: u8,
}

impl Live {
    /// Returns what there is to say, and with which word before it; a problem is told with the others.
    fn words(&self) -> Option<(&'static str, String)> {
        let Self { title, found, endpoint, problem, .. } = self;
        if problem.is_some() {
            return None;
        }
        let at = endpoint.as_ref().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
        Some(match found {
            Some(found) => ("live", format!("the {title}{at} is {found}, as pinned")),
            None => ("note", format!("the {title}{at} can be asked by its own client only")),
        })
    }

    /// Returns what there is to say, on a line without its break; a problem is told with the others.
    pub fn line(&self) -> Option<String> {
        self.words().map(|(word, words)| format!("{word}: {words}"))
    }

    /// Returns the same as a sentence.
    pub(super) fn sentence(&self) -> Option<String> {
        self.words().map(|(_, words)| format!("{words}."))
    }
}
