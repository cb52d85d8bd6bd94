//! Which package manager gets a repository its SDK: what the manifest and the files beside it say.

mod manager;
mod settings;
#[cfg(test)]
mod tests;
mod who;

use std::borrow::Cow;
use std::fmt;

pub use manager::Manager;
pub(crate) use manager::refresh;
pub use settings::Settings;
use who::{node_manager, python_manager};

use crate::document;
use crate::lockstep::{self, Repository};
use crate::site::{Kind, Site};

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
    let settings = manager.is_told().then(|| site.path.clone());
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
        let settings = self.settings.filter(|_| manager.is_told());
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
        let mut locks = manager::LOCKS.iter().filter(|(_, owner, _)| is_same(*owner, manager));
        locks.any(|(lock, ..)| {
            read(&join(above, lock)).is_some_and(|text| member.is_empty() || lockstep::names(&text, member))
        })
    };
    ancestors(own).find(holds)
}

fn is_same(lock: Manager, manager: Manager) -> bool {
    lock == manager || (lock == Manager::YarnClassic && manager == Manager::YarnBerry)
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
