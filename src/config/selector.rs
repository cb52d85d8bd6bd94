use std::collections::BTreeMap;

use regex::Regex;

use super::Toolchain;
use crate::document::{self, Node, SyntaxError};
use crate::site::{Kind, Role, Site, Stated};
use crate::text::{Source, Span};

/// How a declared site is found in its file.
#[derive(Debug)]
pub enum Selector {
    /// A key path in JSON, TOML or YAML: `toolchain.channel`.
    Key(Vec<String>),
    /// An image reference to this repository.
    Image(Regex),
    /// The group `version` of a pattern.
    Pattern(Regex),
}

/// A version with its optional `v`, as it stands in running text.
const VERSION: &str = r"(?<version>v?\d+(?:\.\d+)*(?:-[0-9A-Za-z.]+)?)";

impl Selector {
    pub(super) fn key(path: &str) -> Self {
        Self::Key(path.split('.').map(str::to_owned).collect())
    }

    /// The registry's default host and its `library/` may be left out where the image is used.
    pub(super) fn image(repository: &str) -> Self {
        let short = repository.strip_prefix("docker.io/").unwrap_or(repository);
        let short = short.strip_prefix("library/").unwrap_or(short);
        let prefix = if short.len() < repository.len() { "(?:docker\\.io/)?(?:library/)?" } else { "" };
        let pattern = format!(r#"(?m)(?:^|[\s"'=/])(?<image>{prefix}{}):{VERSION}"#, regex::escape(short));
        // The pattern is our own, around an escaped name.
        Regex::new(&pattern).map_or_else(|_| Self::Key(Vec::new()), Self::Image)
    }

    pub(super) fn pattern(pattern: &str) -> Result<Self, String> {
        let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
        if regex.capture_names().flatten().any(|name| name == "version") {
            Ok(Self::Pattern(regex))
        } else {
            Err("the pattern needs a group called `version`: (?<version>…)".to_owned())
        }
    }
}

/// Returns the sites that the toolchain declares in the file at `path`.
pub fn find(
    name: &str,
    toolchain: &Toolchain,
    path: &str,
    source: &Source,
) -> Result<Vec<Site>, SyntaxError> {
    let mut found = BTreeMap::new();
    for custom in toolchain.sites.iter().filter(|custom| custom.files.is_match(path)) {
        let text = source.text();
        let spans = match &custom.selector {
            Selector::Key(key) => at_key(path, text, key)?,
            Selector::Image(regex) | Selector::Pattern(regex) => {
                let groups = regex.captures_iter(text).filter_map(|captures| captures.name("version"));
                groups.map(|group| Span::from(group.range())).collect()
            }
        };
        for span in spans {
            let text = source.slice(span);
            found.insert(
                span,
                Site {
                    path: path.to_owned(),
                    span,
                    toolchain: name.to_owned(),
                    kind: Kind::Custom,
                    role: Role::Mirror,
                    stated: Stated::of(text),
                    text: text.to_owned(),
                    origin: None,
                    companions: Vec::new(),
                },
            );
        }
    }
    Ok(found.into_values().collect())
}

fn at_key(path: &str, text: &str, key: &[String]) -> Result<Vec<Span>, SyntaxError> {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let roots = match extension {
        "toml" => vec![document::parse_toml(text)?],
        "yaml" | "yml" => document::parse_yaml(text)?,
        _ => vec![document::parse_json(text)?],
    };
    let at = |root: &Node<'_>| {
        let node = key.iter().try_fold(root, |node, part| node.get(part))?;
        let scalar = node.as_scalar()?;
        scalar.content.span(0..scalar.text().len())
    };
    Ok(roots.iter().filter_map(at).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(site: &str, path: &str, text: &str, expect: &[&str]) {
        let config =
            super::super::parse("pin.toml", &format!("[toolchain.t]\nsite = [{{ file = '**', {site} }}]\n"))
                .unwrap();
        let source = Source::new(text.as_bytes().to_vec());
        let sites = find("t", &config.toolchains["t"], path, &source).unwrap();
        let found: Vec<_> = sites.iter().map(|site| source.slice(site.span)).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn declared_sites_are_found() {
        check(
            "key = 'package.rust-version'",
            "Cargo.toml",
            "[package]\nrust-version = \"1.95\"\n",
            &["1.95"],
        );
        check("key = 'engines.node'", "package.json", r#"{"engines":{"node":"22.1.0"}}"#, &["22.1.0"]);
        check(
            "pattern = 'Rust (?<version>[0-9.]+[0-9])'",
            "a.md",
            "Rust 1.88.0.\nRust 1.87.0",
            &["1.88.0", "1.87.0"],
        );
        check(
            "image = 'docker.io/library/rust'",
            "Dockerfile",
            "FROM rust:1.88.0-slim AS b\nFROM xrust:1\n",
            &["1.88.0-slim"],
        );
        check(
            "image = 'docker.io/library/rust'",
            "Dockerfile",
            "FROM docker.io/library/rust:1.88 AS b",
            &["1.88"],
        );
    }
}
