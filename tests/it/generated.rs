//! Repositories that no person wrote, in every format at once: one `sync` brings them to one version, and nothing but
//! versions changes.

use crate::support::project::{Project, Run};
use pin::catalog;
use pin::site::Format;
use pin::value::Version;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// How a generated file is written, apart from what it says.
#[derive(Clone, Copy, Debug)]
struct Style {
    /// Which of the format's spellings.
    spelling: usize,
    crlf: bool,
    bom: bool,
    final_newline: bool,
    /// Bytes that are not UTF-8 in a comment, where the format has comments.
    not_utf8: bool,
}

/// A file of the format that states `version`, in one of its spellings.
///
/// The match has no `_` arm: a format without a generator does not compile.
fn generate(format: Format, version: &Version, style: Style) -> (&'static str, Vec<u8>) {
    let v = version.to_string();
    let (path, spellings): (&str, Vec<String>) = match format {
        Format::DaggerJson => (
            "ci/dagger.json",
            vec![
                format!(
                    "{{\n\t\"name\": \"ci\",\n\t\"engineVersion\": \"v{v}\",\n\t\"sdk\": {{\"source\": \"go\"}}\n}}\n"
                ),
                format!("{{\"engineVersion\":\"{v}\",\"name\":\"c\\u0069\"}}"),
                format!(
                    "{{\n  \"na\\u006de\": \"é\",\n  \"sdk\": \"python\",\n  \"engine\\u0056ersion\": \"v{v}\"\n}}\n"
                ),
            ],
        ),
        Format::DaggerModuleToml => (
            "mod/dagger-module.toml",
            vec![
                format!("name = \"m\" # é\nengineVersion = \"v{v}\"\n\n[runtime]\n  source = \"go\"\n"),
                format!("engineVersion = '{v}'\nname = '''m'''\n"),
            ],
        ),
        // A workspace states no engine; its reference into the engine's repository may be older, never newer.
        Format::DaggerToml => (
            "dagger.toml",
            vec![format!("[modules.wolfi]\nsource = \"github.com/dagger/dagger/modules/wolfi@v{v}\"\n")],
        ),
        Format::FlakeLock => ("flake.lock", vec![lock(version, true), lock(version, false)]),
        Format::Nix => (
            "flake.nix",
            vec![
                "{\n  inputs.dagger.url = \"github:dagger/nix\";\n  outputs = { ... }: { };\n}\n".to_owned(),
                format!(
                    "{{\n  inputs = {{ dagger = {{ url = \"github:dagger/nix/{}\"; }}; }};\n  outputs = _: {{ x = ''\n    image = registry.dagger.io/engine:v{v}\n  ''; }};\n}}\n",
                    revision(version)
                ),
                format!(
                    "{{\n  inputs.dagger.url = github:dagger/nix?rev={};\n  outputs = _: {{ }};\n}}\n",
                    revision(version)
                ),
            ],
        ),
        Format::Workflow => (
            ".github/workflows/ci.yml",
            vec![
                format!(
                    "on: push\nenv:\n  DAGGER_VERSION: {v}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: dagger/dagger-for-github@v8.4.1\n        with:\n          version: ${{{{ env.DAGGER_VERSION }}}}\n"
                ),
                format!(
                    "on: push\njobs:\n  a:\n    runs-on: depot-ubuntu-24.04,dagger={v}\n    steps:\n      - uses: dagger/dagger-for-github@v8\n        with: {{version: \"{v}\", verb: call}}\n      - run: |\n          # é\n          curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION={v} sh\n"
                ),
                format!(
                    "on: {{workflow_call: {{inputs: {{dagger-version: {{type: string, default: \"{v}\"}}}}}}}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: dagger/dagger-for-github@v8\n        with:\n          version: ${{{{ inputs.dagger-version || '{v}' }}}}\n"
                ),
            ],
        ),
        Format::Action => (
            ".github/actions/setup/action.yml",
            vec![format!(
                "name: setup\ninputs:\n  dagger-version:\n    description: d\n    default: '{v}'\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      run: >\n        curl -fsSL https://dl.dagger.io/dagger/install.sh |\n        DAGGER_VERSION=${{{{ inputs.dagger-version }}}} sh\n"
            )],
        ),
        Format::Yaml => (
            "deploy/engine.yaml",
            vec![
                format!(
                    "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: engine\n      image: \"registry.dagger.io/engine:v{v}\" # é\n---\nkind: ConfigMap\ndata:\n  run: |-\n      docker run registry.dagger.io/engine:v{v}-gpu\n\n      true\n"
                ),
                format!(
                    "image: &image\n  repository: registry.dagger.io/engine\n  tag: 'v{v}'\nother: *image\n"
                ),
                format!(
                    "a: \"x\\ty registry.dagger.io/engine:v{v} \\\n  z\"\nb: >-\n  docker pull\n  ghcr.io/dagger/engine:v{v}\n"
                ),
                format!(
                    "dependencies:\n  - name: dagger-helm\n    repository: oci://registry.dagger.io\n    version: {v}\n"
                ),
            ],
        ),
        Format::Dockerfile => (
            "Dockerfile",
            vec![
                format!(
                    "FROM debian:12 # é\nARG DAGGER_VERSION={v}\nRUN curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$DAGGER_VERSION sh\n"
                ),
                format!(
                    "FROM registry.dagger.io/engine:v{v} AS engine\nENV A=1 \\\n    DAGGER_VERSION=\"{v}\"\nCOPY --from=registry.dagger.io/cli:v{v} /dagger /dagger\n"
                ),
            ],
        ),
        Format::Shell => (
            "install.sh",
            vec![
                format!(
                    "#!/bin/sh\nDAGGER_VERSION=${{DAGGER_VERSION:-{v}}}\ncurl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=\"$DAGGER_VERSION\" sh\n"
                ),
                format!(
                    "#!/bin/sh\n# é\ncurl -fsSLO https://dl.dagger.io/dagger/releases/{v}/dagger_v{v}_linux_amd64.tar.gz\ndocker run 'registry.dagger.io/engine:v{v}'\n"
                ),
            ],
        ),
        Format::Dotenv => {
            (".env", vec![format!("A=1\nDAGGER_VERSION='v{v}'\n"), format!("export DAGGER_VERSION={v}\n")])
        }
    };
    let mut text = spellings[style.spelling % spellings.len()].clone();
    if style.crlf && !matches!(format, Format::Shell) {
        text = text.replace('\n', "\r\n");
    }
    if !style.final_newline {
        text.truncate(text.trim_end().len());
    }
    let mut bytes = text.into_bytes();
    let comment = match format {
        Format::DaggerJson | Format::FlakeLock => None,
        _ => Some(b"# \xff\xfe\n"),
    };
    if let Some(comment) = comment.filter(|_| style.not_utf8 && !matches!(format, Format::Shell)) {
        bytes.splice(0..0, *comment);
    }
    if style.bom && !matches!(format, Format::Shell) {
        bytes.splice(0..0, *b"\xef\xbb\xbf");
    }
    (path, bytes)
}

fn revision(version: &Version) -> String {
    catalog::revision_for(version).expect("the generator takes packaged versions").rev.to_string()
}

/// A lock as Nix writes it, with the input's own nixpkgs or one that follows.
fn lock(version: &Version, follows: bool) -> String {
    let row = catalog::revision_for(version).expect("the generator takes packaged versions");
    let node = |name: &str,
                owner: &str,
                repo: &str,
                rev: String,
                hash: String,
                modified: u64,
                inputs: &str| {
        format!(
            "    \"{name}\": {{\n{inputs}      \"locked\": {{\n        \"lastModified\": {modified},\n        \"narHash\": \"{hash}\",\n        \"owner\": \"{owner}\",\n        \"repo\": \"{repo}\",\n        \"rev\": \"{rev}\",\n        \"type\": \"github\"\n      }},\n      \"original\": {{\n        \"owner\": \"{owner}\",\n        \"repo\": \"{repo}\",\n        \"type\": \"github\"\n      }}\n    }}"
        )
    };
    let inputs = if follows {
        "      \"inputs\": {\n        \"nixpkgs\": [\n          \"nixpkgs\"\n        ]\n      },\n"
    } else {
        "      \"inputs\": {\n        \"nixpkgs\": \"nixpkgs\"\n      },\n"
    };
    let dagger = node(
        "dagger",
        "dagger",
        "nix",
        row.rev.to_string(),
        row.nar_hash.to_string(),
        row.last_modified,
        inputs,
    );
    let nixpkgs = row.nixpkgs;
    let nixpkgs = node(
        "nixpkgs",
        "NixOS",
        "nixpkgs",
        nixpkgs.rev.to_string(),
        nixpkgs.nar_hash.to_string(),
        nixpkgs.last_modified,
        "",
    );
    let root = if follows {
        "        \"dagger\": \"dagger\",\n        \"nixpkgs\": \"nixpkgs\"\n"
    } else {
        "        \"dagger\": \"dagger\"\n"
    };
    format!(
        "{{\n  \"nodes\": {{\n{dagger},\n{nixpkgs},\n    \"root\": {{\n      \"inputs\": {{\n{root}      }}\n    }}\n  }},\n  \"root\": \"root\",\n  \"version\": 7\n}}\n"
    )
}

fn style() -> impl Strategy<Value = Style> {
    (0..6_usize, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(spelling, crlf, bom, final_newline, not_utf8)| Style {
            spelling,
            crlf,
            bom,
            final_newline,
            not_utf8,
        },
    )
}

/// Versions that every generator can write: the flake packages them.
fn versions() -> Vec<Version> {
    let packaged =
        |version: &Version| catalog::revision_for(version).is_some() && catalog::broken(version).is_none();
    catalog::versions().filter(packaged).filter(|version| *version >= Version::new(0, 18, 0)).collect()
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
    role: String,
    value: Option<String>,
}

fn listed(project: &Project) -> Vec<ListedSite> {
    let run = project.pin(&["list", "--format", "json"]);
    assert_eq!(run.exit, "0", "{run:?}");
    serde_json::from_str::<Listed>(&run.stdout).expect("list prints JSON").sites
}

/// What a file is outside its sites; beside a lock's revision stand the hashes that move with it, and an address may
/// name its version twice.
fn skeletons(project: &Project) -> BTreeMap<String, String> {
    let mut skeletons: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for site in listed(project).iter().rev() {
        let bytes = skeletons.entry(site.path.clone()).or_insert_with(|| project.read(&site.path));
        bytes.splice(site.start..site.end, *b"<version>");
    }
    let moving =
        regex::bytes::Regex::new(r#"(?-u)sha256-[A-Za-z0-9+/=]{44}|\b[0-9a-f]{40}\b|("lastModified": )\d+"#)
            .expect("a pattern");
    let mention = regex::bytes::Regex::new(r"dagger_v[0-9.]+_").expect("a pattern");
    let skeleton = |path: &str, bytes: &[u8]| match path {
        "flake.lock" => moving.replace_all(bytes, &b"<lock>"[..]).into_owned(),
        _ => mention.replace_all(bytes, &b"<mention>"[..]).into_owned(),
    };
    skeletons
        .into_iter()
        .map(|(path, bytes)| {
            let text = skeleton(&path, &bytes).escape_ascii().to_string();
            (path, text)
        })
        .collect()
}

fn ok(run: &Run) {
    assert_eq!(run.exit, "0", "\n{}{}", run.stdout, run.stderr);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn one_sync_brings_every_format_to_one_version(
        files in proptest::collection::vec((any::<prop::sample::Index>(), style()), Format::ALL.len()),
        to in any::<prop::sample::Index>(),
    ) {
        let versions = versions();
        let files: Vec<(&str, Vec<u8>)> = Format::ALL
            .into_iter()
            .zip(&files)
            .map(|(format, (version, style))| generate(format, version.get(&versions), *style))
            .collect();
        let project = Project::new(&files).with_git();
        let to = to.get(&versions).to_string();
        let before = skeletons(&project);
        let found: Vec<&str> = before.keys().map(String::as_str).collect();
        for (path, _) in &files {
            // An input without a pin is stated by its lock.
            prop_assert!(found.contains(path) || *path == "flake.nix", "nothing found in {path}");
        }
        ok(&project.pin(&["sync", "--to", &to]));
        prop_assert_eq!(skeletons(&project), before);
        for site in listed(&project) {
            let is_reference = site.path == "dagger.toml";
            prop_assert!(is_reference || site.value.as_ref() == Some(&to), "{} {} {:?}", site.path, site.role, site.value);
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
