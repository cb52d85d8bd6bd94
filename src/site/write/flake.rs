use super::{Refusal, checksum, slice};
use crate::catalog::{self, Revision};
use crate::site::{Companionship, Kind, Site, Stated};
use crate::text::{Edit, Span};
use crate::value::{Rev, Version};

/// Returns the edits of a flake pin: the revision that packages the version, and what is locked
/// with it.
pub(super) fn edits(site: &Site, text: &str, version: &Version) -> Result<Vec<Edit>, Refusal> {
    let target = catalog::revision_for(version).ok_or_else(|| unpackaged(site, version))?;
    let mut edits = vec![pin(site, text, target)?];
    for companion in &site.companions {
        let old = slice(text, companion.span).unwrap_or_default();
        let nixpkgs = target.nixpkgs;
        let new = match &companion.what {
            Companionship::LockNarHash => checksum::like(old, target.nar_hash)
                .ok_or_else(|| Refusal::new("the hash locked with it is no SHA-256", UPDATE))?,
            Companionship::LockModified => target.last_modified.to_string(),
            Companionship::RevCount => target.rev_count.to_string(),
            Companionship::LockOriginal => target.rev.to_string(),
            Companionship::NixpkgsRev => nixpkgs.rev.to_string(),
            Companionship::NixpkgsNarHash => nixpkgs.nar_hash.to_string(),
            Companionship::NixpkgsModified => nixpkgs.last_modified.to_string(),
            what => return Err(checksum::refusal(what, site, text, version)),
        };
        edits.push(Edit { span: companion.span, text: new });
    }
    Ok(edits)
}

const UPDATE: &str = "run `nix flake update`, which locks the input again";

/// Returns the edit of the pin itself. Only a full revision can be exchanged for another one
/// everywhere: what is not one is also spelled as a `ref` in the lock.
fn pin(site: &Site, text: &str, target: &Revision) -> Result<Edit, Refusal> {
    let rev = target.rev.to_string();
    let edit = |span: Span, text: String| Ok(Edit { span, text });
    if Rev::parse(&site.text).is_some() {
        return edit(site.span, rev);
    }
    if site.kind == Kind::NixLock {
        return Err(Refusal::new("no revision is locked there, only the hash of a tree", UPDATE));
    }
    if !matches!(site.stated, Stated::Unresolvable(_)) {
        return Err(Refusal::new(
            format!("`{}` moves: what it points to is not for this file to say", site.text),
            format!("flake.lock pins the revision; to pin it here, too, write {rev}"),
        ));
    }
    // Nothing can be locked for a tag that does not exist, so this cannot leave a lock behind.
    let before = &text[..site.span.start];
    if before.ends_with("ref=") {
        return edit(Span::new(site.span.start - "ref=".len(), site.span.end), format!("rev={rev}"));
    }
    let attribute = before.trim_end_matches('"').trim_end().strip_suffix('=').map(str::trim_end);
    if attribute.is_some_and(|before| before.ends_with("ref")) {
        return Err(Refusal::new(
            format!("`{}` is no branch of dagger/nix", site.text),
            format!("replace it with rev = \"{rev}\""),
        ));
    }
    edit(site.span, rev)
}

fn unpackaged(site: &Site, version: &Version) -> Refusal {
    let reason = if let Some(broken) = catalog::broken(version) {
        format!("{version} is not to be used: {}", broken.why)
    } else if version.is_prerelease() {
        format!("dagger/nix packages no pre-releases, {version} included")
    } else {
        format!("no revision of dagger/nix is known to package {version}")
    };
    let newest = catalog::versions().filter(|known| catalog::revision_for(known).is_some()).max();
    let hint = match newest {
        Some(newest) if site.kind == Kind::NixLock => {
            format!("run `pin sync --to {newest}`, or `nix flake update` to take the newest revision")
        }
        Some(newest) => format!("run `pin sync --to {newest}`, the newest release whose revision is known"),
        None => UPDATE.to_owned(),
    };
    Refusal::new(reason, hint)
}
