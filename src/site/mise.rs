//! The configuration of mise and its lock (mise.jdx.dev, "Configuration" and "mise.lock";
//! jdx/mise `src/config/mod.rs`).

mod lock;

use std::collections::BTreeSet;

use super::format::{FilePath, Spec};
use super::overrides::Medium;
use super::scan::Name;
use super::scope::Scope;
use super::{Kind, Role, Scan, Stated, assignment, commands, lines, tool, transfer, workflow};
use crate::document::{self, Node, Scalar};
use crate::text::{Fragment, Source};

/// Tools, variables and tasks, under every name that mise reads.
pub(super) const FORMAT: Spec = Spec {
    names: &["mise.toml", ".mise.toml", "mise.lock"],
    claims: is_mise,
    is_looked_up: |path| path.extension == "toml",
    ..Spec::of(|source, scan| {
        find_file(source, scan);
        Ok(())
    })
};

/// `mise.local.toml`, `.mise.ci.toml`, `.mise/config.toml`, `.config/mise/conf.d/tools.toml`, …
fn is_mise(path: &FilePath<'_>) -> bool {
    if !matches!(path.extension, "toml" | "lock") {
        return false;
    }
    let starts = |words: &[&str]| words.iter().any(|word| path.file.starts_with(word));
    starts(&["mise.", ".mise.", ".rtx."])
        || (starts(&["config."]) && (path.is_in("mise") || path.is_in(".mise")))
        || (path.extension == "toml" && (path.is_in("mise/conf.d") || path.is_in(".mise/conf.d")))
}

fn find_file(source: &Source, scan: &mut Scan<'_>) {
    let Ok(root) = document::parse_toml(source.text()) else {
        return lines::find(source.text(), scan);
    };
    if FilePath::new(scan.path).extension == "lock" {
        lock::find(&root, scan);
    } else {
        find(&root, scan);
    }
}

/// Adds what a configuration states that stands in a string of another file.
pub(super) fn find_embedded(text: &Fragment<'_>, scan: &mut Scan<'_>) {
    let Ok(root) = document::parse_toml(text.text()) else { return };
    let mut inner = Scan::new(scan.path);
    find(&root, &mut inner);
    transfer::transfer(text, inner, scan);
}

/// Adds the tools, variables and tasks of a configuration.
fn find(root: &Node<'_>, scan: &mut Scan<'_>) {
    let mut scope = Scope::default();
    // `[[env]]` gives variables in several steps.
    for env in root.get("env").into_iter().flat_map(|env| match env {
        Node::List(list) => list.items.as_slice(),
        node => std::slice::from_ref(node),
    }) {
        variables(env, &mut scope, scan);
        if is_read_everywhere(scan.path) {
            lasting(env, scan);
        }
    }
    for (name, value) in entries(root.get("vars")) {
        if let Some(value) = held(value)
            && let Some(follow) = assignment::define(&variable(name), value, &scope, scan)
        {
            scope.set(format!("vars.{}", name.text()), follow);
        }
    }
    let aliases = aliases(root, &mut scope, scan);
    let tools = Tools { aliases };
    tools.find(root.get("tools"), &scope, scan);
    for (_, task) in entries(root.get("tasks")) {
        let mut own = scope.clone();
        if let Some(env) = task.get("env") {
            variables(env, &mut own, scan);
        }
        tools.find(task.get("tools"), &own, scan);
        let run = match task {
            Node::Map(_) => [task.get("run"), task.get("run_windows")],
            node => [Some(node), None],
        };
        run.into_iter().flatten().for_each(|run| commands::find(run, &own, scan));
    }
    for key in ["hooks", "shell_alias"] {
        if let Some(hooks) = root.get(key) {
            commands::find(hooks, &scope, scan);
        }
    }
}

/// Tools as the file names them.
struct Tools<'n> {
    /// Other names of the CLI.
    aliases: BTreeSet<&'n str>,
}

impl Tools<'_> {
    /// Adds the versions of the CLI in a table of tools.
    fn find(&self, table: Option<&Node<'_>>, scope: &Scope, scan: &mut Scan<'_>) {
        for (name, node) in entries(table) {
            if !self.is_cli(name.text()) {
                continue;
            }
            match node {
                Node::List(list) if list.items.len() > 1 => {
                    let first = scan.sites.len();
                    list.items.iter().for_each(|item| asked(name, item, scope, scan));
                    let several = scan.sites[first..].iter_mut();
                    several
                        .filter(|(_, follow)| follow.is_none())
                        .for_each(|(site, _)| site.role = Role::Intended);
                }
                Node::List(list) => list.items.iter().for_each(|item| asked(name, item, scope, scan)),
                node => asked(name, node, scope, scan),
            }
        }
    }

    fn is_cli(&self, name: &str) -> bool {
        tool::is_cli(name) || self.aliases.contains(name)
    }
}

/// Adds the version that a tool is asked for: a text, or a table with one and with options.
fn asked(name: &Scalar<'_>, node: &Node<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let options = node.as_map().map(|_| node);
    let version = options.map_or(Some(node), |options| options.get("version")).and_then(Node::as_scalar);
    let site = match version.filter(|version| !version.text().is_empty()) {
        Some(version) => tool::add(Kind::ToolMise, &version.content, 0..version.text().len(), scope, scan),
        None => scan.add_in(Kind::ToolMise, &name.content, 0..name.text().len(), Stated::Missing),
    };
    if let (Some(site), Some(options)) = (site, options) {
        lock::attach(options, site);
    }
}

/// Returns the other names that the file gives the CLI, and makes those of its versions visible.
fn aliases<'n>(root: &'n Node<'_>, scope: &mut Scope, scan: &mut Scan<'_>) -> BTreeSet<&'n str> {
    let mut names = BTreeSet::new();
    let tables = ["alias", "tool_alias"].into_iter().filter_map(|key| root.get(key));
    for (name, alias) in tables.flat_map(|table| entries(Some(table))) {
        let backend = alias.as_str().or_else(|| alias.get("backend")?.as_str());
        if backend.is_some_and(tool::is_cli) {
            names.insert(name.text());
        }
        if !tool::is_cli(name.text()) {
            continue;
        }
        for (version, value) in entries(Some(alias.get("versions").unwrap_or(alias))) {
            let Some(value) = value.as_scalar() else { continue };
            if let Some(follow) = assignment::define(&variable(version), value, scope, scan) {
                scope.set(tool::alias(version.text()), follow);
            }
        }
    }
    names
}

fn variables(env: &Node<'_>, scope: &mut Scope, scan: &mut Scan<'_>) {
    for (name, value) in entries(Some(env)) {
        if let Some(value) = held(value) {
            workflow::declare_variable(name.text(), value, scope, scan);
        }
    }
}

/// Returns whether every shell reads the file: `mise.ci.toml` is for who asks for `ci`.
fn is_read_everywhere(path: &str) -> bool {
    let path = FilePath::new(path);
    let is_plain = |part: &str| matches!(part, "" | "mise" | "rtx" | "config" | "local");
    path.directory.ends_with("conf.d") || path.stem.split('.').all(is_plain)
}

/// Adds what an environment takes away from a shell, and the files that it reads
/// (mise.jdx.dev, "Environments"): `default` is what is taken when nothing was set.
fn lasting(env: &Node<'_>, scan: &mut Scan<'_>) {
    for (name, value) in entries(Some(env)) {
        let given = value.get("value").unwrap_or(value);
        if name.text() == "_" {
            for key in ["file", "source"] {
                let files = value.get(key);
                let files = files
                    .map(|files| files.as_list().map_or(std::slice::from_ref(files), |list| &list.items));
                let files = files.into_iter().flatten();
                files
                    .filter_map(|file| file.get("path").unwrap_or(file).as_scalar())
                    .for_each(|file| scan.load(file));
            }
        } else if let Some(given) = given.as_scalar() {
            match given.text() {
                "false" if !given.is_text => scan.unset_variable(name, Medium::MiseEnv),
                text => scan.set_variable(name, text, Medium::MiseEnv),
            }
        }
    }
}

/// Returns the scalar that a name is given: itself, or the `value` or `default` in a table.
fn held<'n, 'a>(node: &'n Node<'a>) -> Option<&'n Scalar<'a>> {
    node.as_scalar().or_else(|| node.get("value").or_else(|| node.get("default"))?.as_scalar())
}

fn variable(name: &Scalar<'_>) -> Name {
    Name::Variable(name.text().to_owned())
}

fn entries<'n, 'a>(node: Option<&'n Node<'a>>) -> impl Iterator<Item = &'n (Scalar<'a>, Node<'a>)> {
    node.and_then(Node::as_map).into_iter().flat_map(|map| &map.entries)
}

#[cfg(test)]
mod tests;
