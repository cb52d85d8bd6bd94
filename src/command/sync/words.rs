use std::fmt::Write as _;

use super::SyncMode;
use crate::catalog;
use crate::command::{Exit, Outcome};
use crate::finding::Location;
use crate::lockstep::{Repository, Verdict};
use crate::plan::Plan;
use crate::report;
use crate::site::{DAGGER, Kind, is_own};

/// Returns why nothing is written: every site that cannot be, and what a person can do.
pub(super) fn refused(plan: &Plan, repository: &Repository) -> Outcome {
    let mut stderr = String::new();
    for (site, refusal) in &plan.refused {
        let place = repository.file_line(&Location::of(site));
        let what = if is_own(&site.toolchain) { site.toolchain.as_str() } else { site.kind.as_str() };
        let _ = writeln!(
            stderr,
            "error: cannot write {} at {place}: {}\nhint: {}",
            what, refusal.reason, refusal.hint
        );
    }
    stderr.push_str("error: nothing was written, because not every site could be\n");
    Outcome { stdout: String::new(), stderr, exit: Exit::Failure }
}

/// Returns what was done or would be, and what is left.
pub(super) fn summary(plan: &Plan, repository: &Repository, mode: SyncMode) -> String {
    let mut out = String::new();
    for (site, why) in &plan.left {
        let place = repository.file_line(&Location::of(site));
        let _ = writeln!(out, "left: {place}: {why}");
    }
    let versions: Vec<String> =
        plan.wanted.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let versions = versions.join(", ");
    let verb = if mode == SyncMode::Write { "wrote" } else { "would write" };
    let _ = if plan.changes.is_empty() {
        writeln!(out, "nothing to write: {versions} stands everywhere")
    } else {
        let (sites, files) = (report::count(plan.n_sites, "site"), report::count(plan.changes.len(), "file"));
        writeln!(out, "{verb} {versions} at {sites} in {files}")
    };
    out
}

/// Returns the commands that package managers still have to be given.
pub(super) fn refresh(plan: &Plan) -> String {
    plan.refresh.iter().map(|command| format!("hint: run {command}\n")).collect()
}

/// Names what behaves differently in modules from now on, and what to run.
pub(super) fn boundaries(plan: &Plan, verdict: &Verdict) -> String {
    let mut out = String::new();
    let Some(wanted) = plan.wanted.get(DAGGER) else { return out };
    let raised = verdict
        .sites
        .iter()
        .map(|(site, _)| site)
        .filter(|site| site.kind == Kind::ModuleEngineVersion && plan.writes(site));
    let oldest = raised.filter_map(|site| site.stated.version()).filter(|version| *version < wanted).min();
    let Some(oldest) = oldest else { return out };
    for boundary in catalog::boundaries(oldest, wanted) {
        let _ = writeln!(out, "note: modules cross {}: {}", boundary.at, boundary.what);
    }
    let _ = writeln!(out, "hint: run `dagger develop` in each module whose engineVersion was raised");
    out
}
