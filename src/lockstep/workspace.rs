//! Which lock holds for which manifest: the one beside it, or that of the workspace it is a member of.

use super::Repository;
use crate::document::{self, Node};
use crate::site::{Kind, Site};
use crate::text::Source;

/// Returns an entry of the nearest lock that holds for a manifest.
pub(super) fn nearest_lock<'s>(
    manifest: &Site,
    locks: &[&'s Site],
    repository: &Repository,
) -> Option<&'s Site> {
    let kind = manifest.kind.counterpart()?;
    let holds = |lock: &&&Site| lock.kind == kind && holds_for(lock, manifest, repository);
    locks.iter().filter(holds).max_by_key(|lock| directory(&lock.path).len()).copied()
}

/// A lock above says itself who its members are; without a word of the manifest's directory it is
/// another project's.
fn holds_for(lock: &Site, manifest: &Site, repository: &Repository) -> bool {
    let (above, own) = (directory(&lock.path), directory(&manifest.path));
    if above == own {
        return true;
    }
    let member = match above {
        "" => own,
        above => match own.strip_prefix(above).and_then(|rest| rest.strip_prefix('/')) {
            Some(member) => member,
            None => return false,
        },
    };
    let text = |path: &str| repository.sources.get(path).map(Source::text);
    let Some(locked) = text(&lock.path) else { return false };
    match lock.kind {
        // The lock of a Cargo workspace names packages, not their places.
        Kind::SdkRustLock => {
            let package = text(&manifest.path).and_then(|manifest| document::parse_toml(manifest).ok());
            let name =
                package.as_ref().and_then(|root| root.get("package")?.get("name")).and_then(Node::as_str);
            name.is_some_and(|name| locked.contains(&format!("name = \"{name}\"\n")))
        }
        // The apps of an umbrella project share its lock (hexdocs.pm, "Mix.Project").
        Kind::SdkElixirLock => member.starts_with("apps/"),
        Kind::SdkPhpLock => false,
        _ => names(locked, member),
    }
}

/// Returns whether the text names the directory as a whole path: `importers: app/web:`,
/// `"packages": {"app/web": …}`, `workspace:app/web`, `editable = "app/web"`.
pub(crate) fn names(text: &str, directory: &str) -> bool {
    let is_path = |character: char| character.is_alphanumeric() || "._-/@".contains(character);
    memchr::memmem::find_iter(text.as_bytes(), directory).any(|at| {
        let before = text[..at].chars().next_back();
        let after = text[at + directory.len()..].chars().next();
        !before.is_some_and(is_path) && !after.is_some_and(is_path)
    })
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_named_as_a_whole() {
        for text in [
            "importers:\n  app/web:\n",
            "\"app/web\": {",
            "web@workspace:app/web\"",
            "editable = \"app/web\"",
        ] {
            assert!(names(text, "app/web"), "{text}");
        }
        for text in ["app/website", "my/app/web", "app", "", "node_modules/app/web"] {
            assert!(!names(text, "app/web"), "{text}");
        }
    }
}
