//! JSON that starts environments to develop in: `devcontainer.json` and `devcontainer-feature.json`
//! (containers.dev, "Dev Container metadata reference" and "Features"), `.container-use/environment.json`
//! (dagger/container-use `environment/config.go`), `.cursor/environment.json`.

use std::ops::Range;

use super::format::{FilePath, Spec};
use super::scan::{Follow, Name};
use super::scope::Scope;
use super::{Kind, Scan, Stated, commands, expression, image, lines, workflow};
use crate::document::{self, Map, Node, Scalar};
use crate::text::Source;

/// The image, what is installed in it, and the shell that runs there.
pub(super) const FORMAT: Spec = Spec {
    names: &["devcontainer.json", ".devcontainer.json", "devcontainer-feature.json"],
    claims: |path| path.file == "environment.json" && (path.is_in(".container-use") || path.is_in(".cursor")),
    ..Spec::of(|source, scan| {
        find_file(source, scan);
        Ok(())
    })
};

/// Features that install the CLI, whoever publishes them.
const FEATURES: [&str; 4] = ["dagger", "dagger-cli", "dagger-asdf", "dagger-homebrew"];

/// Keys that give names values.
const VARIABLES: [&str; 4] = ["containerEnv", "remoteEnv", "env", "args"];

/// Keys whose values are run by a shell, in the order in which they run.
const COMMANDS: [&str; 11] = [
    "initializeCommand",
    "setup_commands",
    "install_commands",
    "install",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "start",
    "postStartCommand",
    "postAttachCommand",
    "command",
];

/// Keys whose values are, or list, containers or terminals of their own.
const NESTED: [&str; 3] = ["build", "services", "terminals"];

fn find_file(source: &Source, scan: &mut Scan<'_>) {
    let Ok(root) = document::parse_json(source.text()) else { return lines::find(source.text(), scan) };
    let Some(map) = root.as_map() else { return };
    if FilePath::new(scan.path).stem == "devcontainer-feature" {
        own_feature(&root, scan);
    }
    for (name, options) in
        root.get("features").and_then(Node::as_map).into_iter().flat_map(|map| &map.entries)
    {
        if is_feature(name.text()) {
            feature(name, options, scan);
        }
    }
    find(map, &Scope::default(), true, scan);
}

/// Adds the sites of one container.
fn find(map: &Map<'_>, outer: &Scope, has_nested: bool, scan: &mut Scan<'_>) {
    let mut scope = outer.clone();
    for variables in VARIABLES.iter().filter_map(|key| map.get(key)) {
        declare(variables, &mut scope, scan);
    }
    for image in ["image", "base_image"].iter().filter_map(|key| map.get(key)?.as_scalar()) {
        image::find_whole(&image.content, 0..image.text().len(), &scope, scan);
    }
    for command in COMMANDS.iter().filter_map(|key| map.get(key)) {
        commands::find(command, &scope, scan);
    }
    for nested in NESTED.iter().filter_map(|key| map.get(key)).filter(|_| has_nested) {
        let maps = nested.as_list().map_or(std::slice::from_ref(nested), |list| &list.items);
        maps.iter().filter_map(Node::as_map).for_each(|map| find(map, &scope, false, scan));
    }
}

/// Makes variables visible: a map, or a list of `NAME=value`.
fn declare(node: &Node<'_>, scope: &mut Scope, scan: &mut Scan<'_>) {
    match node {
        Node::Map(map) => {
            for (name, value) in &map.entries {
                let Some(value) = value.as_scalar() else { continue };
                match machine_s(value.text()) {
                    Some(default) => from_machine(name.text(), value, default, scope, scan),
                    None => workflow::declare_variable(name.text(), value, scope, scan),
                }
            }
        }
        Node::List(list) => {
            for line in list.items.iter().filter_map(Node::as_scalar) {
                let Some((name, value)) = line.text().split_once('=') else { continue };
                let range = line.text().len() - value.len()..line.text().len();
                let variable = Name::Variable(name.to_owned());
                image::find_in(&line.content, range.clone(), scope, scan);
                if let Some(follow) = expression::define(&variable, &line.content, range, scope, scan) {
                    scope.set(name, follow);
                }
            }
        }
        Node::Scalar(_) | Node::Alias(_) => {}
    }
}

/// Returns where the default stands in `${localEnv:NAME:default}`, an empty range without one;
/// `None` when the text is something else.
fn machine_s(text: &str) -> Option<Range<usize>> {
    const PREFIX: &str = "${localEnv:";
    let inner = text.strip_prefix(PREFIX)?.strip_suffix('}').filter(|inner| !inner.contains('}'))?;
    let default = inner.split_once(':').map_or("", |(_, default)| default);
    Some(text.len() - 1 - default.len()..text.len() - 1)
}

/// A variable that the machine gives its value, with what it has otherwise.
fn from_machine(
    name: &str,
    value: &Scalar<'_>,
    default: Range<usize>,
    scope: &mut Scope,
    scan: &mut Scan<'_>,
) {
    let variable = Name::Variable(name.to_owned());
    let follow = expression::define(&variable, &value.content, default, scope, scan);
    scope.set(name, follow.unwrap_or_else(|| Follow::Outside(format!("`{name}` of the machine"))));
}

/// Returns whether a feature installs the CLI: `ghcr.io/o/features/dagger:1`, `./dagger`.
fn is_feature(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    let last = last.split(['@', ':']).next().unwrap_or(last);
    FEATURES.contains(&last)
}

/// Adds the version that a feature is asked for; a text is short for that option.
fn feature(name: &Scalar<'_>, options: &Node<'_>, scan: &mut Scan<'_>) {
    let version = match options {
        Node::Scalar(version) if version.is_text => Some(version),
        options => options.get("version").and_then(Node::as_scalar),
    };
    match version.filter(|version| !version.text().is_empty()) {
        Some(version) => {
            let stated = Stated::of(version.text());
            scan.add_in(Kind::InstallScript, &version.content, 0..version.text().len(), stated);
        }
        // What a feature of the repository installs then stands in its own file.
        None if name.text().starts_with('.') => {}
        None => {
            scan.add_in(Kind::InstallScript, &name.content, 0..name.text().len(), Stated::Missing);
        }
    }
}

/// Adds what a feature of this repository installs unless it is asked for something else.
fn own_feature(root: &Node<'_>, scan: &mut Scan<'_>) {
    let is_ours = root.get("id").and_then(Node::as_str).is_some_and(is_feature);
    let default = || root.get("options")?.get("version")?.get("default")?.as_scalar();
    if let Some(default) = default().filter(|_| is_ours) {
        let stated = Stated::of(default.text());
        scan.add_in(Kind::InstallScript, &default.content, 0..default.text().len(), stated);
    }
}

#[cfg(test)]
mod tests {
    use crate::site::Format;
    use crate::site::shown::check_at;

    fn check(text: &str, expect: &[&str]) {
        check_at(".devcontainer/devcontainer.json", text, expect);
    }

    #[test]
    fn the_names_are_known() {
        for path in [
            ".devcontainer.json",
            ".devcontainer/ci/devcontainer.json",
            "src/dagger/devcontainer-feature.json",
            ".container-use/environment.json",
            "a/.cursor/environment.json",
        ] {
            assert_eq!(Format::of(path), Some(Format::DevContainer), "{path}");
        }
        assert_eq!(Format::of("environment.json"), None);
        assert_eq!(Format::of("a.container-use/environment.json"), None);
    }

    #[test]
    fn a_feature_is_asked_for_a_version() {
        for text in [
            r#"{"features":{"ghcr.io/o/devcontainer-features/dagger:1":{"version":"0.21.8","completion":true}}}"#,
            "{\r\n  // é \"version\": \"0.1.0\"\r\n  \"features\": {\"ghcr.io/o/f/dagger-cli:1.2\": {\"version\": \"0.21.8\",},},\r\n}",
            r#"{"features":{"ghcr.io/o/f/dagger":"0.21.8"}}"#,
            r#"{"features":{"./dagger":{"version":"0.21.8"}}}"#,
        ] {
            check(text, &["install.script 0.21.8 mirror 0.21.8"]);
        }
        check(
            r#"{"features":{"ghcr.io/o/f/dagger:1":{"version":"latest"}}}"#,
            &["install.script latest mirror -"],
        );
        let name = "ghcr.io/o/f/dagger:1";
        check(&format!(r#"{{"features":{{"{name}":{{}}}}}}"#), &[&format!("install.script {name} mirror -")]);
        check(r#"{"features":{"./dagger":{}}}"#, &[]);
    }

    #[test]
    fn a_feature_of_the_repository_has_a_default() {
        let path = "src/dagger/devcontainer-feature.json";
        let text = r#"{"id":"dagger","version":"0.1.0","options":{"version":{"type":"string","default":"v0.21.8"},"location":{"default":"/usr"}}}"#;
        check_at(path, text, &["install.script v0.21.8 mirror 0.21.8"]);
        check_at(path, &text.replace("\"dagger\"", "\"other\""), &[]);
    }

    #[test]
    fn commands_run_in_their_environment() {
        let install = "curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=0.21.8 sh";
        for text in [
            format!(r#"{{"postCreateCommand":"{install}"}}"#),
            format!(r#"{{"onCreateCommand":["sh","-c","{install}"]}}"#),
            format!(r#"{{"postStartCommand":{{"a":"true","b":"{install}"}}}}"#),
        ] {
            check(&text, &["install.script 0.21.8 mirror 0.21.8"]);
        }
        check(
            r#"{"postCreateCommand":"docker pull registry.dagger.io/engine:$V","containerEnv":{"V":"v0.21.8"}}"#,
            &["image.engine $V derived 0.21.8", "variable v0.21.8 mirror 0.21.8"],
        );
        check(
            r#"{"image":"registry.dagger.io/cli:v0.21.8","build":{"args":{"DAGGER_VERSION":"0.21.8"}}}"#,
            &["image.cli v0.21.8 mirror 0.21.8", "env.version 0.21.8 mirror 0.21.8"],
        );
        check(
            r#"{"remoteEnv":{"DAGGER_VERSION":"${localEnv:DAGGER_VERSION:0.21.8}"}}"#,
            &["env.version 0.21.8 mirror 0.21.8"],
        );
        check(r#"{"remoteEnv":{"DAGGER_VERSION":"${localEnv:DAGGER_VERSION}"}}"#, &[]);
    }

    #[test]
    fn an_agent_s_environment_is_read() {
        check_at(
            ".container-use/environment.json",
            r#"{"workdir":"/workdir","base_image":"registry.dagger.io/cli:v0.21.8","setup_commands":["export V=v0.21.8","docker pull registry.dagger.io/engine:$V"],
                "env":["DAGGER_VERSION=0.21.8"],"services":[{"name":"engine","image":"registry.dagger.io/engine:v0.21.8","env":["A=b"]}]}"#,
            &[
                "image.cli v0.21.8 mirror 0.21.8",
                "variable v0.21.8 mirror 0.21.8",
                "image.engine $V derived 0.21.8",
                "env.version 0.21.8 mirror 0.21.8",
                "image.engine v0.21.8 mirror 0.21.8",
            ],
        );
    }

    #[test]
    fn others_are_none() {
        for text in [
            "",
            "[]",
            r#"{"name":"Dagger 0.21.8","features":{"ghcr.io/devcontainers/features/go:1":{"version":"0.21.8"}}}"#,
            r#"{"features":{"ghcr.io/o/f/dagger-vault:1":{"version":"0.21.8"}},"customizations":{"vscode":{"settings":{"dagger.version":"0.21.8"}}}}"#,
        ] {
            check(text, &[]);
        }
    }
}
