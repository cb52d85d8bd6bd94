//! What makes a result the same one after the file has changed (sarif-v2.1.0 §3.27.17).
//!
//! `pinSite/v1` is the SHA-256 of code, toolchain, path, kind, what stands before the version on its line, and the
//! ordinal among the places of the file with the same words before them. Neither a line number nor a version is part of
//! it: lines inserted elsewhere leave it alone, and so does moving from one wrong version to another. The line's
//! beginning is compared without the versions in it and with its white space collapsed, and only its last
//! [`MAX_CONTEXT`] characters count, so that a file on one line works too.
//!
//! `primaryLocationLineHash` is the one that GitHub's code scanning tracks alerts by. Its upload action computes it from
//! the file when it is missing, and complains when it finds another value; an upload through the API has none unless it
//! is given here. So it is the same function: see [`line_hashes`].

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::finding::Finding;
use crate::lockstep::{Repository, Verdict};
use crate::text::{Source, Span};

/// How many characters before a version say which one it is.
const MAX_CONTEXT: usize = 80;

/// Stands for a version in the words before another one.
const VERSION: char = '\u{fffc}';

/// How many characters, white space left out, decide the hash of a line.
const HASHED: usize = 100;

/// The fingerprints of a verdict's findings.
pub(super) struct Fingerprints<'a> {
    repository: &'a Repository,
    /// What stands before a place, and how many places before it have the same words before them.
    contexts: BTreeMap<(&'a str, Span), (String, usize)>,
    line_hashes: BTreeMap<&'a str, Vec<String>>,
}

impl<'a> Fingerprints<'a> {
    pub(super) fn new(repository: &'a Repository, verdict: &'a Verdict, findings: &[&'a Finding]) -> Self {
        let paths: BTreeSet<&str> = findings.iter().map(|finding| finding.primary.path.as_str()).collect();
        let mut spans: BTreeMap<&str, BTreeSet<Span>> = BTreeMap::new();
        for (site, _) in verdict.sites.iter().filter(|(site, _)| paths.contains(site.path.as_str())) {
            let own = spans.entry(&site.path).or_default();
            own.insert(site.span);
            own.extend(site.companions.iter().map(|companion| companion.span));
        }
        for finding in findings {
            spans.entry(&finding.primary.path).or_default().insert(finding.primary.span);
        }
        let mut contexts = BTreeMap::new();
        let mut line_hashes = BTreeMap::new();
        for (path, spans) in &spans {
            let Some(source) = repository.sources.get(*path) else { continue };
            line_hashes.insert(*path, self::line_hashes(source.bytes()));
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            for span in spans {
                let words = context(source, *span, spans);
                let ordinal = seen.entry(words.clone()).or_default();
                contexts.insert((*path, *span), (words, *ordinal));
                *ordinal += 1;
            }
        }
        Self { repository, contexts, line_hashes }
    }

    /// Returns the fingerprints of one finding by their names.
    pub(super) fn of(&self, finding: &Finding) -> BTreeMap<&'static str, String> {
        let (path, span) = (finding.primary.path.as_str(), finding.primary.span);
        let none = (String::new(), 0);
        let (words, ordinal) = self.contexts.get(&(path, span)).unwrap_or(&none);
        let (code, kind, ordinal) = (finding.code.as_str(), finding.kind.as_str(), ordinal.to_string());
        let mut hash = Sha256::new();
        for part in [code, finding.toolchain.as_str(), path, kind, words.as_str(), ordinal.as_str()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let mut all = BTreeMap::from([("pinSite/v1", HEXLOWER.encode(&hash.finalize()))]);
        let line = self.repository.place(&finding.primary).line;
        let line_hash = self.line_hashes.get(path).and_then(|hashes| hashes.get(line - 1));
        all.extend(line_hash.map(|hash| ("primaryLocationLineHash", hash.clone())));
        all
    }
}

/// Returns the words before `span` on its line, without the versions among them.
fn context(source: &Source, span: Span, spans: &BTreeSet<Span>) -> String {
    let text = source.text();
    let (line, _) = source.line_at(span.start);
    // White space and versions take room that does not count.
    let mut start = line.max(span.start.saturating_sub(8 * MAX_CONTEXT));
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let mut words = String::new();
    let mut at = start;
    for other in spans.range(Span::new(start, start)..span) {
        if other.start < at || other.end > span.start {
            continue;
        }
        words.push_str(&text[at..other.start]);
        words.push(VERSION);
        at = other.end;
    }
    words.push_str(&text[at..span.start]);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let skipped = words.chars().count().saturating_sub(MAX_CONTEXT);
    words.chars().skip(skipped).collect()
}

/// Returns `HASH:COUNT` of each line, as GitHub's upload action does: a polynomial over the UTF-16 units of the
/// [`HASHED`] characters from the line's first one on, blanks and tabs left out and each line break one line feed; the
/// end of the file is a character of its own. `COUNT` tells lines with one hash apart.
fn line_hashes(bytes: &[u8]) -> Vec<String> {
    const BASE: u64 = 37;
    const END: u16 = u16::MAX;
    let text = String::from_utf8_lossy(bytes);
    let mut units: Vec<u16> = Vec::with_capacity(bytes.len() + 1);
    let mut after_return = false;
    for unit in text.encode_utf16() {
        let is_second_half = after_return && unit == u16::from(b'\n');
        after_return = unit == u16::from(b'\r');
        if is_second_half || unit == u16::from(b' ') || unit == u16::from(b'\t') {
            continue;
        }
        units.push(if after_return { u16::from(b'\n') } else { unit });
    }
    units.push(END);
    let is_break = |unit: &u16| *unit == u16::from(b'\n');
    let after_breaks = units.iter().enumerate().filter(|(_, unit)| is_break(unit)).map(|(at, _)| at + 1);
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    let hash = |start: usize| {
        let window = units[start..].iter().copied().chain(std::iter::repeat(0)).take(HASHED);
        let hash = window.fold(0_u64, |hash, unit| hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)));
        let count = seen.entry(hash).or_default();
        *count += 1;
        format!("{hash:x}:{count}")
    };
    std::iter::once(0).chain(after_breaks).map(hash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use proptest::prelude::*;

    const WORKFLOW: &str = ".github/workflows/ci.yaml";
    const LINES: [&str; 9] = [
        "on: push",
        "jobs:",
        "  a:",
        "    steps:",
        "      - { uses: dagger/dagger-for-github@v8, with: { version: 0.20.6 } }",
        "      - { uses: dagger/dagger-for-github@v8, with: { version: 0.20.6 } } # the same again",
        "      - run: ./build",
        "        env:",
        "          DAGGER_VERSION: '0.20.7'",
    ];

    /// Returns the fingerprints of every finding in a workflow next to an engine of another version, by their place.
    fn fingerprints(workflow: &str) -> Vec<BTreeMap<&'static str, String>> {
        let engine = "services: {e: {image: 'registry.dagger.io/engine:v0.20.8'}}";
        let (repository, verdict) = fixture::judged(&[("compose.yaml", engine), (WORKFLOW, workflow)]);
        let findings: Vec<&Finding> =
            verdict.findings.iter().filter(|finding| finding.primary.path == WORKFLOW).collect();
        let fingerprints = Fingerprints::new(&repository, &verdict, &findings);
        findings.iter().map(|finding| fingerprints.of(finding)).collect()
    }

    fn sites(workflow: &str) -> Vec<String> {
        fingerprints(workflow).into_iter().map(|mut all| all.remove("pinSite/v1").unwrap()).collect()
    }

    #[test]
    fn a_fingerprint_is_its_own_and_survives_other_versions() {
        let before = sites(&LINES.join("\n"));
        let distinct: BTreeSet<&String> = before.iter().collect();
        assert_eq!((before.len(), distinct.len()), (3, 3), "{before:?}");
        let check = |what: &str, from: &str, to: &str| {
            let text = LINES.join("\n");
            assert!(text.contains(from), "{what}");
            assert_eq!(sites(&text.replace(from, to)), before, "{what}");
        };
        check("another wrong version", "0.20.6", "0.20.3");
        check("another indentation", "\n    ", "\n      ");
        check("other line endings", "\n", "\r\n");
        check("another comment after it", "the same again", "once more");
        let renamed = sites(&LINES.join("\n").replace("DAGGER_VERSION", "DAGGER_CLI_VERSION"));
        assert_ne!(renamed, before, "another variable is another place");
    }

    #[test]
    fn a_file_on_one_line_has_fingerprints_too() {
        let row = "{ uses: dagger/dagger-for-github@v8, with: { version: 0.20.6 } }";
        let line = format!("{{ on: push, jobs: {{ a: {{ steps: [{}] }} }} }}", vec![row; 300].join(", "));
        let all = sites(&line);
        let distinct: BTreeSet<&String> = all.iter().collect();
        assert_eq!(all.len(), distinct.len());
        assert!(all.len() >= 300, "{}", all.len());
    }

    /// What GitHub's upload action computes: these were made by its own function, codeql-action 3 `src/fingerprints.ts`.
    #[test]
    fn a_line_s_hash_is_that_of_the_upload_action() {
        let check = |bytes: &[u8], expect: &[&str]| assert_eq!(line_hashes(bytes), expect);
        check(b"", &["c129715d7a2bc9a3:1"]);
        check(b"version: 0.21.8\n", &["52df7357210c866c:1", "c129715d7a2bc9a3:1"]);
        let breaks = [
            "2fa12da2216694ea:1",
            "241b49b8351225a4:1",
            "c9961835b3e8b7dc:1",
            "2a9159bd01820062:1",
            "3c5bef55b72b93c9:1",
            "c129715d7a2bc9a3:1",
        ];
        check(b"a: 1\r\n\tb : 2\r\rc\n \n", &breaks);
        let bom = "\u{feff}größe: \"0.21.8\" # \u{1f600}\nlast";
        check(bom.as_bytes(), &["34afd4ad9be5f13c:1", "58429ecce5a8d0db:1"]);
        let mut bytes = b"x: \xff\xe2\x82A\r \n".to_vec();
        bytes.extend([b'y'; 150]);
        bytes.extend(b"\nz");
        let odd = ["b297a96784b30356:1", "1a06d98d043c32c9:1", "cadd4b5b9d92c51c:1", "76dcabf80cb35c79:1"];
        check(&bytes, &odd);
        let repeated = line_hashes("- uses: x@v1\n".repeat(30).as_bytes());
        assert_eq!((&*repeated[1], &*repeated[29]), ("885ba3f29b8bbb69:2", "57d82401145f56fb:1"));
        assert_eq!(repeated.len(), 31);
    }

    proptest! {
        #[test]
        fn lines_inserted_elsewhere_change_nothing(
            inserted in proptest::collection::vec((0..=LINES.len(), "( {0,12}#[ -~]{0,30})?"), 1..6),
        ) {
            // White space and comments may stand anywhere; each is new to the file.
            let mut lines: Vec<String> = LINES.iter().map(|line| (*line).to_owned()).collect();
            for (number, (at, line)) in inserted.iter().enumerate() {
                let line = if line.is_empty() { String::new() } else { format!("{line} {number}") };
                lines.insert(*at, line);
            }
            prop_assert_eq!(sites(&lines.join("\n")), sites(&LINES.join("\n")));
        }

        #[test]
        fn lines_inserted_far_above_leave_the_hash_of_a_line(inserted in proptest::collection::vec("#[!-~]{1,30}", 1..6)) {
            let below = LINES.join("\n");
            let text = format!("{}\n{below}", inserted.join("\n"));
            let hash = |all: Vec<BTreeMap<&'static str, String>>| {
                all.into_iter().map(|mut all| all.remove("primaryLocationLineHash")).collect::<Vec<_>>()
            };
            prop_assert_eq!(hash(fingerprints(&text)), hash(fingerprints(&below)));
        }
    }
}
