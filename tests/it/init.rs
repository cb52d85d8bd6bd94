//! `pin init` over every repository of the cases: what it writes changes nothing, and what it suggests can be taken.

use crate::support::{Project, Run, repository, tool};
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

/// The directories in which commands of the cases are run, those with a `pin.toml` aside.
fn repositories() -> Vec<PathBuf> {
    let children =
        |path: PathBuf| fs::read_dir(path).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let cases = children(repository().join("tests/cases")).flat_map(children).map(|case| case.join("in"));
    let mut found: Vec<PathBuf> =
        cases.filter(|path| path.is_dir() && !path.join("pin.toml").exists()).collect();
    found.push(repository().join("tests/demo"));
    found.retain(|path| !path.join("pin.toml").exists());
    found.sort();
    found
}

/// Runs `look` over all of them, and returns what it has against any.
fn problems(look: impl Fn(&Project) -> Result<(), String> + Sync) -> Vec<String> {
    let waiting = Mutex::new(repositories());
    let problems = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(path) = { waiting.lock().expect("no thread panics with the lock").pop() } {
                    let project = Project::copy_of(&path);
                    if let Err(problem) = look(&project) {
                        let name = path
                            .strip_prefix(repository())
                            .expect("a case stands below")
                            .display()
                            .to_string();
                        problems
                            .lock()
                            .expect("no thread panics with the lock")
                            .push(format!("{name}: {problem}"));
                    }
                }
            });
        }
    });
    problems.into_inner().expect("all threads are done")
}

fn checks(project: &Project) -> [Run; 3] {
    [project.pin(&["check"]), project.pin(&["check", "--strict", "--format", "json"]), project.pin(&["list"])]
}

#[test]
fn what_is_written_changes_nothing() {
    let problems = problems(|project| {
        let (before, tree) = (checks(project), project.tree());
        let run = project.pin(&["init", "--direnv"]);
        match run.exit.as_str() {
            "0" => {}
            // Nothing to pin, or nothing that can be read.
            "3" if project.tree() == tree => return Ok(()),
            "3" if run.stderr.contains("cannot parse") || run.stderr.contains("cannot read") => {}
            _ => return Err(format!("{run:?}")),
        }
        let after = checks(project);
        if after != before {
            return Err(format!("{before:#?}\n{after:#?}"));
        }
        let (again, tree) = (project.pin(&["init", "--direnv"]), project.tree());
        if !again.stderr.contains("nothing to write") || project.tree() != tree {
            return Err(format!("twice: {again:?}"));
        }
        let refused = project.pin(&["init"]);
        if refused.exit != "2" || project.tree() != tree { Err(format!("{refused:?}")) } else { Ok(()) }
    });
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_suggestion_can_be_taken() {
    let problems = problems(|project| {
        if !project.pin(&["init"]).stderr.contains("wrote pin.toml") {
            return Ok(());
        }
        let text = String::from_utf8(project.read("pin.toml")).map_err(|error| error.to_string())?;
        let is_suggestion = |line: &str| {
            line.strip_prefix("# ").is_some_and(|rest| {
                let key = rest.split(" = ").next().unwrap_or_default();
                rest.contains(" = ") && key.bytes().all(|byte| byte.is_ascii_lowercase())
            })
        };
        let mut taken = 0;
        for (index, line) in text.lines().enumerate().filter(|(_, line)| is_suggestion(line)) {
            let lines = text.lines().enumerate().map(|(other, text)| {
                // A table's header belongs to what stands below it.
                let is_header = other + 1 == index && text.starts_with("# [");
                if other == index || is_header { &text[2..] } else { text }
            });
            let text = lines.collect::<Vec<_>>().join("\n");
            pin::config::parse("pin.toml", &text).map_err(|error| format!("`{line}`: {error}"))?;
            taken += 1;
        }
        if taken > 2 { Ok(()) } else { Err(format!("only {taken} suggestions in\n{text}")) }
    });
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// What direnv offers to an `.envrc`, as far as ours uses it (direnv-stdlib(1)).
const STDLIB: &str = "set -eu
has() { type \"$1\" >/dev/null 2>&1; }
watch_file() { echo \"watch $*\"; }
log_error() { echo \"error $*\"; }
";

#[test]
fn no_shell_is_kept_from_starting() {
    let Some(bash) = tool::find("bash") else { return };
    let binary = crate::support::binary();
    let path = binary.parent().expect("it stands in a directory").to_str().expect("a plain path");
    let skewed = ("dagger.json", r#"{"name":"a","engineVersion":"v0.21.7"}"#);
    let engine = |version: &str| format!("image: registry.dagger.io/engine:v{version}\n");
    let failed = "error pin check failed: run it to see why\n";
    for (version, path, broken, expect) in [
        ("0.21.7", path, false, ""),
        ("0.20.8", path, false, failed),
        ("0.20.8", "/nowhere", false, ""),
        ("0.21.7", path, true, failed),
    ] {
        let project = Project::new(&[(skewed.0, skewed.1.to_owned()), ("engine.yaml", engine(version))]);
        project.pin(&["init", "--direnv"]).exits(0);
        if broken {
            project.write("pin.toml", "broken");
        }
        let envrc = String::from_utf8(project.read(".envrc")).expect("it is UTF-8");
        let mut shell = project.command(&bash, &["-c", &format!("{STDLIB}{envrc}echo entered\n")]);
        let run = project.run(shell.env("PATH", path));
        run.exits(0);
        assert!(run.stdout.starts_with("watch pin.toml pin.lock"), "{run:?}");
        let (_, said) = run.stdout.split_once('\n').expect("what is watched is a line");
        assert_eq!(said, format!("{expect}entered\n"), "{version} {path} {broken}");
    }
}
