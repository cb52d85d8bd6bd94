//! Repositories for the tests of reports.

use crate::config::Config;
use crate::lockstep::{self, Repository, Verdict};
use crate::site::{self, Format, Scan};
use crate::text::Source;

/// Returns what files of these paths and texts come to.
pub(super) fn judged(files: &[(&str, &str)]) -> (Repository, Verdict) {
    let mut repository = Repository::default();
    for (path, text) in files {
        repository.sources.insert((*path).to_owned(), Source::new(text.as_bytes().to_vec()));
    }
    let mut scans = Vec::new();
    for (path, source) in &repository.sources {
        let mut scan = Scan::new(path);
        Format::of(path).unwrap().find(source, &mut scan).unwrap();
        scans.push(scan);
    }
    repository.sites = site::resolve(&scans);
    let verdict = lockstep::check(&repository, &Config::default()).unwrap();
    (repository, verdict)
}
