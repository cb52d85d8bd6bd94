//! `--eval`: what a real Nix says that the unknown revisions of a repository are.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::learn;
use super::claims::Claims;
use super::{Common, Eval, Exit, Refused, Survey, with_causes};
use crate::catalog::{Catalog, Packaged};
use crate::finding::{Code, Location, Problem};
use crate::lock;
use crate::lockstep::{Repository, Verdict};
use crate::nix::{self, NixError};
use crate::site::{Format, Site, Stated};
use crate::value::Rev;

/// An evaluation may fetch a tree before it answers: it gets so many times what one answer of a server gets.
const PATIENCE: u32 = 10;

/// What came of asking.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// What was learnt.
    pub(super) learnt: Catalog,
    /// What there is to say, in lines for stderr.
    pub(super) words: String,
    /// What is known now and must not be kept.
    pub(super) problems: Vec<Problem>,
}

/// Asks Nix about every revision that the verdict calls unknown; without any, nobody is asked.
pub(super) fn ask(survey: &Survey, verdict: &Verdict, common: &Common) -> Result<Asked, Refused> {
    let mut asked = Asked::default();
    let mut unknown: BTreeSet<Rev> = BTreeSet::new();
    for site in unknown_sites(survey, verdict) {
        let Stated::Revision(pin) = &site.stated else { continue };
        if let Some(rev) = Rev::parse(pin) {
            unknown.insert(rev);
        } else {
            let at = survey.repository.file_line(&Location::of(site));
            let why = "states only the hash of a tree, by which Nix finds no commit; state the commit there";
            let _ = writeln!(asked.words, "note: {at} {why}");
        }
    }
    asked.words.push_str(&unresolved(survey, verdict));
    let claims: Vec<Claims<'_>> =
        unknown.into_iter().map(|rev| Claims::about(rev, &survey.repository)).collect();
    if claims.is_empty() {
        return Ok(asked);
    }
    let timeout = common.network.http.timeout.saturating_mul(PATIENCE);
    let answers = learn::wait(async {
        let mut answers = Vec::new();
        for claims in &claims {
            let answer = nix::packaged(&claims.pin(), timeout).await;
            let is_absent = answer.as_ref().is_err_and(NixError::is_absent);
            answers.push((claims, answer));
            if is_absent {
                break;
            }
        }
        answers
    })?;
    for (claims, answer) in answers {
        asked.take(claims, answer, &survey.repository)?;
    }
    Ok(asked)
}

/// Returns the sites of unknown revisions that the verdict finds fault with, as far as one can ask for them.
fn unknown_sites<'s>(survey: &'s Survey, verdict: &Verdict) -> Vec<&'s Site> {
    let unknown = |site: &&Site| {
        let at = Location::of(site);
        site.names_whole_revision()
            && verdict.findings.iter().any(|f| f.code == Code::UnknownRevision && f.primary == at)
    };
    survey.repository.sites.iter().filter(unknown).collect()
}

/// Returns the line about what Nix is not asked: a flake does not say which of its outputs, if any, is the shell or the
/// machine that people work in, so no evaluation of it gives *the* CLI.
fn unresolved(survey: &Survey, verdict: &Verdict) -> String {
    let mut places = verdict.findings.iter().filter(|finding| {
        finding.code == Code::UnresolvedIndirection && Format::of(&finding.primary.path) == Some(Format::Nix)
    });
    let Some(first) = places.next() else { return String::new() };
    let at = survey.repository.file_line(&first.primary);
    let others = match places.count() {
        0 => String::new(),
        1 => " and at one more place".to_owned(),
        n => format!(" and at {n} more places"),
    };
    format!(
        "note: what stands at {at}{others} stays unknown: no output of a flake is known to be the one in use, so there \
         is nothing to ask Nix for\n"
    )
}

impl Asked {
    /// Keeps an answer, unless the repository says otherwise about that tree.
    fn take(
        &mut self,
        claims: &Claims<'_>,
        answer: Result<Packaged, NixError>,
        repository: &Repository,
    ) -> Result<(), Refused> {
        const OTHER_WAY: &str = "`pin catalog update` asks the flake's repository instead";
        let rev = claims.rev;
        let packaged = match answer {
            Ok(packaged) => packaged,
            Err(error) if error.is_absent() => {
                let _ = writeln!(self.words, "note: unknown revisions stay unknown: {error}; {OTHER_WAY}");
                return Ok(());
            }
            Err(error) => {
                let why = with_causes(&error);
                let _ = writeln!(self.words, "note: what {rev} packages stays unknown: {why}; {OTHER_WAY}");
                return Ok(());
            }
        };
        let found = packaged.revision.fact.nar_hash;
        if let Some((claimed, site)) = claims.other_than(found) {
            let place = repository.place(&Location::of(site));
            let message = format!(
                "{}:{} says that the tree of {rev} has the hash {claimed}, but Nix has found {found}",
                site.path, place.line
            );
            let mut problem = Problem::of_file(&site.path, Some(place), message);
            problem.hint =
                Some("run `pin catalog update` to hear what the flake's repository says".to_owned());
            self.problems.push(problem);
            return Ok(());
        }
        let known = self.learnt.learn_packaged(&packaged);
        known.map_err(|error| Refused::new(Exit::Failure, &error.to_string(), None))?;
        let _ = match packaged.revision.fact.version() {
            Some(version) => writeln!(self.words, "learnt from Nix: {rev} packages dagger {version}"),
            None => writeln!(self.words, "learnt from Nix: {rev} packages no CLI"),
        };
        Ok(())
    }
}

/// Writes `pin.lock` unless it must not be; returns the line about that.
pub(super) fn keep(survey: &Survey, eval: Eval, common: &Common) -> Result<String, Refused> {
    let (why, how) = match eval {
        _ if common.locked => ("of --locked", "without it"),
        Eval::OnceInCi => ("CI is set", "where it is not"),
        Eval::Kept => {
            let is_written = learn::keep(&survey.root, &survey.repository.catalog)?;
            return Ok(if is_written { format!("wrote {}\n", lock::FILE) } else { String::new() });
        }
    };
    let file = lock::FILE;
    Ok(format!(
        "note: {file} was not written, because {why}; `pin check --eval` {how} keeps what was learnt there\n"
    ))
}
