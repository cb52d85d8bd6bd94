//! An editor that knows the schemas of `pin.toml` and `pin.lock` says the same as `pin`, as far as a schema can.

use crate::support::{Project, repository, repository_files, tool};
use jsonschema::Validator;
use pin::document::{Node, parse_toml};
use serde_json::Value;
use std::fs;

fn schema(path: &str) -> Validator {
    let text = fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let schema = serde_json::from_str(&text).expect("a schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{path}: {error}"));
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn value(node: &Node<'_>) -> Value {
    match node {
        Node::Map(map) => {
            map.entries.iter().map(|(key, node)| (key.text().to_owned(), value(node))).collect()
        }
        Node::List(list) => list.items.iter().map(value).collect(),
        Node::Scalar(scalar) if scalar.is_text => Value::from(scalar.text()),
        Node::Scalar(scalar) => serde_json::from_str(scalar.text()).unwrap_or_else(|_| scalar.text().into()),
        Node::Alias(target) => value(target),
    }
}

/// What the schema has against a text that is TOML.
fn problems(schema: &Validator, text: &str) -> Vec<String> {
    let tree = parse_toml(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let value = value(&tree);
    schema.iter_errors(&value).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

/// Every file of that name in the repository, and what stands under such a name in README.
fn texts(name: &str) -> Vec<(String, String)> {
    let files = repository_files().into_iter().filter(|path| path.file_name().is_some_and(|own| own == name));
    let read = |path: &std::path::Path| {
        fs::read_to_string(repository().join(path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let mut texts: Vec<_> = files.map(|path| (path.display().to_string(), read(&path))).collect();
    if name == "pin.toml" {
        let readme = read("README.md".as_ref());
        for (index, block) in readme.split("```toml\n").skip(1).enumerate() {
            let (text, _) = block.split_once("```").expect("a block ends");
            texts.push((format!("README.md, block {index}"), text.to_owned()));
        }
    }
    texts
}

#[test]
fn every_file_that_pin_reads_is_what_its_schema_says() {
    type Read = fn(&str) -> bool;
    let files: [(&str, &str, Read); 2] = [
        ("pin.toml", "src/config/schema.json", |text| pin::config::parse("pin.toml", text).is_ok()),
        ("pin.lock", "src/lock/schema.json", |text| pin::lock::parse(text).is_ok()),
    ];
    for (name, path, reads) in files {
        let schema = schema(path);
        let texts = texts(name);
        let read: Vec<_> = texts.iter().filter(|(_, text)| reads(text)).collect();
        assert!(!read.is_empty(), "only {} of {} texts of {name} are read", read.len(), texts.len());
        for (place, text) in &read {
            assert_eq!(problems(&schema, text), Vec::<String>::new(), "{place}");
        }
        tool::say(&format!("schemas: {} of {} texts of {name}", read.len(), texts.len()));
    }
}

#[test]
fn what_a_schema_can_see_is_seen_by_both() {
    let schema = schema("src/config/schema.json");
    for text in [
        "projekt = 'a'",
        "project = 1",
        "required = 'no'",
        "required = 1",
        "toolchain = 'dagger'",
        "[tolchain.dagger]",
        "[[toolchain]]",
        "[toolchain]\ndagger = '0.21.8'",
        "[toolchain.'a=b']\nversion = '1'",
        "[toolchain.dagger]\nversion = 'latest'",
        "[toolchain.dagger]\nversion = 0.21",
        "[toolchain.dagger]\nversion = '0.21.8'\nsource = 'flake.nix'",
        "[toolchain.dagger]\nsource = ''",
        "[toolchain.dagger]\npolicy = 'exat'",
        "[toolchain.dagger]\nalso = '0.21.7'",
        "[toolchain.dagger]\nalso = ['x']",
        "[toolchain.dagger]\nexpect = -1",
        "[toolchain.dagger]\nexpect = '9'",
        "[toolchain.dagger]\nexpect = 1.5",
        "[toolchain.dagger]\nroots = '../gitops'",
        "[toolchain.dagger]\nrules = [{ kind = 'nix.lock' }]",
        "[toolchain.dagger]\nrules = [{ kind = 'nix.lok', rule = 'equal' }]",
        "[toolchain.dagger]\nrules = [{ rule = 'equals' }]",
        "[toolchain.dagger]\ngroups = [{ files = 'a' }]",
        "[toolchain.dagger]\nignore = [{}]",
        "[toolchain.dagger]\nignore = [{ code = 'drift' }]",
        "[toolchain.dagger]\nignore = ['docs/**']",
        "[toolchain.dagger]\nproject = 'a'",
        "[toolchain.a]\nsite = [{ key = 'a' }]",
        "[toolchain.a]\nsite = [{ file = 'a', files = 'b' }]",
        "[toolchain.a]\nsite = [{ file = 'a', key = 'a', image = 'b' }]",
        "[toolchain.a]\nsite = [{ file = 'a', marker = 'a', pattern = '(?<version>.)' }]",
        "[toolchain.a]\nsite = [{ file = 'a', pattern = 'x' }]",
        "[toolchain.a]\nsite = [{ file = 'a', image = 'a b' }]",
        "engine = 'dagger'",
        "[engine]\nmode = 'docker'",
        "[engine]\nmod = 'isolated'",
        "[engine]\nruntime = 'docker'",
        "[engine]\naccept_privileged = true",
        "[engine]\ntoolchain = 'rust'",
        "[engine]\nmode = 'host'",
        "[engine]\nmode = 'remote'\nendpoint = 'localhost'",
        "[engine]\nendpoint = 'tcp://a:1'",
        "[engine]\nmode = 'isolated'\nendpoint = 'tcp://a:1'",
        "[engine]\nmode = 'remote'\ntls = {}",
        "[engine]\nmode = 'remote'\nendpoint = 'tcp://a:1'\ntls = { cert = 'a' }",
        "[engine]\nmode = 'remote'\nimage = 'a'",
        "[engine]\nmode = 'remote'\ngpu = true",
        "[engine]\nmode = 'host'\ntoolchain = 'buildkit'\nmemory = '8GiB'",
        "[engine]\ntoolchain = 'buildkit'\ngpu = true",
        "[engine]\ngpu = 'true'",
        "[engine]\nca = 'a.pem'",
        "[engine]\ngc = '20%'",
        "[engine]\ngc = {}",
        "[engine]\ngc = { max = '20' }",
        "[engine]\nmemory = '8g'",
        "[engine]\nstart_timeout = 60",
        "[engine]\nstart_timeout = '1 minute'",
    ] {
        assert!(pin::config::parse("pin.toml", text).is_err(), "pin reads\n{text}");
        assert!(!problems(&schema, text).is_empty(), "the schema accepts\n{text}");
    }
}

#[test]
fn every_schema_can_be_had_from_the_binary() {
    let project = Project::new::<&str, &str>(&[]);
    let mut names = vec![
        ("pin.toml".to_owned(), "src/config/schema.json".to_owned()),
        ("config.toml".to_owned(), "src/config/user/schema.json".to_owned()),
        ("pin.lock".to_owned(), "src/lock/schema.json".to_owned()),
    ];
    for entry in fs::read_dir(repository().join("src/report/schema")).expect("there are schemas") {
        let file = entry.expect("a readable entry").file_name().to_string_lossy().into_owned();
        names.push((file.trim_end_matches(".json").to_owned(), format!("src/report/schema/{file}")));
    }
    for (name, path) in names {
        let committed = fs::read_to_string(repository().join(&path)).expect("a readable schema");
        assert_eq!(project.pin(&["schema", &name]).exits(0).stdout, committed, "{name}");
    }
}
