//! The sites of single files, and of all of them.

use std::collections::BTreeMap;

use super::Problem;
use crate::config::{self, Config};
use crate::document::SyntaxError;
use crate::lockstep::Repository;
use crate::site::{self, DAGGER, Format, Kind, Name, Role, Scan, Site, Stated};
use crate::text::Source;

/// What one file states.
#[derive(Debug, Default)]
pub(super) struct FileSites {
    /// Without its path, which whoever keeps this knows.
    scan: Option<Scan<'static>>,
    custom: Vec<Site>,
    problems: Vec<Problem>,
}

impl FileSites {
    pub(super) fn find(path: &str, source: &Source, config: &Config) -> Self {
        let mut found = Self::default();
        for (name, toolchain) in &config.toolchains {
            match config::find_custom(name, toolchain, path, source) {
                Ok(sites) => found.custom.extend(sites),
                Err(error) => found.problems.push(syntax_problem(path, source, &error)),
            }
        }
        let Some(format) = Format::of(path) else { return found };
        let mut scan = Scan::new(path);
        match format.find(source, &mut scan) {
            Ok(()) => found.scan = Some(scan.at("")).filter(|scan| !scan.is_empty()),
            Err(_) if config.toolchains.get(DAGGER).is_some_and(|dagger| dagger.ignores_file(path)) => {}
            Err(error) => found.problems.push(syntax_problem(path, source, &error)),
        }
        found
    }

    /// Returns whether the file says nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.scan.is_none() && self.custom.is_empty() && self.problems.is_empty()
    }

    /// Returns a word of each name that other files may define.
    pub(super) fn asks(&self) -> impl Iterator<Item = &str> {
        self.scan.iter().flat_map(Scan::asks).map(Name::word)
    }
}

/// Returns every site of the files, and the files that do not parse.
pub(in crate::command) fn find_sites(repository: &Repository, config: &Config) -> (Vec<Site>, Vec<Problem>) {
    let files = repository.sources.iter();
    let found = files.map(|(path, source)| (path.clone(), FileSites::find(path, source, config)));
    assemble(found.collect(), repository, config)
}

/// Returns every site of files in which these were found, and the files that do not parse.
pub(super) fn assemble(
    found: BTreeMap<String, FileSites>,
    repository: &Repository,
    config: &Config,
) -> (Vec<Site>, Vec<Problem>) {
    let (mut problems, mut scans, mut sites) = (Vec::new(), Vec::new(), Vec::new());
    let mut custom = Vec::new();
    let (paths, found): (Vec<String>, Vec<FileSites>) = found.into_iter().unzip();
    for (path, found) in paths.iter().zip(found) {
        problems.extend(found.problems);
        custom.extend(found.custom);
        scans.extend(found.scan.map(|scan| scan.at(path)));
    }
    sites.extend(site::resolve(&scans));
    sites.extend(custom);
    sites.extend(configured_versions(repository, config));
    sites.sort_by(|left, right| (&left.path, left.span).cmp(&(&right.path, right.span)));
    (sites, problems)
}

/// The truth that `pin.toml` states is a site like any other.
fn configured_versions<'a>(
    repository: &'a Repository,
    config: &'a Config,
) -> impl Iterator<Item = Site> + 'a {
    config.toolchains.iter().filter_map(|(name, toolchain)| {
        let (version, span) = toolchain.version.as_ref()?;
        let text = repository.sources.get(&config.path)?.slice(*span).to_owned();
        Some(Site {
            path: config.path.clone(),
            span: *span,
            toolchain: name.clone(),
            kind: Kind::Custom,
            role: Role::Mirror,
            stated: Stated::Version(version.clone()),
            text,
            origin: None,
            companions: Vec::new(),
        })
    })
}

fn syntax_problem(path: &str, source: &Source, error: &SyntaxError) -> Problem {
    let place = source.place(error.at.min(source.text().len()));
    Problem(format!("cannot parse `{path}`: {error} at {path}:{}:{}", place.line, place.column))
}
