//! References to engine and CLI images, in any text (distribution/reference, "Grammar").

use std::ops::Range;

use super::expression::{self, Position};
use super::scan::{Companion, Companionship};
use super::scope::Scope;
use super::{Kind, Scan, Stated, custom};
use crate::text::{Fragment, Span};
use crate::value::{Digest, Version};

/// Ends of the repositories that hold the images, below any mirror.
const REPOSITORIES: [(&str, Kind); 5] = [
    ("registry.dagger.io/engine", Kind::ImageEngine),
    ("dagger/engine", Kind::ImageEngine),
    ("registry.dagger.io/cli", Kind::ImageCli),
    ("dagger/cli", Kind::ImageCli),
    // Packagers who have no organisation of that name; told from other images by its tag.
    ("dagger-cli", Kind::ImageCli),
];

/// No registry takes longer names (distribution/reference, `NameTotalLengthMax`).
const MAX_LEN: usize = 255;

/// Adds every engine and CLI image reference in the fragment. A repository without tag and digest
/// is only one in an address (`docker-image://…`): elsewhere it is a word, a pattern or a name.
pub(super) fn find(fragment: &Fragment<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    find_in(fragment, 0..fragment.text().len(), scope, scan);
}

/// Does what [`find`] does in a part of the fragment.
pub(super) fn find_in(fragment: &Fragment<'_>, range: Range<usize>, scope: &Scope, scan: &mut Scan<'_>) {
    look(fragment, range, Whole::No, scope, scan);
}

/// Adds the site of a text that is an image reference as a whole (`FROM`, `image:`), where a
/// missing tag means `latest`. Returns whether the image is the engine's or the CLI's.
pub(super) fn find_whole(
    fragment: &Fragment<'_>,
    range: Range<usize>,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> bool {
    look(fragment, range, Whole::Yes, scope, scan)
}

fn look(
    fragment: &Fragment<'_>,
    range: Range<usize>,
    whole: Whole,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> bool {
    let text = &fragment.text()[..range.end];
    let mut is_found = false;
    // All of the names end so; most texts have neither.
    for last in ["engine", "cli"] {
        for at in memchr::memmem::find_iter(&text.as_bytes()[range.start..], last) {
            if let Some(found) = repository_ending_at(text, range.start + at + last.len()) {
                is_found |= reference(text, &found, whole, fragment, scope, scan);
            }
        }
    }
    is_found
}

/// Returns which image the repository holds, when it is one of ours: `registry.dagger.io/engine`,
/// `mirror.example/dagger/engine`.
pub(super) fn kind_of(repository: &str) -> Option<Kind> {
    let found = repository_ending_at(repository, repository.len())?;
    (found.range.start == 0 && found.is_certain).then_some(found.kind)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

/// A repository in a text.
struct Repository {
    range: Range<usize>,
    kind: Kind,
    /// The name is the engine's own, and not just one that others use for it.
    is_certain: bool,
    /// It stands in an address that says what it is.
    has_scheme: bool,
    /// An expression stands before it.
    is_continued: bool,
}

fn repository_ending_at(text: &str, end: usize) -> Option<Repository> {
    let before = &text[..end];
    let (name, kind) = REPOSITORIES.into_iter().find(|(name, _)| before.ends_with(name))?;
    let Start { at: start, has_scheme, is_continued } = repository_start(text, end);
    let repository = &text[start..end];
    let host = repository.strip_suffix(name)?;
    let begins_well = host.starts_with(|first: char| first.is_ascii_alphanumeric());
    // A path of the file system begins with a slash or a dot; a Go package is on a forge.
    let is_reference = host.is_empty() || (host.ends_with('/') && (begins_well || is_continued));
    let is_package = ["github.com/", "gitlab.com/"].iter().any(|forge| repository.starts_with(forge))
        || repository.contains("dagger/dagger/");
    (is_reference && !is_package).then_some(Repository {
        range: start..end,
        kind,
        is_certain: name != "dagger-cli",
        has_scheme,
        is_continued,
    })
}

/// Returns the name of the image whose tag is at `tag`, when it stands right before it.
pub(super) fn name_before(text: &str, tag: Span) -> Option<&str> {
    let end = text.get(..tag.start)?.strip_suffix(':')?.len();
    let start = repository_start(text, end).at;
    (start < end).then(|| &text[start..end])
}

/// Returns the name of the image whose tag is at `tag` with its registry and all of its path, so
/// that two ways to write one image are the same; empty when the name stands elsewhere.
pub fn canonical_name(text: &str, tag: Span) -> String {
    name_before(text, tag).map(custom::canonical).unwrap_or_default()
}

/// Where an image's name begins.
pub(super) struct Start {
    pub(super) at: usize,
    /// It stands in an address that says it is one.
    pub(super) has_scheme: bool,
    /// An expression stands before it.
    pub(super) is_continued: bool,
}

/// Returns where the name begins that ends at `end`.
pub(super) fn repository_start(text: &str, end: usize) -> Start {
    let before = &text[..end];
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-/:".contains(byte);
    let len = before.bytes().rev().take(MAX_LEN).take_while(is_part).count();
    let mut start = end - len;
    let mut has_scheme = false;
    if let Some(at) = text[start..end].rfind("://") {
        let scheme = text[start..start + at].rsplit(['.', '/', ':']).next().unwrap_or_default();
        // Schemes that address images; a web page about one is none.
        has_scheme =
            ["docker-image", "image", "docker", "podman", "nerdctl", "container", "oci"].contains(&scheme);
        start += at + 3;
    }
    // `image:ghcr.io/…`: a colon is a port's only before digits.
    while let Some(colon) = text[start..end].find(':') {
        let port = &text[start + colon + 1..end];
        let n_digits = port.bytes().take_while(u8::is_ascii_digit).count();
        if n_digits > 0 && port[n_digits..].starts_with('/') && !port[n_digits..].contains(':') {
            break;
        }
        start += colon + 1;
    }
    // `${X:-registry…`: no name begins with a dash.
    start = end - text[start..end].trim_start_matches('-').len();
    let is_continued = text[..start].ends_with(['}', ')', '$', '>', ']']);
    Start { at: start, has_scheme, is_continued }
}

fn reference(
    text: &str,
    repository: &Repository,
    whole: Whole,
    fragment: &Fragment<'_>,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> bool {
    let end = repository.range.end;
    match text.as_bytes().get(end) {
        Some(b':') if !text[end..].starts_with("://") => tagged(text, repository, fragment, scope, scan),
        Some(b'@') => {
            let Some(digest) = digest_at(text, end) else { return false };
            let stated = Stated::Revision(text[digest.clone()].to_owned());
            scan.add_in(repository.kind, fragment, digest, stated);
            true
        }
        _ if !repository.is_certain || !is_end(text, end) => false,
        _ if whole == Whole::Yes || (repository.has_scheme && !repository.is_continued) => {
            scan.add_in(repository.kind, fragment, repository.range.clone(), Stated::Missing);
            true
        }
        _ => false,
    }
}

/// Returns whether a name ends at `end` and does not go on as a longer one; a full stop may end
/// the sentence it stands in.
fn is_end(text: &str, end: usize) -> bool {
    let next = text[end..].trim_start_matches('.').chars().next();
    !next.is_some_and(|next| next.is_alphanumeric() || "_-/{$%*".contains(next))
}

fn tagged(
    text: &str,
    repository: &Repository,
    fragment: &Fragment<'_>,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> bool {
    let mut start = repository.range.end + 1;
    // A shell joins `"registry.dagger.io/engine:"$TAG` and `'registry.dagger.io/engine:v'"$X"`.
    let joint = start + usize::from(text[start..].starts_with('v'));
    let quotes = text[joint..].bytes().take(2).take_while(|byte| b"\"'".contains(byte)).count();
    if quotes > 0 && text[joint + quotes..].starts_with('$') {
        start = joint + quotes;
    }
    let is_tag = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let end = expression::end_of(text, start, is_tag);
    let end = start + text[start..end].trim_end_matches('.').len();
    if end == start || is_pattern(text, end) || is_placeholder(&text[start..end]) {
        return false;
    }
    let tag = &text[start..end];
    if !repository.is_certain && Version::parse(tag).is_none() {
        return false;
    }
    // A file mounted into a container is written like a tag.
    if repository.is_continued && matches!(tag, "ro" | "rw" | "z" | "Z") {
        return false;
    }
    let version = start..start + tag.strip_suffix("-gpu").unwrap_or(tag).len();
    let site = expression::add(repository.kind, Position::Tag, fragment, version, scope, scan);
    let digest = digest_at(text, end).and_then(|digest| fragment.span(digest));
    if let (Some(site), Some(span)) = (site, digest) {
        site.companions.push(Companion { span, what: Companionship::ImageDigest });
    }
    true
}

/// Returns whether the tag goes on as a regular expression or a shell pattern does.
fn is_pattern(text: &str, end: usize) -> bool {
    let rest = text[end..].trim_start_matches('.');
    // A statement of a template ends the tag.
    if rest.starts_with("{{") {
        return false;
    }
    let mut rest = rest.chars();
    match rest.next() {
        Some('*' | '[' | '(' | '+' | '^' | '<' | '{' | '$' | '%') => true,
        Some('\\') => rest.next().is_some_and(|next| !next.is_whitespace() && !"\"'n".contains(next)),
        _ => false,
    }
}

/// `vX.Y.Z` stands for a version in words to a reader; a lone `v` is the half of one.
fn is_placeholder(tag: &str) -> bool {
    let digits = tag.strip_prefix('v').unwrap_or(tag);
    digits.is_empty() || digits.eq_ignore_ascii_case("x.y.z")
}

/// Returns the digest after the `@` at `at`.
fn digest_at(text: &str, at: usize) -> Option<Range<usize>> {
    const LEN: usize = "sha256:".len() + 64;
    let digest = text.get(at..)?.strip_prefix('@')?.get(..LEN)?;
    Digest::parse(digest).map(|_| at + 1..at + 1 + LEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Role;

    /// Expects `kind text value`, one after the other; a derived site's value is `?`.
    fn check(whole: bool, text: &str, expect: &[(&str, &str, &str)]) {
        let fragment = Fragment::verbatim(text, 0);
        let mut scan = Scan::new("compose.yaml");
        if whole {
            assert!(find_whole(&fragment, 0..text.len(), &Scope::default(), &mut scan), "{text}");
        } else {
            find(&fragment, &Scope::default(), &mut scan);
        }
        let found: Vec<_> = scan
            .sites
            .iter()
            .map(|(site, _)| {
                let value = match (&site.role, &site.stated) {
                    (Role::Derived, _) => "?".to_owned(),
                    (_, Stated::Missing) => "missing".to_owned(),
                    (_, Stated::Floating(_)) => "floating".to_owned(),
                    (_, Stated::Revision(_)) => "revision".to_owned(),
                    (_, stated) => stated.value().unwrap_or_default(),
                };
                assert_eq!(&text[site.span.range()], site.text);
                (site.kind.as_str(), site.text.as_str(), value)
            })
            .collect();
        let found: Vec<_> = found.iter().map(|(kind, text, value)| (*kind, *text, value.as_str())).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn a_reference_is_found_in_any_text() {
        let engine = "image.engine";
        for text in [
            "registry.dagger.io/engine:v0.21.4",
            "image: \"registry.dagger.io/engine:v0.21.4\"",
            "image:ghcr.io/dagger/engine:v0.21.4",
            "docker-image://registry.dagger.io/engine:v0.21.4?cleanup=true&x=1",
            "`mirror.example:5000/registry.dagger.io/engine:v0.21.4`",
            "(localhost:5000/dagger/engine:v0.21.4)",
            "Pulls registry.dagger.io/engine:v0.21.4.",
            "a,registry.dagger.io/engine:v0.21.4,b",
            "{\\\"i\\\":\\\"registry.dagger.io/engine:v0.21.4\\\"}",
            "${IMAGE:-registry.dagger.io/engine:v0.21.4}",
            "{{ else }}registry.dagger.io/engine:v0.21.4{{ end }}",
            "$MIRROR/dagger/engine:v0.21.4 {{ .Values.mirror }}/x",
            "é registry.dagger.io/engine:v0.21.4é",
        ] {
            check(false, text, &[(engine, "v0.21.4", "0.21.4")]);
        }
        check(false, "registry.dagger.io/cli:0.21.4", &[("image.cli", "0.21.4", "0.21.4")]);
        check(false, "ghcr.io/o/dagger-cli:0.18.10", &[("image.cli", "0.18.10", "0.18.10")]);
        check(false, "registry.dagger.io/engine:v0.20.0-gpu", &[(engine, "v0.20.0", "0.20.0")]);
        check(false, "registry.dagger.io/engine:latest", &[(engine, "latest", "floating")]);
    }

    #[test]
    fn a_tag_may_be_an_expression() {
        for tag in [
            "$TAG",
            "v$TAG",
            "v${DAGGER_VERSION}",
            "${{ inputs.engine-version }}",
            "v${{ env.DAGGER_VERSION }}",
            "v{{ .Chart.Version }}",
            "$(jq -r .engineVersion dagger.json)",
        ] {
            check(false, &format!("registry.dagger.io/engine:{tag}"), &[("image.engine", tag, "?")]);
            let text = format!("{{{{ else }}}}registry.dagger.io/engine:{tag}{{{{ end }}}}");
            check(false, &text, &[("image.engine", tag, "?")]);
            let text = format!("\"registry.dagger.io/engine:{tag}-gpu\"");
            check(false, &text, &[("image.engine", tag, "?")]);
        }
        check(false, "\"registry.dagger.io/engine:v\"$TAG", &[("image.engine", "$TAG", "?")]);
        check(false, "registry.dagger.io/engine:${T:-v0.21.4}", &[("image.engine", "v0.21.4", "0.21.4")]);
    }

    #[test]
    fn a_digest_goes_with_its_tag() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let text = format!("registry.dagger.io/engine@{digest} x");
        check(false, &text, &[("image.engine", &digest, "revision")]);
        let text = format!("registry.dagger.io/engine:v0.21.4@{digest}");
        check(false, &text, &[("image.engine", "v0.21.4", "0.21.4")]);
        let mut scan = Scan::new("");
        find(&Fragment::verbatim(&text, 7), &Scope::default(), &mut scan);
        let companions = &scan.sites[0].0.companions;
        assert_eq!(companions[0].what, Companionship::ImageDigest);
        assert_eq!(companions[0].span.shift(0).range(), 41..41 + digest.len());
    }

    #[test]
    fn a_bare_repository_counts_only_as_a_whole() {
        let bare = "registry.dagger.io/engine";
        check(true, bare, &[("image.engine", bare, "missing")]);
        check(true, "registry.dagger.io/engine:v1.0.0", &[("image.engine", "v1.0.0", "1.0.0")]);
        check(false, "docker-image://registry.dagger.io/engine", &[("image.engine", bare, "missing")]);
        check(false, "docker ps --filter ancestor=registry.dagger.io/engine", &[]);
    }

    #[test]
    fn other_things_are_called_so_too() {
        for text in [
            "",
            "unix:///run/dagger/engine.sock",
            "/etc/dagger/engine:/etc/dagger/engine:ro",
            "./config/dagger/engine:x",
            "-X github.com/dagger/dagger/engine.Version=v0.1.0",
            "github.com/dagger/dagger/engine@v0.21.4",
            "dev-dagger-engine:main",
            "registry.dagger.io/engine:v[0-9.]+",
            "registry.dagger.io/engine:v.*",
            "registry.dagger.io/engine:*)",
            "registry.dagger.io/engine:v%s",
            "registry.dagger.io/engine:v<version>",
            "registry.dagger.io/engine:vX.Y.Z",
            "registry.dagger.io/engine-custom:v1.0.0",
            "myregistry.dagger.io/engine:v1.0.0",
            "dagger-cli:main",
            "docker-container://dagger-engine-v0.21.4",
        ] {
            check(false, text, &[]);
        }
    }
}
