/// A package manager, which knows the mirrors and credentials of whoever uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    /// The `go` command.
    Go,
}

/// A package that a repository depends on, and who gets it there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Who is asked.
    pub manager: Manager,
    /// Its name there: `@dagger.io/dagger`.
    pub name: &'static str,
    /// The directory of the manifest, relative to the root; the root is empty.
    pub directory: String,
}

/// Stands until the package managers are known.
pub(super) fn package_of(
    _repository: &crate::lockstep::Repository,
    _site: &crate::site::Site,
) -> Option<Package> {
    None
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
