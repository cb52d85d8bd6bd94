//! What single files state, and what all of them state together.

use std::collections::BTreeMap;

use super::declared::{self, Declared};
use crate::config::Config;
use crate::document::SyntaxError;
use crate::finding::Problem;
use crate::lockstep::Repository;
use crate::site::{self, DAGGER, Format, Name, Override, Scan, Site};
use crate::text::Source;

/// What one file states by itself.
#[derive(Debug, Default)]
pub(super) struct FileSites {
    /// Without its path, which whoever keeps this knows.
    scan: Option<Scan<'static>>,
    problem: Option<Problem>,
}

impl FileSites {
    pub(super) fn find(path: &str, source: &Source, config: &Config) -> Self {
        let Some(format) = Format::of(path) else { return Self::default() };
        let mut scan = Scan::new(path);
        match format.find(source, &mut scan) {
            Ok(()) => Self { scan: Some(scan.at("")).filter(|scan| !scan.is_empty()), problem: None },
            Err(_) if config.toolchains.get(DAGGER).is_some_and(|dagger| dagger.ignores_file(path)) => {
                Self::default()
            }
            Err(error) => Self { scan: None, problem: Some(syntax_problem(path, source, &error)) },
        }
    }

    /// Returns whether the file says nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.scan.is_none() && self.problem.is_none()
    }

    /// Returns the names that other files may define, if there is a word to find those by.
    pub(super) fn asks(&self) -> impl Iterator<Item = &Name> {
        self.scan.iter().flat_map(Scan::asks).filter(|name| name.word().is_some())
    }

    /// Returns whether the file sets what counts if another one has it read.
    pub(super) fn has_overrides(&self) -> bool {
        self.scan.as_ref().is_some_and(|scan| !scan.overrides.is_empty())
    }
}

/// What the files of a repository state.
#[derive(Debug)]
pub(in crate::command) struct Stock {
    /// Every site, sorted by place.
    pub(in crate::command) sites: Vec<Site>,
    /// What chooses what runs, whatever the sites state.
    pub(in crate::command) overrides: Vec<Override>,
    /// Files that do not parse.
    pub(in crate::command) problems: Vec<Problem>,
    /// Errors about declared sites that are not there.
    pub(in crate::command) vanished: Vec<Problem>,
}

/// Returns every site of the files, the files that do not parse, and what is declared and not there.
pub(in crate::command) fn find_sites(repository: &Repository, config: &Config) -> Stock {
    let files = repository.sources.iter();
    let found = files.map(|(path, source)| (path.clone(), FileSites::find(path, source, config)));
    stock(found.collect(), repository, config)
}

/// The same for files that were looked at before, one by one.
pub(super) fn stock(found: BTreeMap<String, FileSites>, repository: &Repository, config: &Config) -> Stock {
    let Declared { sites: declared, mut problems, vanished } = declared::find(repository, config);
    let (paths, found): (Vec<String>, Vec<FileSites>) = found.into_iter().unzip();
    let mut scans = Vec::new();
    for (path, found) in paths.iter().zip(found) {
        problems.extend(found.problem);
        scans.extend(found.scan.map(|scan| scan.at(path)));
    }
    if !repository.catalog.is_embedded_only() {
        for scan in &mut scans {
            scan.learn(&repository.catalog);
        }
    }
    let sites = declared::join(site::resolve(&scans), declared);
    Stock { sites, overrides: site::overrides(&scans), problems, vanished }
}

pub(super) fn syntax_problem(path: &str, source: &Source, error: &SyntaxError) -> Problem {
    let place = source.place(error.at.min(source.text().len()));
    let message = format!("cannot parse `{path}`: {error} at {path}:{}:{}", place.line, place.column);
    Problem::of_file(path, Some(place), message)
}
