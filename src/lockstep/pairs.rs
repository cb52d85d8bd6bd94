//! What breaks between two sides of the wire, whatever the truth is.

use super::{Bench, Speaker};
use crate::catalog;
use crate::finding::{Code, Finding, Location, Related, Severity};
use crate::site::{Class, DAGGER, Kind, Role, Site};
use crate::value::{Rev, Version};

/// What decides which engine a module meets: engine sites, and where there are none the CLI sites,
/// because a CLI starts an engine of its own version.
pub(super) struct Authority<'a> {
    pub(super) speakers: Vec<&'a Speaker<'a>>,
    word: &'static str,
}

pub(super) fn authority<'a>(spoken: &'a [Speaker<'a>]) -> Authority<'a> {
    let of = |class: Class| -> Vec<&Speaker<'_>> {
        spoken.iter().filter(|speaker| speaker.class == class).collect()
    };
    let engines = of(Class::Engine);
    if engines.is_empty() {
        Authority { speakers: of(Class::Cli), word: "CLI" }
    } else {
        Authority { speakers: engines, word: "engine" }
    }
}

/// Returns why some engine of this repository refuses the module.
pub(super) fn of_module(
    bench: &Bench<'_>,
    site: &Site,
    version: &Version,
    authority: &Authority<'_>,
) -> Option<Finding> {
    let own_group = bench.toolchain.group(&site.path);
    let meets = |speaker: &&&Speaker<'_>| bench.toolchain.group(&speaker.location.path) == own_group;
    let met: Vec<&Speaker<'_>> = authority.speakers.iter().filter(meets).copied().collect();
    let too_old: Vec<&Speaker<'_>> =
        met.iter().copied().filter(|speaker| version.base() > speaker.version.base()).collect();
    if let Some(oldest) = too_old.iter().min_by_key(|speaker| speaker.version) {
        let place = bench.repository.file_line(&oldest.location);
        let message = format!(
            "the module needs engine {version}, but the {} is {} ({place})",
            authority.word, oldest.version
        );
        return Some(bench.pair(Code::ModuleAheadOfEngine, site, message, &too_old));
    }
    let refuses = |speaker: &&Speaker<'_>| {
        let minimum = catalog::minima(speaker.version).and_then(|minima| minima.module.as_ref());
        minimum.is_some_and(|minimum| version.base() < *minimum)
    };
    let refusing: Vec<&Speaker<'_>> = met.into_iter().filter(refuses).collect();
    let first = refusing.first()?;
    let message =
        format!("the module is at {version}, which {} {} no longer supports", authority.word, first.version);
    Some(bench.pair(Code::ModuleBelowMinimum, site, message, &refusing))
}

/// Returns the CLI and engine pairs that cannot work, and the releases that never do.
pub(super) fn find(bench: &Bench<'_>) -> Vec<Finding> {
    if bench.name != DAGGER {
        return Vec::new();
    }
    let of = |class: Class| bench.spoken.iter().filter(move |speaker| speaker.class == class);
    let mut findings: Vec<Finding> =
        of(Class::Cli).chain(of(Class::Engine)).filter_map(|one| broken(bench, one)).collect();
    let mut seen: Vec<(&Version, &Version)> = Vec::new();
    for cli in of(Class::Cli) {
        for engine in of(Class::Engine) {
            let group = |speaker: &Speaker<'_>| bench.toolchain.group(&speaker.location.path);
            let pair = (cli.version, engine.version);
            if group(cli) == group(engine) && !seen.contains(&pair) {
                seen.push(pair);
                findings.extend(of_pair(bench, cli, engine));
            }
        }
    }
    findings
}

fn of_pair(bench: &Bench<'_>, cli: &Speaker<'_>, engine: &Speaker<'_>) -> Option<Finding> {
    let (client, server) = (cli.version, engine.version);
    let place = bench.repository.file_line(&engine.location);
    let engine_too_old = catalog::minima(client).is_some_and(|minima| server.base() < minima.engine);
    let client_too_old = catalog::minima(server).is_some_and(|minima| client.base() < minima.client);
    let (code, severity, message) = if engine_too_old {
        (Code::OutsideWindow, Severity::Breaks, format!("CLI {client} refuses engine {server} ({place})"))
    } else if client_too_old {
        (Code::OutsideWindow, Severity::Breaks, format!("engine {server} ({place}) refuses CLI {client}"))
    } else {
        let pair = catalog::broken_pair(client, server)?;
        let severity = if pair.breaks { Severity::Breaks } else { Severity::Drift };
        (
            Code::KnownBadPair,
            severity,
            format!("CLI {client} against engine {server} ({place}): {}", pair.why),
        )
    };
    let mut finding = bench.pair(code, cli.site, message, &[engine]);
    finding.primary = cli.location.clone();
    finding.severity = severity;
    Some(finding)
}

fn broken(bench: &Bench<'_>, speaker: &Speaker<'_>) -> Option<Finding> {
    if !matches!(speaker.site.role, Role::Mirror | Role::Source) {
        return None;
    }
    let broken = catalog::broken(speaker.version)?;
    let is_nix = matches!(speaker.site.kind, Kind::NixInput | Kind::NixLock | Kind::Devenv)
        || Rev::parse(&speaker.site.text).is_some();
    if broken.is_nix_only && !is_nix {
        return None;
    }
    let message = format!("release {} is broken: {}", speaker.version, broken.why);
    let mut finding = bench.finding(Code::BrokenRelease, speaker.site, None, message);
    "run `pin sync --to VERSION` with another release".clone_into(&mut finding.hint);
    Some(finding)
}

impl Bench<'_> {
    fn pair(&self, code: Code, site: &Site, message: String, others: &[&Speaker<'_>]) -> Finding {
        let wanted = self.wanted(site);
        let mut finding = self.finding(code, site, wanted, message);
        finding.related = others
            .iter()
            .map(|other| Related {
                location: other.location.clone(),
                message: format!("{} here", other.version),
            })
            .collect();
        if wanted.is_none() {
            finding.hint = format!("run `pin sync --to {}`", newest(site, others));
        }
        let here = Location::of(site);
        finding.related.retain(|related| related.location != here);
        finding
    }
}

fn newest(site: &Site, others: &[&Speaker<'_>]) -> String {
    let versions = others.iter().map(|other| other.version).chain(site.stated.version());
    versions.max().map(Version::to_string).unwrap_or_default()
}
