//! Comments that tell an update bot what a value is: `# renovate: datasource=… depName=dagger/dagger`
//! (docs.renovatebot.com, "Regex Manager Presets"). They are written in every language, so the text
//! is looked at as it is, whatever its format.

use std::ops::Range;

use memchr::memmem;

use super::{Companion, Companionship, Kind, Scan, Stated, expression, image};
use crate::text::Span;

/// What begins a hint.
const MARK: &str = "renovate:";

/// What begins a comment in some language.
const OPENERS: [&str; 9] = ["#", "//", "<!--", "{{/*", "/*", "--", ";", "*", "%"];

/// Names of the engine's project where versions of it are looked up.
const PROJECTS: [&str; 2] = ["dagger/dagger", "https://github.com/dagger/dagger"];

/// So many lines of comment may stand between a hint and its value.
const MAX_COMMENTS: usize = 8;

/// Longer lines are no people's.
const MAX_LINE: usize = 2000;

/// No file has more hints on one project.
const MAX_HINTS: usize = 256;

/// Suggests the value that each hint on the engine's project speaks of: on its own line, else on
/// the next one that is no comment. It becomes a site when nothing else covers it.
pub(super) fn find(text: &str, scan: &mut Scan<'_>) {
    let mut n_hints = 0;
    for at in memmem::find_iter(text.as_bytes(), MARK) {
        let Some(line) = line_at(text, at).filter(|_| n_hints < MAX_HINTS) else { continue };
        let before = text[line.start..at].trim_end();
        let Some(opener) = OPENERS.iter().find(|opener| before.ends_with(**opener)) else { continue };
        if !speaks_of_us(&text[at + MARK.len()..line.end]) {
            continue;
        }
        n_hints += 1;
        let own = line.start..line.start + before.len() - opener.len();
        if text[own.clone()].trim().is_empty() {
            suggest(text, next_code(text, line.end), scan);
        } else {
            suggest(text, own, scan);
        }
    }
}

/// Returns whether the parameters of a hint name the engine's project: where a package is looked up
/// counts more than what it is called.
fn speaks_of_us(parameters: &str) -> bool {
    let value = |key: &str| {
        let mut words = parameters.split_whitespace();
        words
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
            .map(|word| word.trim_matches(['"', '\'']))
    };
    let name = ["packageName", "lookupName", "depName"].into_iter().find_map(value);
    // Only the project's own things are in its registry.
    let is_registry =
        |key| value(key).is_some_and(|url| url.trim_end_matches('/').ends_with("//registry.dagger.io"));
    // Parts of the project have tags of their own.
    let is_part = value("extractVersion").is_some_and(|pattern| pattern.contains("sdk"));
    let is_ours = |name: &str| {
        let name = name.trim_end_matches('/').trim_end_matches(".git");
        PROJECTS.iter().any(|project| name.eq_ignore_ascii_case(project)) || image::kind_of(name).is_some()
    };
    name.map_or_else(|| is_registry("registryUrl"), is_ours) && !is_part
}

/// Returns the first line after `end` that is no comment; an empty range when another hint or too
/// many comments come first.
fn next_code(text: &str, end: usize) -> Range<usize> {
    let mut start = end;
    for _ in 0..MAX_COMMENTS {
        let Some(newline) = memchr::memchr(b'\n', &text.as_bytes()[start..]) else { break };
        let Some(line) = line_at(text, start + newline + 1) else { break };
        let code = text[line.clone()].trim_start();
        let is_comment = OPENERS.iter().any(|opener| code.starts_with(opener));
        if !code.is_empty() && !is_comment {
            return line;
        }
        if code.contains(MARK) {
            break;
        }
        start = line.end;
    }
    end..end
}

/// Suggests the one version in `range`; what is repeated there moves with it, and so does a hash.
fn suggest(text: &str, range: Range<usize>, scan: &mut Scan<'_>) {
    let mut words = words(text, range.clone());
    words.retain(|word| expression::states_version(&text[word.clone()]) || is_hash(&text[word.clone()]));
    let (hashes, versions): (Vec<_>, Vec<_>) =
        words.into_iter().partition(|word| is_hash(&text[word.clone()]));
    let Some((first, others)) = versions.split_first() else { return };
    let stated = Stated::of(&text[first.clone()]);
    if others.iter().any(|other| Stated::of(&text[other.clone()]).value() != stated.value()) {
        return;
    }
    let span = |range: &Range<usize>| Span::new(range.start, range.end);
    let mentions = others.iter().map(|other| (span(other), Companionship::Mention));
    let hashes = hashes.iter().map(|hash| {
        let is_digest = text[..hash.start].ends_with("sha256:");
        (span(hash), if is_digest { Companionship::ImageDigest } else { Companionship::OpaqueHash })
    });
    let companions = mentions.chain(hashes).map(|(span, what)| Companion { span, what }).collect();
    scan.suggest(Kind::Hint, span(first), &text[first.clone()], stated, companions);
}

/// Returns the words of a line that could be versions or hashes, a comment behind it aside.
fn words(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let comment =
        [" #", "\t#", " //", "\t//"].iter().filter_map(|opener| text[range.clone()].find(opener)).min();
    let end = comment.map_or(range.end, |at| range.start + at);
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = range.start;
    while at < end {
        let len = bytes[at..end].iter().take_while(|byte| is_part(**byte)).count();
        let word = text[at..at + len].trim_end_matches(['.', '-']);
        let word = word.strip_suffix("-gpu").unwrap_or(word);
        // `-0.21.8` follows a name.
        if !word.is_empty() && !word.starts_with(['-', '.', '+']) {
            found.push(at..at + word.len());
        }
        at += len.max(1);
        while at < end && !text.is_char_boundary(at) {
            at += 1;
        }
    }
    found
}

/// Returns whether a word is a git commit or a SHA-256.
fn is_hash(word: &str) -> bool {
    matches!(word.len(), 40 | 64) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the line that the offset is in, without what ends it; `None` when it is too long.
fn line_at(text: &str, at: usize) -> Option<Range<usize>> {
    let from = text.ceil_char_boundary(at.saturating_sub(MAX_LINE));
    let to = text.floor_char_boundary((at + MAX_LINE).min(text.len()));
    let start = match text[from..at].rfind('\n') {
        Some(newline) => from + newline + 1,
        None if from == 0 => 0,
        None => return None,
    };
    let end = match text[at..to].find('\n') {
        Some(newline) => at + newline,
        None if to == text.len() => to,
        None => return None,
    };
    Some(start..start + text[start..end].trim_end_matches('\r').len())
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;
    use crate::site::{Companionship, Format, Scan, resolve};
    use crate::text::Source;

    const HINT: &str = "renovate: datasource=github-releases depName=dagger/dagger";

    fn check(path: &str, text: &str, expect: &[&str]) {
        check_at(path, &text.replace("HINT", HINT), expect);
    }

    #[test]
    fn the_next_line_s_value_is_marked() {
        let hint: &[&str] = &["hint v0.21.8 mirror 0.21.8"];
        for (path, text) in [
            ("a.yaml", "x:\n  # HINT versioning=semver\n  cli: v0.21.8 # v0.1.0\n"),
            ("a.yaml", "x:\r\n  # é HINT\r\n  # HINT\r\n  # another comment\r\n\r\n  cli: \"v0.21.8\"\r\n"),
            ("a.yaml", "cli: v0.21.8 # HINT\nother: v0.1.0\n"),
            ("a.yaml", "{{/* HINT */}}\ncli: {{ x }} v0.21.8\n"),
            (".env", "# HINT\nCLI=v0.21.8"),
            ("a.sh", "#!/bin/sh\n# renovate: depName=cli lookupName=dagger/dagger\nCLI=v0.21.8\n"),
            (
                "a.nix",
                "{\n  # renovate: packageName=\"https://github.com/dagger/dagger.git\" depName=x\n  rev = \"v0.21.8\";\n}",
            ),
            (
                "a.yaml",
                "# renovate: datasource=docker registryUrl=https://registry.dagger.io\nchart: v0.21.8\n",
            ),
            (
                "Dockerfile",
                "FROM scratch\n# renovate: datasource=docker depName=registry.dagger.io/engine\nARG TAG=v0.21.8\n",
            ),
        ] {
            check(path, text, hint);
        }
        check("a.yaml", "# HINT\nurl: https://example.com/v0.21.8/cli-v0.21.8.tgz\n", hint);
    }

    #[test]
    fn what_stands_beside_the_version_belongs_to_it() {
        let digest = "0".repeat(64);
        let text = format!("# {HINT}\nimage: example.com/x/v0.21.8:v0.21.8-gpu@sha256:{digest}\n");
        let source = Source::new(text.into_bytes());
        let mut scan = Scan::new("a.yaml");
        Format::of("a.yaml").unwrap().find(&source, &mut scan).unwrap();
        let sites = resolve(&[scan]);
        let companions = sites[0].companions.iter();
        let companions: Vec<_> = companions.map(|known| (source.slice(known.span), &known.what)).collect();
        assert_eq!((sites.len(), sites[0].text.as_str()), (1, "v0.21.8"));
        let expect = [("v0.21.8", &Companionship::Mention), (digest.as_str(), &Companionship::ImageDigest)];
        assert_eq!(companions, expect);
    }

    #[test]
    fn what_is_a_site_already_stays_what_it_is() {
        check("a.yaml", "# HINT\nDAGGER_VERSION: 0.21.8\n", &["env.version 0.21.8 mirror 0.21.8"]);
        check(
            "a.sh",
            "# HINT\nTAG=v0.21.8\ndocker pull registry.dagger.io/engine:$TAG\n",
            &["variable v0.21.8 mirror 0.21.8", "image.engine $TAG derived 0.21.8"],
        );
        check(
            "a.yaml",
            "# HINT\nimage: registry.dagger.io/engine:v0.21.8\n",
            &["image.engine v0.21.8 mirror 0.21.8"],
        );
    }

    #[test]
    fn others_are_none() {
        for text in [
            "# renovate: datasource=github-releases depName=cli/cli\ncli: v0.21.8\n",
            "# renovate: depName=dagger/dagger packageName=o/fork\ncli: v0.21.8\n",
            "# renovate: depName=dagger\ncli: v0.21.8\n",
            "# renovate: depName=dagger/dagger-for-github\ncli: v0.21.8\n",
            "# HINT extractVersion=^sdk/go/(?<version>v.*)$\ncli: v0.21.8\n",
            "# HINT\n# renovate: depName=cli/cli\ncli: v0.21.8\n",
            "# HINT\ncli: [v0.21.8, v0.20.8]\n",
            "# HINT\nuses: dagger/dagger-for-github@v8.4.1\n",
            "# HINT",
            "x: dagger # HINT\ncli: v0.21.8\n",
            "HINT\ncli: v0.21.8\n",
            "match: \"# renovate: depName=(?<depName>dagger/dagger) v0.21.8\"\n",
        ] {
            check("a.yaml", text, &[]);
        }
    }
}
