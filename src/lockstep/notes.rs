//! What is worth knowing and never fails by itself.

use super::Bench;
use crate::config::Rule;
use crate::finding::{Code, Finding, Location, Related};
use crate::site::{Class, Kind, Role, Site, Stated};
use crate::value::{Rev, Version};

/// Returns shadowed versions, a lock that its flake contradicts, and modules that differ among
/// themselves.
pub(super) fn find(bench: &Bench<'_>) -> Vec<Finding> {
    let sites = bench.sites.iter().map(|(site, _)| site);
    let mut findings: Vec<Finding> = sites.filter_map(|site| shadowed(bench, site)).collect();
    findings.extend(lock_and_flake(bench));
    findings.extend(modules_differ(bench));
    findings
}

fn shadowed(bench: &Bench<'_>, site: &Site) -> Option<Finding> {
    if site.kind == Kind::NixInline && site.role == Role::Shadowed {
        let message = format!("`version` says {}, but what is fetched says otherwise", site.text);
        let mut finding = bench.finding(Code::MisleadingVersionAttribute, site, None, message);
        "write the version that the address has".clone_into(&mut finding.hint);
        return Some(finding);
    }
    let truth = bench.truth.version().filter(|_| site.kind.class() != Class::Sdk)?;
    // A branch that a lock pins is how it is meant to be.
    if matches!(site.stated, Stated::Floating(_)) {
        return None;
    }
    if site.role != Role::Shadowed || site.stated.version() == Some(truth) {
        return None;
    }
    let stated = site.stated.value().unwrap_or_else(|| site.text.clone());
    let place = bench.truth.location.as_ref().map(|location| bench.repository.file_line(location))?;
    let message = format!("{stated} is overridden: {place} provides {truth}");
    let mut finding = bench.finding(Code::ShadowedVersion, site, Some(truth), message);
    finding.wanted = None;
    "drop the override or the pin, whichever is not meant".clone_into(&mut finding.hint);
    Some(finding)
}

/// An input pinned to one revision and locked to another: the next command rewrites the lock.
fn lock_and_flake(bench: &Bench<'_>) -> Vec<Finding> {
    let judged: Vec<&Site> = bench
        .sites
        .iter()
        .filter(|(site, rule)| *rule != Rule::Ignore && site.role != Role::Generated)
        .map(|(site, _)| site)
        .collect();
    let mut findings = Vec::new();
    for input in judged.iter().filter(|site| !site.is_lock() && Rev::parse(&site.text).is_some()) {
        let locks: Vec<&&Site> = judged.iter().filter(|lock| input.is_locked_by(lock)).collect();
        let Some(lock) = locks.first().filter(|_| locks.iter().all(|lock| lock.text != input.text)) else {
            continue;
        };
        let location = Location::of(lock);
        let message =
            format!("the input is pinned to another revision than {}", bench.repository.file_line(&location));
        let mut finding = bench.finding(Code::LockAndFlakeDisagree, input, bench.wanted(input), message);
        finding.related = vec![Related { location, message: "locked here".to_owned() }];
        findings.push(finding);
    }
    findings
}

/// Without a CLI and an engine, modules are all there is to compare.
fn modules_differ(bench: &Bench<'_>) -> Option<Finding> {
    let speaks = |site: &&Site| matches!(site.kind.class(), Class::Cli | Class::Engine);
    if bench.truth.version().is_some() || bench.sites.iter().map(|(site, _)| site).any(|site| speaks(&site)) {
        return None;
    }
    let modules: Vec<(&Site, &Version)> = bench
        .judged()
        .filter(|(site, _)| site.kind.class() == Class::Module)
        .filter_map(|(site, _)| site.stated.version().map(|version| (site, version)))
        .collect();
    let (first, version) = modules.first()?;
    let mut others: Vec<&(&Site, &Version)> = modules.iter().filter(|(_, other)| other != version).collect();
    others.dedup_by_key(|(_, version)| *version);
    if others.is_empty() {
        return None;
    }
    let newest = modules.iter().map(|(_, version)| *version).max()?;
    let message = format!("modules ask for {} different engines", others.len() + 1);
    let mut finding = bench.finding(Code::ModulesDiffer, first, None, message);
    finding.related = others
        .iter()
        .map(|(site, version)| Related { location: Location::of(site), message: format!("{version} here") })
        .collect();
    finding.hint = format!("run `pin sync --to {newest}`");
    Some(finding)
}
