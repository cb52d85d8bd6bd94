//! JSON for scripts (design.md §5). The schemas in `schema/` are generated from the types here, and a test holds them to
//! it; the types know how only in tests, so that readers of the binary pay nothing for it.

mod audit;
mod bump;
mod doctor;
mod env;
mod known;
mod row;
mod update;
mod why;

use std::collections::BTreeSet;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::doctor::Check as DoctorCheck;
use super::known::Known;
use super::story::Story;
use super::update::Update;
use super::{Checked, Live};
use crate::audit::{Broken, Entry, Verified};
use crate::channel::Table;
use crate::config::Rule;
use crate::finding::Code;
use crate::lockstep::{Repository, Verdict};
use crate::site::Site;
use crate::value::Version;
use bump::Bump;
use row::{FindingRow, SiteRow, TruthRow};
use why::{CodeRow, Why};

/// The version of every output; a change that old readers cannot read raises it.
pub const VERSION: u32 = 1;

/// JSON Schemas of the outputs (draft 2020-12), by verb.
pub const SCHEMAS: &[(&str, &str)] = &[
    ("audit", include_str!("schema/audit.json")),
    ("audit-verify", include_str!("schema/audit-verify.json")),
    ("bump", include_str!("schema/bump.json")),
    ("catalog-show", include_str!("schema/catalog-show.json")),
    ("catalog-update", include_str!("schema/catalog-update.json")),
    ("check", include_str!("schema/check.json")),
    ("engine-doctor", include_str!("schema/engine-doctor.json")),
    ("engine-plan", include_str!("schema/engine-plan.json")),
    ("engine-prune", include_str!("schema/engine-prune.json")),
    ("engine-status", include_str!("schema/engine-status.json")),
    ("engine-up", include_str!("schema/engine-up.json")),
    ("env", include_str!("schema/env.json")),
    ("list", include_str!("schema/list.json")),
    ("why", include_str!("schema/why.json")),
];

/// Output of `pin list --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin list"))]
struct List<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    version: u32,
    /// Every site, sorted by place.
    sites: Vec<SiteRow<'a>>,
}

/// Output of `pin check --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin check"))]
struct Check<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    version: u32,
    /// What the sites are measured against, by toolchain; one without a truth is not named.
    truths: Vec<TruthRow<'a>>,
    /// What is wrong, sorted by place.
    findings: Vec<FindingRow<'a>>,
    /// What was looked at.
    summary: Summary,
    /// What the engine that is in force says; only with `--live`.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<&'a Live>,
}

/// How much was looked at.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct Summary {
    /// All sites of the repository.
    sites: usize,
    /// The files that they stand in.
    files: usize,
}

/// Returns the `list` output: one object on one line, with a line break.
pub fn list(repository: &Repository, sites: &[&(Site, Rule)]) -> String {
    let sites = sites.iter().map(|(site, rule)| row::site(repository, site, *rule)).collect();
    line(&List { version: VERSION, sites })
}

/// Returns the `check` output: one object on one line, with a line break.
pub fn check(checked: &Checked<'_>) -> String {
    let Checked { repository, verdict, findings, live, .. } = *checked;
    let truths = verdict
        .truths
        .iter()
        .filter(|truth| truth.location.is_some())
        .map(|truth| TruthRow {
            toolchain: &truth.toolchain,
            value: truth.version().map(ToString::to_string),
            path: truth.location.as_ref().map(|location| location.path.as_str()),
            line: truth.location.as_ref().map(|location| repository.place(location).line),
        })
        .collect();
    let findings = findings.iter().map(|finding| row::finding(repository, verdict, finding)).collect();
    let files: BTreeSet<&str> = verdict.sites.iter().map(|(site, _)| site.path.as_str()).collect();
    let summary = Summary { sites: verdict.sites.len(), files: files.len() };
    line(&Check { version: VERSION, truths, findings, summary, live })
}

/// Returns the `why` output for some sites: one object on one line, with a line break.
pub fn why(repository: &Repository, verdict: &Verdict, stories: &[Story<'_>]) -> String {
    let sites = stories.iter().map(|story| why::row(repository, verdict, story)).collect();
    line(&Why { version: VERSION, code: None, sites })
}

/// Returns the `why --code` output: one object on one line, with a line break.
pub fn why_code(code: Code) -> String {
    let (severity, explanation) = (code.severity().as_str(), code.explanation());
    let code = CodeRow { code: code.as_str(), severity, explanation };
    line(&Why { version: VERSION, code: Some(code), sites: Vec::new() })
}

/// Returns the `bump` output: one object on one line, with a line break.
pub fn bump(
    toolchain: &str,
    current: Option<&Version>,
    chosen: Option<&Version>,
    table: &Table,
    repository: &Repository,
) -> String {
    line(&Bump::new(toolchain, current, chosen, table, repository))
}

/// Returns the `catalog show` output: one object on one line, with a line break.
pub fn known(known: &Known<'_>) -> String {
    line(&known::row(known))
}

/// Returns the `catalog update` output: one object on one line, with a line break.
pub fn update(update: &Update) -> String {
    line(&update::row(update))
}

/// Returns the `engine doctor` output: one object on one line, with a line break.
pub fn doctor(checks: &[DoctorCheck], has_engine: bool) -> String {
    line(&doctor::row(checks, has_engine))
}

/// Returns the `env` output: one object on one line, with a line break.
pub(super) fn env(variables: &[(&str, &str)]) -> String {
    line(&env::row(variables))
}

/// Returns the `audit` output: one object on one line, with a line break.
pub fn audit(entries: &[Entry]) -> String {
    line(&audit::entries(entries))
}

/// Returns the `audit verify` output: one object on one line, with a line break.
pub fn audit_verify(verified: Result<&Verified, &Broken>) -> String {
    line(&audit::verify(verified))
}

/// Returns one object on one line, with a line break.
pub fn line(value: &impl Serialize) -> String {
    // Plain structs with string keys always serialise.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::schema::check_written;

    #[test]
    fn the_schemas_are_those_of_the_types() {
        check_written::<audit::Audit<'_>>("src/report/schema/audit.json");
        check_written::<audit::AuditVerify<'_>>("src/report/schema/audit-verify.json");
        check_written::<List<'_>>("src/report/schema/list.json");
        check_written::<Check<'_>>("src/report/schema/check.json");
        check_written::<Why<'_>>("src/report/schema/why.json");
        check_written::<Bump<'_>>("src/report/schema/bump.json");
        check_written::<doctor::Doctor<'_>>("src/report/schema/engine-doctor.json");
        check_written::<known::Show<'_>>("src/report/schema/catalog-show.json");
        check_written::<crate::report::EnginePlan>("src/report/schema/engine-plan.json");
        check_written::<crate::report::EnginePruned>("src/report/schema/engine-prune.json");
        check_written::<crate::report::EngineStatus>("src/report/schema/engine-status.json");
        check_written::<crate::report::EngineUp>("src/report/schema/engine-up.json");
        check_written::<env::Env<'_>>("src/report/schema/env.json");
        check_written::<update::UpdateRow<'_>>("src/report/schema/catalog-update.json");
    }
}
