//! Where a manifest takes its packages from, as far as the client that is asked does not read it by itself.

use std::fmt;

use super::{Manager, Package};
use crate::document::{self, Node};

/// Options of a requirements file that say which indexes pip asks (pip, "Requirements File Format"). They may hold
/// credentials: nothing prints them.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings(Vec<String>);

/// Options that say where packages come from.
const PLACES: [&str; 6] = ["-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host"];

impl Settings {
    /// Returns what the file of the package's `settings` says.
    pub fn parse(package: &Package, text: &str) -> Self {
        let root = document::parse_toml(text).ok();
        let lines = match package.manager {
            Manager::Pip => text.lines().filter_map(option).collect(),
            Manager::Pipenv => {
                root.map(|root| pipenv(&root, package.registry.as_deref())).unwrap_or_default()
            }
            Manager::Pdm => root.map(|root| pdm(&root)).unwrap_or_default(),
            _ => Vec::new(),
        };
        Self(lines)
    }

    /// Returns the lines of a requirements file.
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({} lines)", self.0.len())
    }
}

/// Returns the option that a line of a requirements file is, when it says where packages come from and
/// nothing else.
fn option(line: &str) -> Option<String> {
    let line = line.split(" #").next().unwrap_or(line).trim().trim_end_matches('\\').trim_end();
    if line == "--no-index" {
        return Some(line.to_owned());
    }
    let (name, value) = line.split_once([' ', '\t', '='])?;
    let value = value.trim_start();
    (PLACES.contains(&name) && is_value(value)).then(|| format!("{name} {value}"))
}

/// One word, so that nothing else can be said on its line.
fn is_value(value: &str) -> bool {
    let is_odd =
        |character: char| character.is_whitespace() || character.is_control() || "\"'`\\".contains(character);
    !value.is_empty() && !value.starts_with('-') && !value.contains(is_odd)
}

/// pipenv.pypa.io, "Specifying Package Indexes": the first source is asked, and those that a package names.
fn pipenv(root: &Node<'_>, wanted: Option<&str>) -> Vec<String> {
    let sources = root.get("source").and_then(Node::as_list);
    let sources: Vec<&Node<'_>> = sources.into_iter().flat_map(|list| &list.items).collect();
    let named = |source: &&&Node<'_>| wanted.is_some() && source.get("name").and_then(Node::as_str) == wanted;
    match sources.iter().find(named).or_else(|| sources.first()) {
        Some(source) => index(source, "--index-url"),
        None => Vec::new(),
    }
}

/// pdm-project.org, "Configure the package indexes": one called `pypi` takes the place of the default.
fn pdm(root: &Node<'_>) -> Vec<String> {
    let sources = root.get("tool").and_then(|tool| tool.get("pdm")?.get("source")).and_then(Node::as_list);
    let sources = sources.into_iter().flat_map(|list| &list.items);
    let lines = sources.flat_map(|source| {
        let is_default = source.get("name").and_then(Node::as_str) == Some("pypi");
        index(source, if is_default { "--index-url" } else { "--extra-index-url" })
    });
    lines.collect()
}

fn index(source: &Node<'_>, option: &str) -> Vec<String> {
    let Some(url) = source.get("url").and_then(Node::as_str).filter(|url| is_value(url)) else {
        return Vec::new();
    };
    let mut lines = vec![format!("{option} {url}")];
    let is_unverified =
        source.get("verify_ssl").and_then(Node::as_scalar).is_some_and(|scalar| scalar.text() == "false");
    let host = url.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    let host = host.map(|host| host.rsplit_once('@').map_or(host, |(_, host)| host));
    if let Some(host) = host.filter(|_| is_unverified) {
        lines.push(format!("--trusted-host {host}"));
    }
    lines
}

/// Returns the registry that a manifest in TOML takes the package from: `registry` of Cargo, `index` of uv
/// and Pipenv, `source` of Poetry.
pub(super) fn registry(root: &Node<'_>, package: &str) -> Option<String> {
    let mut found = None;
    root.walk(&mut |node| {
        let map = node.as_map();
        for (name, value) in map.into_iter().flat_map(|map| &map.entries) {
            let renamed = value.get("package").and_then(Node::as_str);
            let name = renamed.unwrap_or(name.text()).to_ascii_lowercase().replace(['_', '.'], "-");
            if name != package || value.as_map().is_none() {
                continue;
            }
            let keys = ["registry", "index", "source"];
            found = found.or_else(|| keys.iter().find_map(|key| value.get(key)).and_then(Node::as_str));
        }
    });
    found.map(str::to_owned)
}
