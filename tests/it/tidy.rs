//! What holds for the repository itself: who may use whom, sizes, names, and what lies at the top.

use crate::support::{repository, repository_files};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lowest layer first. A module may name its own layer and those before it.
const LAYERS: &[&[&str]] = &[
    &["value", "text", "document"],
    &["site", "catalog", "finding", "config", "audit", "lock", "nar"],
    &["lockstep", "channel", "closure", "oci", "graph", "plan", "kube"],
    &["report"],
    &["world"],
    &["nix", "registry", "upstream", "packages", "engine"],
    &["command"],
    &["cli"],
];

/// Crates that only some modules may name: `clap` is the grammar, the others are the world.
const KEPT_APART: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("tokio", &["world", "nix", "registry", "upstream", "packages", "engine", "command"]),
    ("reqwest", &["world", "nix", "registry", "upstream", "packages", "engine", "command"]),
    ("bollard", &["world", "nix", "registry", "upstream", "packages", "engine", "command"]),
    ("xshell", &["world", "nix", "registry", "upstream", "packages", "engine", "command"]),
];

const TOP_LEVEL: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "flake.lock",
    "flake.nix",
    "nix",
    "pin.lock",
    "pin.toml",
    "src",
    "tests",
];

const LONGEST_FILE: usize = 500;

fn rust_files(below: &str) -> impl Iterator<Item = (PathBuf, String)> {
    let below = PathBuf::from(below);
    repository_files()
        .into_iter()
        .filter(move |path| {
            path.starts_with(&below) && path.extension().is_some_and(|extension| extension == "rs")
        })
        .map(|path| {
            let text = read(&path);
            (path, text)
        })
}

fn read(path: &Path) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `src/site/yaml.rs` and `src/site.rs` belong to `site`.
fn module(path: &Path) -> String {
    let below_src = path.strip_prefix("src").expect("a file below src");
    below_src.with_extension("").iter().next().expect("a file has a name").to_string_lossy().into_owned()
}

#[track_caller]
fn assert_none(problems: &[String], hint: &str) {
    assert!(problems.is_empty(), "\n{}\nhint: {hint}", problems.join("\n"));
}

/// The code of a line without its `//` comment; good enough for code that holds no `//` in a string before an import.
fn code(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Modules of this crate that a file names and may not.
fn upward(own: &str, text: &str) -> Vec<(usize, String)> {
    let layer = |name: &str| LAYERS.iter().position(|names| names.contains(&name));
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = code(line);
        if ["{", "*"].iter().any(|group| code.contains(&format!("crate::{group}"))) {
            found.push((index + 1, "a grouped import `crate::{…}`, which hides whom it uses".to_owned()));
        }
        for used in code.split("crate::").skip(1).chain(code.split("super::").skip(1)) {
            let end = used.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(used.len());
            if layer(own).zip(layer(&used[..end])).is_some_and(|(own, other)| own < other) {
                found.push((index + 1, format!("uses `{}`, which stands above it", &used[..end])));
            }
        }
    }
    found
}

#[test]
fn modules_only_look_down() {
    let mut problems = Vec::new();
    for (path, text) in rust_files("src") {
        let own = module(&path);
        if !["lib", "main"].contains(&own.as_str()) && !LAYERS.concat().contains(&own.as_str()) {
            problems.push(format!("{}: `{own}` is in no layer", path.display()));
        }
        for (line, what) in upward(&own, &text) {
            problems.push(format!("{}:{line}: {what}", path.display()));
        }
    }
    assert_none(&problems, "see LAYERS in tests/it/tidy.rs; move the code down, or pass the value in");
}

#[test]
fn the_layer_test_sees_what_it_must() {
    assert_eq!(upward("value", "use crate::site::Site;").len(), 1);
    assert_eq!(upward("site", "use crate::value::Rev;\nuse crate::catalog;").len(), 0);
    assert_eq!(upward("report", "fn f() { crate::world::walk(); crate::cli::main() }").len(), 2);
    assert_eq!(upward("value", "use crate::{site, text};").len(), 1);
    assert_eq!(upward("value", "use super::super::world;").len(), 1);
    assert_eq!(upward("value", "use super::*;").len(), 0);
    assert_eq!(upward("value", "// crate::site knows this").len(), 0);
}

#[test]
fn crates_of_the_world_stay_in_their_modules() {
    let names = |line: &str, name: &str| {
        [
            format!("{name}::"),
            format!("use {name};"),
            format!("use {name} as"),
            format!("extern crate {name}"),
        ]
        .iter()
        .any(|form| {
            let code = code(line);
            code.match_indices(form.as_str()).any(|(at, _)| {
                !code[..at]
                    .ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
            })
        })
    };
    let mut problems = Vec::new();
    for (path, text) in rust_files("src") {
        let own = module(&path);
        for (name, allowed) in KEPT_APART {
            if allowed.contains(&own.as_str()) {
                continue;
            }
            for (index, line) in text.lines().enumerate() {
                if names(line, name) {
                    problems.push(format!("{}:{}: names `{name}`", path.display(), index + 1));
                }
            }
        }
    }
    assert_none(&problems, "see KEPT_APART in tests/it/tidy.rs for the modules that may");
}

#[test]
fn a_file_has_one_idea_and_a_name_for_it() {
    let mut problems = Vec::new();
    for (path, text) in rust_files("src") {
        let count = text.lines().count();
        if count > LONGEST_FILE {
            problems.push(format!("{}: {count} lines, {LONGEST_FILE} is the limit", path.display()));
        }
        let name = path.file_stem().expect("a Rust file has a name").to_string_lossy();
        if name == "mod" {
            problems.push(format!("{}: write `name.rs` beside `name/`", path.display()));
        }
        if path.iter().any(|part| {
            let part = part.to_string_lossy();
            ["utils", "util", "helpers", "helper", "common", "misc"].contains(&part.trim_end_matches(".rs"))
        }) {
            problems.push(format!("{}: a name that says nothing", path.display()));
        }
    }
    assert_none(&problems, "ask what the second idea in the file is, and give it a file and a name");
}

/// The Nix package is built from `src` and the two manifests alone.
#[test]
fn the_sources_read_no_file_outside_src() {
    let mut problems = Vec::new();
    for (path, text) in rust_files("src") {
        for (index, line) in text.lines().enumerate() {
            for name in ["include_str!(\"", "include_bytes!(\"", "include!(\"", "#[path = \""] {
                let Some((_, rest)) = code(line).split_once(name) else { continue };
                let included = rest.split('"').next().expect("a literal ends");
                let depth = path.iter().count() - 1;
                if included.split('/').filter(|part| *part == "..").count() >= depth {
                    problems.push(format!("{}:{}: reads `{included}`", path.display(), index + 1));
                }
            }
        }
    }
    assert_none(&problems, "move the file below src, or name it in nix/package.nix and here");
}

#[test]
fn every_test_file_is_compiled() {
    let main = read(Path::new("tests/it/main.rs"));
    let support = read(Path::new("tests/it/support.rs"));
    let mut problems = Vec::new();
    for (path, _) in rust_files("tests/it") {
        let name = path.file_stem().expect("a Rust file has a name").to_string_lossy().into_owned();
        let parent = path.parent().expect("a file stands in a directory");
        let declared = |text: &str| {
            text.lines().any(|line| {
                line == format!("mod {name};")
                    || line == format!("pub(crate) mod {name};")
                    || line.ends_with(&format!("{name}.rs\"]"))
            })
        };
        let (text, by) = match parent.to_str() {
            Some("tests/it") if name == "main" => continue,
            Some("tests/it") => (main.clone(), "tests/it/main.rs".to_owned()),
            Some("tests/it/support") => (support.clone(), "tests/it/support.rs".to_owned()),
            _ => {
                let by = parent.with_extension("rs");
                (read(&by), by.display().to_string())
            }
        };
        if !declared(&text) {
            problems.push(format!("{}: not declared in {by}, so nothing in it runs", path.display()));
        }
    }
    assert_none(&problems, "add `mod NAME;`");
}

#[test]
fn the_changelog_begins_with_this_version() {
    let changelog = read(Path::new("CHANGELOG.md"));
    let head = changelog.lines().find(|line| line.starts_with("## ")).expect("the changelog has a version");
    let version = head.trim_start_matches("## ").split(' ').next().expect("a head has a word");
    assert_eq!(
        version,
        env!("CARGO_PKG_VERSION"),
        "CHANGELOG.md begins with `{head}`, Cargo.toml has the other"
    );
}

#[test]
fn the_code_is_formatted() {
    // Not `cargo fmt`: it does not find the modules that a macro declares.
    let is_ours = |path: &&PathBuf| {
        let is_code = path.starts_with("src") || path.starts_with("tests");
        is_code
            && path.extension().is_some_and(|extension| extension == "rs")
            && !path.starts_with("tests/cases")
    };
    let files = repository_files();
    let output = Command::new("rustfmt")
        .args(["--edition", "2024", "--check"])
        .args(files.iter().filter(is_ours))
        .current_dir(repository())
        .output()
        .expect("rustfmt starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}\nhint: run `rustfmt --edition 2024` on these files",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_top_level_holds_only_what_the_design_names() {
    let top: BTreeSet<String> = repository_files()
        .iter()
        .map(|path| path.iter().next().expect("a file has a name").to_string_lossy().into_owned())
        .collect();
    let problems: Vec<String> = top
        .iter()
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()))
        .map(|name| format!("`{name}` stands at the top of the repository"))
        .collect();
    assert_none(&problems, "everything else has a home in src, nix or tests");
}

/// Paths of the machine that the text was written on mean nothing on another one: a path that exists here, and outside
/// the directories that every machine has, is one of those.
#[test]
fn no_file_names_a_path_of_this_machine() {
    let mut problems = Vec::new();
    for path in repository_files() {
        let Ok(bytes) = fs::read(repository().join(&path)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        for (index, line) in text.lines().enumerate() {
            for named in machine_paths(line) {
                problems.push(format!("{}:{}: `{named}`", path.display(), index + 1));
            }
        }
    }
    assert_none(&problems, "name it relative to the repository, or by a variable");
}

fn machine_paths(line: &str) -> Vec<&str> {
    const EVERYWHERE: [&str; 17] = [
        "bin", "boot", "dev", "etc", "lib", "lib64", "media", "mnt", "nix", "opt", "proc", "run", "sbin",
        "sys", "tmp", "usr", "var",
    ];
    let is_part = |c: char| c.is_alphanumeric() || "._-/".contains(c);
    let starts = line.match_indices('/').filter(|(at, _)| {
        !line[..*at].ends_with(|before: char| before.is_alphanumeric() || "._-/:~$]})>*\\".contains(before))
    });
    starts
        .filter_map(|(at, _)| {
            let rest = &line[at..];
            let path =
                rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())].trim_end_matches(['/', '.', '-']);
            let mut parts = path.split('/').skip(1);
            let first = parts.next()?;
            // A checkout right below the root says nothing: `/src` may be meant as a path in a container.
            let below = parts.next().is_some() || path == repository().to_str()?;
            let ours = repository().iter().count() <= 2 && Path::new(path).starts_with(repository());
            (below && !ours && !EVERYWHERE.contains(&first) && Path::new(path).exists()).then_some(path)
        })
        .collect()
}

#[test]
fn the_path_test_sees_what_it_must() {
    let here = repository().to_str().expect("the repository has a plain path");
    if repository().iter().count() > 2 && !here.starts_with("/tmp/") && !here.starts_with("/mnt/") {
        assert_eq!(machine_paths(&format!("see `{here}/src/lib.rs`.")), [format!("{here}/src/lib.rs")]);
        assert_eq!(machine_paths(&format!("https://example.com{here}")), Vec::<&str>::new());
    }
    assert_eq!(machine_paths("run /usr/bin/env in /no/such/directory, or a/b"), Vec::<&str>::new());
}
