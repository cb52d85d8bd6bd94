//! Repositories that no person wrote, in a dozen formats at once: one `sync` brings them to one version, and nothing but
//! versions changes.

use crate::support::project::{Project, Run};
use crate::support::spelling::{self, Style};
use pin::site::Format;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn style() -> impl Strategy<Value = Style> {
    (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(crlf, bom, no_final_newline, not_utf8)| Style { crlf, bom, no_final_newline, not_utf8 })
}

#[derive(serde::Deserialize)]
struct Listed {
    sites: Vec<ListedSite>,
}

#[derive(serde::Deserialize)]
struct ListedSite {
    path: String,
    start: usize,
    end: usize,
    kind: String,
    role: String,
    rule: String,
    value: Option<String>,
}

fn listed(project: &Project) -> Vec<ListedSite> {
    let run = project.pin(&["list", "--format", "json"]);
    assert_eq!(run.exit, "0", "{run:?}");
    serde_json::from_str::<Listed>(&run.stdout).expect("list prints JSON").sites
}

/// What a file is outside its sites; beside a revision stand the hashes that move with it, and an address may name its
/// version twice.
fn skeletons(project: &Project) -> BTreeMap<String, String> {
    let mut skeletons: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for site in listed(project).iter().rev() {
        let bytes = skeletons.entry(site.path.clone()).or_insert_with(|| project.read(&site.path));
        bytes.splice(site.start..site.end, *b"<version>");
    }
    let moving = r#"(?-u)sha256-[A-Za-z0-9+/=]{44}|\b[0-9a-f]{40}\b|("?lastModified"?: )\d+|dagger_v[0-9.]+_|\b[0-9a-fA-F]{64}\b|/download/v[0-9.]+/"#;
    let moving = regex::bytes::Regex::new(moving).expect("a pattern");
    let text = |bytes: &[u8]| moving.replace_all(bytes, &b"<moves>"[..]).escape_ascii().to_string();
    skeletons.into_iter().map(|(path, bytes)| (path, text(&bytes))).collect()
}

fn ok(run: &Run) {
    assert_eq!(run.exit, "0", "\n{}{}", run.stdout, run.stderr);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn one_sync_brings_every_format_to_one_version(
        formats in prop::sample::subsequence(Format::ALL, 12),
        choices in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), style()), 12),
        to in any::<prop::sample::Index>(),
    ) {
        let versions = spelling::versions();
        let mut files = Vec::new();
        for (format, (spelling, version, style)) in formats.iter().zip(&choices) {
            let spellings = spelling::of(&format.name());
            let new = spelling.get(&spellings).files(version.get(&versions), *style);
            files.extend(new.into_iter().map(|(path, bytes)| (format!("{}/{path}", format.name()), bytes)));
        }
        let project = Project::new(&files).with_git();
        let to = to.get(&versions).to_string();
        let before = skeletons(&project);
        for format in &formats {
            let prefix = format!("{}/", format.name());
            prop_assert!(before.keys().any(|path| path.starts_with(&prefix)), "nothing found in {prefix}");
        }
        let sync = project.pin(&["sync", "--to", &to]);
        // The sums of a Go module are not `sync`'s to write: it ends with what is left to run.
        let is_left_to_go = sync.exit == "1" && sync.stderr.contains("hint: run `go mod tidy`");
        prop_assert!(sync.exit == "0" || is_left_to_go, "\n{}{}", sync.stdout, sync.stderr);
        prop_assert_eq!(skeletons(&project), before);
        for site in listed(&project) {
            let is_bound = matches!(site.rule.as_str(), "at-most" | "admits") || site.kind.starts_with("sdk.");
            let may_differ = is_bound || site.role == "generated" || site.role == "intended";
            prop_assert!(may_differ || site.value.as_ref() == Some(&to), "{} {} {:?}", site.path, site.role, site.value);
        }
        let check = project.pin(&["check"]);
        prop_assert_eq!(&check.exit, "0", "\n{}{}", check.stdout, check.stderr);
        let tree = project.tree();
        let again = project.pin(&["sync", "--to", &to]);
        ok(&again);
        prop_assert!(again.stderr.contains("nothing to write"), "{}", again.stderr);
        prop_assert_eq!(project.tree(), tree);
    }
}

/// Each spelling by itself states what it was filled with, however the file is written.
#[test]
fn every_spelling_states_its_version() {
    let versions = spelling::versions();
    let version = versions.first().expect("the catalog has releases");
    let styles = [
        Style::default(),
        Style { crlf: true, no_final_newline: true, ..Style::default() },
        Style { bom: true, not_utf8: true, ..Style::default() },
    ];
    for format in Format::ALL {
        for spelling in spelling::of(&format.name()) {
            for style in styles {
                let project = Project::new(&spelling.files(version, style));
                let sites = listed(&project);
                let states = |site: &ListedSite| site.value.as_deref() == Some(&version.to_string());
                assert!(!sites.is_empty() && sites.iter().all(states), "{} {style:?}", spelling.name);
            }
        }
    }
}
