use std::collections::BTreeMap;

use super::SyncOptions;
use crate::command::{Exit, Outcome, Survey, why};
use crate::config::Rule;
use crate::lockstep::{Reason, Verdict};
use crate::site::{DAGGER, Site, is_own, parse_version};
use crate::value::Version;

/// Which version `sync` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The truth.
    Truth,
    /// This version, of the toolchain that is named or else of Dagger or the only one.
    Version(Option<String>, Version),
    /// What the site at `FILE[:LINE]` states.
    Site(String),
}

/// Returns the version to write for every toolchain.
pub(super) fn wanted(
    options: &SyncOptions,
    survey: &Survey,
    verdict: &Verdict,
) -> Result<BTreeMap<String, Version>, Outcome> {
    match &options.target {
        Target::Version(name, version) => {
            let name = toolchain(name.as_ref(), verdict)?;
            // What the toolchain calls a version decides.
            let text = version.to_string();
            match parse_version(&name, &text) {
                Some(version) => Ok(BTreeMap::from([(name, version)])),
                None => {
                    let message = format!("`{text}` is no version of {name}");
                    let hint = match Version::leading(&text).filter(|_| is_own(&name)) {
                        Some((version, _)) => {
                            format!("run `pin sync --to {name}={version}`: variants stay as they are")
                        }
                        None => "name one such as 0.21.8".to_owned(),
                    };
                    Err(Outcome::error(Exit::Usage, &message, Some(&hint)))
                }
            }
        }
        Target::Site(subject) => {
            let sites = why::at(subject, survey, verdict, &options.common)?;
            match sites.as_slice() {
                [(site, _)] => match site.stated.version() {
                    Some(version) => Ok(BTreeMap::from([(site.toolchain.clone(), version.clone())])),
                    None => {
                        let message = format!("`{subject}` states no version: `{}`", site.text);
                        Err(Outcome::error(Exit::Usage, &message, Some("run `pin sync --to VERSION`")))
                    }
                },
                several => {
                    let message = format!("`{subject}` has {} sites, and one is wanted", several.len());
                    Err(Outcome::error(
                        Exit::Usage,
                        &message,
                        Some("name one as FILE:LINE; `pin list` shows them"),
                    ))
                }
            }
        }
        Target::Truth => {
            let mut wanted = BTreeMap::new();
            for truth in &verdict.truths {
                let needs =
                    |(site, rule): &(Site, Rule)| site.toolchain == truth.toolchain && *rule != Rule::Ignore;
                match truth.version() {
                    Some(version) => drop(wanted.insert(truth.toolchain.clone(), version.clone())),
                    None if verdict.sites.iter().any(needs) => {
                        return Err(no_truth(truth.reason, &truth.toolchain));
                    }
                    None => {}
                }
            }
            Ok(wanted)
        }
    }
}

fn no_truth(reason: Reason, toolchain: &str) -> Outcome {
    let message = match reason {
        Reason::Unknown => {
            format!("the truth about {toolchain} is the flake's CLI, and its version is unknown here")
        }
        _ => format!("nothing says which version of {toolchain} is right"),
    };
    let target = if is_own(toolchain) { format!("{toolchain}=VERSION") } else { "VERSION".to_owned() };
    let hint = format!("run `pin sync --to {target}` or `pin sync --from FILE:LINE`");
    Outcome::error(Exit::Usage, &message, Some(&hint))
}

/// Returns the toolchain that is meant: the one that is named, if it has sites here, or the only one, or Dagger.
pub(in crate::command) fn toolchain(named: Option<&String>, verdict: &Verdict) -> Result<String, Outcome> {
    let Some(name) = named else { return default_toolchain(verdict) };
    if verdict.truths.iter().any(|truth| truth.toolchain == *name) {
        return Ok(name.clone());
    }
    let message = format!("no site of the toolchain `{name}` here");
    Err(Outcome::error(Exit::Usage, &message, Some("run `pin list` to see all sites")))
}

fn default_toolchain(verdict: &Verdict) -> Result<String, Outcome> {
    match verdict.truths.as_slice() {
        [only] => Ok(only.toolchain.clone()),
        truths if truths.iter().any(|truth| truth.toolchain == DAGGER) => Ok(DAGGER.to_owned()),
        _ => {
            let message = "several toolchains are here, and `--to` must say which one";
            Err(Outcome::error(Exit::Usage, message, Some("run `pin sync --to TOOLCHAIN=VERSION`")))
        }
    }
}
