//! A toolchain that no person declared, in every format at once: one `sync` brings its sites to the truth, and nothing
//! but versions changes.

use crate::support::project::Project;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A declaration, and files in which it finds a site at every `@`.
const DECLARED: &[(&str, &str, &str)] = &[
    ("Cargo.toml", "key = 'package.rust-version'", "[package] # é\nrust-version = '@' # 1.2.3\n"),
    ("package.json", "key = 'volta.\"t.x\"'", "{\n\t\"volta\": { \"é\": 1, \"t.x\": \"@\" }\n}\n"),
    (
        "ci.yaml",
        "key = 'matrix[*].t'",
        "matrix:\n  - t:   \"@\"   # 1.2.3\n  - {t: '@', u: 1.2}\n---\nnone: 1\n",
    ),
    ("main.tf", "key = 'variable.t.default'", "variable \"t\" {\n  default = \"@\" // é\n}\n"),
    (
        "a.nix",
        "key = 'packages.t.version'",
        "{ x }: { packages.t = f rec { version = \"@\"; u = ''é''; }; }\n",
    ),
    ("arg/Dockerfile", "key = 'ARG.T'", "ARG T=@\nFROM x\nENV T=1.2.3 \\\n  U=2\n"),
    ("t.env", "key = 'T_VERSION'", "# T_VERSION=1.2.3\nexport T_VERSION=\"@\" # é\n"),
    ("api/go.mod", "key = 'toolchain'", "module x\n\ngo 1.20\n\ntoolchain go@ // é\n"),
    (".tool-versions", "key = 't'", "u 1.2.3\nt @ # é\n"),
    (".t-version", "", "@\n"),
    (
        "Dockerfile",
        "image = 'library/t'",
        "FROM t:@-slim AS build # é\nCOPY --from=docker.io/t:@ /a /b\nFROM u:1.2.3\n",
    ),
    (
        "compose.yaml",
        "image = 't'",
        "services:\n  a: {image: \"t:@-alpine3.20\"}\n  b:\n    image: x/t:1.2.3\n",
    ),
    ("values.yaml", "image = 't'", "image:\n  repository: t\n  tag: '@'\n  other: 1.2.3\n"),
    ("README.txt", "pattern = 'T (?<version>[0-9][0-9a-z.+-]*)'", "Use T @ (not U 1.2.3), é\n"),
    ("a.py", "marker = 'pin: t'", "T = '@'  # pin: t, é\nU = '1.2.3'\n# pin: t\n\nV = (\"@\")\n"),
];

fn version(width: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = String> {
    let numbers = proptest::collection::vec(prop_oneof![0_u64..30, Just(2024)], width);
    let rest = proptest::sample::select(vec!["", "", "", "rc1", "-beta.2"]);
    (numbers, rest).prop_map(|(numbers, rest)| {
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        format!("{}{rest}", numbers.join("."))
    })
}

/// What stands at a site: a version of the same width, with `v` or not.
fn stated(width: usize) -> impl Strategy<Value = String> {
    (version(1..=width), any::<bool>())
        .prop_map(|(version, with_v)| if with_v { format!("v{version}") } else { version })
}

fn case() -> impl Strategy<Value = (String, Vec<String>, bool, bool, bool)> {
    (2_usize..=4).prop_flat_map(|width| {
        let stated = proptest::collection::vec(stated(width), 24);
        (version(width..=width), stated, any::<bool>(), any::<bool>(), any::<bool>())
    })
}

#[derive(serde::Deserialize)]
struct Listed {
    sites: Vec<Site>,
}

#[derive(serde::Deserialize)]
struct Site {
    path: String,
    start: usize,
    end: usize,
    role: String,
    value: Option<String>,
}

fn sites(project: &Project) -> Vec<Site> {
    let run = project.pin(&["list", "--format", "json"]);
    assert_eq!(run.exit, "0", "{run:?}");
    serde_json::from_str::<Listed>(&run.stdout).expect("list prints JSON").sites
}

/// What the files are outside their sites.
fn skeletons(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut skeletons: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for site in sites(project).iter().rev() {
        let bytes = skeletons.entry(site.path.clone()).or_insert_with(|| project.read(&site.path));
        bytes.splice(site.start..site.end, *b"@");
    }
    skeletons
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn one_sync_brings_every_declared_site_to_the_truth((truth, stated, crlf, bom, no_final_newline) in case()) {
        let mut stated = stated.iter().cycle();
        let mut config = format!("[toolchain.t]\nversion = \"{truth}\"\nsite = [\n");
        let mut files = Vec::new();
        let mut expected = 1;
        for (path, selector, template) in DECLARED {
            let selector = if selector.is_empty() { String::new() } else { format!(", {selector}") };
            let _ = writeln!(config, "  {{ file = \"{path}\"{selector} }},");
            let mut text = String::new();
            for (index, part) in template.split('@').enumerate() {
                if index > 0 {
                    expected += 1;
                    // Where a prefix or a pattern says what stands there, no `v` does.
                    let version = stated.next().expect("it goes round");
                    let bare = text.ends_with(" go") || text.ends_with("T ");
                    text += if bare { version.trim_start_matches('v') } else { version };
                }
                text += part;
            }
            if crlf {
                text = text.replace('\n', "\r\n");
            }
            if no_final_newline {
                text.truncate(text.trim_end().len());
            }
            let mark: &[u8] = if bom { b"\xef\xbb\xbf" } else { b"" };
            files.push(((*path).to_owned(), [mark, text.as_bytes()].concat()));
        }
        files.push(("pin.toml".to_owned(), (config + "]\n").into_bytes()));
        let project = Project::new(&files);
        let before = skeletons(&project);
        prop_assert_eq!(sites(&project).len(), expected);
        let run = project.pin(&["sync"]);
        prop_assert_eq!(&run.exit, "0", "\n{}{}", run.stdout, run.stderr);
        prop_assert_eq!(skeletons(&project), before);
        for site in sites(&project) {
            prop_assert!(site.role == "derived" || site.value.as_ref() == Some(&truth), "{} {:?}", site.path, site.value);
        }
        let check = project.pin(&["check", "--strict"]);
        prop_assert_eq!(&check.exit, "0", "\n{}{}", check.stdout, check.stderr);
        let tree = project.tree();
        let again = project.pin(&["sync"]);
        prop_assert!(again.stderr.contains("nothing to write"), "{}", again.stderr);
        prop_assert_eq!(project.tree(), tree);
    }
}
