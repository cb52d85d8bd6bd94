//! Keeping what was learnt in `pin.lock`.

use std::path::Path;

use super::{Exit, Outcome, with_causes};
use crate::catalog::Catalog;
use crate::lock;
use crate::plan::Change;
use crate::text::Edits;
use crate::world;

/// Writes `pin.lock` with what the catalog has learnt; returns whether the file has changed.
pub(super) fn keep(root: &Path, catalog: &Catalog) -> Result<bool, Outcome> {
    let Some(change) = change(root, catalog)? else { return Ok(false) };
    let written = world::replace(root, &[change]);
    written.map_err(|error| Outcome::error(Exit::Failure, &with_causes(&error), None))?;
    Ok(true)
}

/// Returns what becomes of `pin.lock`, if it changes.
pub(super) fn change(root: &Path, catalog: &Catalog) -> Result<Option<Change>, Outcome> {
    let before = match world::read(&root.join(lock::FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(Outcome::error(Exit::Failure, &with_causes(&error), None)),
    };
    let after = lock::print(catalog).into_bytes();
    let is_same = before == after || (before.is_empty() && catalog.is_embedded_only());
    let path = lock::FILE.to_owned();
    Ok((!is_same).then(|| Change { path, before, after, edits: Edits::default() }))
}
