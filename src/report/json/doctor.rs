//! What `engine doctor` has looked at, as an object.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::doctor::Check;

/// Output of `pin engine doctor --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin engine doctor"))]
pub(super) struct Doctor<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = super::VERSION)))]
    version: u32,
    /// Whether an engine can be had; otherwise the exit code says why not.
    has_engine: bool,
    /// What was looked at, in the order in which an engine needs it.
    checks: Vec<CheckRow<'a>>,
}

/// One thing that an engine needs.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Check"))]
struct CheckRow<'a> {
    /// What was looked at, as one word.
    name: &'a str,
    /// `ok`, `warning`, `problem` or `unknown`.
    #[cfg_attr(test, schemars(extend("enum" = ["ok", "warning", "problem", "unknown"])))]
    state: &'a str,
    /// What was found, in words.
    found: &'a str,
    /// What to do; null when nothing has to be done.
    hint: Option<&'a str>,
}

/// Returns the object.
pub(super) fn row(checks: &[Check], has_engine: bool) -> Doctor<'_> {
    let rows = checks.iter().map(|check| CheckRow {
        name: check.name,
        state: check.state.as_str(),
        found: &check.found,
        hint: check.hint.as_deref(),
    });
    Doctor { version: super::VERSION, has_engine, checks: rows.collect() }
}
