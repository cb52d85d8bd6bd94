//! Addresses of the CLI's releases, in text that was put together from the file.

use std::ops::Range;

use super::reach;

/// A version in a release's address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Release {
    /// Where the version stands first, with the `v` before it.
    pub(super) version: Range<usize>,
    /// Where it stands once more: in the file name.
    pub(super) mention: Option<Range<usize>>,
    /// The Nix system that the archive is for.
    pub(super) system: Option<&'static str>,
    /// Whether the archive holds the source, not the CLI.
    pub(super) is_source: bool,
}

/// What stands before a version, and whether the archive is of the source. The first is the
/// engine's own download site and every mirror that keeps its paths.
const PREFIXES: [(&str, bool); 7] = [
    ("/dagger/releases/", false),
    ("github.com/dagger/dagger/releases/download/", false),
    ("github.com/dagger/dagger/archive/refs/tags/", true),
    ("github.com/dagger/dagger/archive/", true),
    ("codeload.github.com/dagger/dagger/tar.gz/refs/tags/", true),
    ("codeload.github.com/dagger/dagger/tar.gz/", true),
    ("api.github.com/repos/dagger/dagger/tarball/", true),
];

/// Returns where the version stands in an address of a release, or `None` when the text is none.
pub(super) fn parse(text: &str) -> Option<Release> {
    if text.contains(char::is_whitespace) || !text.contains("://") {
        return None;
    }
    let (start, is_source) = PREFIXES.iter().find_map(|(prefix, is_source)| {
        let start = text.find(prefix)? + prefix.len();
        // `github.com/dagger/dagger/releases/tag/…` also looks like a path of the download site.
        let first = text[start..].trim_start_matches('v').bytes().next();
        (*is_source || first.is_some_and(|byte| byte.is_ascii_digit())).then_some((start, *is_source))
    })?;
    let end = start + text[start..].find(['/', '?', '#']).unwrap_or(text.len() - start);
    let token = &text[start..end];
    let version = if is_source {
        let token =
            [".tar.gz", ".zip", ".tgz"].iter().find_map(|suffix| token.strip_suffix(suffix)).unwrap_or(token);
        start..start + token.len()
    } else {
        start..end
    };
    if version.is_empty() {
        return None;
    }
    let mention = text[end..].find("/dagger_").map(|at| end + at + "/dagger_".len()).and_then(|from| {
        let length = text[from..].find('_').or_else(|| text[from..].find(".tar"))?;
        (length > 0).then_some(from..from + length)
    });
    let tail = mention.as_ref().map_or(end, |range| range.end);
    let platform = text[tail..].trim_start_matches('_').split('.').next().unwrap_or_default();
    Some(Release { version, mention, system: reach::system(platform), is_source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(&str, Option<&str>, Option<&str>, bool)>) {
        let found = parse(text);
        let found = found.as_ref().map(|found| {
            let mention = found.mention.clone().map(|range| &text[range]);
            (&text[found.version.clone()], mention, found.system, found.is_source)
        });
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn the_version_stands_after_known_prefixes() {
        check(
            "https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_linux_amd64.tar.gz",
            Some(("0.21.7", Some("v0.21.7"), Some("x86_64-linux"), false)),
        );
        check(
            "https://github.com/dagger/dagger/releases/download/v0.21.7/dagger_v0.21.7_darwin_arm64.tar.gz",
            Some(("v0.21.7", Some("v0.21.7"), Some("aarch64-darwin"), false)),
        );
        check(
            "https://github.com/dagger/dagger/releases/download/v1.0.0-beta.3/dagger_v1.0.0-beta.3_\0.tar.gz",
            Some(("v1.0.0-beta.3", Some("v1.0.0-beta.3"), None, false)),
        );
        check(
            "https://github.com/dagger/dagger/releases/download/v0.21.7/checksums.txt",
            Some(("v0.21.7", None, None, false)),
        );
        check(
            "https://github.com/dagger/dagger/archive/refs/tags/v0.21.7.tar.gz",
            Some(("v0.21.7", None, None, true)),
        );
        check("https://github.com/dagger/dagger/archive/v0.21.7.zip", Some(("v0.21.7", None, None, true)));
        check(
            "https://mirror.example/dl/dagger/releases/0.21.7/dagger_v0.21.7_linux_armv7.tar.gz",
            Some(("0.21.7", Some("v0.21.7"), Some("armv7l-linux"), false)),
        );
    }

    #[test]
    fn what_is_no_release_is_left_alone() {
        for text in [
            "https://github.com/dagger/container-use/releases/download/v0.4.2/container-use_v0.4.2_linux_amd64.tar.gz",
            "https://github.com/google/dagger/releases/download/v2.51/x",
            "https://github.com/dagger/dagger/releases/latest/download/dagger",
            "https://github.com/dagger/dagger/releases/tag/v0.21.7",
            "see https://dl.dagger.io/dagger/releases/0.21.7/x for more",
            "/dagger/releases/0.21.7/x",
            "https://dl.dagger.io/dagger/releases/",
            "",
        ] {
            check(text, None);
        }
    }
}
