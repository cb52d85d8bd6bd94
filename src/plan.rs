//! What `sync` would write, as values: computed whole before anything is touched, printed by
//! `--diff`, carried out by `world`.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Config, Policy, Rule};
use crate::finding::Finding;
use crate::lockstep::{self, Line, Repository, Verdict};
use crate::site::{self, Class, Kind, Refusal, Role, Site, Stated, Writing};
use crate::text::{Edit, Edits, OverlapError};
use crate::value::Version;

/// The edits of one file that mend something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The file.
    pub path: String,
    /// The edits.
    pub edits: Vec<Edit>,
}

/// A file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file, relative to the root.
    pub path: String,
    /// The bytes that were read; none of a file that is to be made.
    pub before: Vec<u8>,
    /// The bytes to write.
    pub after: Vec<u8>,
    /// The edits between them.
    pub edits: Edits,
}

/// Everything `sync` would do.
#[derive(Debug, Default)]
pub struct Plan {
    /// Files to change, sorted by path.
    pub changes: Vec<Change>,
    /// How many sites get another version.
    pub n_sites: usize,
    /// Sites that cannot be written, and why; with one of them nothing is written.
    pub refused: Vec<(Site, Refusal)>,
    /// Sites that are not `sync`'s to write, and whose they are.
    pub left: Vec<(Site, &'static str)>,
    /// Commands that bring package managers' locks up to date afterwards, and where they are run.
    pub refresh: BTreeSet<String>,
    /// The version each toolchain is brought to.
    pub wanted: BTreeMap<String, Version>,
}

impl Plan {
    /// Returns whether the site gets other bytes.
    pub fn writes(&self, site: &Site) -> bool {
        let change = self.changes.iter().find(|change| change.path == site.path);
        change.is_some_and(|change| change.edits.as_slice().iter().any(|edit| edit.span == site.span))
    }

    /// Returns whether the site states what it was to be given.
    pub fn reads_as_wanted(&self, site: &Site, config: &Config) -> bool {
        let wanted = self.wanted_at(site, config);
        match &site.stated {
            Stated::Range(range) => wanted.is_some_and(|wanted| range.admits(wanted)),
            stated => wanted.is_some() && stated.version() == wanted,
        }
    }

    /// Returns what a manifest's site states afterwards.
    fn asked(&self, verdict: &Verdict, site: &Site, config: &Config) -> Stated {
        let rule = verdict.sites.iter().find(|(other, _)| other == site).map(|(_, rule)| *rule);
        let wanted = self.wanted_at(site, config);
        match (&site.stated, rule, wanted) {
            (Stated::Range(range), Some(rule), Some(wanted))
                if needs_writing(site, rule, wanted, policy(config, site)) =>
            {
                range.moved_to(wanted).map_or_else(|| site.stated.clone(), Stated::Range)
            }
            (Stated::Version(_), Some(rule), Some(wanted))
                if needs_writing(site, rule, wanted, policy(config, site)) =>
            {
                Stated::Version(wanted.clone())
            }
            _ => site.stated.clone(),
        }
    }

    fn wanted_at<'p>(&'p self, site: &Site, config: &'p Config) -> Option<&'p Version> {
        let toolchain = config.toolchains.get(&site.toolchain);
        toolchain
            .and_then(|toolchain| toolchain.group(&site.path))
            .or_else(|| self.wanted.get(&site.toolchain))
    }
}

/// Returns the edits that mend a finding, when they can be made and there is one version to write.
pub fn fix(repository: &Repository, verdict: &Verdict, finding: &Finding) -> Option<Fix> {
    let wanted = finding.wanted.as_deref()?;
    let wanted = Version::parse(wanted).or_else(|| Version::parse_own(wanted))?;
    let is_primary = |site: &&Site| {
        site.path == finding.primary.path
            && site.span == finding.primary.span
            && site.toolchain == finding.toolchain
    };
    let site = verdict.sites.iter().map(|(site, _)| site).find(is_primary)?;
    // A lock's digest is over what it locks.
    let is_one_of_two = site.kind == Kind::ChartVersion
        && verdict.sites.iter().any(|(other, _)| site.is_locked_by(other) || other.is_locked_by(site));
    if !matches!(site.role, Role::Mirror) || site.stated == Stated::Missing || is_one_of_two {
        return None;
    }
    match site::write(site, repository.sources.get(&site.path)?.text(), &wanted, &repository.catalog) {
        Ok(Writing::Edits(edits)) => Some(Fix { path: site.path.clone(), edits }),
        _ => None,
    }
}

/// Returns the plan that brings every toolchain in `wanted` to its version.
pub fn sync(
    repository: &Repository,
    verdict: &Verdict,
    config: &Config,
    wanted: &BTreeMap<String, Version>,
) -> Result<Plan, (String, OverlapError)> {
    let mut plan = Plan { wanted: wanted.clone(), ..Plan::default() };
    let mut edits: BTreeMap<&str, Vec<Edit>> = BTreeMap::new();
    for (site, rule) in &verdict.sites {
        let Some(version) = plan.wanted_at(site, config).cloned() else { continue };
        let version = &version;
        if let Some(why) = left_alone(site, version) {
            plan.left.push((site.clone(), why));
        } else if needs_writing(site, *rule, version, policy(config, site)) {
            let Some(source) = repository.sources.get(&site.path) else { continue };
            match site::write(site, source.text(), version, &repository.catalog) {
                Ok(Writing::Edits(new)) => {
                    plan.n_sites += 1;
                    plan.refresh.extend(
                        Some(site)
                            .filter(|site| site.kind == Kind::SdkGo)
                            .and_then(|site| lockstep::refresh(&site.path)),
                    );
                    edits.entry(&site.path).or_default().extend(new);
                }
                Ok(Writing::Already | Writing::Absent) => {}
                // One that is behind is served all the same.
                Err(_) if site.kind.class() == Class::Sdk && !is_ahead(site, version) => {
                    plan.left.push((site.clone(), "it is behind, and more than an operator and a version"));
                }
                Err(refusal) => plan.refused.push((site.clone(), refusal)),
            }
        }
    }
    digests(repository, verdict, &mut edits, &mut plan, config);
    let stale = lockstep::stale(repository, &verdict.sites, |manifest| plan.asked(verdict, manifest, config));
    let commands: Vec<String> = stale.iter().filter_map(|(_, lock)| lockstep::refresh(&lock.path)).collect();
    plan.refresh.extend(commands);
    for (path, edits) in edits {
        let edits = Edits::new(edits).map_err(|error| (path.to_owned(), error))?;
        let Some(source) = repository.sources.get(path).filter(|_| !edits.is_empty()) else { continue };
        let (before, after) = (source.bytes().to_vec(), edits.apply(source));
        plan.changes.push(Change { path: path.to_owned(), before, after, edits });
    }
    Ok(plan)
}

/// The digest of a chart's lock is over the chart too: where one is written, so is the other.
fn digests<'a>(
    repository: &Repository,
    verdict: &'a Verdict,
    edits: &mut BTreeMap<&'a str, Vec<Edit>>,
    plan: &mut Plan,
    config: &Config,
) {
    let is_lock = |site: &Site| site.kind == Kind::ChartVersion && site.is_lock();
    for (lock, rule) in verdict.sites.iter().filter(|(site, _)| is_lock(site)) {
        let is_written = |chart: &Site| chart.is_locked_by(lock) && edits.contains_key(chart.path.as_str());
        let is_refused = plan.refused.iter().any(|(site, _)| site == lock);
        if *rule == Rule::Ignore || is_refused || !verdict.sites.iter().any(|(site, _)| is_written(site)) {
            continue;
        }
        let wanted = plan.wanted_at(lock, config).cloned();
        let Some((version, source)) = wanted.zip(repository.sources.get(&lock.path)) else { continue };
        match site::write(lock, source.text(), &version, &repository.catalog) {
            Ok(Writing::Edits(new)) => edits.entry(&lock.path).or_default().extend(new),
            Ok(Writing::Already | Writing::Absent) => {}
            Err(refusal) => plan.refused.push((lock.clone(), refusal)),
        }
    }
}

/// Returns whose a site is, when it differs and is not ours to write.
fn left_alone(site: &Site, wanted: &Version) -> Option<&'static str> {
    let differs = site.stated.version() != Some(wanted);
    match site.role {
        Role::Generated if differs && matches!(site.kind.class(), Class::Sdk | Class::SdkLock) => {
            Some("a module's code generator writes it")
        }
        Role::Generated if differs && site.kind == Kind::Variable => {
            Some("it is written from the file beside it: run `makepkg --printsrcinfo > .SRCINFO`")
        }
        Role::Generated if differs => Some("another flake's lock decides it"),
        Role::Shadowed if differs => Some("it is overridden by another site"),
        Role::Intended => Some("several versions stand there on purpose"),
        Role::Source | Role::Mirror if site.stated == Stated::Missing => Some("no version is stated there"),
        _ => None,
    }
}

fn is_ahead(site: &Site, wanted: &Version) -> bool {
    match &site.stated {
        Stated::Range(range) => range.base().is_some_and(|base| base.base() > wanted.base()),
        stated => stated.version().is_some_and(|version| version.base() > wanted.base()),
    }
}

fn policy(config: &Config, site: &Site) -> Policy {
    config.toolchains.get(&site.toolchain).map(|toolchain| toolchain.policy).unwrap_or_default()
}

/// Returns whether `sync` would give the site that version, or would be refused to.
pub fn would_write(site: &Site, rule: Rule, wanted: &Version, config: &Config) -> bool {
    let is_grouped =
        config.toolchains.get(&site.toolchain).is_some_and(|toolchain| toolchain.group(&site.path).is_some());
    !is_grouped
        && left_alone(site, wanted).is_none()
        && needs_writing(site, rule, wanted, policy(config, site))
}

fn needs_writing(site: &Site, rule: Rule, wanted: &Version, policy: Policy) -> bool {
    if !matches!(site.role, Role::Source | Role::Mirror) {
        return false;
    }
    if site.kind.class() == Class::SdkLock {
        return false;
    }
    if let Stated::Range(range) = &site.stated {
        return match rule {
            Rule::Ignore => false,
            Rule::AtMost => is_ahead(site, wanted),
            Rule::Equal => range.base().as_ref() != Some(wanted),
            Rule::Admits | Rule::AtLeast => !range.admits(wanted),
        };
    }
    if let Stated::Partial(line) = &site.stated {
        return match lockstep::judge_line(site.kind, line, wanted, rule, policy) {
            Line::Fine => false,
            Line::Floats => rule == Rule::Equal,
            Line::Differs => true,
        };
    }
    let version = site.stated.version();
    match rule {
        Rule::Ignore => false,
        Rule::Equal => version != Some(wanted),
        Rule::AtMost | Rule::Admits => version.is_some_and(|version| version.base() > wanted.base()),
        Rule::AtLeast => version.is_some_and(|version| version.base() < wanted.base()),
    }
}
