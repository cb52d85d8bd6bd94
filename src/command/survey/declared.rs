//! What `pin.toml` declares: the sites it finds, and the declarations that find nothing.

use super::sites::syntax_problem;
use crate::config::{Config, CustomSite};
use crate::finding::Problem;
use crate::lockstep::Repository;
use crate::site::{Declaration, Kind, Lack, Role, Selector, Site, Stated};

/// What the declarations come to.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// What they find, the versions that `pin.toml` itself states included.
    pub(super) sites: Vec<Site>,
    /// Files that do not parse.
    pub(super) problems: Vec<Problem>,
    /// Declarations that find nothing.
    pub(super) vanished: Vec<Problem>,
}

/// Returns what every declaration finds in the repository's files.
pub(super) fn find(repository: &Repository, config: &Config) -> Declared {
    let mut found = Declared::default();
    for (name, toolchain) in &config.toolchains {
        for (index, declared) in toolchain.sites.iter().enumerate() {
            let declaration = Declaration { toolchain: name, index, selector: &declared.selector };
            let (n_sites, n_problems) = (found.sites.len(), found.problems.len());
            let mut lacks = Vec::new();
            let matches = |path: &str| {
                path != config.path && declared.files.is_match(path) && !toolchain.ignores_file(path)
            };
            for (path, source) in repository.sources.iter().filter(|(path, _)| matches(path)) {
                match declaration.find(path, source) {
                    Ok(Ok(sites)) => found.sites.extend(sites),
                    Ok(Err(lack)) => lacks.push(lack),
                    Err(error) => found.problems.push(syntax_problem(path, source, &error)),
                }
            }
            if found.sites.len() == n_sites && found.problems.len() == n_problems {
                found.vanished.push(vanished(name, declared, &lacks, repository, config));
            }
        }
    }
    found.sites.extend(configured_versions(repository, config));
    found
}

/// An expected site that is not there is never passed over: it would not be checked any more.
fn vanished(
    toolchain: &str,
    declared: &CustomSite,
    lacks: &[Lack],
    repository: &Repository,
    config: &Config,
) -> Problem {
    let glob = declared.files.glob();
    let (reason, hint) = match lacks {
        [] => {
            let what = match &declared.selector {
                Selector::Image(image) => format!("no file that matches `{glob}` names the image `{image}`"),
                Selector::Marker(marker) => {
                    format!("no file that matches `{glob}` has the marker `{marker}`")
                }
                _ => format!("no file matches `{glob}`"),
            };
            (what, None)
        }
        [lack] => (lack.reason.clone(), lack.hint.clone()),
        [first, ..] => {
            let reason = format!("none of the {} files that match `{glob}` has it", lacks.len());
            (format!("{}, and {reason}", first.reason), first.hint.clone())
        }
    };
    let place = repository.sources.get(&config.path).map(|source| source.place(declared.span.start));
    let at = place.map_or_else(|| config.path.clone(), |place| format!("{}:{}", config.path, place.line));
    let hint = hint.unwrap_or_else(|| "correct the site in pin.toml, or remove it".to_owned());
    let message = format!("a site of {toolchain} has vanished ({at}): {reason}");
    Problem { hint: Some(hint), ..Problem::of_file(&config.path, place, message) }
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
            declared: None,
            repository: None,
        })
    })
}

/// Returns all sites sorted by place. A declared one that shares bytes with another of its
/// toolchain is that other: it is told by its kind, and held to the declared rule.
pub(super) fn join(found: Vec<Site>, declared: Vec<Site>) -> Vec<Site> {
    let mut all = found;
    all.extend(declared);
    all.sort_by(|left, right| {
        (&left.path, &left.toolchain, left.span).cmp(&(&right.path, &right.toolchain, right.span))
    });
    let mut kept: Vec<Site> = Vec::with_capacity(all.len());
    for mut site in all {
        let last = kept.last_mut().filter(|last| {
            (&last.path, &last.toolchain) == (&site.path, &site.toolchain)
                && last.span.overlaps(site.span)
                && (last.declared.is_some() || site.declared.is_some())
        });
        match last {
            Some(last) if last.kind == Kind::Custom && site.kind != Kind::Custom => {
                site.declared = last.declared;
                *last = site;
            }
            Some(last) => last.declared = last.declared.or(site.declared),
            None => kept.push(site),
        }
    }
    kept.sort_by(|left, right| (&left.path, left.span).cmp(&(&right.path, right.span)));
    kept
}
