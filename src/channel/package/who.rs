//! Who installs: the word of the nearest directory that has one.

use std::borrow::Cow;

use super::manager::LOCKS;
use super::{Manager, ancestors, join};
use crate::document::{self, Node};

/// The names of lock files that speak for an npm package's directory, and those of a Python project's.
const NODE: [Manager; 5] = [Manager::Pnpm, Manager::YarnClassic, Manager::Bun, Manager::Npm, Manager::Deno];
const PYTHON: [Manager; 4] = [Manager::Uv, Manager::Poetry, Manager::Pdm, Manager::Pipenv];

/// Returns who installs a package of npm's registry: whoever the nearest directory upwards that says it names.
pub(super) fn node_manager<'t>(
    own: &str,
    file: &str,
    read: &impl Fn(&str) -> Option<Cow<'t, str>>,
) -> Manager {
    match file {
        "deno.json" | "deno.jsonc" | "import_map.json" => return Manager::Deno,
        "pnpm-workspace.yaml" => return Manager::Pnpm,
        _ => {}
    }
    for above in ancestors(own) {
        if let Some(pinned) = read(&join(above, "package.json")).and_then(|text| pinned(&text)) {
            return pinned;
        }
        for manager in NODE {
            for (lock, ..) in LOCKS.iter().filter(|(_, owner, _)| *owner == manager) {
                let Some(text) = read(&join(above, lock)) else { continue };
                let is_berry = *lock == "yarn.lock" && text.contains("__metadata:");
                return if is_berry { Manager::YarnBerry } else { manager };
            }
        }
        let is_there = |name: &str| read(&join(above, name)).is_some();
        if is_there("pnpm-workspace.yaml") {
            return Manager::Pnpm;
        }
        if is_there(".yarnrc.yml") {
            return Manager::YarnBerry;
        }
    }
    Manager::Npm
}

/// Returns the manager that a `package.json` pins (nodejs.org, "Corepack"; npm's `devEngines`).
fn pinned(text: &str) -> Option<Manager> {
    let root = document::parse_json(text).ok()?;
    let engine = root.get("devEngines").and_then(|engines| engines.get("packageManager"));
    let field = |key: &str| engine.and_then(|engine| engine.get(key)).and_then(Node::as_str);
    let (name, version) = match root.get("packageManager").and_then(Node::as_str) {
        Some(pin) => pin.split_once('@').unwrap_or((pin, "")),
        None => (field("name")?, field("version").unwrap_or_default()),
    };
    Some(match name {
        "npm" => Manager::Npm,
        "pnpm" => Manager::Pnpm,
        "yarn" if version.trim_start_matches(['^', '~', '=', 'v']).starts_with("1.") => Manager::YarnClassic,
        "yarn" => Manager::YarnBerry,
        "bun" => Manager::Bun,
        "deno" => Manager::Deno,
        _ => return None,
    })
}

/// Returns who installs what a Python project requires.
pub(super) fn python_manager<'t>(
    own: &str,
    file: &str,
    text: &str,
    read: &impl Fn(&str) -> Option<Cow<'t, str>>,
) -> Manager {
    match file {
        "Pipfile" => return Manager::Pipenv,
        "pyproject.toml" => {}
        _ => return Manager::Pip,
    }
    let locked = |directory: &str| {
        let mut locks = LOCKS.iter().filter(|(_, owner, _)| PYTHON.contains(owner));
        locks.find(|(lock, ..)| read(&join(directory, lock)).is_some()).map(|(_, owner, _)| *owner)
    };
    let configured = || {
        let root = document::parse_toml(text).ok()?;
        let tool = root.get("tool")?;
        let known = [("poetry", Manager::Poetry), ("uv", Manager::Uv), ("pdm", Manager::Pdm)];
        known.into_iter().find(|(name, _)| tool.get(name).is_some()).map(|(_, manager)| manager)
    };
    let above = || ancestors(own).skip(1).find_map(locked);
    locked(own).or_else(configured).or_else(above).unwrap_or(Manager::Pip)
}
