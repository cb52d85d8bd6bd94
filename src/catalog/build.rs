//! Turns `catalog.json` into the tables of `src/catalog/table.rs`, so that a reader of the data
//! file can be sure that what stands there is what runs. A row that is wrong fails the build.
#![expect(clippy::disallowed_methods, reason = "a build script reads and writes files by itself")]

use std::error::Error;
use std::fmt::Write as _;
use std::{env, fs};

use data_encoding::{BASE64, HEXLOWER};
use semver::Version;
use serde::Deserialize;

type Systems = std::collections::BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Catalog {
    nixpkgs: Vec<Nixpkgs>,
    revisions: Vec<Revision>,
    inferred_revisions: Vec<Inferred>,
    releases: Vec<Release>,
    cli_tarballs: Vec<Tarballs>,
    broken: Vec<Broken>,
    broken_pairs: Vec<BrokenPair>,
    minima: Vec<Minima>,
    cache_epochs: Vec<Epoch>,
    boundaries: Vec<Boundary>,
    channel_gaps: Vec<Gap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Nixpkgs {
    rev: String,
    nar_hash: String,
    last_modified: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Revision {
    rev: String,
    version: Option<Version>,
    nar_hash: String,
    last_modified: u64,
    rev_count: u64,
    nixpkgs: usize,
    #[serde(default)]
    sha256: Systems,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inferred {
    rev: String,
    version: Version,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Release {
    version: Version,
    nix_revision: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tarballs {
    version: Version,
    sha256: Systems,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Broken {
    version: Version,
    scope: Scope,
    why: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Scope {
    All,
    Nix,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BrokenPair {
    cli: String,
    engine: String,
    severity: Severity,
    why: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Breaks,
    Drift,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Minima {
    from: Version,
    to: Option<Version>,
    engine: Version,
    client: Version,
    module: Option<Version>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Epoch {
    id: String,
    from: Option<Version>,
    to: Version,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Boundary {
    at: Version,
    what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Gap {
    channel: String,
    missing: Option<Missing>,
    missing_prereleases_below: Option<Version>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Missing {
    Versions(Vec<Version>),
    Every(Every),
}

#[derive(Deserialize)]
enum Every {
    #[serde(rename = "every prerelease")]
    Prerelease,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let directory = "src/catalog";
    for file in ["build.rs", "catalog.json"] {
        println!("cargo::rerun-if-changed={directory}/{file}");
    }
    let text = fs::read_to_string(format!("{directory}/catalog.json"))?;
    let catalog: Catalog = serde_json::from_str(&text)?;
    fs::write(format!("{}/catalog.rs", env::var("OUT_DIR")?), tables(catalog)?)?;
    Ok(())
}

fn tables(mut catalog: Catalog) -> Result<String> {
    let mut out = String::new();

    table(&mut out, "NIXPKGS", "Nixpkgs", &catalog.nixpkgs, |row| {
        Ok(format!(
            "Nixpkgs {{ rev: {}, nar_hash: {}, last_modified: {} }}",
            rev(&row.rev)?,
            nar_hash(&row.nar_hash)?,
            row.last_modified
        ))
    })?;

    catalog.revisions.sort_by(|left, right| left.rev.cmp(&right.rev));
    let count = catalog.nixpkgs.len();
    table(&mut out, "REVISIONS", "Revision", &catalog.revisions, |row| {
        let nixpkgs = row.nixpkgs;
        if nixpkgs >= count {
            return Err(format!("{}: there is no nixpkgs {nixpkgs}", row.rev).into());
        }
        Ok(format!(
            "Revision {{ rev: {}, nar_hash: {}, last_modified: {}, rev_count: Some({}), \
             nixpkgs: NIXPKGS[{nixpkgs}], version: {}, archives: {} }}",
            rev(&row.rev)?,
            nar_hash(&row.nar_hash)?,
            row.last_modified,
            row.rev_count,
            row.version
                .as_ref()
                .map_or("None".to_owned(), |version| format!("Some(Cow::Borrowed(\"{version}\"))")),
            archives(&row.sha256)?
        ))
    })?;

    let mut by_nar_hash = Vec::new();
    for (index, row) in catalog.revisions.iter().enumerate() {
        by_nar_hash.push((decoded(&row.nar_hash)?, index));
    }
    by_nar_hash.sort_unstable();
    // Two commits can have one tree: one version then, so either will do.
    for pair in by_nar_hash.windows(2) {
        let versions = [pair[0].1, pair[1].1].map(|index| &catalog.revisions[index].version);
        if pair[0].0 == pair[1].0 && versions[0] != versions[1] {
            return Err(format!("one narHash, two versions: {versions:?}").into());
        }
    }
    by_nar_hash.dedup_by(|left, right| left.0 == right.0);
    table(&mut out, "BY_NAR_HASH", "usize", &by_nar_hash, |(_, index)| Ok(index.to_string()))?;

    table(&mut out, "INFERRED", "(Rev, &str, &str)", &catalog.inferred_revisions, |row| {
        Ok(format!("({}, {}, {:?})", rev(&row.rev)?, quoted(&row.version), row.why))
    })?;

    catalog.releases.sort_by(|left, right| left.version.cmp(&right.version));
    let revisions = &catalog.revisions;
    table(&mut out, "RELEASES", "(&str, Option<usize>)", &catalog.releases, |row| {
        let preferred = match &row.nix_revision {
            None => None,
            Some(wanted) => {
                let index = revisions.iter().position(|revision| revision.rev == *wanted);
                let index = index.filter(|index| revisions[*index].version.as_ref() == Some(&row.version));
                Some(index.ok_or_else(|| format!("{}: {wanted} does not package it", row.version))?)
            }
        };
        Ok(format!("({}, {preferred:?})", quoted(&row.version)))
    })?;

    table(&mut out, "TARBALLS", "(&str, Archives)", &catalog.cli_tarballs, |row| {
        Ok(format!("({}, {})", quoted(&row.version), archives(&row.sha256)?))
    })?;
    table(&mut out, "BROKEN", "(&str, Broken)", &catalog.broken, |row| {
        let is_nix_only = row.scope == Scope::Nix;
        Ok(format!("({}, Broken {{ is_nix_only: {is_nix_only}, why: {:?} }})", quoted(&row.version), row.why))
    })?;
    table(&mut out, "BROKEN_PAIRS", "(Range, Range, BrokenPair)", &catalog.broken_pairs, |row| {
        let breaks = row.severity == Severity::Breaks;
        let (cli, engine) = (range(&row.cli)?, range(&row.engine)?);
        Ok(format!("({cli}, {engine}, BrokenPair {{ breaks: {breaks}, why: {:?} }})", row.why))
    })?;
    table(&mut out, "MINIMA", "(Version, Option<Version>, Minima)", &catalog.minima, |row| {
        Ok(format!(
            "({}, {}, Minima {{ engine: {}, client: {}, module: {} }})",
            release(&row.from)?,
            optional(row.to.as_ref())?,
            release(&row.engine)?,
            release(&row.client)?,
            optional(row.module.as_ref())?
        ))
    })?;
    table(&mut out, "EPOCHS", "(Option<&str>, &str, &str)", &catalog.cache_epochs, |row| {
        let from = row.from.as_ref().map(Version::to_string);
        Ok(format!("({from:?}, {}, {:?})", quoted(&row.to), row.id))
    })?;
    table(&mut out, "BOUNDARIES", "Boundary", &catalog.boundaries, |row| {
        Ok(format!("Boundary {{ at: {}, what: {:?} }}", release(&row.at)?, row.what))
    })?;
    table(&mut out, "GAPS", "(&str, Gap)", &catalog.channel_gaps, |row| {
        let gap = match (&row.missing, &row.missing_prereleases_below) {
            (Some(Missing::Versions(versions)), None) => {
                format!("Gap::Versions(&[{}])", versions.iter().map(quoted).collect::<Vec<_>>().join(", "))
            }
            (Some(Missing::Every(Every::Prerelease)), None) => "Gap::Prereleases".to_owned(),
            (None, Some(below)) => format!("Gap::PrereleasesBelow({})", quoted(below)),
            _ => {
                return Err(format!("{}: one of `missing` and `missingPrereleasesBelow`", row.channel).into());
            }
        };
        Ok(format!("({:?}, {gap})", row.channel))
    })?;
    Ok(out)
}

fn table<T>(
    out: &mut String,
    name: &str,
    item: &str,
    rows: &[T],
    print: impl Fn(&T) -> Result<String>,
) -> Result<()> {
    writeln!(out, "pub(super) static {name}: [{item}; {}] = [", rows.len())?;
    for row in rows {
        writeln!(out, "    {},", print(row)?)?;
    }
    writeln!(out, "];")?;
    Ok(())
}

fn rev(text: &str) -> Result<String> {
    let bytes: [u8; 20] =
        HEXLOWER.decode(text.as_bytes())?.try_into().map_err(|_| format!("no rev: {text}"))?;
    Ok(format!("Rev::from_bytes({bytes:?})"))
}

fn nar_hash(text: &str) -> Result<String> {
    Ok(format!("NarHash::from_bytes({:?})", decoded(text)?))
}

fn decoded(text: &str) -> Result<[u8; 32]> {
    let base64 = text.strip_prefix("sha256-").ok_or_else(|| format!("no narHash: {text}"))?;
    Ok(BASE64.decode(base64.as_bytes())?.try_into().map_err(|_| format!("no narHash: {text}"))?)
}

fn archives(systems: &Systems) -> Result<String> {
    let mut out = "Cow::Borrowed(&[".to_owned();
    for (system, hex) in systems {
        let bytes: [u8; 32] =
            HEXLOWER.decode(hex.as_bytes())?.try_into().map_err(|_| format!("no SHA-256: {hex}"))?;
        write!(out, "(Cow::Borrowed({system:?}), Sha256::from_bytes({bytes:?})), ")?;
    }
    Ok(out + "])")
}

fn quoted(version: &Version) -> String {
    format!("\"{version}\"")
}

/// Prints a version as a constant, which one with a pre-release cannot be.
fn release(version: &Version) -> Result<String> {
    let Version { major, minor, patch, .. } = version;
    if Version::new(*major, *minor, *patch) != *version {
        return Err(format!("{version}: a bound must be a release").into());
    }
    Ok(format!("Version::new({major}, {minor}, {patch})"))
}

fn optional(version: Option<&Version>) -> Result<String> {
    Ok(match version {
        Some(version) => format!("Some({})", release(version)?),
        None => "None".to_owned(),
    })
}

/// Reads `>=A`, `<B`, `<=A.B.x` and combinations of them into `from` (inclusive) and `below`.
fn range(text: &str) -> Result<String> {
    let (mut from, mut below) = (None, None);
    for part in text.split_whitespace() {
        if let Some(line) = part.strip_prefix("<=").and_then(|rest| rest.strip_suffix(".x")) {
            let Version { major, minor, .. } = Version::parse(&format!("{line}.0"))?;
            below = Some(Version::new(major, minor + 1, 0));
        } else if let Some(bound) = part.strip_prefix(">=") {
            from = Some(Version::parse(bound)?);
        } else if let Some(bound) = part.strip_prefix('<').filter(|bound| !bound.starts_with('=')) {
            below = Some(Version::parse(bound)?);
        } else {
            return Err(format!("{text}: not a range").into());
        }
    }
    Ok(format!("Range {{ from: {}, below: {} }}", optional(from.as_ref())?, optional(below.as_ref())?))
}
