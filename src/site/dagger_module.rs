//! `dagger.json`, `dagger-module.toml` and `dagger.toml`
//! (dagger/dagger `core/modules/config.go`, `core/modules/config_format.go`, `core/workspace/config.go`).

use super::format::{FilePath, Spec};
use super::{Companion, Companionship, Kind, Scan, Stated, resolve};
use crate::document::{self, Map, Node, Scalar, SyntaxError};
use crate::text::{Source, Span};

/// Modules before 1.0, modules from 1.0 on, workspaces.
pub(super) const FORMAT: Spec = Spec {
    names: &["dagger.json", "dagger-module.toml", "dagger.toml"],
    is_known: true,
    ..Spec::of(find_file)
};

/// Keys that only a module's file has; a `dagger.json` of something else has none of them.
const MODULE_KEYS: [&str; 9] = [
    "engineVersion",
    "sdk",
    "runtime",
    "source",
    "dependencies",
    "toolchains",
    "blueprint",
    "codegen",
    "clients",
];

/// SDKs that live in the engine's own repository; some take a version: `php@v0.18.0`
/// (dagger/dagger `core/sdk/loader.go`).
const SDKS: [&str; 6] = ["go", "python", "typescript", "php", "elixir", "java"];

fn find_file(source: &Source, scan: &mut Scan<'_>) -> Result<(), SyntaxError> {
    let text = source.text();
    match FilePath::new(scan.path).file {
        "dagger.toml" => find_workspace(&document::parse_toml(text)?, scan),
        "dagger.json" => find(&document::parse_json(text)?, scan),
        _ => find(&document::parse_toml(text)?, scan),
    }
    Ok(())
}

/// Adds the sites of a module file.
fn find(root: &Node<'_>, scan: &mut Scan<'_>) {
    let Some(map) = root.as_map() else { return };
    let is_module = MODULE_KEYS.iter().any(|key| map.entry(key).is_some())
        || (map.entry("name").is_some() && map.entries.len() <= 2);
    if !is_module {
        return;
    }
    engine_version(map, scan);
    if map.entry("sdk").or_else(|| map.entry("runtime")).is_some() {
        let directory = FilePath::new(scan.path).directory;
        let source = map.get("source").and_then(Node::as_str).unwrap_or(".");
        scan.generated.push(resolve::normalise(directory, source));
    }
    for key in ["sdk", "runtime"] {
        let Some(sdk) = map.get(key) else { continue };
        reference(sdk, Kind::ModuleSdk, scan);
    }
    for key in ["dependencies", "toolchains"] {
        let entries = map.get(key).and_then(Node::as_list);
        entries
            .into_iter()
            .flat_map(|list| &list.items)
            .for_each(|entry| reference(entry, Kind::ModuleDependency, scan));
    }
    if let Some(blueprint) = map.get("blueprint") {
        reference(blueprint, Kind::ModuleDependency, scan);
    }
}

/// Adds the sites of a workspace file, which states no engine version itself.
fn find_workspace(root: &Node<'_>, scan: &mut Scan<'_>) {
    let modules = root.get("modules").and_then(Node::as_map);
    modules
        .into_iter()
        .flat_map(|map| &map.entries)
        .for_each(|(_, module)| reference(module, Kind::ModuleDependency, scan));
}

fn engine_version(map: &Map<'_>, scan: &mut Scan<'_>) {
    match map.entry("engineVersion") {
        Some((_, Node::Scalar(value))) if !value.text().is_empty() => {
            // Dagger takes a version or `latest` there, nothing else.
            let stated = match Stated::of(value.text()) {
                Stated::Revision(text) => Stated::Invalid(text),
                _ if !value.is_text => Stated::Invalid(value.text().to_owned()),
                stated => stated,
            };
            scan.add_in(Kind::ModuleEngineVersion, &value.content, 0..value.text().len(), stated);
        }
        Some((key, _)) => missing(key, scan),
        None => {
            // Nothing stands for it but the file itself: its first byte, where JSON has a brace.
            let start = map.span.start;
            let span = Span::new(start, map.span.end.min(start + 1));
            let brace = if span.is_empty() { "" } else { "{" };
            scan.add(Kind::ModuleEngineVersion, span, brace, Stated::Missing);
        }
    }
}

fn missing(key: &Scalar<'_>, scan: &mut Scan<'_>) {
    let span = key.content.span(0..key.text().len()).unwrap_or(key.span);
    scan.add(Kind::ModuleEngineVersion, span, key.text(), Stated::Missing);
}

/// Adds the site of a reference into the engine's own repository, with the commit beside it; a
/// reference without `@` is pinned by that commit alone and states no version.
fn reference(node: &Node<'_>, kind: Kind, scan: &mut Scan<'_>) {
    let (source, pin) = match node.resolve() {
        Node::Scalar(source) => (Some(source), None),
        other => (other.get("source").and_then(Node::as_scalar), other.get("pin").and_then(Node::as_scalar)),
    };
    let Some(source) = source else { return };
    let Some((address, version)) = source.text().split_once('@') else { return };
    if !is_engine_repository(address, kind) || version.is_empty() {
        return;
    }
    let start = address.len() + 1;
    // A tag of the monorepo may name its part: `@sdk/php/v0.18.0`.
    let start = version.rfind('/').map_or(start, |slash| start + slash + 1);
    let stated = Stated::of_tag(&source.text()[start..]);
    let Some(site) = scan.add_in(kind, &source.content, start..source.text().len(), stated) else { return };
    if let Some(span) = pin.and_then(content_span) {
        site.companions.push(Companion { span, what: Companionship::Commit });
    }
}

fn content_span(scalar: &Scalar<'_>) -> Option<Span> {
    scalar.content.span(0..scalar.text().len()).filter(|span| !span.is_empty())
}

fn is_engine_repository(address: &str, kind: Kind) -> bool {
    let address = address.trim_start_matches("https://").trim_start_matches("git@").replace(':', "/");
    let path = address.strip_prefix("github.com/dagger/dagger").map(|rest| rest.trim_start_matches(".git"));
    path.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || (kind == Kind::ModuleSdk && SDKS.contains(&address.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Format;
    use crate::text::Source;

    fn check(path: &str, text: &str, expect: &[(&str, &str, Option<&str>)]) {
        let source = Source::new(text.as_bytes().to_vec());
        let mut scan = Scan::new(path);
        Format::of(path).unwrap().find(&source, &mut scan).unwrap();
        let found: Vec<_> = scan
            .sites
            .iter()
            .map(|(site, _)| (site.kind.as_str(), source.slice(site.span), site.stated.value()))
            .collect();
        let found: Vec<_> =
            found.iter().map(|(kind, text, value)| (*kind, *text, value.as_deref())).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn a_module_states_its_engine() {
        let version = "module.engine-version";
        check(
            "dagger.json",
            r#"{"name":"a","engineVersion":"v0.21.4"}"#,
            &[(version, "v0.21.4", Some("0.21.4"))],
        );
        check("dagger.json", r#"{"engineVersion":"latest","sdk":"go"}"#, &[(version, "latest", None)]);
        check("dagger.json", r#"{"name":"a","sdk":"go"}"#, &[(version, "{", None)]);
        check("dagger.json", r#"{"name":"a","engineVersion":0.21}"#, &[(version, "0.21", None)]);
        check("dagger.json", r#"{"name":"a","engineVersion":""}"#, &[(version, "engineVersion", None)]);
        check("dagger.json", r#"{"name":"a","spec":{"engineVersion":"v1.0.0"},"x":1}"#, &[]);
        check(
            "dagger-module.toml",
            "name = 'a'\nengineVersion = 'v1.0.0-beta.3'\n",
            &[(version, "v1.0.0-beta.3", Some("1.0.0-beta.3"))],
        );
    }

    #[test]
    fn references_into_the_engine_s_repository_are_sites() {
        let text = r#"{"name":"a","engineVersion":"v0.18.2","sdk":{"source":"php@v0.18.1"},"dependencies":[
            {"name":"w","source":"github.com/dagger/dagger/modules/wolfi@v0.18.2","pin":"0000000000000000000000000000000000000000"},
            {"name":"x","source":"github.com/o/daggerverse/x@v0.3.0"},
            {"name":"l","source":"../l"},"github.com/dagger/dagger/modules/go@main"],
            "blueprint":{"source":"github.com/dagger/dagger/modules/x","pin":"00"}}"#;
        check(
            "dagger.json",
            text,
            &[
                ("module.engine-version", "v0.18.2", Some("0.18.2")),
                ("module.sdk", "v0.18.1", Some("0.18.1")),
                ("module.dependency", "v0.18.2", Some("0.18.2")),
                ("module.dependency", "main", None),
            ],
        );
        check(
            "dagger.toml",
            "[modules.go]\nsource = \"github.com/dagger/dagger/modules/go@v0.21.7\"\n[modules.b]\nsource = \"./b\"\n",
            &[("module.dependency", "v0.21.7", Some("0.21.7"))],
        );
    }
}
