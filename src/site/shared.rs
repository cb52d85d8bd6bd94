//! Variables that all files of one tool share.

use std::collections::BTreeSet;

use super::scan::{Name, Scan};
use super::{Format, Kind, Site, Stated};

/// The variable that the installer reads.
const INSTALLER: &str = "DAGGER_VERSION";

/// Drops the missing version of an installer where any file of the same tool sets the variable that
/// it reads: what a pipeline sets reaches the jobs that are put together with it.
pub(super) fn settle(files: &[Scan<'_>], sites: &mut Vec<Site>) {
    let reader = |scan: &Scan<'_>| scan.reader.or_else(|| Format::of(scan.path));
    let is_set = |scan: &&Scan<'_>| {
        scan.definitions.iter().any(|known| matches!(&known.name, Name::Variable(name) if name == INSTALLER))
    };
    let setting: BTreeSet<Format> = files.iter().filter(is_set).filter_map(reader).collect();
    let shares = |scan: &&Scan<'_>| {
        reader(scan).is_some_and(|format| format.shares_variables(scan.path) && setting.contains(&format))
    };
    let sharing: BTreeSet<&str> = files.iter().filter(shares).map(|scan| scan.path).collect();
    sites.retain(|site| {
        let is_missing = site.kind == Kind::InstallScript && site.stated == Stated::Missing;
        !(is_missing && sharing.contains(site.path.as_str()))
    });
}
