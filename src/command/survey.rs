mod declared;
mod files;
mod sites;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Common, Exit, Refused, with_causes};
use crate::catalog::Catalog;
use crate::config::{self, Config};
use crate::document::Mistake;
use crate::finding::Problem;
use crate::lock;
use crate::lockstep::{Repository, Verdict};
use crate::report::count;
use crate::text::{Source, Span};
use crate::world::{self, Journal};
use files::{Files, Read};
use sites::stock;
pub(super) use sites::{Stock, find_sites};

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

/// Returns what the repository around `common.directory` states, or why that cannot be told at all.
pub fn survey(common: &Common) -> Result<Survey, Refused> {
    survey_root(settled_root(common)?, common)
}

/// Like [`survey`], with facts that `pin.lock` does not have.
pub(super) fn survey_knowing(learnt: &Catalog, common: &Common) -> Result<Survey, Refused> {
    let read_both = |root: &Path| {
        let mut catalog = read_lock(root)?;
        let joined = catalog.join(learnt.clone());
        joined.map_err(|error| Refused::new(Exit::Failure, &error.to_string(), None))?;
        Ok(catalog)
    };
    survey_locked(settled_root(common)?, read_both, common)
}

/// Returns the root of the repository, in which no change was interrupted.
pub(super) fn settled_root(common: &Common) -> Result<PathBuf, Refused> {
    let root = world::find_root(&common.directory);
    if let Some(journal) = Journal::of(&root).pending() {
        let message = format!("an interrupted `pin sync` has left `{}`", shown(&root, journal));
        let hint = "run `pin sync --write`, which finishes it or takes it back first";
        return Err(Refused::new(Exit::Failure, &message, Some(hint)));
    }
    Ok(root)
}

/// Like [`survey`], after an interrupted change has been dealt with.
pub(super) fn survey_root(root: PathBuf, common: &Common) -> Result<Survey, Refused> {
    survey_locked(root, read_lock, common)
}

/// Like [`survey_root`], with another way to have what `pin.lock` adds.
pub(super) fn survey_locked(
    root: PathBuf,
    read_lock: impl FnOnce(&Path) -> Result<Catalog, Refused>,
    common: &Common,
) -> Result<Survey, Refused> {
    let configured = read_config(&root, common)?;
    let survey = survey_configured(root, configured, read_lock)?;
    let Repository { sites, sources, .. } = &survey.repository;
    common.voice.detail(format_args!("{} in {}", count(sites.len(), "site"), count(sources.len(), "file")));
    Ok(survey)
}

/// Like [`survey_locked`], after pin.toml has been read.
pub(super) fn survey_configured(
    root: PathBuf,
    (config, configured): Configured,
    read_lock: impl FnOnce(&Path) -> Result<Catalog, Refused>,
) -> Result<Survey, Refused> {
    let mut files = Files::new(&config);
    files.read(&root, "")?;
    for (other, place) in roots(&config) {
        let directory = root.join(other);
        if !directory.is_dir() {
            let message = format!("`{other}` is one of the `roots`, but there is no such directory");
            let hint = "check it out there, or take it out of `roots`";
            let source = configured.as_ref().map(|(_, source)| source);
            return Err(at_place(Exit::Failure, &config, source, place, message, hint));
        }
        files.read(&directory, &format!("{}/", other.trim_end_matches('/')))?;
    }
    if let Some((path, source)) = configured {
        files.add(path, source);
    }
    let Read { mut repository, found, mut problems } = files.finish()?;
    repository.catalog = read_lock(&root)?;
    let Stock { sites, overrides, problems: unparsable, vanished } = stock(found, &repository, &config);
    repository.sites = sites;
    repository.overrides = overrides;
    for problem in unparsable {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    Ok(Survey { root, config, repository, problems, vanished })
}

impl Survey {
    /// Returns the verdict, or why `pin.toml` does not allow one.
    pub(super) fn verdict(&self) -> Result<Verdict, Refused> {
        crate::lockstep::check(&self.repository, &self.config).map_err(|error| {
            let toolchain = self.config.toolchains.get(error.toolchain());
            let place = toolchain.and_then(|toolchain| Some(toolchain.source.as_ref()?.1));
            let source = self.repository.sources.get(&self.config.path);
            let place = place.unwrap_or(Span::new(0, 0));
            let hint = "name another file as `source` in pin.toml";
            at_place(Exit::Failure, &self.config, source, place, error.to_string(), hint)
        })
    }

    /// Returns the lines for stderr about what could not be looked at.
    pub(super) fn problem_lines(&self) -> String {
        self.problems.iter().map(Problem::lines).collect()
    }
}

/// The configuration, and its file when it is the root's own.
pub(super) type Configured = (Config, Option<(String, Source)>);

/// Returns the configuration of a root.
pub(super) fn read_config(root: &Path, common: &Common) -> Result<Configured, Refused> {
    let path = common.config.clone().unwrap_or_else(|| root.join(config::FILE));
    let bytes = match world::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() && common.config.is_none() => {
            common.voice.detail(format_args!("the root is {}, without a pin.toml", root.display()));
            return Ok((Config::default(), None));
        }
        Err(error) => return Err(Refused::new(Exit::Usage, &with_causes(&error), None)),
    };
    let source = Source::new(bytes);
    let name = shown(root, &path);
    common.voice.detail(format_args!("the root is {}, its configuration {name}", root.display()));
    let config = config::parse(&name, source.text())
        .map_err(|mistake| Refused::of_mistake(Exit::Usage, &name, &source, &mistake))?;
    let own = config::own_version();
    if let Some((required, place)) = config.required.as_ref().filter(|(required, _)| !required.matches(&own))
    {
        let message = format!("this is pin {own}, but {name} requires {required}");
        let hint = "use a pin that it admits, or change `required`";
        return Err(at_place(Exit::Usage, &config, Some(&source), *place, message, hint));
    }
    Ok((config, Some((name, source))))
}

/// Returns the embedded catalog with what `pin.lock` adds.
pub(super) fn read_lock(root: &Path) -> Result<Catalog, Refused> {
    let bytes = match world::read(&root.join(lock::FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => return Ok(Catalog::default()),
        Err(error) => return Err(Refused::new(Exit::Failure, &with_causes(&error), None)),
    };
    let source = Source::new(bytes);
    lock::parse(source.text())
        .map_err(|mistake| Refused::of_mistake(Exit::Failure, lock::FILE, &source, &mistake))
}

/// Returns the other checkouts that `pin.toml` names, each once.
fn roots(config: &Config) -> BTreeMap<&str, Span> {
    let roots = config.toolchains.values().flat_map(|toolchain| &toolchain.roots);
    roots.map(|(root, place)| (root.as_str(), *place)).collect()
}

/// Returns the refusal of something that `pin.toml` says and that turned out wrong.
fn at_place(
    exit: Exit,
    config: &Config,
    source: Option<&Source>,
    span: Span,
    message: String,
    hint: &str,
) -> Refused {
    match source {
        Some(source) => {
            let mistake = Mistake { message, span, hint: Some(hint.to_owned()) };
            Refused::of_mistake(exit, &config.path, source, &mistake)
        }
        None => Refused::new(exit, &message, Some(hint)),
    }
}

fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
