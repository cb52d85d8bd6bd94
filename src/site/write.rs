use super::{Companion, Companionship, Kind, Site, Stated};
use crate::catalog::{self, Revision};
use crate::text::{Edit, Source};
use crate::value::{Rev, Sha256, Version};

/// Why a site cannot be given another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is in the way, as a lowercase fragment.
    pub reason: String,
    /// What a person can do.
    pub hint: String,
}

/// Returns the edits that make the site state `version`, companions included, or why that cannot
/// be done without leaving something wrong beside it.
///
/// `source` is the file that the site was found in. A site that states the version already needs
/// no edit; one where nothing is stated cannot be written.
pub fn write(site: &Site, source: &Source, version: &Version) -> Result<Vec<Edit>, Refusal> {
    if site.stated.version() == Some(version) {
        return Ok(Vec::new());
    }
    if site.stated == Stated::Missing {
        let hint = format!("state {version} there by hand");
        return Err(Refusal { reason: "no version is stated there".to_owned(), hint });
    }
    match site.kind {
        Kind::NixLock | Kind::NixInput => write_revision(site, source, version),
        _ => {
            let mut edits = vec![Edit { span: site.span, text: in_style(&site.text, site.kind, version) }];
            for companion in &site.companions {
                let old = source.slice(companion.span);
                let text = beside_version(companion, old, site, version)?;
                edits.push(Edit { span: companion.span, text });
            }
            Ok(edits)
        }
    }
}

/// Writes a version the way the old text was written: with or without `v`, with dashes for dots.
fn in_style(old: &str, kind: Kind, version: &Version) -> String {
    let has_digits = old.bytes().any(|byte| byte.is_ascii_digit());
    let prefix = if has_digits { old.starts_with('v') } else { kind.is_written_with_v() };
    let text = if prefix { format!("v{version}") } else { version.to_string() };
    let is_dashed = !old.contains('.') && old.contains('-') && has_digits;
    if is_dashed { text.replace('.', "-") } else { text }
}

/// Returns what must stand where `old` stands, beside the new version.
fn beside_version(
    companion: &Companion,
    old: &str,
    site: &Site,
    version: &Version,
) -> Result<String, Refusal> {
    match &companion.what {
        Companionship::Mention => Ok(in_style(old, site.kind, version)),
        Companionship::Archive(system) => {
            let system = system.clone().or_else(|| system_of(old, site));
            let known = system.as_deref().and_then(|system| catalog::archive(version, system));
            match (known, Sha256::parse(old)) {
                (Some(hash), Some((_, encoding))) => Ok(hash.print(encoding)),
                _ => Err(refuse_checksum("archive", version)),
            }
        }
        Companionship::ImageDigest => Err(Refusal {
            reason: format!("the image is pinned to a digest, and that of {version} is unknown here"),
            hint: format!(
                "write the new tag and digest by hand, as `docker buildx imagetools inspect registry.dagger.io/engine:v{version}` tells them"
            ),
        }),
        Companionship::Commit => Err(Refusal {
            reason: format!("the reference is pinned to a commit, and that of {version} is unknown here"),
            hint: "run `dagger update` in that module".to_owned(),
        }),
        _ => Err(refuse_checksum("source", version)),
    }
}

fn refuse_checksum(what: &str, version: &Version) -> Refusal {
    Refusal {
        reason: format!("a checksum stands beside it, and the {what} hash of {version} is unknown here"),
        hint: "write version and checksum by hand, or ignore the file in pin.toml".to_owned(),
    }
}

/// Returns the system whose archive of the old version has the old hash.
fn system_of(old: &str, site: &Site) -> Option<String> {
    let (hash, _) = Sha256::parse(old)?;
    let (system, _) = catalog::archives(site.stated.version()?).find(|(_, known)| *known == hash)?;
    Some(system.to_owned())
}

/// Moves a pinned revision, and everything that a lock says about it.
fn write_revision(site: &Site, source: &Source, version: &Version) -> Result<Vec<Edit>, Refusal> {
    let Some(row) = catalog::revision_for(version) else {
        return Err(Refusal {
            reason: format!("no known revision of github:dagger/nix packages {version}"),
            hint: "run `pin sync --to VERSION` with a packaged release, or `nix flake update`".to_owned(),
        });
    };
    let mut edits = vec![Edit { span: site.span, text: row.rev.to_string() }];
    for companion in &site.companions {
        let old = source.slice(companion.span);
        let text = beside_revision(&companion.what, old, row, version)?;
        if text != old {
            edits.push(Edit { span: companion.span, text });
        }
    }
    Ok(edits)
}

fn beside_revision(
    what: &Companionship,
    old: &str,
    row: &Revision,
    version: &Version,
) -> Result<String, Refusal> {
    Ok(match what {
        Companionship::LockNarHash => row.nar_hash.to_string(),
        Companionship::LockModified => row.last_modified.to_string(),
        Companionship::LockOriginal if Rev::parse(old).is_some() => row.rev.to_string(),
        Companionship::LockOriginal => old.to_owned(),
        Companionship::NixpkgsRev => row.nixpkgs.rev.to_string(),
        Companionship::NixpkgsNarHash => row.nixpkgs.nar_hash.to_string(),
        Companionship::NixpkgsModified => row.nixpkgs.last_modified.to_string(),
        _ => return Err(refuse_checksum("source", version)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{Format, Scan, resolve};
    use crate::text::Edits;

    fn check(path: &str, text: &str, version: &str, expect: Result<&str, &str>) {
        let source = Source::new(text.as_bytes().to_vec());
        let mut scan = Scan::new(path);
        Format::of(path).unwrap().find(&source, &mut scan).unwrap();
        let sites = resolve(vec![scan]);
        let version = Version::parse(version).unwrap();
        let written: Result<Vec<Vec<Edit>>, Refusal> =
            sites.iter().map(|site| write(site, &source, &version)).collect();
        let found = written
            .map(|edits| String::from_utf8(Edits::new(edits.concat()).unwrap().apply(&source)).unwrap())
            .map_err(|refusal| refusal.reason);
        assert_eq!(found.as_deref().map_err(String::as_str), expect, "{text}");
    }

    #[test]
    fn the_style_of_the_old_version_is_kept() {
        let json = |version: &str| format!(r#"{{"name":"a","engineVersion":"{version}"}}"#);
        check("dagger.json", &json("v0.20.8"), "0.21.7", Ok(&json("v0.21.7")));
        check("dagger.json", &json("0.20.8"), "0.21.7", Ok(&json("0.21.7")));
        check("dagger.json", &json("latest"), "0.21.7", Ok(&json("v0.21.7")));
        check(
            "a.yaml",
            "image: registry.dagger.io/engine:v0.20.8-gpu",
            "0.21.7",
            Ok("image: registry.dagger.io/engine:v0.21.7-gpu"),
        );
        check(
            "a.yaml",
            "image: registry.dagger.io/engine:main",
            "0.21.7",
            Ok("image: registry.dagger.io/engine:v0.21.7"),
        );
        let runner = |label: &str| format!("on: push\njobs:\n  a:\n    runs-on: {label}\n    steps: []\n");
        check(
            ".github/workflows/a.yml",
            &runner("dagger-g3-v0-20-8-4c"),
            "0.21.7",
            Ok(&runner("dagger-g3-v0-21-7-4c")),
        );
        check(
            ".github/workflows/a.yml",
            &runner("depot-ubuntu,dagger=0.20"),
            "0.21.7",
            Ok(&runner("depot-ubuntu,dagger=0.21.7")),
        );
    }

    #[test]
    fn what_cannot_move_is_refused() {
        let digest = format!("image: registry.dagger.io/engine:v0.20.8@sha256:{}", "0".repeat(64));
        check(
            "a.yaml",
            &digest,
            "0.21.7",
            Err("the image is pinned to a digest, and that of 0.21.7 is unknown here"),
        );
        check("a.yaml", &digest, "0.20.8", Ok(&digest));
        check("dagger.json", r#"{"sdk":"go"}"#, "0.21.7", Err("no version is stated there"));
    }
}
