//! Waiting for answers, and keeping what was learnt in `pin.lock`.

use std::path::Path;

use super::{Exit, Refused, with_causes};
use crate::catalog::Catalog;
use crate::lock;
use crate::plan::Change;
use crate::text::Edits;
use crate::world;

/// Returns what the future comes to, or that the user has had enough of it.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> Result<T, Refused> {
    match world::wait_for(future) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(world::Interrupted)) => {
            Err(Refused::new(Exit::Interrupted, "interrupted; nothing was written", None))
        }
        Err(error) => Err(Refused::new(Exit::Failure, &format!("cannot wait for anybody: {error}"), None)),
    }
}

/// Writes `pin.lock` with what the catalog has learnt; returns whether the file has changed.
pub(super) fn keep(root: &Path, catalog: &Catalog) -> Result<bool, Refused> {
    let Some(change) = change(root, catalog)? else { return Ok(false) };
    let written = world::replace(root, &[change]);
    written.map_err(|error| Refused::new(Exit::Failure, &with_causes(&error), None))?;
    Ok(true)
}

/// Returns what becomes of `pin.lock`, if it changes.
pub(super) fn change(root: &Path, catalog: &Catalog) -> Result<Option<Change>, Refused> {
    let before = match world::read(&root.join(lock::FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(Refused::new(Exit::Failure, &with_causes(&error), None)),
    };
    let after = lock::print(catalog).into_bytes();
    let is_same = before == after || (before.is_empty() && catalog.is_embedded_only());
    let path = lock::FILE.to_owned();
    Ok((!is_same).then(|| Change { path, before, after, edits: Edits::default() }))
}
