//! The engine's Helm chart, `dagger-helm`: its version is the engine's
//! (dagger/dagger `helm/dagger/Chart.yaml`).

use crate::document::{Map, Node, Scalar};
use crate::site::expression::{self, Position};
use crate::site::scan::Name;
use crate::site::scope::Scope;
use crate::site::{Companion, Companionship, Dependencies, Kind, Scan, Stated, assignment};

const CHART: &str = "dagger-helm";

/// Keys that name a chart, by its name alone or by its address.
const NAMES: [&str; 12] = [
    "chart",
    "chartName",
    "chart_name",
    "chartname",
    "chart_ref",
    "name",
    "remoteChart",
    "repoURL",
    "repo",
    "repository",
    "url",
    "ociChart",
];

/// Keys that hold the address of a chart's repository, when its name stands elsewhere.
const REPOSITORIES: [&str; 3] = ["repository", "repo", "repoURL"];

/// Keys that hold its version, in the order in which readers prefer them.
const VERSIONS: [&str; 8] = [
    "version",
    "targetRevision",
    "chartVersion",
    "chart_version",
    "chartversion",
    "tag",
    "semver",
    "revision",
];

/// Records the versions of a chart's own metadata, which its templates look up, and adds them as
/// sites when the chart is the engine's. Of a chart around it, called after it, `appVersion` is one.
pub(super) fn find_metadata(document: &Node<'_>, directory: &str, scan: &mut Scan<'_>) {
    let file = scan.path.rsplit('/').next().unwrap_or_default();
    if !matches!(file, "Chart.yaml" | "Chart.yml") {
        return;
    }
    let name = document.get("name").and_then(Node::as_str).unwrap_or_default();
    let dependencies = document.get("dependencies").and_then(Node::as_list);
    let needs_engine = dependencies.is_some_and(|list| {
        list.items.iter().any(|needed| needed.get("name").and_then(Node::as_str) == Some(CHART))
    });
    let is_engine = name == CHART;
    if needs_engine {
        scan.requirements = document.as_map().and_then(Dependencies::read);
    }
    let is_around = needs_engine && name.contains("dagger");
    for (key, at) in [("version", "@version"), ("appVersion", "@appVersion")] {
        let Some(value) = document.get(key).and_then(Node::as_scalar) else { continue };
        let name = Name::ChartValue { chart: directory.to_owned(), key: at.to_owned() };
        let scope = Scope::default();
        assignment::define(&name, value, &scope, scan);
        if !expression::states_version(value.text()) {
            continue;
        }
        if is_engine {
            add(value, &scope, scan);
        } else if is_around && key == "appVersion" {
            scan.add_in(Kind::Variable, &value.content, 0..value.text().len(), Stated::of(value.text()));
        }
    }
}

/// Returns whether a map is the engine's chart among the dependencies of another one.
pub(in crate::site) fn is_dependency(map: &Map<'_>) -> bool {
    map.get("name").and_then(Node::as_str) == Some(CHART) && has_repository(map)
}

/// Adds the version of a map that names the engine's chart; returns where the scalars begin that
/// are settled by that.
pub(super) fn find(map: &Map<'_>, scope: &Scope, scan: &mut Scan<'_>) -> Vec<usize> {
    let Some((key, name)) = reference(map) else { return Vec::new() };
    let parameters = map.get("helm").and_then(|helm| helm.get("parameters"));
    let set = ["set", "set_string", "setString"].iter().filter_map(|key| map.get(key));
    for node in set.chain(parameters) {
        for value in settings(node) {
            expression::add(
                Kind::ImageEngineTag,
                Position::Tag,
                &value.content,
                0..value.text().len(),
                scope,
                scan,
            );
        }
    }
    let version = VERSIONS.iter().find_map(|key| map.get(key)?.as_scalar());
    // Flux keeps the version of an OCI source one level below.
    let below = || {
        let reference = map.get("ref")?;
        ["tag", "semver"].iter().find_map(|key| reference.get(key)?.as_scalar())
    };
    let digest = || map.get("ref")?.get("digest")?.as_scalar();
    match version.or_else(below).filter(|version| !version.text().is_empty()) {
        Some(version) => {
            let n_sites = scan.sites.len();
            add(version, scope, scan);
            if let Some((site, _)) = scan.sites.get_mut(n_sites) {
                site.repository = repository(map, name.text());
                site.companions.extend(
                    digest().map(|digest| Companion {
                        span: digest.text_span(),
                        what: Companionship::ImageDigest,
                    }),
                );
            }
            return vec![name.span.start, version.span.start];
        }
        None => {
            if let Some(digest) = digest() {
                let stated = Stated::Revision(digest.text().to_owned());
                scan.add_in(Kind::ChartVersion, &digest.content, 0..digest.text().len(), stated);
            } else if names_surely(map, key.text(), name.text()) {
                scan.add(Kind::ChartVersion, key.text_span(), key.text(), Stated::Missing);
            }
        }
    }
    vec![name.span.start]
}

/// Returns what the image's tag is set to beside the chart: `set: [{name: image.tag, value: v0.21.8}]`,
/// `set: {image.tag: v0.21.8}`.
fn settings<'n, 'a>(node: &'n Node<'a>) -> Vec<&'n Scalar<'a>> {
    let items = node.as_list().map_or(std::slice::from_ref(node), |list| list.items.as_slice());
    let is_tag = |name: &str| name == "image.tag" || name.ends_with(".image.tag");
    let tags = items.iter().filter(|item| item.get("name").and_then(Node::as_str).is_some_and(is_tag));
    let named = tags.filter_map(|item| item.get("value")?.as_scalar());
    let entries = node.as_map().map_or([].as_slice(), |map| map.entries.as_slice());
    let keyed =
        entries.iter().filter(|(key, _)| is_tag(key.text())).filter_map(|(_, value)| value.as_scalar());
    named.chain(keyed).collect()
}

/// Returns the entry that names the chart.
fn reference<'n>(map: &'n Map<'n>) -> Option<(&'n Scalar<'n>, &'n Scalar<'n>)> {
    map.entries.iter().find_map(|(key, value)| {
        let value = value.as_scalar()?;
        let is_key = NAMES.contains(&key.text());
        (is_key && names_chart(map, key.text(), value.text())).then_some((key, value))
    })
}

/// An address is the chart's wherever it stands. A bare name is one under `chart`; under `name`,
/// which anything may have, only beside the repository it comes from.
fn names_chart(map: &Map<'_>, key: &str, value: &str) -> bool {
    let value = value.trim_end_matches('/');
    let is_address = is_address(value);
    let is_git = matches!(key, "repoURL") && is_engine_source(map, value);
    match key {
        _ if is_address || is_git => true,
        "name" => value == CHART && has_repository(map),
        _ => value == CHART && key.to_ascii_lowercase().contains("chart"),
    }
}

/// Returns whether a value in a file that is no YAML names the engine's chart.
pub(in crate::site) fn is_named(key: &str, value: &str) -> bool {
    let value = value.trim_end_matches('/');
    NAMES.contains(&key) && (is_address(value) || (value == CHART && key.contains("chart")))
}

/// Returns whether the key holds a chart's version.
pub(in crate::site) fn is_version(key: &str) -> bool {
    VERSIONS.contains(&key)
}

/// A path is a copy of the chart, which has its own version.
fn is_address(value: &str) -> bool {
    let is_path = value.starts_with(['.', '/', '~']) || value.starts_with("charts/");
    value.ends_with("/dagger-helm") && !value.contains(' ') && !is_path
}

/// The chart's own sources, taken from the engine's git repository.
fn is_engine_source(map: &Map<'_>, value: &str) -> bool {
    let path = map.get("path").and_then(Node::as_str).unwrap_or_default();
    value.trim_end_matches(".git").ends_with("github.com/dagger/dagger")
        && path.trim_start_matches("./").starts_with("helm/")
}

/// Returns the address of the chart: its own, or that of its repository and its name.
fn repository(map: &Map<'_>, name: &str) -> Option<String> {
    let bare = |text: &str| text.trim_end_matches('/').trim_start_matches("oci://").to_owned();
    if is_address(name.trim_end_matches('/')) {
        return Some(bare(name));
    }
    let address =
        REPOSITORIES.iter().find_map(|key| map.get(key)?.as_str()).filter(|text| !text.is_empty())?;
    Some(format!("{}/{CHART}", bare(address)))
}

fn has_repository(map: &Map<'_>) -> bool {
    REPOSITORIES.iter().any(|key| map.get(key).is_some())
}

/// Returns whether a map without a version still has to be a reference to the chart.
fn names_surely(map: &Map<'_>, key: &str, value: &str) -> bool {
    key != "name" && (value.contains("://") || key == "chart" || map.get("chart").is_some())
}

/// A range is a constraint that the chart's newest version is looked up by.
fn add(version: &Scalar<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let text = version.text();
    let is_range =
        !assignment::is_expression(text) && text.contains(['^', '~', '>', '<', '=', '*', '|', ' ', ',']);
    if is_range {
        let stated = Stated::Floating(text.to_owned());
        scan.add_in(Kind::ChartVersion, &version.content, 0..text.len(), stated);
        return;
    }
    // A tag of the engine's repository names its part: `helm/chart/v0.21.8`.
    let start = text.rfind('/').filter(|_| !assignment::is_expression(text)).map_or(0, |slash| slash + 1);
    expression::add(Kind::ChartVersion, Position::Tag, &version.content, start..text.len(), scope, scan);
}
