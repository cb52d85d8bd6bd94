mod declared;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::{Common, Exit, Outcome, with_causes};
use crate::config::{self, Config, CustomSite};
use crate::document::SyntaxError;
use crate::finding::Problem;
use crate::lockstep::{Repository, Verdict};
use crate::site::{self, DAGGER, Format, Override, Scan, Site};
use crate::text::Source;
use crate::world::{self, Journal};
use declared::Declared;

/// A repository as it was read, with its configuration and everything that went wrong.
#[derive(Debug)]
pub struct Survey {
    /// The root directory.
    pub root: PathBuf,
    /// `pin.toml`, or its defaults.
    pub config: Config,
    /// Files and sites.
    pub repository: Repository,
    /// Files that could not be read or parsed.
    pub problems: Vec<Problem>,
    /// Errors about sites that `pin.toml` declares and that are not there.
    pub vanished: Vec<Problem>,
}

/// The words that every file with a site has, apart from those that are known by name.
const MARKERS: [&[u8]; 3] = [b"dagger", b"DAGGER", b"Dagger"];

/// Returns what the repository around `common.directory` states, or why that cannot be told at all.
pub fn survey(common: &Common) -> Result<Survey, Outcome> {
    let root = world::find_root(&common.directory);
    if let Some(journal) = Journal::of(&root).pending() {
        let message = format!("an interrupted `pin sync` has left `{}`", shown(&root, journal));
        let hint = "run `pin sync --write`, which finishes it or takes it back first";
        return Err(Outcome::error(Exit::Failure, &message, Some(hint)));
    }
    survey_root(root, common)
}

/// Like [`survey`], after an interrupted change has been dealt with.
pub(super) fn survey_root(root: PathBuf, common: &Common) -> Result<Survey, Outcome> {
    let (config, configured) = read_config(&root, common)?;
    let mut survey = Survey {
        root,
        config,
        repository: Repository::default(),
        problems: Vec::new(),
        vanished: Vec::new(),
    };
    let root = survey.root.clone();
    survey.read(&root, "")?;
    let roots: BTreeSet<String> =
        survey.config.toolchains.values().flat_map(|toolchain| toolchain.roots.iter().cloned()).collect();
    for other in roots {
        let directory = root.join(&other);
        if !directory.is_dir() {
            let message =
                format!("`{other}` is one of the `roots` in pin.toml, but there is no such directory");
            return Err(Outcome::error(Exit::Failure, &message, None));
        }
        survey.read(&directory, &format!("{}/", other.trim_end_matches('/')))?;
    }
    if let Some((path, source)) = configured {
        survey.repository.sources.insert(path, source);
    }
    survey.scan();
    Ok(survey)
}

impl Survey {
    /// Reads every file that may hold a site.
    fn read(&mut self, directory: &Path, prefix: &str) -> Result<(), Outcome> {
        let wants = |path: &str| Format::of(path).is_some() || self.declarations(path).next().is_some();
        let names = world::names(directory, wants)
            .map_err(|error| Outcome::error(Exit::Failure, &with_causes(&error), None))?;
        let markers = MARKERS.map(memmem::Finder::new);
        // Files that only matter when another file looks a name up in them.
        let mut quiet = Vec::new();
        for name in names {
            let path = format!("{prefix}{name}");
            if name.rsplit('/').next() == Some("flake.nix") {
                self.repository
                    .flakes
                    .insert(path.trim_end_matches("flake.nix").trim_end_matches('/').to_owned());
            }
            let format = Format::of(&path);
            let bytes = match world::read(&directory.join(&name)) {
                Ok(bytes) => bytes,
                Err(error) if error.is_not_found() => continue,
                Err(error) => {
                    self.problems.push(Problem::of_file(&path, None, with_causes(&error)));
                    continue;
                }
            };
            let is_known = format.is_some_and(Format::is_known);
            if !is_known && Source::is_binary(&bytes) {
                continue;
            }
            // A package's version may stand in a data file of its own: `pkgs/dagger/current.nix`.
            let is_named = format == Some(Format::Nix) && path.contains("dagger");
            let is_marked = is_named || markers.iter().any(|marker| marker.find(&bytes).is_some());
            if is_known || is_marked || self.is_declared(&path, &bytes) {
                self.repository.sources.insert(path, Source::new(bytes));
            } else if format.is_some_and(|format| format.is_looked_up(&path)) {
                quiet.push((path, bytes));
            }
        }
        if !self.repository.sources.is_empty() {
            let sources = quiet.into_iter().map(|(path, bytes)| (path, Source::new(bytes)));
            self.repository.sources.extend(sources);
        }
        Ok(())
    }

    /// Returns what `pin.toml` declares about the file.
    fn declarations<'s>(&'s self, path: &'s str) -> impl Iterator<Item = &'s CustomSite> {
        let declared = self.config.toolchains.values().flat_map(|toolchain| &toolchain.sites);
        declared.filter(move |declared| declared.files.is_match(path))
    }

    /// Returns whether a declared site may be in the file; most files that a glob matches have none.
    fn is_declared(&self, path: &str, bytes: &[u8]) -> bool {
        let has = |word: &str| memmem::find(bytes, word.as_bytes()).is_some();
        self.declarations(path).any(|declared| declared.selector.word().is_none_or(has))
    }

    /// Finds the sites of the files that were read.
    fn scan(&mut self) {
        let Stock { sites, overrides, problems, vanished } = find_sites(&self.repository, &self.config);
        self.repository.sites = sites;
        self.repository.overrides = overrides;
        self.vanished = vanished;
        for problem in problems {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    /// Returns the verdict, or why `pin.toml` does not allow one.
    pub(super) fn verdict(&self) -> Result<Verdict, Outcome> {
        crate::lockstep::check(&self.repository, &self.config).map_err(|error| {
            Outcome::error(
                Exit::Failure,
                &error.to_string(),
                Some("name another file as `source` in pin.toml"),
            )
        })
    }

    /// Returns the lines for stderr about what could not be looked at.
    pub(super) fn problem_lines(&self) -> String {
        self.problems.iter().map(Problem::lines).collect()
    }
}

/// What the files of a repository state.
#[derive(Debug)]
pub(super) struct Stock {
    /// Every site, sorted by place.
    pub(super) sites: Vec<Site>,
    /// What chooses what runs, whatever the sites state.
    pub(super) overrides: Vec<Override>,
    /// Files that do not parse.
    pub(super) problems: Vec<Problem>,
    /// Errors about declared sites that are not there.
    pub(super) vanished: Vec<Problem>,
}

/// Returns every site of the files, the files that do not parse, and what is declared and not there.
pub(super) fn find_sites(repository: &Repository, config: &Config) -> Stock {
    let Declared { sites: declared, mut problems, vanished } = declared::find(repository, config);
    let mut scans = Vec::new();
    for (path, source) in &repository.sources {
        let Some(format) = Format::of(path) else { continue };
        let mut scan = Scan::new(path);
        match format.find(source, &mut scan) {
            Ok(()) => scans.push(scan),
            Err(_) if config.toolchains.get(DAGGER).is_some_and(|dagger| dagger.ignores_file(path)) => {}
            Err(error) => problems.push(syntax_problem(path, source, &error)),
        }
    }
    let sites = declared::join(site::resolve(&scans), declared);
    Stock { sites, overrides: site::overrides(&scans), problems, vanished }
}

fn syntax_problem(path: &str, source: &Source, error: &SyntaxError) -> Problem {
    let place = source.place(error.at.min(source.text().len()));
    let message = format!("cannot parse `{path}`: {error} at {path}:{}:{}", place.line, place.column);
    Problem::of_file(path, Some(place), message)
}

/// Returns the configuration, and its file when it is the root's own.
fn read_config(root: &Path, common: &Common) -> Result<(Config, Option<(String, Source)>), Outcome> {
    let path = common.config.clone().unwrap_or_else(|| root.join(config::FILE));
    let bytes = match world::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() && common.config.is_none() => {
            return Ok((Config::default(), None));
        }
        Err(error) => return Err(Outcome::error(Exit::Usage, &with_causes(&error), None)),
    };
    let source = Source::new(bytes);
    let name = shown(root, &path);
    let config = config::parse(&name, source.text()).map_err(|error| {
        let place = source.place(error.span.start);
        let message = format!("{error} at {name}:{}:{}", place.line, place.column);
        Outcome::error(Exit::Usage, &message, error.hint.as_deref())
    })?;
    let own =
        semver::Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or_else(|_| semver::Version::new(0, 0, 0));
    if let Some(required) = config.required.as_ref().filter(|required| !required.matches(&own)) {
        let message = format!("this is pin {own}, but {name} requires {required}");
        return Err(Outcome::error(Exit::Usage, &message, None));
    }
    Ok((config, Some((name, source))))
}

fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
