//! Which package manager gets a repository its SDK: what the manifest and the files beside it say.

mod settings;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

pub use settings::Settings;

use crate::document::{self, Node};
use crate::lockstep::Repository;
use crate::site::{Kind, Site};

/// A package manager, which knows the mirrors and credentials of whoever uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    /// The `go` command.
    Go,
    /// npm.
    Npm,
    /// pnpm.
    Pnpm,
    /// Yarn 1.
    YarnClassic,
    /// Yarn from 2 on.
    YarnBerry,
    /// Bun.
    Bun,
    /// Deno.
    Deno,
    /// pip.
    Pip,
    /// uv.
    Uv,
    /// Poetry.
    Poetry,
    /// PDM.
    Pdm,
    /// Pipenv.
    Pipenv,
    /// Cargo.
    Cargo,
    /// Mix, with Hex.
    Mix,
    /// Composer.
    Composer,
}

/// A package that a repository depends on, and who gets it there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Who is asked.
    pub manager: Manager,
    /// Its name there: `@dagger.io/dagger`.
    pub name: String,
    /// Where the manager is run, relative to the root: the directory of the manifest, or of the
    /// workspace whose lock names it. The root is empty.
    pub directory: String,
    /// The registry, index or source, by the name that the manager's configuration has for it, that the
    /// manifest takes this package from.
    pub registry: Option<String>,
    /// The file, relative to the root, that says where packages come from and that whoever is asked does
    /// not read: see [`Settings`].
    pub settings: Option<String>,
}

/// Locks, whose they are, and what brings each up to date with its manifest.
const LOCKS: &[(&str, Manager, &str)] = &[
    ("package-lock.json", Manager::Npm, "npm install"),
    ("npm-shrinkwrap.json", Manager::Npm, "npm install"),
    ("pnpm-lock.yaml", Manager::Pnpm, "pnpm install"),
    ("yarn.lock", Manager::YarnClassic, "yarn install"),
    ("bun.lock", Manager::Bun, "bun install"),
    ("bun.lockb", Manager::Bun, "bun install"),
    ("deno.lock", Manager::Deno, "deno install"),
    ("uv.lock", Manager::Uv, "uv lock"),
    ("poetry.lock", Manager::Poetry, "poetry lock"),
    ("pdm.lock", Manager::Pdm, "pdm lock"),
    ("Pipfile.lock", Manager::Pipenv, "pipenv lock"),
    ("Cargo.lock", Manager::Cargo, "cargo update --package dagger-sdk"),
    ("mix.lock", Manager::Mix, "mix deps.get"),
    ("composer.lock", Manager::Composer, "composer update dagger/dagger"),
    // Its sums follow from what it requires.
    ("go.mod", Manager::Go, "go mod tidy"),
];

/// The names of lock files that speak for an npm package's directory, and those of a Python project's.
const NODE: [Manager; 5] = [Manager::Pnpm, Manager::YarnClassic, Manager::Bun, Manager::Npm, Manager::Deno];
const PYTHON: [Manager; 4] = [Manager::Uv, Manager::Poetry, Manager::Pdm, Manager::Pipenv];

impl Manager {
    /// Every manager.
    pub const ALL: [Self; 15] = [
        Self::Go,
        Self::Npm,
        Self::Pnpm,
        Self::YarnClassic,
        Self::YarnBerry,
        Self::Bun,
        Self::Deno,
        Self::Pip,
        Self::Uv,
        Self::Poetry,
        Self::Pdm,
        Self::Pipenv,
        Self::Cargo,
        Self::Mix,
        Self::Composer,
    ];

    /// Returns what people call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic | Self::YarnBerry => "Yarn",
            Self::Bun => "Bun",
            Self::Deno => "Deno",
            Self::Pip => "pip",
            Self::Uv => "uv",
            Self::Poetry => "Poetry",
            Self::Pdm => "PDM",
            Self::Pipenv => "Pipenv",
            Self::Cargo => "Cargo",
            Self::Mix => "Mix",
            Self::Composer => "Composer",
        }
    }

    /// Returns the program that is asked. PDM and Pipenv have no question for it: pip is asked for them, at
    /// the indexes that they are told.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic | Self::YarnBerry => "yarn",
            Self::Bun => "bun",
            Self::Deno => "deno",
            Self::Pip | Self::Pdm | Self::Pipenv => "pip",
            Self::Uv => "uv",
            Self::Poetry => "poetry",
            Self::Cargo => "cargo",
            Self::Mix => "mix",
            Self::Composer => "composer",
        }
    }
}

/// Returns the command that brings the lock of this file name up to date with its manifest.
pub(crate) fn refresh(file: &str) -> Option<&'static str> {
    LOCKS.iter().find(|(lock, ..)| *lock == file).map(|(.., command)| *command)
}

/// Returns the package that a manifest's site depends on; `None` for any other site.
///
/// Only files that state a version are in a [`Repository`]: who can read the others too is better off with
/// [`package_from`].
pub fn package_of(repository: &Repository, site: &Site) -> Option<Package> {
    package_from(site, |path| repository.sources.get(path).map(|source| Cow::Borrowed(source.text())))
}

/// Like [`package_of`], with the text of files by path relative to the root.
pub fn package_from<'t>(site: &Site, read: impl Fn(&str) -> Option<Cow<'t, str>>) -> Option<Package> {
    let (own, file) = split(&site.path);
    let text = read(&site.path).unwrap_or_default();
    let (manager, name) = match site.kind {
        Kind::SdkGo => (Manager::Go, go_module(site, &text)?),
        Kind::SdkNpm => {
            let manager = node_manager(own, file, &read);
            let name = if manager == Manager::Deno { deno_name(site, &text) } else { "@dagger.io/dagger" };
            (manager, name.to_owned())
        }
        Kind::SdkPython => (python_manager(own, file, &text, &read), "dagger-io".to_owned()),
        Kind::SdkRust => (Manager::Cargo, "dagger-sdk".to_owned()),
        Kind::SdkElixir => (Manager::Mix, "dagger".to_owned()),
        Kind::SdkPhp => (Manager::Composer, "dagger/dagger".to_owned()),
        _ => return None,
    };
    let settings = is_told(manager).then(|| site.path.clone());
    let registry = document::parse_toml(&text).ok().and_then(|root| settings::registry(&root, &name));
    let directory = workspace(manager, own, &read).unwrap_or(own).to_owned();
    Some(Package { manager, name, directory, registry, settings })
}

impl Package {
    /// Returns the package with the manager that is known once every file can be read: where nothing said who
    /// installs, npm and pip were taken for it.
    #[must_use]
    pub fn settle<'t>(self, read: impl Fn(&str) -> Option<Cow<'t, str>>) -> Self {
        let manager = match (self.manager, &self.settings) {
            (Manager::Npm, _) => node_manager(&self.directory, "package.json", &read),
            (Manager::Pip, Some(path)) => {
                let (own, file) = split(path);
                python_manager(own, file, &read(path).unwrap_or_default(), &read)
            }
            _ => return self,
        };
        if manager == self.manager {
            return self;
        }
        let name = if manager == Manager::Deno { format!("npm:{}", self.name) } else { self.name };
        let directory = workspace(manager, &self.directory, &read).map(str::to_owned);
        let settings = self.settings.filter(|_| is_told(manager));
        Self { manager, name, directory: directory.unwrap_or(self.directory), settings, ..self }
    }
}

impl fmt::Display for Package {
    /// Writes `pnpm @dagger.io/dagger in web`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.manager.as_str(), self.name)?;
        if self.directory.is_empty() { Ok(()) } else { write!(f, " in {}", self.directory) }
    }
}

/// Returns whether the client that is asked for the manager has to be told where packages come from.
fn is_told(manager: Manager) -> bool {
    matches!(manager, Manager::Pip | Manager::Pdm | Manager::Pipenv)
}

/// Returns the directory of the nearest lock above whose members the directory is one of.
fn workspace<'d, 't>(
    manager: Manager,
    own: &'d str,
    read: &impl Fn(&str) -> Option<Cow<'t, str>>,
) -> Option<&'d str> {
    // Each of the others is asked beside its manifest, for that is where it looks for its settings.
    if !matches!(manager, Manager::Npm | Manager::Pnpm | Manager::YarnBerry | Manager::Bun | Manager::Uv) {
        return None;
    }
    let holds = |above: &&str| {
        let member = own.strip_prefix(*above).unwrap_or(own).trim_start_matches('/');
        let mut locks = LOCKS.iter().filter(|(_, owner, _)| is_same(*owner, manager));
        locks.any(|(lock, ..)| {
            read(&join(above, lock)).is_some_and(|text| member.is_empty() || names(&text, member))
        })
    };
    ancestors(own).find(holds)
}

fn is_same(lock: Manager, manager: Manager) -> bool {
    lock == manager || (lock == Manager::YarnClassic && manager == Manager::YarnBerry)
}

fn names(lock: &str, directory: &str) -> bool {
    crate::lockstep::names(lock, directory)
}

/// Returns who installs a package of npm's registry: whoever the nearest directory upwards that says it names.
fn node_manager<'t>(own: &str, file: &str, read: &impl Fn(&str) -> Option<Cow<'t, str>>) -> Manager {
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
fn python_manager<'t>(
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

/// Returns the module that is built: what is required, or what replaces it.
fn go_module(site: &Site, text: &str) -> Option<String> {
    let before = text.get(..site.span.start)?.lines().next_back().unwrap_or_default();
    let name = match before.rsplit_once("=>") {
        Some((_, replacement)) => replacement.trim().trim_matches(['"', '`']),
        None => "dagger.io/dagger",
    };
    // golang.org/ref/mod, "Module paths and versions".
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let is_module =
        name.bytes().all(is_path) && name.starts_with(|first: char| first.is_ascii_alphanumeric());
    is_module.then(|| name.to_owned())
}

/// What an address leads to is published to npm's registry first.
fn deno_name(site: &Site, text: &str) -> &'static str {
    let before = text.get(..site.span.start).unwrap_or_default();
    let is_jsr = before.strip_suffix("@dagger.io/dagger@").is_some_and(|before| before.ends_with("jsr:"));
    if is_jsr { "jsr:@dagger.io/dagger" } else { "npm:@dagger.io/dagger" }
}

/// Returns a directory and all above it, the root last.
fn ancestors(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |below| (!below.is_empty()).then(|| split(below).0))
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join(directory: &str, file: &str) -> String {
    if directory.is_empty() { file.to_owned() } else { format!("{directory}/{file}") }
}
