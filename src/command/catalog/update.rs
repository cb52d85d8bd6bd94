use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::ask::{Answers, ask};
use crate::catalog::{self, Archive, Catalog, Learnt, Packaged, Revision};
use crate::command::engine::pinned;
use crate::command::learn::{keep, wait};
use crate::command::survey::{read_lock, settled_root, survey_locked};
use crate::command::{Common, Exit, Outcome, Refused, Survey, with_causes};
use crate::config::{Engine, Mode};
use crate::document::Mistake;
use crate::engine::Image as EngineImage;
use crate::finding::Location;
use crate::lock;
use crate::report::{self, Difference, Fate, Format, Ignorance, Lesson, Lookup, Update};
use crate::site::{self, Companionship, DAGGER, NAME_COMMIT, Site, Stated};
use crate::text::Source;
use crate::upstream::{Release, UpstreamError};
use crate::value::{NarHash, Rev, Version};
use crate::world;

/// What `pin catalog update` is told.
#[derive(Debug, Clone)]
pub struct CatalogUpdateOptions {
    /// What every verb is told.
    pub common: Common,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// How it is printed.
    pub format: Format,
}

/// Learns what the commits are that the repository names and no table knows, and keeps that in `pin.lock`.
pub fn catalog_update(options: &CatalogUpdateOptions) -> Outcome {
    update(options).unwrap_or_else(|outcome| outcome)
}

fn update(options: &CatalogUpdateOptions) -> Result<Outcome, Outcome> {
    let common = &options.common;
    let root = settled_root(common)?;
    // Before anything else, for a conflict hides what is known; written with the rest, once.
    let resolved = resolved(&root)?;
    let mut update = Update { is_resolved: resolved.is_some(), ..Update::default() };
    let before = resolved.map_or_else(|| read_lock(&root), Ok)?;
    let survey = survey_locked(root, |_| Ok(before.clone()), common)?;
    update.is_partial = !survey.problems.is_empty();
    let unknown = Unknown::of(&survey);
    let mut after = before.clone();
    if common.network.is_offline {
        update.unknown =
            unknown.all("nobody is asked with `--offline`", "run `pin catalog update` without it");
    } else if !unknown.is_empty() {
        let revs: Vec<Rev> = unknown.revisions.keys().copied().collect();
        let answers = wait(ask(common, &revs, unknown.release.as_ref(), unknown.image.as_deref()))?
            .map_err(|error| Outcome::error(Exit::Failure, &with_causes(&error), None))?;
        update.archives =
            unknown.release.as_ref().and_then(|version| learn_release(&mut after, version, &answers));
        update.image = unknown.image.as_ref().and_then(|image| learn_image(&mut after, image, &answers));
        learn(&mut update, &mut after, &survey, &unknown, answers);
    }
    if !common.network.is_offline {
        update.unknown.extend(unknown.trees_beyond(&after));
    }
    if after != before || update.is_resolved {
        update.lock = match (options.dry_run, common.locked) {
            (true, _) => Fate::DryRun,
            (false, true) => Fate::Locked,
            (false, false) if keep(&survey.root, &after)? => Fate::Written,
            (false, false) => Fate::Unchanged,
        };
    }
    let stdout = match options.format {
        Format::Human => report::human_update(&update),
        Format::Json => report::json_update(&update),
    };
    let stderr = survey.problem_lines() + &report::update_doubts(&update);
    let is_done = update.unknown.is_empty() && !update.is_partial;
    let exit = if is_done { Exit::Success } else { Exit::Failure };
    Ok(Outcome { stdout, stderr, exit })
}

/// What the repository names and nobody here knows, with the places.
struct Unknown<'s> {
    survey: &'s Survey,
    /// Commits, about which somebody can be asked.
    revisions: BTreeMap<Rev, Vec<&'s Site>>,
    /// Hashes of trees, about which nobody can.
    trees: BTreeMap<NarHash, Vec<&'s Site>>,
    /// The version that is pinned, when the hash of no archive of it is known: nobody could install its CLI.
    release: Option<Version>,
    /// The image of the engine that `pin` would start, when its digest is not known.
    image: Option<String>,
}

impl<'s> Unknown<'s> {
    fn of(survey: &'s Survey) -> Self {
        let release = unknown_release(survey);
        let image = unknown_image(survey);
        let (revisions, trees) = (BTreeMap::new(), BTreeMap::new());
        let mut unknown = Self { survey, revisions, trees, release, image };
        let dagger = survey.config.toolchains.get(DAGGER);
        let is_ignored = |site: &Site| dagger.is_some_and(|dagger| dagger.ignores_file(&site.path));
        let sites = survey.repository.sites.iter();
        for site in sites.filter(|site| site.names_whole_revision() && !is_ignored(site)) {
            let Stated::Revision(pin) = &site.stated else { continue };
            if let Some(rev) = Rev::parse(pin) {
                unknown.revisions.entry(rev).or_default().push(site);
            } else if let Some(tree) = NarHash::parse(pin) {
                unknown.trees.entry(tree).or_default().push(site);
            }
        }
        unknown
    }

    /// Returns whether there is nothing that anybody could be asked about.
    fn is_empty(&self) -> bool {
        self.revisions.is_empty() && self.release.is_none() && self.image.is_none()
    }

    fn ignorance(&self, pin: &impl ToString, sites: &[&Site], why: &str, hint: &str) -> Ignorance {
        let (why, hint) = (why.to_owned(), hint.to_owned());
        Ignorance { pin: pin.to_string(), why, hint, places: places(self.survey, sites) }
    }

    fn all(&self, why: &str, hint: &str) -> Vec<Ignorance> {
        let revisions = self.revisions.iter().map(|(rev, sites)| self.ignorance(rev, sites, why, hint));
        let trees = self.trees.iter().map(|(tree, sites)| self.ignorance(tree, sites, why, hint));
        revisions.chain(trees).collect()
    }

    /// Returns the trees that what was learnt about commits does not tell either.
    fn trees_beyond(&self, catalog: &Catalog) -> Vec<Ignorance> {
        let unknown = self.trees.iter().filter(|(tree, _)| catalog.revision_by_nar_hash(tree).is_none());
        let why = "it is the hash of a tree, and only commits can be asked about";
        unknown.map(|(tree, sites)| self.ignorance(tree, sites, why, NAME_COMMIT)).collect()
    }
}

/// Returns the pinned version when it is a release of which no archive is known.
fn unknown_release(survey: &Survey) -> Option<Version> {
    let verdict = survey.verdict().ok()?;
    let truth = verdict.truths.iter().find(|truth| truth.toolchain == DAGGER)?;
    let is_unknown = |version: &&Version| {
        survey.repository.catalog.archives(version).is_empty() && catalog::broken(version).is_none()
    };
    truth.version().filter(is_unknown).cloned()
}

/// Returns the image of the engine that `pin` would start here, when nobody has said yet what its tag is.
fn unknown_image(survey: &Survey) -> Option<String> {
    let Engine { kind, mode, provision, .. } = &survey.config.engine;
    mode.filter(|(mode, _)| *mode == Mode::Isolated)?;
    let image = EngineImage::of(*kind, &pinned(survey).ok()?, provision, &survey.repository.catalog)?;
    image.digest.is_none().then(|| image.tagged())
}

/// Keeps what the tag of the engine's image is; returns its digest and where that is from, or why there is none.
fn learn_image(catalog: &mut Catalog, reference: &str, answers: &Answers) -> Option<Lookup> {
    let said = match answers.image.as_ref()? {
        Ok(Some(learnt)) => match catalog.learn_image(learnt) {
            Ok(()) => Ok((learnt.fact.digest, learnt.from.clone())),
            Err(error) => Err(error.to_string()),
        },
        Ok(None) => Err("the registry has no such tag".to_owned()),
        Err(error) => Err(with_causes(error)),
    };
    Some((reference.to_owned(), said))
}

/// Keeps the hashes of a release's archives; returns where they are from, or why there are none.
fn learn_release(
    catalog: &mut Catalog,
    version: &Version,
    answers: &Answers,
) -> Option<(Version, Result<String, String>)> {
    let said = match answers.releases.get(version)? {
        Ok(Some(Release { archives, .. })) => {
            for learnt in archives {
                catalog.learn_archive(learnt.clone());
            }
            Ok(archives.first()?.from.clone())
        }
        Ok(None) => Err("nothing is published of it".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    Some((version.clone(), said))
}

/// Keeps what was answered, as far as the repository's own locks do not contradict it.
fn learn(
    update: &mut Update,
    catalog: &mut Catalog,
    survey: &Survey,
    unknown: &Unknown<'_>,
    answers: Answers,
) {
    let Answers { revisions, releases, image: _ } = answers;
    for (rev, answer) in revisions {
        let sites = unknown.revisions.get(&rev).map(Vec::as_slice).unwrap_or_default();
        let mut refuse =
            |why: &str, hint: &str| update.unknown.push(unknown.ignorance(&rev, sites, why, hint));
        let Packaged { revision, archives } = match answer {
            Ok(packaged) => packaged,
            Err(error) => {
                refuse(&error.to_string(), hint(&error));
                continue;
            }
        };
        if let Some((place, found)) = contradiction(survey, sites, &revision) {
            let Learnt { fact, from } = &revision;
            let why = format!("{place} locks it with narHash `{found}`, but {from} has `{}`", fact.nar_hash);
            refuse(&why, &format!("compare both with `nix flake prefetch github:dagger/nix/{rev}`"));
            continue;
        }
        if let Err(error) = catalog.learn_revision(&revision) {
            refuse(&error.to_string(), "remove its line from pin.lock, then run `pin catalog update`");
            continue;
        }
        for packaged in archives {
            match published(&packaged, &releases) {
                Some(published) if published.fact.sha256 != packaged.fact.sha256 => {
                    update.differences.push(difference(packaged, published));
                }
                Some(_) => {}
                None => catalog.learn_archive(packaged),
            }
        }
        let Learnt { fact, from } = revision;
        update.learnt.push(Lesson { rev, version: fact.version(), from, places: places(survey, sites) });
    }
    let versions: BTreeSet<&Version> =
        update.learnt.iter().filter_map(|lesson| lesson.version.as_ref()).collect();
    for (version, answer) in releases.iter().filter(|(version, _)| versions.contains(version)) {
        let why = match answer {
            Ok(Some(Release { archives, .. })) => {
                for learnt in archives {
                    catalog.learn_archive(learnt.clone());
                }
                continue;
            }
            Ok(None) => "nothing is published of it".to_owned(),
            Err(error) => error.to_string(),
        };
        update.uncompared.push((version.clone(), why));
    }
}

/// Returns what was published for the version and the system of an archive.
fn published<'a, E>(
    packaged: &Learnt<Archive>,
    releases: &'a BTreeMap<Version, Result<Option<Release>, E>>,
) -> Option<&'a Learnt<Archive>> {
    let release = releases.get(&packaged.fact.version)?.as_ref().ok()?.as_ref()?;
    release.archives.iter().find(|learnt| learnt.fact.system == packaged.fact.system)
}

fn difference(packaged: Learnt<Archive>, published: &Learnt<Archive>) -> Difference {
    let Archive { version, system, sha256 } = packaged.fact;
    let published = (published.fact.sha256, published.from.clone());
    Difference { version, system, packaged: (sha256, packaged.from), published }
}

/// Returns where a lock has another tree hash for the commit than what was learnt, and that hash.
fn contradiction(survey: &Survey, sites: &[&Site], learnt: &Learnt<Revision>) -> Option<(String, String)> {
    sites.iter().find_map(|site| {
        let source = survey.repository.sources.get(&site.path)?;
        let tree = site.companions.iter().find(|companion| companion.what == Companionship::LockNarHash)?;
        let found = source.slice(tree.span);
        let _ = site::tree_hash(found).filter(|hash| *hash != learnt.fact.nar_hash)?;
        let location = Location { path: site.path.clone(), span: tree.span };
        Some((survey.repository.file_line(&location), found.to_owned()))
    })
}

fn hint(error: &UpstreamError) -> &'static str {
    match error {
        UpstreamError::Absent { .. } => "run `pin sync --to VERSION`, which states a commit that is there",
        UpstreamError::Http(_) => {
            "run `pin catalog update` again; `--timeout` makes it wait longer, `PIN_GITHUB_URL` names a mirror"
        }
    }
}

fn places(survey: &Survey, sites: &[&Site]) -> Vec<String> {
    sites.iter().map(|site| survey.repository.file_line(&Location::of(site))).collect()
}

/// Returns what both sides of a merge have in `pin.lock`, or `None` when a merge has left nothing there.
fn resolved(root: &Path) -> Result<Option<Catalog>, Refused> {
    let Ok(bytes) = world::read(&root.join(lock::FILE)) else { return Ok(None) };
    let source = Source::new(bytes);
    if !lock::is_conflicted(source.text()) {
        return Ok(None);
    }
    let resolved = lock::resolve(source.text()).map_err(|mistake| {
        // Only a person knows which side of a contradiction is right.
        let hint = "remove the line that is wrong, then run `pin catalog update`";
        let hint = Some(mistake.hint.clone().unwrap_or_else(|| hint.to_owned()));
        Refused::of_mistake(Exit::Failure, lock::FILE, &source, &Mistake { hint, ..mistake })
    });
    resolved.map(Some)
}
