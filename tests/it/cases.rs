//! Directory cases: `tests/cases/VERB/CASE/`, each found by itself.
//!
//! | file | what |
//! |---|---|
//! | `in/` | the repository before; absent = an empty one |
//! | `cmd` | one command of `pin` per line, words split on spaces, variables first: `CI=1 sync --to 0.21.8` |
//! | `stdout`, `stderr` | what is printed; absent = nothing at all. With several commands each part begins with `$ pin ARGS` |
//! | `exit` | one exit code per command, one per line; absent = all 0 |
//! | `spellings/` | of the directory of a format: see `support::spelling` |
//! | `out/` | the repository afterwards, to the byte, the mode and the link target; absent = unchanged |
//!
//! Lines of `cmd` that begin with `#` prepare the repository before the first command, in their order: `# git`
//! (`git init` and `git add --all`), `# chmod 444 PATH`, `# write PATH TEXT` (for what git cannot hold, such as
//! `sub/.git`), `# home PATH` (what stands below it stands in the user's home directory, too); `##` begins a comment. Permission bits beyond "may be run" are not in git, so `out/` is compared after
//! the same `chmod`s.
//!
//! `PIN_UPDATE=1 cargo test cases` rewrites the expectations: read the diff before you commit it. `PIN_CASE=sync/crlf`
//! runs only the cases whose name contains that text.

use crate::support::tree::Entry;
use crate::support::{Project, Tree, diff, repository, tool};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

#[test]
fn every_case() {
    let only = std::env::var("PIN_CASE").unwrap_or_default();
    let update = std::env::var("PIN_UPDATE").is_ok_and(|value| value == "1");
    let mut waiting: Vec<Case> = cases(&repository().join("tests/cases"))
        .into_iter()
        .filter(|case| case.name.contains(&only))
        .collect();
    let count = waiting.len();
    waiting.reverse();

    let (waiting, failures) = (Mutex::new(waiting), Mutex::new(BTreeMap::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = { waiting.lock().expect("no thread panics with the lock").pop() } {
                    let result = case.run().and_then(|found| {
                        if update {
                            case.write(&found);
                            return Ok(());
                        }
                        case.compare(&found)
                    });
                    if let Err(text) = result {
                        failures.lock().expect("no thread panics with the lock").insert(case.name, text);
                    }
                }
            });
        }
    });

    let failures = failures.into_inner().expect("all threads are done");
    let report: Vec<String> = failures.iter().map(|(name, text)| format!("==== {name}\n{text}")).collect();
    let names: Vec<&str> = failures.keys().map(String::as_str).collect();
    assert!(
        failures.is_empty(),
        "\n{}\n{} of {count} cases failed: {}\n(`PIN_UPDATE=1 cargo test cases` rewrites the expectations)",
        report.join("\n"),
        failures.len(),
        names.join(" ")
    );
    tool::say(&format!("cases: {count} directories"));
}

#[derive(Debug)]
struct Case {
    /// `VERB/CASE`.
    name: String,
    directory: PathBuf,
}

/// One case's expectation, or what was found in its place.
#[derive(Debug, Default)]
struct Outcome {
    stdout: String,
    stderr: String,
    exits: Vec<String>,
    before: Tree,
    after: Tree,
    /// Modes that the case has set by itself.
    modes: BTreeMap<String, u32>,
}

fn cases(root: &Path) -> Vec<Case> {
    let children = |directory: &Path| -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
        paths.sort();
        paths
    };
    let name = |path: &Path| path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
    children(root)
        .into_iter()
        .filter(|verb| verb.is_dir())
        .flat_map(|verb| {
            let verb_name = name(&verb);
            children(&verb).into_iter().map(move |directory| (verb_name.clone(), directory))
        })
        .map(|(verb, directory)| Case { name: format!("{verb}/{}", name(&directory)), directory })
        .collect()
}

impl Case {
    fn run(&self) -> Result<Outcome, String> {
        const PARTS: [&str; 7] = ["in", "cmd", "stdout", "stderr", "exit", "out", "spellings"];
        for entry in fs::read_dir(&self.directory).map_err(|error| error.to_string())? {
            let name = entry.map_err(|error| error.to_string())?.file_name();
            if !PARTS.iter().any(|part| *part == name) {
                return Err(format!(
                    "unexpected `{}`, a case holds {}",
                    name.to_string_lossy(),
                    PARTS.join(", ")
                ));
            }
        }
        let script =
            fs::read_to_string(self.directory.join("cmd")).map_err(|error| format!("cmd: {error}"))?;
        let lines: Vec<&str> = script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let several = lines.iter().filter(|line| !line.starts_with('#')).count() > 1;

        let input = self.directory.join("in");
        let mut project =
            if input.is_dir() { Project::copy_of(&input) } else { Project::of(&Tree::default()) };
        let mut outcome = Outcome { before: project.tree(), ..Outcome::default() };
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        for line in lines {
            if line.starts_with("##") {
                continue;
            }
            if let Some(directive) = line.strip_prefix('#') {
                if !outcome.exits.is_empty() {
                    return Err(format!("cmd: `{line}` stands after a command"));
                }
                project = prepare(project, directive, &mut outcome)?;
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_variable = |word: &&str| {
                word.split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty()
                        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
                })
            };
            let split = words.iter().position(|word| !is_variable(word)).unwrap_or(words.len());
            let variables: Vec<(&str, &str)> =
                words[..split].iter().filter_map(|word| word.split_once('=')).collect();
            let run = project.pin_with(&variables, &words[split..]);
            if several {
                let header = format!("$ {}pin {}\n", prefix(&words[..split]), words[split..].join(" "));
                stdout.push((header.clone(), run.stdout));
                stderr.push((header, run.stderr));
            } else {
                stdout.push((String::new(), run.stdout));
                stderr.push((String::new(), run.stderr));
            }
            outcome.exits.push(run.exit);
        }
        outcome.stdout = stream(&stdout);
        outcome.stderr = stream(&stderr);
        outcome.after = project.tree();
        Ok(outcome)
    }

    fn compare(&self, found: &Outcome) -> Result<(), String> {
        let read = |name: &str| fs::read_to_string(self.directory.join(name)).unwrap_or_default();
        let mut report = String::new();
        report.extend(diff::of("stdout", read("stdout").as_bytes(), found.stdout.as_bytes()));
        report.extend(diff::of("stderr", read("stderr").as_bytes(), found.stderr.as_bytes()));
        let mut exits = read("exit");
        if exits.is_empty() {
            exits = "0\n".repeat(found.exits.len());
        }
        report.extend(diff::of("exit", exits.as_bytes(), lines(&found.exits).as_bytes()));
        let out = self.directory.join("out");
        let wanted = if out.is_dir() { found.expected(Tree::read(&out)) } else { found.before.clone() };
        report.extend(wanted.diff(&found.after));
        if out.is_dir() && wanted == found.before {
            report += "out/ is the same as in/: remove it\n";
        }
        if report.is_empty() { Ok(()) } else { Err(report) }
    }

    fn write(&self, found: &Outcome) {
        let put = |name: &str, text: &str| {
            let path = self.directory.join(name);
            let done = match text {
                "" if !path.exists() => Ok(()),
                "" => fs::remove_file(&path),
                text => fs::write(&path, text),
            };
            done.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        };
        put("stdout", &found.stdout);
        put("stderr", &found.stderr);
        let exits = lines(&found.exits);
        put("exit", if exits == "0\n".repeat(found.exits.len()) { "" } else { &exits });
        let out = self.directory.join("out");
        if out.exists() {
            fs::remove_dir_all(&out).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
        }
        if found.after != found.before {
            fs::create_dir(&out).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
            found.after.clone().with_git_modes().write(&out);
        }
    }
}

impl Outcome {
    /// The tree in `out/` with the modes that the case itself has set.
    fn expected(&self, out: Tree) -> Tree {
        let mut tree = out.with_git_modes();
        for (path, wanted) in &self.modes {
            if let Some(Entry::File { mode, .. }) = tree.0.get_mut(path) {
                *mode = *wanted;
            }
        }
        tree
    }
}

/// Carries out one `#` line. What it does to the tree belongs to the state before the commands.
fn prepare(project: Project, directive: &str, outcome: &mut Outcome) -> Result<Project, String> {
    let words: Vec<&str> = directive.split_whitespace().collect();
    let project = match words[..] {
        ["git"] => project.with_git(),
        ["chmod", mode, path] => {
            let mode = u32::from_str_radix(mode, 8).map_err(|error| format!("chmod {mode}: {error}"))?;
            fs::set_permissions(project.root().join(path), fs::Permissions::from_mode(mode))
                .map_err(|error| format!("chmod {path}: {error}"))?;
            outcome.modes.insert(path.to_owned(), mode);
            project
        }
        ["write", path, ref text @ ..] => {
            project.write(path, text.join(" ") + "\n");
            project
        }
        ["home", path] => {
            Tree::read(&project.root().join(path)).write(project.home());
            project
        }
        _ => {
            return Err(format!(
                "cmd: unknown line `#{directive}`, known are # git, # chmod, # write, # home and ##"
            ));
        }
    };
    outcome.before = project.tree();
    Ok(project)
}

/// What several commands wrote to one stream, each under its header; nothing when none of them wrote anything.
fn stream(parts: &[(String, String)]) -> String {
    if parts.iter().all(|(_, text)| text.is_empty()) {
        return String::new();
    }
    parts.iter().flat_map(|(header, text)| [header.as_str(), text.as_str()]).collect()
}

fn prefix(variables: &[&str]) -> String {
    variables.iter().flat_map(|variable| [*variable, " "]).collect()
}

fn lines(words: &[String]) -> String {
    words.iter().flat_map(|word| [word.as_str(), "\n"]).collect()
}
