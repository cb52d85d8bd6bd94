//! Locks: which site a tool's lock keeps another one at.

use super::format::FilePath;
use super::{Kind, Role, Site, Stated};

impl Site {
    /// Returns whether the site stands in the lock that a tool keeps of its own configuration.
    pub fn is_lock(&self) -> bool {
        match self.kind {
            Kind::NixLock => true,
            Kind::Devenv | Kind::Devbox | Kind::ToolMise | Kind::ChartVersion => {
                FilePath::new(&self.path).extension == "lock"
            }
            _ => false,
        }
    }

    /// Returns whether the lock decides what this site of a configuration comes to.
    pub fn is_locked_by(&self, lock: &Self) -> bool {
        let is_of_one_tool = match self.kind {
            Kind::NixInput => lock.kind == Kind::NixLock,
            kind => lock.kind == kind,
        };
        if !is_of_one_tool || self.is_lock() || !lock.is_lock() {
            return false;
        }
        let (own, other) = (directory(&self.path), directory(&lock.path));
        match self.kind {
            // What a directory's configuration imports from below is locked beside it.
            Kind::Devenv => other.is_empty() || own == other || own.starts_with(&format!("{other}/")),
            Kind::ChartVersion => {
                let (own_file, lock_file) = (FilePath::new(&self.path), FilePath::new(&lock.path));
                own == other && own_file.file.split('.').next() == Some(lock_file.stem)
            }
            Kind::ToolMise => mise_lock(&self.path) == mise_lock(&lock.path),
            _ => own == other,
        }
    }
}

/// Returns what a configuration of mise and its lock have in common: the directory, and the
/// environment that they are for. `conf.d/*.toml` are parts of the configuration beside it.
fn mise_lock(path: &str) -> (&str, &str) {
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    match directory.strip_suffix("/conf.d") {
        Some(directory) => (directory, ""),
        None => (directory, stem.trim_start_matches('.').split_once('.').map_or("", |(_, label)| label)),
    }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// An input without a pin of its own is pinned by the lock: nothing is missing, and a name that
/// moves is not what is used.
pub(super) fn settle(sites: &mut Vec<Site>) {
    let is_own = |site: &&Site| site.is_lock() && site.role == Role::Mirror;
    let locks: Vec<Site> = sites.iter().filter(is_own).cloned().collect();
    let is_locked = |site: &Site| locks.iter().any(|lock| site.is_locked_by(lock));
    sites.retain(|site| !(site.stated == Stated::Missing && is_locked(site)));
    drop_unused_checksums(sites);
    for site in sites.iter_mut().filter(|site| matches!(site.stated, Stated::Floating(_)) && is_locked(site))
    {
        site.role = Role::Shadowed;
    }
}

/// The checksums of aqua are looked up by version: what no package has is left over.
fn drop_unused_checksums(sites: &mut Vec<Site>) {
    let is_checksum =
        |site: &Site| site.kind == Kind::ToolAqua && FilePath::new(&site.path).extension == "json";
    let packages: Vec<Stated> = sites
        .iter()
        .filter(|site| site.kind == Kind::ToolAqua && !is_checksum(site))
        .map(|site| site.stated.clone())
        .collect();
    sites.retain(|site| !is_checksum(site) || packages.contains(&site.stated));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{Scan, resolve};
    use crate::text::Span;

    fn site(path: &'static str, kind: Kind, text: &str, stated: Stated) -> Scan<'static> {
        let mut scan = Scan::new(path);
        scan.add(kind, Span::new(0, text.len()), text, stated);
        scan
    }

    /// Expects `path role` of every site that a lock and an input leave.
    fn check(lock: (&'static str, Kind), input: (&'static str, Kind, Stated), expect: &[&str]) {
        let locked = site(lock.0, lock.1, "0.21.8", Stated::of("0.21.8"));
        let input = site(input.0, input.1, "x", input.2);
        let sites = resolve(&[locked, input]);
        let shown: Vec<String> =
            sites.iter().map(|site| format!("{} {}", site.path, site.role.as_str())).collect();
        assert_eq!(shown, expect);
    }

    #[test]
    fn a_lock_beside_it_decides() {
        let (nix, main) = (Kind::NixLock, Stated::of("main"));
        check(("flake.lock", nix), ("flake.nix", Kind::NixInput, Stated::Missing), &["flake.lock mirror"]);
        check(
            ("flake.lock", nix),
            ("flake.nix", Kind::NixInput, main.clone()),
            &["flake.lock mirror", "flake.nix shadowed"],
        );
        check(
            ("flake.lock", nix),
            ("a/flake.nix", Kind::NixInput, main.clone()),
            &["a/flake.nix mirror", "flake.lock mirror"],
        );
        let devenv = Kind::Devenv;
        check(("devenv.lock", devenv), ("devenv.yaml", devenv, Stated::Missing), &["devenv.lock mirror"]);
        check(("devenv.lock", devenv), ("a/devenv.yaml", devenv, Stated::Missing), &["devenv.lock mirror"]);
        check(
            ("a/devenv.lock", devenv),
            ("ab/devenv.yaml", devenv, main.clone()),
            &["a/devenv.lock mirror", "ab/devenv.yaml mirror"],
        );
        check(
            ("devenv.lock", devenv),
            ("flake.nix", Kind::NixInput, main),
            &["devenv.lock mirror", "flake.nix mirror"],
        );
    }
}
