//! Which files matter, and what each of them states.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use memchr::memmem::{self, Finder};

use super::sites::FileSites;
use crate::command::{Exit, Refused, with_causes};
use crate::config::{Config, CustomSite};
use crate::finding::Problem;
use crate::lockstep::Repository;
use crate::site::{Format, MARKERS, Name};
use crate::text::Source;
use crate::world::{self, Seen, WalkError, Want};

/// The files of a repository, as they come in.
#[derive(Debug)]
pub(super) struct Files<'c> {
    config: &'c Config,
    repository: Repository,
    found: BTreeMap<String, FileSites>,
    quiet: Vec<Quiet>,
    unreadable: Vec<Problem>,
}

/// What was read, before the files are seen together.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) repository: Repository,
    pub(super) found: BTreeMap<String, FileSites>,
    pub(super) problems: Vec<Problem>,
}

/// Files that only matter when another file looks a name up in them.
#[derive(Debug)]
struct Quiet {
    directory: PathBuf,
    /// What leads to the directory from the root.
    prefix: String,
    /// Paths from the directory.
    names: Vec<String>,
}

/// What a file came to.
enum File {
    Found(Box<(Source, FileSites)>),
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
    pub(super) fn read(&mut self, directory: &Path, prefix: &str) -> Result<(), Refused> {
        let path = |name: &str| format!("{prefix}{name}");
        let wants = |name: &str| if prefix.is_empty() { self.want(name) } else { self.want(&path(name)) };
        let make = |name: &str, seen| self.make(&path(name), seen);
        let declared = declared(self.config).filter_map(|declared| declared.selector.word());
        let markers: Vec<Finder<'_>> = MARKERS.into_iter().chain(declared).map(Finder::new).collect();
        let looked = world::look(directory, wants, &markers, make).map_err(|error| failure(&error))?;
        let index_error = looked.index_error.as_ref();
        self.unreadable
            .extend(index_error.map(|error| Problem::of_file(&path(".git"), None, with_causes(error))));
        let mut quiet = Vec::new();
        for (name, file) in looked.files {
            let path = path(&name);
            if is_flake(&path) {
                let flake = path.trim_end_matches("flake.nix").trim_end_matches('/');
                self.repository.flakes.insert(flake.to_owned());
            }
            match file {
                File::Quiet => quiet.push(name),
                file => self.keep(path, file),
            }
        }
        self.quiet.push(Quiet { directory: directory.to_owned(), prefix: prefix.to_owned(), names: quiet });
        Ok(())
    }

    /// Adds a file that was read elsewhere.
    pub(super) fn add(&mut self, path: String, source: Source) {
        let found = FileSites::find(&path, &source, self.config);
        self.keep(path, File::Found(Box::new((source, found))));
    }

    /// Returns what was read, after looking up what the files ask for.
    pub(super) fn finish(mut self) -> Result<Read, Refused> {
        self.look_up()?;
        let Self { repository, found, unreadable: problems, .. } = self;
        Ok(Read { repository, found, problems })
    }

    /// Looks into the quiet files for what the others ask for, and for what those ask for in turn.
    fn look_up(&mut self) -> Result<(), Refused> {
        if self.found.values().any(FileSites::has_overrides) {
            let loads = |path: &str| Format::of(path).is_some_and(Format::loads);
            self.look_into(&[Finder::new("")], loads)?;
        }
        let mut known = BTreeSet::new();
        loop {
            let asked = self
                .found
                .iter()
                .flat_map(|(path, found)| found.asks().map(move |name| (name.clone(), path.clone())));
            let asked: BTreeSet<(Name, String)> = asked.filter(|ask| !known.contains(ask)).collect();
            if asked.is_empty() {
                return Ok(());
            }
            let words: BTreeSet<&str> = asked.iter().filter_map(|(name, _)| name.word()).collect();
            let words: Vec<Finder<'_>> = words.into_iter().map(Finder::new).collect();
            self.look_into(&words, |path| asked.iter().any(|(name, from)| name.may_come_from(path, from)))?;
            known.extend(asked);
        }
    }

    /// Adds those of the quiet files in which one of the words stands.
    fn look_into(&mut self, words: &[Finder<'_>], is_asked: impl Fn(&str) -> bool) -> Result<(), Refused> {
        for mut quiet in std::mem::take(&mut self.quiet) {
            let names: Vec<String> =
                quiet.names.iter().filter(|name| is_asked(&quiet.path(name))).cloned().collect();
            if names.is_empty() {
                self.quiet.push(quiet);
                continue;
            }
            let make = |name: &str, seen| self.make_of(&quiet.path(name), seen);
            let files =
                world::look_at(&quiet.directory, &names, words, make).map_err(|error| failure(&error))?;
            let found: BTreeSet<&String> = files.iter().map(|(name, _)| name).collect();
            quiet.names.retain(|name| !found.contains(name));
            for (name, file) in files {
                self.keep(quiet.path(&name), file);
            }
            self.quiet.push(quiet);
        }
        Ok(())
    }

    /// Returns what is wanted of the file at a path.
    fn want(&self, path: &str) -> Option<Want> {
        let mut declared = declared(self.config).filter(|declared| declared.files.is_match(path)).peekable();
        let is_declared = declared.peek().is_some();
        if declared.any(|declared| declared.selector.word().is_none()) {
            return Some(Want::Bytes);
        }
        let Some(format) = Format::of(path) else { return is_declared.then_some(Want::Marked) };
        Some(match format {
            _ if format.is_known() || is_named(format, path) => Want::Bytes,
            _ if is_flake(path) || format.is_looked_up(path) => Want::MarkedOrThere,
            _ => Want::Marked,
        })
    }

    /// Returns what becomes of a file.
    fn make(&self, path: &str, seen: Seen) -> Option<File> {
        let format = Format::of(path);
        let matters = match &seen {
            Seen::Bytes(bytes) => {
                let has = |word: &str| memmem::find(bytes, word.as_bytes()).is_some();
                let is_wanted = |format: Format| format.is_known() || is_named(format, path);
                let declared = declared(self.config).filter(|declared| declared.files.is_match(path));
                format.is_some_and(is_wanted)
                    || MARKERS.into_iter().any(has)
                    || declared.map(|declared| declared.selector.word()).any(|word| word.is_none_or(has))
            }
            Seen::There => false,
            Seen::Failed(_) => true,
        };
        if matters {
            return self.make_of(path, seen);
        }
        let is_asked = is_flake(path) || format.is_some_and(|format| format.is_looked_up(path));
        is_asked.then_some(File::Quiet)
    }

    /// Returns what becomes of a file that matters.
    fn make_of(&self, path: &str, seen: Seen) -> Option<File> {
        let bytes = match seen {
            Seen::Bytes(bytes) => bytes,
            Seen::There => return Some(File::Quiet),
            Seen::Failed(error) => {
                return Some(File::Unreadable(Problem::of_file(path, None, with_causes(&error))));
            }
        };
        let is_known = Format::of(path).is_some_and(Format::is_known);
        if !is_known && Source::is_binary(&bytes) {
            return None;
        }
        let source = Source::new(bytes);
        let found = FileSites::find(path, &source, self.config);
        let is_declared = || declared(self.config).any(|declared| declared.files.is_match(path));
        (is_flake(path) || !found.is_empty() || is_declared()).then(|| File::Found(Box::new((source, found))))
    }

    fn keep(&mut self, path: String, file: File) {
        match file {
            File::Found(found) => {
                let (source, found) = *found;
                self.repository.sources.insert(path.clone(), source);
                self.found.insert(path, found);
            }
            File::Quiet => {}
            File::Unreadable(problem) => self.unreadable.push(problem),
        }
    }
}

impl Quiet {
    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

fn declared(config: &Config) -> impl Iterator<Item = &CustomSite> {
    config.toolchains.values().flat_map(|toolchain| &toolchain.sites)
}

/// A package's version may stand in a data file of its own: `pkgs/dagger/current.nix`.
fn is_named(format: Format, path: &str) -> bool {
    format == Format::Nix && path.contains("dagger")
}

fn is_flake(path: &str) -> bool {
    path.rsplit('/').next() == Some("flake.nix")
}

fn failure(error: &WalkError) -> Refused {
    Refused::new(Exit::Failure, &with_causes(error), None)
}
