//! Giving a site another version: the edits of its own bytes and of everything that has to move
//! with them, in the style they are written in, or the reason why that cannot be done.
//!
//! A version whose checksum stands nearby moves with it or is refused: a new version with an old
//! hash is worse than an old version.

mod chart;
mod checksum;
mod flake;
mod style;

use super::{Companionship, ImageTag, Kind, Site, Stated, custom};
use crate::catalog::Catalog;
use crate::text::{Edit, Span};
use crate::value::{Rev, Version, VersionRange};

pub use checksum::{Mismatch, mismatches, tree_hash};

/// What writing a version to a site comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writing {
    /// These replacements, companions included; at least one.
    Edits(Vec<Edit>),
    /// Nothing: it states the version already, if through another revision.
    Already,
    /// Nothing: no version is stated there that another one could replace.
    Absent,
}

/// Why a site cannot be given another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is in the way, as a lowercase fragment.
    pub reason: String,
    /// What a person can do.
    pub hint: String,
}

impl Refusal {
    fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: hint.into() }
    }
}

/// Returns the edits that make the site state `version`, companions included, or why that cannot
/// be done without leaving something wrong beside it. `text` is the text of the site's file.
///
/// Whether the site should be written at all — its role, its rule — is for the caller to say.
pub fn write(site: &Site, text: &str, version: &Version, catalog: &Catalog) -> Result<Writing, Refusal> {
    if site.stated == Stated::Missing {
        return Ok(Writing::Absent);
    }
    let edits = if is_flake_pin(site, text, catalog) {
        if site.stated.version() == Some(version) {
            return Ok(Writing::Already);
        }
        flake::edits(site, text, version, catalog)?
    } else {
        edits(site, text, version, catalog)?
    };
    let changes: Vec<Edit> =
        edits.into_iter().filter(|edit| slice(text, edit.span) != Some(edit.text.as_str())).collect();
    Ok(if changes.is_empty() { Writing::Already } else { Writing::Edits(changes) })
}

/// Returns whether the site's text is a pin of the flake that packages the CLI, so that a version
/// is written as a revision.
pub fn is_flake_pin(site: &Site, text: &str, catalog: &Catalog) -> bool {
    // A derivation's version is a number; what is a branch or a tag there is a flake's.
    let is_name = matches!(site.stated, Stated::Floating(_) | Stated::Unresolvable(_));
    // Elsewhere in devbox's files a version stands by itself, or after its package's name.
    let is_in_address = || !text[..site.span.start].ends_with(['"', '@']);
    let is_known_revision = || Rev::parse(&site.text).is_some_and(|rev| catalog.revision(&rev).is_some());
    matches!(site.kind, Kind::NixLock | Kind::NixInput | Kind::Devenv)
        || (site.kind == Kind::Devbox && is_in_address())
        || (site.kind == Kind::NixInline && (is_known_revision() || is_name))
}

fn edits(site: &Site, text: &str, version: &Version, catalog: &Catalog) -> Result<Vec<Edit>, Refusal> {
    if let Some(variant) = custom::variant(site) {
        return Err(Refusal::new(
            format!("`{variant}` has no version in it"),
            format!("write a tag with {version} in it there by hand"),
        ));
    }
    match &site.stated {
        Stated::Revision(_) => {
            return Err(Refusal::new(
                "a commit or a digest is pinned there, not a release",
                format!("replace it with {version} by hand"),
            ));
        }
        Stated::Unresolved(reason) | Stated::Unresolvable(reason) => {
            return Err(Refusal::new(reason.clone(), "change it where the value stands"));
        }
        Stated::Invalid(found) if site.kind == Kind::ModuleEngineVersion && !is_quoted(site, text) => {
            return Err(Refusal::new(
                format!("`{found}` is not a string"),
                format!("write \"v{version}\" there by hand"),
            ));
        }
        Stated::Version(_)
        | Stated::Partial(_)
        | Stated::Range(_)
        | Stated::Floating(_)
        | Stated::Missing
        | Stated::Invalid(_) => {}
    }
    let is_same = site.stated.version() == Some(version);
    let new = match &site.stated {
        Stated::Range(range) => moved(range, version)?,
        _ => style::like(&site.text, site.kind, version),
    };
    let mut edits = vec![Edit { span: site.span, text: new }];
    for companion in &site.companions {
        let old = slice(text, companion.span).unwrap_or_default();
        let new = match &companion.what {
            Companionship::Mention => style::like(old, site.kind, version),
            Companionship::LockDigest(digest) => chart::digest(site, digest, version)?,
            // What belongs to the version that is there already is judged, not written.
            _ if is_same => continue,
            // What stands for a hash until it is known stays what it is.
            Companionship::Archive(None) | Companionship::OpaqueHash if checksum::is_placeholder(old) => {
                continue;
            }
            Companionship::Archive(system) => {
                checksum::archive(site, old, system.as_deref(), version, catalog)?
            }
            Companionship::ImageDigest => {
                let known = ImageTag::of(site, text).and_then(|tag| catalog.image(&tag.reference(version)));
                match known {
                    Some(image) => image.digest.to_string(),
                    None => return Err(checksum::refusal(site, &companion.what, text, version, catalog)),
                }
            }
            what => return Err(checksum::refusal(site, what, text, version, catalog)),
        };
        edits.push(Edit { span: companion.span, text: new });
    }
    Ok(edits)
}

fn moved(range: &VersionRange, version: &Version) -> Result<String, Refusal> {
    let moved = range.moved_to(version).map(|range| range.to_string());
    moved.ok_or_else(|| {
        let reason = format!("`{range}` is more than an operator and a version");
        Refusal::new(reason, format!("write a requirement that admits {version} there by hand"))
    })
}

/// Returns whether the site stands in a string, where any version may stand.
fn is_quoted(site: &Site, text: &str) -> bool {
    text[..site.span.start].ends_with(['"', '\''])
}

/// Returns whether a version is written with `v` at the site.
pub(super) fn has_v(site: &Site) -> bool {
    style::like(&site.text, site.kind, &Version::new(0, 0, 1)).starts_with('v')
}

fn slice(text: &str, span: Span) -> Option<&str> {
    text.get(span.range())
}

#[cfg(test)]
mod tests;
