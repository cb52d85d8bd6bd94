//! What mise keeps beside a version: the archive of every platform, with its checksum
//! (mise.jdx.dev, "mise.lock").

use crate::document::{Node, Scalar};
use crate::site::{Companion, Companionship, Kind, Scan, Site, Stated, release, tool};
use crate::text::Span;

/// Systems by the words that mise has for them.
const PLATFORMS: [(&str, &str); 5] = [
    ("linux-x64", "x86_64-linux"),
    ("linux-arm64", "aarch64-linux"),
    ("macos-x64", "x86_64-darwin"),
    ("macos-arm64", "aarch64-darwin"),
    ("windows-x64", "x86_64-windows"),
];

/// Adds one site for every locked version of the CLI.
pub(super) fn find(root: &Node<'_>, scan: &mut Scan<'_>) {
    for (name, locked) in super::entries(root.get("tools")) {
        let backend = |node: &Node<'_>| node.get("backend").and_then(Node::as_str).is_some_and(tool::is_cli);
        let versions = locked.as_list().map_or(std::slice::from_ref(locked), |list| &list.items);
        for node in versions.iter().filter(|node| tool::is_cli(name.text()) || backend(node)) {
            let Some(version) = node.get("version").and_then(Node::as_scalar) else { continue };
            let range = 0..version.text().len();
            let stated = Stated::of(version.text());
            if let Some(site) = scan.add_in(Kind::ToolMise, &version.content, range, stated) {
                attach(node, site);
            }
        }
    }
}

/// Makes what stands beside a version its companions: the table's own archive and those of its
/// platforms.
pub(super) fn attach(node: &Node<'_>, site: &mut Site) {
    artifact("", node, site);
    for (key, value) in super::entries(Some(node)) {
        match key.text() {
            "platforms" => {
                super::entries(Some(value))
                    .for_each(|(platform, node)| artifact(platform.text(), node, site));
            }
            // Before there were platforms, checksums stood by the archive's name.
            "checksums" => {
                for (archive, sum) in super::entries(Some(value)) {
                    mentions(archive, site);
                    let system = release::system_in(archive.text());
                    sum.as_scalar().into_iter().for_each(|sum| checksum(sum, system, site));
                }
            }
            key => {
                if let Some(platform) = key.strip_prefix("platforms.") {
                    artifact(platform, value, site);
                }
            }
        }
    }
}

/// One archive: where it comes from and what it must hash to.
fn artifact(platform: &str, node: &Node<'_>, site: &mut Site) {
    let scalar = |key: &str| node.get(key).and_then(Node::as_scalar);
    let url = scalar("url");
    let by_name = || PLATFORMS.iter().find(|(name, _)| platform.starts_with(name)).map(|(_, system)| *system);
    let system = url.and_then(|url| release::system_in(url.text())).or_else(by_name);
    let is_mentioned = url.is_some_and(|url| mentions(url, site));
    if let Some(sum) = scalar("checksum") {
        checksum(sum, system, site);
    }
    // The number of a release's file, and how long it is, are not known of other releases.
    let unknown =
        [url.filter(|url| !is_mentioned && !url.text().contains("{{")), scalar("url_api"), scalar("size")];
    for scalar in unknown.into_iter().flatten() {
        push(Some(scalar.text_span()), Companionship::OpaqueHash, site);
    }
}

fn checksum(sum: &Scalar<'_>, system: Option<&str>, site: &mut Site) {
    const SHA256: &str = "sha256:";
    let start = if sum.text().starts_with(SHA256) { SHA256.len() } else { 0 };
    let is_other = start == 0 && sum.text().contains(':');
    let what =
        if is_other { Companionship::OpaqueHash } else { Companionship::Archive(system.map(str::to_owned)) };
    push(sum.content.span(start..sum.text().len()), what, site);
}

/// Adds every mention of the site's version in a text, and returns whether there is one.
fn mentions(scalar: &Scalar<'_>, site: &mut Site) -> bool {
    let Some(version) = site.stated.value() else { return false };
    let text = scalar.text();
    let mut is_mentioned = false;
    for (at, digits) in text.match_indices(&version) {
        let end = at + digits.len();
        let goes_on = |rest: &str| {
            let rest = rest.strip_prefix(['.', '-']).unwrap_or(rest);
            rest.starts_with(|next: char| next.is_ascii_digit())
        };
        let is_part = text[..at].ends_with(|last: char| last.is_ascii_digit() || last == '.');
        if !is_part && !goes_on(&text[end..]) {
            push(scalar.content.span(at..end), Companionship::Mention, site);
            is_mentioned = true;
        }
    }
    is_mentioned
}

fn push(span: Option<Span>, what: Companionship, site: &mut Site) {
    site.companions.extend(span.filter(|span| !span.is_empty()).map(|span| Companion { span, what }));
}
