use crate::document::{List, Map, Node};
use crate::site::scan::Follow;
use crate::site::scope::Scope;
use crate::site::{Scan, script};

use super::{environment, uses};

/// Adds the sites of steps that run one after the other; what one puts out is visible to the next.
pub(super) fn find_all(steps: &List<'_>, directory: Option<&str>, scope: &mut Scope, scan: &mut Scan<'_>) {
    for step in steps.items.iter().filter_map(Node::as_map) {
        find(step, directory, scope, scan);
    }
}

fn find(step: &Map<'_>, directory: Option<&str>, outer: &mut Scope, scan: &mut Scan<'_>) {
    let mut scope = outer.clone();
    environment::declare(step.get("env"), &mut scope, scan);
    uses::find_step(step, &scope, scan);
    let mut outputs = uses::outputs(step);
    let mut exports = Vec::new();
    if let Some(run) = step.get("run").and_then(Node::as_scalar) {
        let directory = step.get("working-directory").and_then(Node::as_str).or(directory);
        let (n_sites, n_definitions) = (scan.sites.len(), scan.definitions.len());
        script::find(&run.content, &mut scope, scan);
        outputs = script::outputs(&run.content, &scope, scan);
        exports = script::exports(&run.content, &scope, scan);
        let followed = scan.sites[n_sites..].iter_mut().map(|(_, follow)| follow);
        let followed =
            followed.chain(scan.definitions[n_definitions..].iter_mut().map(|known| &mut known.follows));
        let handed_on = outputs.iter_mut().chain(&mut exports).map(|(_, follow)| follow);
        let followed = followed.flatten().chain(handed_on);
        followed.for_each(|follow| move_into(directory, follow));
    }
    if let Some(id) = step.get("id").and_then(Node::as_str) {
        for (name, follow) in outputs {
            outer.set(format!("steps.{id}.outputs.{name}"), follow);
        }
    }
    for (name, follow) in exports {
        environment::set(&name, &follow, outer);
    }
}

/// A path that a script reads is relative to where the script runs.
fn move_into(directory: Option<&str>, follow: &mut Follow) {
    if let (Some(directory), Follow::Module(path)) = (directory, follow) {
        *path = path.take().and_then(|path| join(directory, &path));
    }
}

/// Returns the path of the module file from the repository's root, `None` when the directory is
/// known only at run time.
fn join(directory: &str, path: &str) -> Option<String> {
    const ROOTS: [&str; 3] = ["$GITHUB_WORKSPACE", "${GITHUB_WORKSPACE}", "${{ github.workspace }}"];
    let from_root = |text: &str| ROOTS.iter().find_map(|root| text.strip_prefix(root)).map(str::to_owned);
    let joined = match (from_root(path), from_root(directory)) {
        (Some(path), _) => path,
        (None, Some(directory)) => format!("{directory}/{path}"),
        (None, None) => format!("{directory}/{path}"),
    };
    normalise(&joined)
}

/// Returns the path without `.`, `..` and empty parts; `None` when it leaves the repository or is
/// not a plain path.
pub(super) fn normalise(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part if part.contains(['$', '`', '{']) => return None,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
