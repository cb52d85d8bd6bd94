//! `Chart.lock`: what Helm resolved a chart's dependencies to, with a digest over both lists
//! (helm/helm `internal/resolver`, `HashReq`); and the one that helmfile has Helm write.

use super::format::{FilePath, Spec};
use super::scan::{Companion, Companionship};
use super::yaml::chart_dependency;
use super::{Kind, Scan, Site, Stated};
use crate::document::{self, Map, Node, Scalar, SyntaxError};
use crate::value::{Grammar, VersionRange};

/// The locks beside `Chart.yaml` and `helmfile.yaml`.
pub(super) const FORMAT: Spec = Spec {
    names: &["Chart.lock", "helmfile.lock"],
    ..Spec::of(|source, scan| {
        find(source.text(), scan)?;
        Ok(())
    })
};

/// A chart's dependencies as Helm hashes them: JSON with the engine's versions left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependencies {
    /// Text before the first version, between two, and after the last.
    around: Vec<String>,
    /// The versions as written.
    versions: Vec<String>,
}

/// What the digest of a lock is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockDigest {
    /// Of `Chart.yaml`; `None` when there is none, or Helm's own configuration takes part.
    pub required: Option<Dependencies>,
    /// Of the lock itself.
    pub locked: Dependencies,
}

impl LockDigest {
    /// Returns the digest when every version of the engine's chart is what `write` makes of it:
    /// first as it is required, then as it is locked. `None` when the requirements are unknown, or
    /// one of the versions would be.
    pub(super) fn over(
        &self,
        required: impl Fn(&str) -> Option<String>,
        locked: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        use sha2::Digest as _;
        let required = self.required.as_ref()?.print(required)?;
        let json = format!("[{required},{}]", self.locked.print(locked)?);
        let hash = sha2::Sha256::digest(json.as_bytes());
        Some(format!("sha256:{}", data_encoding::HEXLOWER.encode(&hash)))
    }
}

impl Dependencies {
    /// Returns the dependencies that Helm reads from a map's `dependencies`, or `None` when it
    /// reads more than text there.
    pub(super) fn read(map: &Map<'_>) -> Option<Self> {
        let list = map.get("dependencies")?.as_list()?;
        let mut own = Self { around: vec!["[".to_owned()], versions: Vec::new() };
        for (index, item) in list.items.iter().enumerate() {
            own.push(if index == 0 { "{" } else { ",{" });
            own.dependency(item.as_map()?)?;
            own.push("}");
        }
        own.push("]");
        Some(own)
    }

    fn push(&mut self, text: &str) {
        if let Some(last) = self.around.last_mut() {
            last.push_str(text);
        }
    }

    /// Writes one dependency, its fields in the order of Helm's type; empty ones are left out.
    fn dependency(&mut self, map: &Map<'_>) -> Option<()> {
        let field = |key: &str| match map.get(key) {
            None => Some(String::new()),
            Some(node) => node.as_scalar().and_then(text),
        };
        self.push(&format!("\"name\":{}", json(&field("name")?)));
        let version = field("version")?;
        if !version.is_empty() && chart_dependency(map) {
            self.push(",\"version\":");
            self.versions.push(version);
            self.around.push(String::new());
        } else if !version.is_empty() {
            self.push(&format!(",\"version\":{}", json(&version)));
        }
        let repository = field("repository")?;
        // Helm's own configuration says what a repository of that name is.
        if repository.starts_with('@') || repository.starts_with("alias:") {
            return None;
        }
        self.push(&format!(",\"repository\":{}", json(&repository)));
        let condition = field("condition")?;
        if !condition.is_empty() {
            self.push(&format!(",\"condition\":{}", json(&condition)));
        }
        self.list("tags", map)?;
        match map.get("enabled").and_then(Node::as_str) {
            Some("true") => self.push(",\"enabled\":true"),
            None | Some("false") => {}
            Some(_) => return None,
        }
        self.list("import-values", map)?;
        let alias = field("alias")?;
        if !alias.is_empty() {
            self.push(&format!(",\"alias\":{}", json(&alias)));
        }
        Some(())
    }

    /// Writes a list of texts, or of maps of texts.
    fn list(&mut self, key: &str, map: &Map<'_>) -> Option<()> {
        let Some(list) = map.get(key) else { return Some(()) };
        let mut items = Vec::new();
        for item in &list.as_list()?.items {
            items.push(match item.resolve() {
                Node::Scalar(scalar) => json(&text(scalar)?),
                Node::Map(map) => {
                    let entry = |(key, value): &(Scalar<'_>, Node<'_>)| {
                        Some((key.text().to_owned(), json(&value.as_scalar().and_then(text)?)))
                    };
                    let mut entries: Vec<_> = map.entries.iter().map(entry).collect::<Option<_>>()?;
                    entries.sort();
                    let entries: Vec<_> =
                        entries.iter().map(|(key, value)| format!("{}:{value}", json(key))).collect();
                    format!("{{{}}}", entries.join(","))
                }
                _ => return None,
            });
        }
        if !items.is_empty() {
            self.push(&format!(",\"{key}\":[{}]", items.join(",")));
        }
        Some(())
    }

    fn print(&self, write: impl Fn(&str) -> Option<String>) -> Option<String> {
        let mut text = String::new();
        for (index, around) in self.around.iter().enumerate() {
            text.push_str(around);
            if let Some(version) = self.versions.get(index) {
                text.push_str(&json(&write(version)?));
            }
        }
        Some(text)
    }
}

/// Returns a scalar's text; of a number or a word that YAML gives a meaning, Helm's spelling is not
/// known.
fn text(scalar: &Scalar<'_>) -> Option<String> {
    let text = scalar.text();
    (scalar.is_text || !has_meaning(text)).then(|| text.to_owned())
}

/// Returns whether YAML takes the plain text for a number, a truth or nothing.
fn has_meaning(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.parse::<f64>().is_ok()
        || text.starts_with("0x")
        || text.starts_with("0o")
        || matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null" | "~")
}

/// Returns the text as Go's `encoding/json` writes it.
fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let mut safe = String::with_capacity(quoted.len());
    for character in quoted.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.extend(format!("\\u{:04x}", u32::from(character)).chars());
            }
            other => safe.push(other),
        }
    }
    safe
}

fn find(text: &str, scan: &mut Scan<'_>) -> Result<(), SyntaxError> {
    let documents = document::parse_yaml(text)?;
    let Some(root) = documents.first().and_then(Node::as_map) else { return Ok(()) };
    let digest = root.get("digest").and_then(Node::as_scalar).map(Scalar::text_span);
    let locked = Dependencies::read(root);
    let list = root.get("dependencies").and_then(Node::as_list);
    for item in list.into_iter().flat_map(|list| &list.items).filter_map(Node::as_map) {
        let Some(version) = item.get("version").and_then(Node::as_scalar) else { continue };
        if !chart_dependency(item) {
            continue;
        }
        let range = 0..version.text().len();
        let site = scan.add_in(Kind::ChartVersion, &version.content, range, Stated::of(version.text()));
        let (Some(site), Some(span)) = (site, digest) else { continue };
        let what = match &locked {
            Some(locked) => Companionship::LockDigest(LockDigest { required: None, locked: locked.clone() }),
            None => Companionship::OpaqueHash,
        };
        site.companions.push(Companion { span, what });
    }
    Ok(())
}

/// Gives every lock what the chart beside it requires; a range there no longer moves.
pub(super) fn settle(files: &[Scan<'_>], sites: &mut [Site]) {
    let is_lock = |site: &&Site| site.kind == Kind::ChartVersion && site.is_lock();
    let locks: Vec<Site> = sites.iter().filter(is_lock).cloned().collect();
    for site in sites.iter_mut().filter(|site| locks.iter().any(|lock| site.is_locked_by(lock))) {
        let is_exact = site.stated.version().is_some();
        if let Some(range) = VersionRange::parse(Grammar::Helm, &site.text).filter(|_| !is_exact) {
            site.stated = Stated::Range(range);
        }
    }
    for site in sites.iter_mut().filter(|site| site.kind == Kind::ChartVersion && site.is_lock()) {
        let directory = FilePath::new(&site.path).directory;
        let is_chart = |scan: &&Scan<'_>| {
            let path = FilePath::new(scan.path);
            path.file == "Chart.yaml" && path.directory == directory && site.path.ends_with("Chart.lock")
        };
        let chart = files.iter().find(is_chart);
        let required = chart.and_then(|chart| chart.requirements.clone());
        for companion in &mut site.companions {
            if let Companionship::LockDigest(digest) = &mut companion.what {
                digest.required.clone_from(&required);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::shown::check_at;

    const CHART: &str = "dependencies:\n- {name: redis, version: ~19.0.0, repository: 'https://charts.example.com/<stable>?a=1&b=2', condition: redis.enabled, tags: [cache, 'a & b'], import-values: [data, {parent: data, child: default.data}]}\n- {name: dagger-helm, alias: engine, version: 0.20.8, repository: 'oci://registry.dagger.io'}\n";
    const LOCK: &str = "dependencies:\n- {name: redis, repository: 'https://charts.example.com/<stable>?a=1&b=2', version: 19.0.2}\n- {name: dagger-helm, repository: 'oci://registry.dagger.io', version: 0.20.8}\n";

    fn read(text: &str) -> Option<Dependencies> {
        let documents = document::parse_yaml(text).unwrap();
        Dependencies::read(documents[0].as_map().unwrap())
    }

    #[test]
    fn the_digest_is_helm_s() {
        // What `helm dependency update` writes for the two lists.
        let digest = LockDigest { required: read(CHART), locked: read(LOCK).unwrap() };
        let same = |text: &str| Some(text.to_owned());
        let expect = "sha256:45c654f5f778ac36b22b0b12a22761a20c2488fecd86cdcedd753cf5fb0e7472";
        assert_eq!(digest.over(same, same).as_deref(), Some(expect));
        let new = |_: &str| Some("0.21.7".to_owned());
        let expect = "sha256:63a9da4e854ed610441744033a4ec7c1e6bf2862b917dc333252ddb3afb2c9ab";
        assert_eq!(digest.over(new, new).as_deref(), Some(expect));
        let unknown = LockDigest { required: None, ..digest };
        assert_eq!(unknown.over(same, same), None);
    }

    #[test]
    fn what_helm_reads_in_another_way_is_not_guessed() {
        for dependency in [
            "{name: a, repository: '@company', version: 1.0.0}",
            "{name: a, repository: 'alias:company', version: 1.0.0}",
            "{name: a, repository: 'https://x', version: 1.0}",
            "{name: a, repository: 'https://x', enabled: maybe}",
            "{name: a, repository: 'https://x', import-values: [[a]]}",
            "a",
        ] {
            assert_eq!(read(&format!("dependencies: [{dependency}]")), None, "{dependency}");
        }
        for dependency in ["{name: a}", "{name: a, enabled: true, version: '1.0'}", "{name: a, tags: []}"] {
            assert!(read(&format!("dependencies: [{dependency}]")).is_some(), "{dependency}");
        }
    }

    #[test]
    fn only_the_engine_s_chart_is_a_site() {
        check_at("ci/Chart.lock", LOCK, &["chart.version 0.20.8 mirror 0.20.8"]);
        check_at(
            "Chart.lock",
            "dependencies: [{name: dagger-helm-extras, repository: x, version: 0.20.8}]",
            &[],
        );
        check_at("Chart.lock", "- a\n", &[]);
    }
}
