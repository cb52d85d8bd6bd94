//! GitHub workflows and composite actions, which Gitea and Forgejo read too
//! (docs.github.com, "Workflow syntax" and "Metadata syntax").

mod environment;
mod inputs;
mod job;
mod matrix;
mod runner;
mod step;
#[cfg(test)]
mod tests;
mod uses;

pub(super) use self::environment::{declare as declare_environment, declare_variable};
use self::inputs::Caller;
use super::format::Spec;
use super::scope::Scope;
use super::{Scan, image, yaml};
use crate::document::{Map, Node};

/// Directories whose YAML files are workflows.
const DIRECTORIES: [&str; 3] = [".github/workflows", ".gitea/workflows", ".forgejo/workflows"];

/// Workflows and actions. What a file's content shows to be one is read as one wherever it stands,
/// so the YAML finder reads both.
pub(super) const FORMAT: Spec = Spec {
    names: &["action.yml", "action.yaml"],
    claims: |path| {
        matches!(path.extension, "yml" | "yaml") && DIRECTORIES.iter().any(|known| path.is_in(known))
    },
    is_looked_up: |_| true,
    ..Spec::of(yaml::FORMAT.find)
};

/// Returns whether a document is a workflow, wherever its file stands: examples and templates are
/// kept in many places.
pub(super) fn is_workflow(document: &Node<'_>) -> bool {
    let is_job = |job: &Node<'_>| {
        job.get("steps").is_some_and(|steps| steps.as_list().is_some()) || job.get("uses").is_some()
    };
    let jobs = document.get("jobs").and_then(Node::as_map);
    document.get("on").is_some() && jobs.is_some_and(|jobs| jobs.entries.iter().any(|(_, job)| is_job(job)))
}

/// Returns whether a document is an action's metadata.
pub(super) fn is_action(document: &Node<'_>) -> bool {
    document.get("runs").is_some_and(|runs| runs.get("using").is_some())
}

/// Adds the sites of a workflow: actions' inputs, runner labels, scripts with their environment,
/// container images.
pub(super) fn find(document: &Node<'_>, scan: &mut Scan<'_>) {
    let Some(root) = document.as_map() else { return };
    let mut scope = Scope::default();
    if let Some(triggers) = root.get("on") {
        for (trigger, caller) in [("workflow_call", Caller::File), ("workflow_dispatch", Caller::Person)] {
            let declared = triggers.get(trigger).and_then(|trigger| trigger.get("inputs"));
            inputs::declare(declared, caller, scan.path, &mut scope, scan);
        }
    }
    environment::declare(root.get("env"), &mut scope, scan);
    job::find_all(root, &mut scope, scan);
}

/// Adds the sites of an action: its inputs' defaults and, of a composite one, its steps.
pub(super) fn find_action(document: &Node<'_>, scan: &mut Scan<'_>) {
    let Some(root) = document.as_map() else { return };
    let mut scope = Scope::default();
    inputs::declare(root.get("inputs"), Caller::File, action_name(scan.path), &mut scope, scan);
    inputs::find_described(root.get("inputs"), scan);
    let Some(runs) = root.get("runs").and_then(Node::as_map) else { return };
    environment::declare(runs.get("env"), &mut scope, scan);
    if let Some(image) = runs.get("image").and_then(Node::as_scalar) {
        image::find_whole(&image.content, 0..image.text().len(), &scope, scan);
    }
    if let Some(steps) = runs.get("steps").and_then(Node::as_list) {
        step::find_all(steps, None, &mut scope, scan);
    }
}

/// Returns the path by which callers know the action: its directory.
fn action_name(path: &str) -> &str {
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    if matches!(file, "action.yml" | "action.yaml") { directory } else { path }
}

/// Returns the directory that scripts run in by default at this level.
fn working_directory<'n>(map: &'n Map<'_>) -> Option<&'n str> {
    map.get("defaults")?.get("run")?.get("working-directory")?.as_str()
}
