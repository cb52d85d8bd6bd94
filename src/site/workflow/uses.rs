//! What a step or a job calls, and the inputs it gives.

use crate::document::{Map, Node, Scalar};
use crate::site::expression::{self, Position};
use crate::site::scan::{Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Kind, Scan, Stated, asdf, assignment, image, mise, name, script};

use super::{runner, step};

/// Inputs by which an action that installs the CLI is told its version.
const VERSION_INPUTS: [&str; 6] =
    ["version", "tag", "cli-version", "cli_version", "engine-version", "engine_version"];

/// Inputs that hold prose: issue texts, release notes.
const PROSE_INPUTS: [&str; 10] = [
    "body",
    "message",
    "commit-message",
    "commit_message",
    "title",
    "description",
    "text",
    "notes",
    "comment",
    "payload",
];

/// Adds what a step gives to the action it uses.
pub(super) fn find_step(step: &Map<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let Some((key, called)) = step.entry("uses") else { return };
    let Some(called) = called.as_scalar() else { return };
    let action = Action::parse(called.text());
    if called.text().starts_with("docker://") {
        image::find_whole(&called.content, 0..called.text().len(), scope, scan);
    }
    match action {
        Action::Engine => engine(key, step, scope, scan),
        Action::Installer => installer(step, scope, scan),
        _ if downloads_engine(step) => installer(step, scope, scan),
        _ => {}
    }
    let local = action.local().and_then(step::normalise);
    find_inputs(step, local.as_deref(), scope, scan);
}

/// Adds what a job gives to the workflow it calls.
pub(super) fn find_job(job: &Map<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let Some(called) = job.get("uses").and_then(Node::as_str) else { return };
    let local = Action::parse(called).local().and_then(step::normalise);
    find_inputs(job, local.as_deref(), scope, scan);
}

/// Returns the outputs of the actions that are known to read the version from a module file.
pub(super) fn outputs(step: &Map<'_>) -> Vec<(String, Follow)> {
    let called = step.get("uses").and_then(Node::as_str).unwrap_or_default();
    let repository = called.split('@').next().unwrap_or_default();
    if !repository.ends_with("/dagger-version-action") {
        return Vec::new();
    }
    // sagikazarmark/dagger-version-action, action.yaml: `path` is the module's directory, by
    // default the repository's root.
    let with = step.get("with");
    let input = |name| with.and_then(|with| with.get(name)).and_then(Node::as_str);
    let directory = input("path").unwrap_or_default();
    let module = step::normalise(&format!("{directory}/dagger.json"));
    vec![("version".to_owned(), Follow::Module(module))]
}

enum Action<'a> {
    /// `dagger/dagger-for-github` or a fork: without a version it installs the newest.
    Engine,
    /// Another action that installs the CLI.
    Installer,
    /// One in this repository.
    Local(&'a str),
    Other,
}

impl<'a> Action<'a> {
    fn parse(called: &'a str) -> Self {
        if called.starts_with("./") {
            return Self::Local(called);
        }
        let path = called.split('@').next().unwrap_or_default().to_ascii_lowercase();
        // Gitea and Forgejo take an action's whole address.
        let path = match path.split_once("://") {
            Some(("http" | "https", address)) => address.split_once('/').map_or("", |(_, path)| path),
            Some(_) => "",
            None => &path,
        };
        if !path.contains('/') {
            return Self::Other;
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        let words: Vec<&str> = last.split(['-', '_', '.']).collect();
        let installs = ["setup", "install", "action", "cli", "run"].iter().any(|word| words.contains(word));
        match last {
            "dagger-for-github" => Self::Engine,
            _ if path.starts_with("dagger/") => Self::Installer,
            _ if words.contains(&"dagger") && (installs || words.len() == 1) => Self::Installer,
            _ => Self::Other,
        }
    }

    fn local(&self) -> Option<&'a str> {
        match self {
            Self::Local(path) => Some(path),
            _ => None,
        }
    }
}

/// The engine's own action takes a version or a commit, and nothing from the environment
/// (dagger/dagger-for-github `action.yml`).
fn engine(uses: &Scalar<'_>, step: &Map<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let with = step.get("with");
    let input = |name: &str| {
        let value = with.and_then(|with| with.get(name)).and_then(Node::as_scalar);
        value.filter(|value| !is_empty(value))
    };
    if let Some(version) = input("version") {
        add(version, Position::Version, scope, scan);
    } else if let Some(commit) = input("commit") {
        add(commit, Position::Tag, scope, scan);
    } else {
        let key = step.entry("with").map_or(uses, |(with, _)| with);
        scan.add(Kind::ActionVersion, key.text_span(), key.text(), Stated::Missing);
    }
}

/// Another action's version is taken only when it can be one: nothing says what else it means.
fn installer(step: &Map<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let Some(with) = step.get("with") else { return };
    for input in VERSION_INPUTS {
        let Some(value) = with.get(input).and_then(Node::as_scalar) else { continue };
        let is_ours = match assignment::follow(value, scope, scan) {
            Some(follow) => !matches!(follow, Follow::Outside(_)),
            None => !assignment::is_expression(value.text()),
        };
        if is_ours && assignment::could_be_version(value.text()) {
            add(value, Position::Version, scope, scan);
        }
    }
}

/// Returns whether an action is told to download a release of the engine's project.
fn downloads_engine(step: &Map<'_>) -> bool {
    let Some(with) = step.get("with") else { return false };
    ["repo", "repository", "tool"]
        .iter()
        .any(|input| with.get(input).and_then(Node::as_str).is_some_and(|project| project == "dagger/dagger"))
}

fn add(value: &Scalar<'_>, position: Position, scope: &Scope, scan: &mut Scan<'_>) {
    expression::add(Kind::ActionVersion, position, &value.content, 0..value.text().len(), scope, scan);
}

/// Adds what any action or workflow is given: versions under a name that says so, images, scripts;
/// for a local one, every value that its inputs may be followed to.
fn find_inputs(map: &Map<'_>, local: Option<&str>, scope: &Scope, scan: &mut Scan<'_>) {
    let with = map.get("with").and_then(Node::as_map);
    for (key, value) in with.into_iter().flat_map(|with| &with.entries) {
        let Some(value) = value.as_scalar() else { continue };
        if name::says_dagger_version(key.text()) && assignment::could_be_version(value.text()) {
            add(value, Position::Version, scope, scan);
        }
        if let Some(file) = local {
            let input = Name::Input { file: file.to_owned(), name: key.text().to_owned() };
            assignment::define(&input, value, scope, scan);
        }
        if PROSE_INPUTS.contains(&key.text().to_ascii_lowercase().as_str()) {
            continue;
        }
        // Actions that set up tools take a version manager's file as text.
        match key.text() {
            "tool_versions" => asdf::find(&value.content, scan),
            "mise_toml" => mise::find_embedded(&value.content, scan),
            _ => {}
        }
        runner::find_assigned(value, scope, scan);
        if is_script(key.text(), value.text()) {
            script::find(&value.content, &mut scope.clone(), scan);
        } else {
            image::find(&value.content, scope, scan);
        }
    }
}

fn is_script(key: &str, value: &str) -> bool {
    const KEYS: [&str; 8] =
        ["run", "script", "command", "commands", "cmd", "args", "build-args", "pre-build-script"];
    KEYS.contains(&key.to_ascii_lowercase().as_str()) || value.trim_end().contains('\n')
}

fn is_empty(value: &Scalar<'_>) -> bool {
    value.text().is_empty() || (!value.is_text && matches!(value.text(), "null" | "~"))
}
