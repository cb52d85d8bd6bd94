use super::{Refusal, style};
use crate::site::{Kind, LockDigest, Site};
use crate::value::{Grammar, Version, VersionRange};

/// Returns the digest of the lock after the chart and the lock have the version.
pub(super) fn digest(site: &Site, digest: &LockDigest, version: &Version) -> Result<String, Refusal> {
    let like = |text: &str| Some(style::like(text, Kind::ChartVersion, version));
    let required = |text: &str| {
        if Version::parse(text).is_some() {
            return like(text);
        }
        let range = VersionRange::parse(Grammar::Helm, text)?;
        let range = if range.admits(version) { range } else { range.moved_to(version)? };
        Some(range.to_string())
    };
    digest.over(required, like).ok_or_else(|| refusal(site))
}

/// Returns why the lock is left to Helm.
pub(super) fn refusal(site: &Site) -> Refusal {
    if site.path.ends_with("helmfile.lock") {
        return Refusal::new(
            "its digest is helmfile's",
            "write the version in helmfile.yaml and run `helmfile deps`",
        );
    }
    let directory = site.path.rsplit_once('/').map_or(".", |(directory, _)| directory);
    Refusal::new(
        "its digest is over more than the files here say",
        format!("write the version in Chart.yaml and run `helm dependency update {directory}`"),
    )
}
