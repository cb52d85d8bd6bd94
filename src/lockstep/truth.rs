use std::collections::BTreeMap;

use super::{Repository, Speaker, location, speakers};
use crate::config::{Config, Rule, Toolchain};
use crate::finding::Location;
use crate::site::{Kind, Role, Site, Stated};
use crate::value::Version;

/// The version that a toolchain's sites are measured against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The toolchain.
    pub toolchain: String,
    /// How it was found, or why there is none.
    pub reason: Reason,
    /// Where it stands.
    pub location: Option<Location>,
    version: Option<Version>,
}

/// How the truth was found (design.md §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// `pin.toml` states it, or names the file that does.
    Configured,
    /// It is the CLI that the flake provides.
    Flake,
    /// All CLI and engine sites share it.
    Shared,
    /// The flake's CLI is the truth, but its version cannot be known here.
    Unknown,
    /// CLI and engine sites differ, or there are none.
    None,
}

impl Truth {
    /// Returns the version, when one is known.
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }
}

/// The file that `pin.toml` names as the source gives no single version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Nothing is stated there.
    #[error("`{path}` is the source of `{toolchain}` in pin.toml, but no version was found in it")]
    Vanished {
        /// The toolchain.
        toolchain: String,
        /// The file.
        path: String,
    },
    /// Several versions are stated there.
    #[error("`{path}` is the source of `{toolchain}` in pin.toml, but states different versions: {versions}")]
    Ambiguous {
        /// The toolchain.
        toolchain: String,
        /// The file.
        path: String,
        /// What it states.
        versions: String,
    },
}

impl SourceError {
    /// Returns the toolchain whose source it is.
    pub fn toolchain(&self) -> &str {
        match self {
            Self::Vanished { toolchain, .. } | Self::Ambiguous { toolchain, .. } => toolchain,
        }
    }
}

/// Returns the truth, and gives the sites that are or lose to it their roles.
pub(super) fn establish(
    name: &str,
    sites: &mut [(Site, Rule)],
    config: &Config,
    toolchain: &Toolchain,
    repository: &Repository,
) -> Result<Truth, SourceError> {
    let flakes = effective_clis(sites, repository);
    let truth = |reason, version: Option<&Version>, location| Truth {
        toolchain: name.to_owned(),
        reason,
        location,
        version: version.cloned(),
    };
    if let Some((version, span)) = &toolchain.version {
        let place = Location { path: config.path.clone(), span: *span };
        mark_source(sites, &place);
        return Ok(truth(Reason::Configured, Some(version), Some(place)));
    }
    if let Some((path, _)) = &toolchain.source {
        let place = configured_source(name, path, sites, &flakes)?;
        let version = version_at(sites, &place);
        mark_source(sites, &place);
        return Ok(truth(Reason::Configured, version.as_ref(), Some(place)));
    }
    let in_groups = |path: &str| toolchain.group(path).is_some();
    let mut of_flakes: Vec<&Effective> =
        flakes.values().filter(|flake| !in_groups(&flake.location.path)).collect();
    of_flakes.dedup_by(|left, right| left.version.is_some() && left.version == right.version);
    match of_flakes.as_slice() {
        [one] => {
            mark_source(sites, &one.location);
            let reason = if one.version.is_some() { Reason::Flake } else { Reason::Unknown };
            return Ok(truth(reason, one.version.as_ref(), Some(one.location.clone())));
        }
        [_, _, ..] => return Ok(truth(Reason::None, None, None)),
        [] => {}
    }
    let spoken = speakers(sites);
    let mut shared =
        spoken.iter().filter(|speaker| speaker.site.decides() && !in_groups(&speaker.location.path));
    let own_truth =
        |first: &Speaker<'_>| truth(Reason::Shared, Some(first.version), Some(first.location.clone()));
    Ok(match shared.next() {
        Some(first) if shared.all(|other| other.version == first.version) => own_truth(first),
        _ => truth(Reason::None, None, None),
    })
}

/// The CLI that a flake really provides.
struct Effective {
    version: Option<Version>,
    location: Location,
}

/// Returns the effective CLI by flake directory: an inline derivation or override beats the lock,
/// the lock beats the input. What is beaten becomes [`Role::Shadowed`].
fn effective_clis(sites: &mut [(Site, Rule)], repository: &Repository) -> BTreeMap<String, Effective> {
    let mut by_flake: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, (site, rule)) in sites.iter().enumerate() {
        let speaks = matches!(site.kind, Kind::NixInline | Kind::NixLock | Kind::NixInput)
            && site.role == Role::Mirror
            && *rule != Rule::Ignore
            && matches!(site.stated, Stated::Version(_) | Stated::Revision(_));
        if let Some(flake) = flake_of(&site.path, repository).filter(|_| speaks) {
            by_flake.entry(flake.to_owned()).or_default().push(index);
        }
    }
    let mut effective = BTreeMap::new();
    for (flake, indexes) in by_flake {
        let of = |kind: Kind| -> Vec<usize> {
            indexes.iter().copied().filter(|index| sites[*index].0.kind == kind).collect()
        };
        let mut overrides = of(Kind::NixInline);
        let pins = [of(Kind::NixLock), of(Kind::NixInput)];
        if pins.iter().any(|pins| !pins.is_empty()) {
            overrides.retain(|index| is_part_of(&flake, &sites[*index].0.path, repository));
        }
        let [locks, inputs] = pins;
        let levels = [overrides, locks, inputs];
        let Some(level) = levels.iter().position(|level| !level.is_empty()) else { continue };
        let winners = &levels[level];
        let first = &sites[winners[0]].0;
        if winners.iter().any(|index| sites[*index].0.stated != first.stated) {
            continue;
        }
        let version = first.stated.version().cloned();
        effective.insert(flake, Effective { version, location: location(first) });
        // An input's pin and its lock say the same thing twice; only an override hides them.
        if level == 0 {
            for index in levels[1].iter().chain(&levels[2]) {
                sites[*index].0.role = Role::Shadowed;
                sites[*index].1 = Rule::Ignore;
            }
        }
    }
    effective
}

/// Returns whether the flake's own text leads to the file: it is `flake.nix`, or a path to it or to
/// a directory above it stands there. Without that text, nothing says otherwise.
fn is_part_of(flake: &str, path: &str, repository: &Repository) -> bool {
    let prefix = if flake.is_empty() { String::new() } else { format!("{flake}/") };
    let Some(source) = repository.sources.get(&format!("{prefix}flake.nix")) else { return true };
    let inside = path.strip_prefix(&prefix).unwrap_or(path);
    let ends = inside.match_indices('/').map(|(at, _)| at).chain([inside.len()]);
    let leads = |end: usize| {
        let mention = format!("./{}", &inside[..end]);
        source.text().match_indices(&mention).any(|(at, _)| {
            let next = source.text()[at + mention.len()..].chars().next();
            !next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '-' | '_'))
        })
    };
    inside == "flake.nix" || ends.into_iter().any(leads)
}

/// Returns the directory of the flake that the file belongs to: the nearest one upwards.
pub(crate) fn flake_of<'r>(path: &str, repository: &'r Repository) -> Option<&'r str> {
    let belongs = |flake: &&String| {
        flake.is_empty() || path.strip_prefix(flake.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    repository.flakes.iter().filter(belongs).max_by_key(|flake| flake.len()).map(String::as_str)
}

fn configured_source(
    name: &str,
    path: &str,
    sites: &[(Site, Rule)],
    flakes: &BTreeMap<String, Effective>,
) -> Result<Location, SourceError> {
    if let Some(directory) = path.strip_suffix("flake.nix") {
        let flake = flakes.get(directory.trim_end_matches('/'));
        if let Some(effective) = flake.filter(|flake| flake.version.is_some()) {
            return Ok(effective.location.clone());
        }
    }
    let states = |site: &&Site| {
        site.path == path && matches!(site.role, Role::Mirror) && site.stated.version().is_some()
    };
    let found: Vec<&Site> = sites.iter().map(|(site, _)| site).filter(states).collect();
    let (toolchain, path) = (name.to_owned(), path.to_owned());
    match found.split_first() {
        None => Err(SourceError::Vanished { toolchain, path }),
        Some((first, rest)) if rest.iter().all(|site| site.stated == first.stated) => Ok(location(first)),
        Some(_) => {
            let versions: Vec<String> = found.iter().filter_map(|site| site.stated.value()).collect();
            Err(SourceError::Ambiguous { toolchain, path, versions: versions.join(", ") })
        }
    }
}

fn version_at(sites: &[(Site, Rule)], place: &Location) -> Option<Version> {
    let site = sites.iter().map(|(site, _)| site).find(|site| location(site) == *place)?;
    match &site.stated {
        Stated::Version(version) => Some(version.clone()),
        _ => None,
    }
}

fn mark_source(sites: &mut [(Site, Rule)], place: &Location) {
    for (site, _) in sites {
        if site.role == Role::Mirror && site.path == place.path && site.span == place.span {
            site.role = Role::Source;
        }
    }
}
