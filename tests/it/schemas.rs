//! What is printed for machines is what its schema says: every recorded output of every case is validated.

use crate::support::{repository, tool};
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What is printed about engines and daemons is no case: the tests that have one validate it with [`assert_output`].
const WITH_ENGINES: [&str; 6] =
    ["engine-doctor", "engine-plan", "engine-prune", "engine-status", "engine-up", "env"];

/// Panics unless an output is what the schema of its verb says.
#[track_caller]
pub(crate) fn assert_output(schema: &str, stdout: &str) -> Value {
    let value = serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{stdout}: {error}"));
    let validator = own_schema(&format!("src/report/schema/{schema}.json"));
    let problems: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}\n{stdout}");
    value
}

/// One recorded output.
struct Recorded {
    case: String,
    command: String,
    stdout: String,
}

/// What the cases' commands with `--format FORMAT` print, of those that print anything.
fn recorded(format: &str) -> Vec<Recorded> {
    let mut found = Vec::new();
    for verb in children(&repository().join("tests/cases")) {
        for case in children(&verb) {
            let read = |name: &str| fs::read_to_string(case.join(name)).unwrap_or_default();
            let script = read("cmd");
            let commands: Vec<&str> = script
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .collect();
            let stdout = read("stdout");
            let name = case.strip_prefix(repository().join("tests/cases")).expect("a case stands below");
            for (command, stdout) in parts(&commands, &stdout) {
                if command.contains(&format!("--format {format}")) && !stdout.is_empty() {
                    let (command, stdout) = (command.to_owned(), stdout.to_owned());
                    found.push(Recorded { case: name.display().to_string(), command, stdout });
                }
            }
        }
    }
    found
}

/// Splits what several commands printed at the lines that name them.
fn parts<'t>(commands: &[&'t str], stdout: &'t str) -> Vec<(&'t str, &'t str)> {
    if let [command] = commands {
        return vec![(command, stdout)];
    }
    let mut parts = Vec::new();
    let mut rest = stdout;
    for (index, command) in commands.iter().enumerate() {
        let Some((_, after)) = rest.split_once('\n') else { break };
        let next = commands.get(index + 1).and_then(|_| after.find("\n$ ").map(|at| at + 1));
        let next = if after.starts_with("$ ") { Some(0) } else { next };
        let (own, others) = after.split_at(next.unwrap_or(after.len()));
        parts.push((*command, own));
        rest = others;
    }
    parts
}

fn children(directory: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    paths.retain(|path| path.is_dir());
    paths.sort();
    paths
}

/// The published schema of SARIF 2.1.0, out of a crate that ships it.
fn sarif_schema() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(repository())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").expect("a dev-dependency");
    let manifest = PathBuf::from(package["manifest_path"].as_str().expect("a path"));
    let path = manifest.with_file_name("src").join("schema.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    // The published pattern of a language has a `]` too many, and no language is written here.
    for place in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][place]["properties"]["language"];
        language.as_object_mut().expect("a definition").remove("pattern");
    }
    schema
}

/// A committed schema of our own.
fn own_schema(path: &str) -> Validator {
    let text = fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let schema = serde_json::from_str(&text).expect("a schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{path}: {error}"));
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Validates all of them; returns how many they are.
#[track_caller]
fn assert_valid(validator: &Validator, recorded: &[Recorded]) -> usize {
    let mut problems = Vec::new();
    for output in recorded {
        let value: Value = match serde_json::from_str(&output.stdout) {
            Ok(value) => value,
            Err(error) => {
                problems.push(format!("{}: pin {}: {error}", output.case, output.command));
                continue;
            }
        };
        for error in validator.iter_errors(&value) {
            let place = error.instance_path();
            problems.push(format!("{}: pin {}: {error} at {place}", output.case, output.command));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    recorded.len()
}

#[test]
fn every_sarif_log_is_valid_and_tells_its_results_apart() {
    let validator = jsonschema::validator_for(&sarif_schema()).expect("the published schema is one");
    let logs = recorded("sarif");
    let count = assert_valid(&validator, &logs);
    assert!(count > 3, "only {count} logs");
    for log in &logs {
        let value: Value = serde_json::from_str(&log.stdout).expect("it was valid");
        let run = &value["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        let mut seen = BTreeSet::new();
        for result in run["results"].as_array().expect("results") {
            let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok());
            assert_eq!(rules[index.expect("an index")]["id"], result["ruleId"], "{}", log.case);
            let fingerprint = result["partialFingerprints"]["pinSite/v1"].as_str().expect("a fingerprint");
            assert!(seen.insert(fingerprint.to_owned()), "{}: {fingerprint} twice", log.case);
        }
    }
    tool::say(&format!("schemas: {count} SARIF logs"));
}

#[test]
fn every_json_output_is_what_its_schema_says() {
    let (mut count, mut verbs) = (0, BTreeSet::new());
    for output in recorded("json") {
        // A verb of two words has a schema with a dash.
        let command = output.command.replace("catalog ", "catalog-").replace("audit verify", "audit-verify");
        let known =
            ["audit", "audit-verify", "bump", "catalog-show", "catalog-update", "check", "list", "why"];
        let verb = command.split_whitespace().find(|word| known.contains(word));
        let verb = verb.unwrap_or_else(|| panic!("{}: pin {}: which verb?", output.case, output.command));
        verbs.insert(verb.to_owned());
        count += assert_valid(
            &own_schema(&format!("src/report/schema/{verb}.json")),
            std::slice::from_ref(&output),
        );
    }
    let schemas: BTreeSet<String> = fs::read_dir(repository().join("src/report/schema"))
        .expect("there are schemas")
        .map(|entry| entry.expect("a readable entry").path())
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    verbs.extend(WITH_ENGINES.map(str::to_owned));
    assert_eq!(verbs, schemas, "verbs with recorded JSON, and schemas");
    tool::say(&format!("schemas: {count} JSON outputs"));
}

#[test]
fn the_schema_test_sees_what_it_must() {
    let validator = jsonschema::validator_for(&sarif_schema()).expect("the published schema is one");
    let log = recorded("sarif").into_iter().next().expect("there is a case");
    for (from, to) in
        [("\"ruleId\"", "\"rule\""), ("\"startLine\": 7", "\"startLine\": 0"), ("\"2.1.0\"", "\"2.0.0\"")]
    {
        let changed = log.stdout.replace(from, to);
        assert_ne!(changed, log.stdout, "{from}");
        assert!(!validator.is_valid(&serde_json::from_str(&changed).expect("JSON")), "{from} → {to}");
    }
}
