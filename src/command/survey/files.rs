//! Which files matter, and what each of them states.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;

use super::Problem;
use super::sites::{FileSites, assemble};
use crate::command::{Exit, Outcome, with_causes};
use crate::config::Config;
use crate::lockstep::Repository;
use crate::site::Format;
use crate::text::Source;
use crate::world::{self, Seen, WalkError, Want};

/// The words that every file with a site has, apart from those that are known by name.
const MARKERS: [&str; 3] = ["dagger", "DAGGER", "Dagger"];

/// The files of a repository, as they come in.
#[derive(Debug)]
pub(super) struct Files<'c> {
    config: &'c Config,
    repository: Repository,
    found: BTreeMap<String, FileSites>,
    /// Files that only matter when another file looks a name up in them: by their roots and the roots'
    /// prefixes.
    quiet: Vec<(PathBuf, String, Vec<String>)>,
    unreadable: Vec<Problem>,
}

/// What a file came to.
enum File {
    Found(Source, FileSites),
    /// It is there, and says nothing by itself.
    Quiet,
    Unreadable(Problem),
}

impl<'c> Files<'c> {
    pub(super) fn new(config: &'c Config) -> Self {
        Self {
            config,
            repository: Repository::default(),
            found: BTreeMap::new(),
            quiet: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// Looks at every file below a directory that may hold a site. `prefix` leads there from the root.
    pub(super) fn read(&mut self, directory: &Path, prefix: &str) -> Result<(), Outcome> {
        let path = |name: &str| format!("{prefix}{name}");
        let wants = |name: &str| {
            if prefix.is_empty() { want(name, self.config) } else { want(&path(name), self.config) }
        };
        let make = |name: &str, seen| self.make(&path(name), seen);
        let markers = MARKERS.map(Finder::new);
        let looked = world::look(directory, wants, &markers, make).map_err(failure)?;
        self.unreadable.extend(looked.index_error.iter().map(|error| Problem(with_causes(error))));
        let mut quiet = Vec::new();
        for (name, file) in looked.files {
            let path = path(&name);
            if is_flake(&path) {
                let flake = path.trim_end_matches("flake.nix").trim_end_matches('/');
                self.repository.flakes.insert(flake.to_owned());
            }
            match file {
                File::Quiet if Format::of(&path).is_some_and(|format| format.is_looked_up(&path)) => {
                    quiet.push(name);
                }
                file => self.keep(path, file),
            }
        }
        self.quiet.push((directory.to_owned(), prefix.to_owned(), quiet));
        Ok(())
    }

    /// Adds a file that was read elsewhere.
    pub(super) fn add(&mut self, path: String, source: Source) {
        let found = FileSites::find(&path, &source, self.config);
        self.keep(path, File::Found(source, found));
    }

    /// Returns what was read, with every site, and what could not be looked at.
    pub(super) fn finish(mut self) -> Result<(Repository, Vec<Problem>), Outcome> {
        self.look_up()?;
        let Self { config, mut repository, found, unreadable: mut problems, .. } = self;
        let (sites, unparsable) = assemble(found, &repository, config);
        repository.sites = sites;
        for problem in unparsable {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        Ok((repository, problems))
    }

    /// Looks into the quiet files for the names that others ask for, and that they ask for in turn.
    fn look_up(&mut self) -> Result<(), Outcome> {
        let mut known = BTreeSet::new();
        loop {
            let asked = self.found.values().flat_map(FileSites::asks);
            let new: BTreeSet<String> =
                asked.filter(|word| !known.contains(*word)).map(str::to_owned).collect();
            if new.is_empty() {
                return Ok(());
            }
            let markers: Vec<Finder<'_>> = new.iter().map(Finder::new).collect();
            for (directory, prefix, mut names) in std::mem::take(&mut self.quiet) {
                let make = |name: &str, seen| self.make(&format!("{prefix}{name}"), seen);
                let files = world::look_at(&directory, &names, &markers, make).map_err(failure)?;
                for (name, file) in files {
                    names.retain(|quiet| *quiet != name);
                    self.keep(format!("{prefix}{name}"), file);
                }
                self.quiet.push((directory, prefix, names));
            }
            known.extend(new);
        }
    }

    fn make(&self, path: &str, seen: Seen) -> Option<File> {
        let bytes = match seen {
            Seen::Bytes(bytes) => bytes,
            Seen::There => return Some(File::Quiet),
            Seen::Failed(error) => return Some(File::Unreadable(Problem(with_causes(&error)))),
        };
        let is_known = Format::of(path).is_some_and(Format::is_known);
        if !is_known && Source::is_binary(&bytes) {
            return None;
        }
        let source = Source::new(bytes);
        let found = FileSites::find(path, &source, self.config);
        (is_flake(path) || !found.is_empty()).then_some(File::Found(source, found))
    }

    fn keep(&mut self, path: String, file: File) {
        match file {
            File::Found(source, found) => {
                self.repository.sources.insert(path.clone(), source);
                self.found.insert(path, found);
            }
            File::Quiet => {}
            File::Unreadable(problem) => self.unreadable.push(problem),
        }
    }
}

/// Returns what is wanted of the file at a path.
fn want(path: &str, config: &Config) -> Option<Want> {
    let is_custom = config
        .toolchains
        .values()
        .flat_map(|toolchain| &toolchain.sites)
        .any(|custom| custom.files.is_match(path));
    if is_custom {
        return Some(Want::Bytes);
    }
    let format = Format::of(path)?;
    // A package's version may stand in a data file of its own: `pkgs/dagger/current.nix`.
    let is_named = format == Format::Nix && path.contains("dagger");
    Some(match format {
        _ if format.is_known() || is_named => Want::Bytes,
        _ if is_flake(path) || format.is_looked_up(path) => Want::MarkedOrThere,
        _ => Want::Marked,
    })
}

fn is_flake(path: &str) -> bool {
    path.rsplit('/').next() == Some("flake.nix")
}

fn failure(error: WalkError) -> Outcome {
    Outcome::error(Exit::Failure, &with_causes(&error), None)
}
