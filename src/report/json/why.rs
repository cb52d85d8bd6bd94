//! A site's whole story as an object.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::row::{self, FindingRow, Place, SiteRow};
use crate::finding::{Finding, Location};
use crate::lockstep::{Repository, Truth, Verdict};
use crate::report::story::{self, Story};
use crate::site::Site;

/// Output of `pin why --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin why"))]
pub(super) struct Why<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = super::VERSION)))]
    pub(super) version: u32,
    /// What the code means, when that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "CodeRow"))]
    pub(super) code: Option<CodeRow>,
    /// The sites that were asked about, of a toolchain all; none when a code was asked.
    pub(super) sites: Vec<StoryRow<'a>>,
}

/// What a finding's code means.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Code"))]
pub(super) struct CodeRow {
    /// The stable word.
    pub(super) code: &'static str,
    /// How much it matters when nothing else is known.
    pub(super) severity: &'static str,
    /// In words.
    pub(super) explanation: &'static str,
}

/// A site and everything that is known about it.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Story"))]
pub(super) struct StoryRow<'a> {
    #[serde(flatten)]
    site: SiteRow<'a>,
    /// What is wanted there: the truth, or the version of the site's group; null when nothing says what.
    wanted: Option<String>,
    /// What the toolchain's sites are measured against.
    truth: StoryTruth<'a>,
    /// Where `pin.toml` declares it; null for what is found without that.
    declared: Option<Spot<'a>>,
    /// The places that its value was followed over, the last one being where it stands.
    follows: Vec<HopRow<'a>>,
    /// The sites that take their value from here.
    read_by: Vec<Spot<'a>>,
    /// The sites that override it.
    beaten_by: Vec<Spot<'a>>,
    /// The sites that it overrides.
    beats: Vec<Spot<'a>>,
    /// What has to move together with the version.
    companions: Vec<CompanionRow<'a>>,
    /// The findings about it.
    findings: Vec<FindingRow<'a>>,
    /// The findings about other sites that name it.
    named_in: Vec<NamedRow<'a>>,
}

/// The version that a toolchain's sites are measured against, and why that one.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct StoryTruth<'a> {
    /// The version, without `v`; null when there is none or it cannot be known offline.
    value: Option<String>,
    /// The file that states it.
    path: Option<&'a str>,
    /// The line in it.
    line: Option<usize>,
    /// Why it is the truth, in words.
    because: &'static str,
}

/// A place on the way from where a value is used to where it stands.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Hop"))]
struct HopRow<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    /// The name that holds the value there.
    name: &'a str,
}

/// Another place.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct Spot<'a> {
    /// Relative to the repository root, with `/`.
    path: &'a str,
    /// Line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    line: usize,
}

/// Bytes that belong to the version.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Companion"))]
struct CompanionRow<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    /// What they are, in words.
    what: String,
    /// What stands there.
    text: &'a str,
}

/// A finding about another site.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Named"))]
struct NamedRow<'a> {
    #[serde(flatten)]
    spot: Spot<'a>,
    /// The finding's code.
    code: &'static str,
}

/// Returns the row of a story.
pub(super) fn row<'a>(repository: &'a Repository, verdict: &Verdict, story: &'a Story<'_>) -> StoryRow<'a> {
    let spot = |location: &'a Location| Spot { path: &location.path, line: repository.place(location).line };
    let of_site =
        |site: &&'a Site| Spot { path: &site.path, line: repository.place(&Location::of(site)).line };
    let site = story.site;
    let truth = story.truth;
    let location = truth.and_then(|truth| truth.location.as_ref());
    let companions = site.companions.iter().filter_map(|companion| {
        let text = repository.sources.get(&site.path)?.slice(companion.span);
        let place = row::place(repository, &site.path, companion.span);
        Some(CompanionRow { place, what: companion.what.words(), text })
    });
    let hops = story
        .hops
        .iter()
        .map(|hop| HopRow { place: row::place(repository, &hop.path, hop.span), name: &hop.name });
    let named =
        |finding: &&'a Finding| NamedRow { spot: spot(&finding.primary), code: finding.code.as_str() };
    StoryRow {
        site: row::site(repository, site, story.rule),
        wanted: story.wanted.map(ToString::to_string),
        truth: StoryTruth {
            value: truth.and_then(Truth::version).map(ToString::to_string),
            path: location.map(|location| location.path.as_str()),
            line: location.map(|location| repository.place(location).line),
            because: story::because(truth, verdict),
        },
        declared: story.declared.as_ref().map(spot),
        follows: hops.collect(),
        read_by: story.read_by.iter().map(of_site).collect(),
        beaten_by: story.beaten_by.iter().map(of_site).collect(),
        beats: story.beats.iter().map(of_site).collect(),
        companions: companions.collect(),
        findings: story.findings.iter().map(|finding| row::finding(repository, verdict, finding)).collect(),
        named_in: story.named_in.iter().map(named).collect(),
    }
}
