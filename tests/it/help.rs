//! Every page of `--help`: all of them are recorded, and what the README repeats of them is the same.

use crate::support::{Project, repository};
use std::collections::BTreeMap;
use std::fs;

/// The pages of all verbs, by what is typed before `--help`; which verbs there are the pages themselves say.
pub(crate) fn pages() -> BTreeMap<String, String> {
    let project = Project::new::<&str, &str>(&[]);
    let mut pages = BTreeMap::new();
    let mut verbs: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(verb) = verbs.pop() {
        let arguments: Vec<&str> = verb.iter().map(String::as_str).chain(["--help"]).collect();
        let run = project.pin(&arguments);
        let page = run.exits(0).stdout.clone();
        verbs.extend(commands(&page).map(|command| [&verb[..], &[command.to_owned()]].concat()));
        pages.insert(verb.join(" "), page);
    }
    pages
}

/// The names below `Commands:`, but that of clap's own verb; what explains them goes on further to the right.
fn commands(page: &str) -> impl Iterator<Item = &str> {
    let lines = page.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names =
        lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help")
}

#[test]
fn every_page_is_recorded() {
    let command = fs::read_to_string(repository().join("tests/cases/help/all/cmd")).expect("there is a case");
    let pages = pages();
    assert!(pages.contains_key("engine up") && pages.contains_key("catalog show"), "{:?}", pages.keys());
    let is_absent = |verb: &&String| !command.lines().any(|line| line == format!("{verb} --help").trim());
    let absent: Vec<&String> = pages.keys().filter(is_absent).collect();
    assert!(absent.is_empty(), "tests/cases/help/all/cmd lacks {absent:?}");
}

#[test]
fn exit_codes_are_those_of_the_readme() {
    let page = &pages()[""];
    let (_, codes) = page.split_once("Exit codes:\n").expect("they are told");
    let mut told: Vec<(String, String)> = Vec::new();
    for line in codes.lines() {
        match (line.trim_start().split_once("  "), told.last_mut()) {
            (Some((code, meaning)), _) => told.push((code.to_owned(), meaning.to_owned())),
            (None, Some((_, meaning))) => *meaning = format!("{meaning} {}", line.trim()),
            (None, None) => panic!("no code in `{line}`"),
        }
    }
    let readme = fs::read_to_string(repository().join("README.md")).expect("there is a README");
    let (_, table) =
        readme.split_once("| code | meaning |\n|---|---|\n").expect("the README has a table of codes");
    let cells = |row: &str| {
        let (code, meaning) = row.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
        Some((code.to_owned(), meaning.to_owned()))
    };
    let written: Vec<(String, String)> = table.lines().map_while(cells).collect();
    assert_eq!(written, told);
    let codes: Vec<&str> = told.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["0", "1", "2", "3", "4", "5", "6", "130", "other"]);
}

#[test]
fn the_readme_names_the_schema_of_every_output() {
    let readme = fs::read_to_string(repository().join("README.md")).expect("there is a README");
    let (_, outputs) = readme.split_once("## Outputs\n").expect("the README tells of outputs");
    let section = outputs.split("\n## ").next().unwrap_or_default();
    for entry in fs::read_dir(repository().join("src/report/schema")).expect("there are schemas") {
        let name = entry.expect("a readable entry").file_name().to_string_lossy().into_owned();
        assert!(section.contains(&format!("(src/report/schema/{name})")), "the README does not name {name}");
    }
}
