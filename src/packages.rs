//! Asks package managers, as the repository uses them, which versions they can have.
pub async fn available(
    _: &crate::channel::Package,
    _: &std::path::Path,
    _: &std::collections::BTreeSet<crate::value::Version>,
    _: std::time::Duration,
) -> Result<std::collections::BTreeSet<crate::value::Version>, crate::world::ProcessError> {
    Ok(std::collections::BTreeSet::default())
}
