//! Pipelines of `CircleCI` (circleci.com/docs, "Configuration reference", "Reusable configuration").

use super::expression::{self, Position};
use super::format::Spec;
use super::scope::Scope;
use super::yaml::{self, Declared, Dialect, Given, Place};
use super::{Kind, Scan, Stated};
use crate::document::{Map, Node};

/// The configuration, and what is packed or continued into it.
pub(super) const FORMAT: Spec = Spec {
    claims: |path| matches!(path.extension, "yml" | "yaml") && path.is_below(".circleci"),
    ..Spec::of(|source, scan| {
        yaml::read(source, &DIALECT, scan);
        Ok(())
    })
};

const DIALECT: Dialect = Dialect { declares, gives, find, ..Dialect::ANY };

/// Keys of lists in which commands and jobs are called.
const CALLERS: [&str; 4] = ["steps", "pre-steps", "post-steps", "jobs"];

/// The orb that installs the CLI (CircleCI-Labs/dagger-for-circleci), in whatever namespace.
const ORB: &str = "dagger-for-circleci";

/// `parameters` of the pipeline, of a command, a job or an executor.
fn declares<'n>(place: &Place<'_>, map: &'n Map<'n>) -> Option<Declared<'n>> {
    let inputs = map.get("parameters")?;
    if place.key.is_empty() {
        return Some(Declared { owner: owner(place, ""), inputs, prefixes: &["pipeline.parameters."] });
    }
    let is_part = matches!(place.above, "commands" | "jobs" | "executors");
    is_part.then(|| Declared { owner: owner(place, place.key), inputs, prefixes: &["parameters."] })
}

/// `- COMMAND: {…}` among steps, `- JOB: {…}` in a workflow, `executor: {name: EXECUTOR, …}`.
fn gives<'n>(place: &Place<'_>, map: &'n Map<'n>) -> Vec<Given<'n>> {
    let mut given = Vec::new();
    for (key, values) in &map.entries {
        let name = match key.text() {
            "executor" => values.get("name").and_then(Node::as_str),
            key => CALLERS.contains(&place.key).then_some(key),
        };
        if let Some(name) = name.filter(|_| values.as_map().is_some()) {
            given.push(Given { owner: owner(place, name), values });
        }
    }
    given
}

/// `- ORB/install: {version: X}`, `- ORB/dagger: {version: X}`; without a version, the newest is
/// installed, unless a step before has installed one.
fn find(place: &Place<'_>, map: &Map<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let lists = map.entries.iter().filter(|(key, _)| CALLERS.contains(&key.text()));
    for (list, items) in lists.filter_map(|(key, value)| Some((key.text(), value.as_list()?))) {
        for item in &items.items {
            let call = match item {
                Node::Map(map) => map.entries.first().map(|(key, values)| (key, values.as_map())),
                node => node.as_scalar().map(|name| (name, None)),
            };
            let Some((name, values)) = call else { continue };
            let Some((alias, command)) = name.text().split_once('/') else { continue };
            if !is_orb(place.document, alias) {
                continue;
            }
            let given = |key: &str| values?.get(key)?.as_scalar().filter(|value| !value.text().is_empty());
            let installs = command == "install" || (command == "dagger" && list == "jobs");
            if let Some(version) = given("version") {
                let range = 0..version.text().len();
                expression::add(Kind::ActionVersion, Position::Version, &version.content, range, scope, scan);
            } else if installs && given("commit").is_none() {
                scan.add(Kind::ActionVersion, name.text_span(), name.text(), Stated::Missing);
            }
        }
    }
}

fn is_orb(document: &Node<'_>, alias: &str) -> bool {
    let orb = document.get("orbs").and_then(|orbs| orbs.get(alias)).and_then(Node::as_str);
    let name = orb.map(|orb| orb.split('@').next().unwrap_or(orb));
    name.and_then(|name| name.rsplit('/').next()) == Some(ORB)
}

/// One file has one command, job or executor of a name, as far as anybody calls them.
fn owner(place: &Place<'_>, name: &str) -> String {
    format!("{}#{name}", place.path)
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    fn check(text: &str, expect: &[&str]) {
        check_at(".circleci/config.yml", text, expect);
    }

    #[test]
    fn parameters_belong_to_whoever_declares_them() {
        check(
            "parameters: {tag: {type: enum, enum: [v0.21.8, v0.20.8], default: v0.21.8}}\nexecutors: {e: {parameters: {tag: {default: v0.20.8}}, docker: [{image: 'registry.dagger.io/engine:<< parameters.tag >>'}, {image: 'registry.dagger.io/engine:<<pipeline.parameters.tag>>'}]}}\n",
            &[
                "variable v0.21.8 mirror 0.21.8",
                "variable v0.20.8 mirror 0.20.8",
                "image.engine << parameters.tag >> derived 0.20.8",
                "image.engine <<pipeline.parameters.tag>> derived 0.21.8",
            ],
        );
        check(
            "parameters: {tag: {default: v0.21.8}}\njobs: {a: {docker: [{image: 'registry.dagger.io/engine:<< parameters.tag >>'}]}}\n",
            &["image.engine << parameters.tag >> derived -"],
        );
    }

    #[test]
    fn what_callers_give_is_a_site() {
        let command = "commands: {i: {parameters: {v: {type: string}}, steps: [run: 'curl https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=<< parameters.v >> sh']}}\n";
        let install = "install.script << parameters.v >> derived";
        check(
            &format!("{command}jobs: {{a: {{steps: [checkout, i: {{v: 0.21.8}}]}}}}\n"),
            &[&format!("{install} 0.21.8"), "variable 0.21.8 mirror 0.21.8"],
        );
        check(
            &format!(
                "{command}jobs: {{a: {{steps: [i: {{v: 0.21.8}}]}}, b: {{steps: [i: {{v: 0.20.8}}, other: {{v: 0.1.0}}]}}}}\n"
            ),
            &[&format!("{install} -"), "variable 0.21.8 mirror 0.21.8", "variable 0.20.8 mirror 0.20.8"],
        );
        check(
            "jobs: {a: {parameters: {v: {type: string}}, docker: [{image: 'registry.dagger.io/engine:v<< parameters.v >>'}]}}\nworkflows: {w: {jobs: [a: {matrix: {parameters: {v: [0.21.8, 0.20.8]}}}]}}\n",
            &[
                "image.engine v<< parameters.v >> derived -",
                "variable 0.21.8 intended 0.21.8",
                "variable 0.20.8 intended 0.20.8",
            ],
        );
        check(
            "executors: {e: {parameters: {tag: {default: v0.21.8}}, docker: [{image: 'registry.dagger.io/engine:<< parameters.tag >>'}]}}\njobs: {a: {executor: {name: e, tag: v0.20.8}}}\n",
            &[
                "variable v0.21.8 mirror 0.21.8",
                "image.engine << parameters.tag >> derived 0.21.8",
                "variable v0.20.8 mirror 0.20.8",
            ],
        );
    }

    #[test]
    fn the_orb_that_installs_the_cli_is_told_its_version() {
        let orb = "orbs: {dagger: cci-labs/dagger-for-circleci@0.0.1}\n";
        let version = ["action.version 0.21.8 mirror 0.21.8"];
        check(
            &format!(
                "{orb}jobs: {{a: {{steps: [dagger/install: {{version: 0.21.8}}, dagger/dagger: {{args: x}}]}}}}\n"
            ),
            &version,
        );
        check(
            &format!("{orb}workflows: {{w: {{jobs: [dagger/dagger: {{version: 0.21.8, call: x}}]}}}}\n"),
            &version,
        );
        for step in ["dagger/install: {debug: true}", "dagger/install"] {
            check(
                &format!("{orb}jobs: {{a: {{steps: [{step}]}}}}\n"),
                &["action.version dagger/install mirror -"],
            );
        }
        check(
            &format!("{orb}workflows: {{w: {{jobs: [dagger/dagger: {{version: latest}}]}}}}\n"),
            &["action.version latest mirror -"],
        );
        check(
            &format!(
                "{orb}parameters: {{v: {{default: 0.21.8}}}}\njobs: {{a: {{steps: [dagger/install: {{version: << pipeline.parameters.v >>}}]}}}}\n"
            ),
            &["variable 0.21.8 mirror 0.21.8", "action.version << pipeline.parameters.v >> derived 0.21.8"],
        );
    }

    #[test]
    fn orbs_have_versions_of_their_own() {
        check(
            "orbs: {dagger: acme/dagger@0.21.8, node: circleci/node@5.1.0}\nsetup_remote_docker: {version: 0.21.8}\n",
            &[],
        );
        check("jobs: {a: {steps: [dagger/install: {version: 0.21.8}]}}\n", &[]);
    }
}
