//! Applications' SDKs: how they stand to the engine, and whether their package manager's lock
//! still fits the manifest.

use super::{Bench, Repository, location, workspace};
use crate::channel;
use crate::config::Rule;
use crate::finding::{Code, Finding, Location, Related};
use crate::site::{Class, Kind, Role, Site, Stated};
use crate::value::{Version, VersionRange};

/// Returns what a requirement that does not admit the wanted version has against it.
pub(super) fn of_range(
    bench: &Bench<'_>,
    site: &Site,
    range: &VersionRange,
    wanted: &Version,
    rule: Rule,
) -> Option<Finding> {
    let base = range.base();
    let is_ahead = base.as_ref().is_some_and(|base| base.base() > wanted.base());
    let obeys = match rule {
        Rule::Ignore => true,
        Rule::Admits => range.admits(wanted),
        Rule::AtMost => !is_ahead,
        Rule::AtLeast => base.as_ref().is_none_or(|base| base.base() >= wanted.base()),
        Rule::Equal => base.as_ref() == Some(wanted) && range.admits(wanted),
    };
    if obeys {
        return None;
    }
    let truth = bench.truth_words(site, wanted);
    let message = format!("`{range}` does not admit {wanted}: {truth}");
    let is_behind = site.kind.class() == Class::Sdk && !is_ahead;
    Some(bench.finding(
        if is_behind { Code::SdkBehind } else { Code::VersionDrift },
        site,
        Some(wanted),
        message,
    ))
}

/// Returns the note on an SDK that is older than the engine: the engine still serves it.
pub(super) fn behind(bench: &Bench<'_>, site: &Site, version: &Version, wanted: &Version) -> Option<Finding> {
    if site.kind.class() != Class::Sdk || version.base() >= wanted.base() {
        return None;
    }
    let message = format!("the SDK is {version}, {}", bench.truth_words(site, wanted));
    let mut finding = bench.finding(Code::SdkBehind, site, Some(wanted), message);
    if let Some(command) = upgrade(site, wanted) {
        finding.hint = format!("run `{command}`");
    }
    Some(finding)
}

/// Returns a finding for every lock that no longer fulfils a requirement.
pub(super) fn stale_locks(bench: &Bench<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (manifest, lock) in stale(bench.repository, bench.sites, |manifest| manifest.stated.clone()) {
        if findings.iter().any(|known| known.primary == Location::of(lock)) {
            continue;
        }
        let place = location(manifest);
        let asked = format!("{} asks for `{}`", bench.repository.file_line(&place), requirement(manifest));
        let message = format!("the lock has {}, but {asked}", lock.text);
        let mut finding = bench.finding(Code::StaleLock, lock, None, message);
        finding.related = vec![Related { location: place, message: "asked for here".to_owned() }];
        if let Some(command) = refresh(&lock.path) {
            finding.hint = format!("run {command}");
        }
        findings.push(finding);
    }
    findings
}

/// Returns each manifest's site with the entry of the lock that does not fulfil it, when the
/// manifest states what `asked` says.
pub(crate) fn stale<'s>(
    repository: &Repository,
    sites: &'s [(Site, Rule)],
    asked: impl Fn(&Site) -> Stated,
) -> Vec<(&'s Site, &'s Site)> {
    let own = || sites.iter().filter(|(site, _)| site.role != Role::Generated);
    let locks: Vec<&Site> = own()
        .filter(|(site, rule)| site.kind.class() == Class::SdkLock && *rule != Rule::Ignore)
        .map(|(site, _)| site)
        .collect();
    let manifests = own().map(|(site, _)| site).filter(|site| site.kind.class() == Class::Sdk);
    let of_manifest = |manifest: &'s Site| {
        let lock = workspace::nearest_lock(manifest, &locks, repository)?;
        let asked = asked(manifest);
        // A workspace's lock may hold several versions, each for some of its members.
        let is_fulfilled =
            locks.iter().filter(|other| other.path == lock.path).any(|lock| fulfils(lock, &asked));
        (!is_fulfilled).then_some((manifest, lock))
    };
    manifests.filter_map(of_manifest).collect()
}

fn requirement(manifest: &Site) -> String {
    match &manifest.stated {
        Stated::Range(range) => range.to_string(),
        stated => stated.value().unwrap_or_else(|| manifest.text.clone()),
    }
}

/// Returns whether what the lock has chosen is what the manifest asks for; what states no version
/// is fulfilled by any.
fn fulfils(lock: &Site, asked: &Stated) -> bool {
    let Some(chosen) = lock.stated.version() else { return true };
    match asked {
        Stated::Version(version) => version == chosen,
        Stated::Range(range) => range.admits(chosen),
        _ => true,
    }
}

/// Returns the command that brings the lock at `path` up to date with its manifest, and where it
/// is run.
pub(crate) fn refresh(path: &str) -> Option<String> {
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    let command = channel::refresh(file)?;
    Some(if directory.is_empty() { format!("`{command}`") } else { format!("`{command}` in `{directory}`") })
}

/// Returns the command that raises an exact version in a manifest.
fn upgrade(site: &Site, wanted: &Version) -> Option<String> {
    Some(match site.kind {
        Kind::SdkGo => format!("go get dagger.io/dagger@v{wanted}"),
        Kind::SdkNpm => format!("npm install @dagger.io/dagger@{wanted}"),
        Kind::SdkPhp => format!("composer require dagger/dagger:{wanted}"),
        _ => return None,
    })
}
