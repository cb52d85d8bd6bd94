//! Pipelines of `CircleCI` (circleci.com/docs, "Configuration reference", "Reusable configuration").

use super::format::Spec;
use super::yaml::{self, Declared, Dialect, Given, Place};
use crate::document::{Map, Node};

/// The configuration, and what is packed or continued into it.
pub(super) const FORMAT: Spec = Spec {
    claims: |path| matches!(path.extension, "yml" | "yaml") && path.is_below(".circleci"),
    ..Spec::of(|source, scan| {
        yaml::read(source, &DIALECT, scan);
        Ok(())
    })
};

const DIALECT: Dialect = Dialect { declares, gives, ..Dialect::ANY };

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
            key => matches!(place.key, "steps" | "pre-steps" | "post-steps" | "jobs").then_some(key),
        };
        if let Some(name) = name.filter(|_| values.as_map().is_some()) {
            given.push(Given { owner: owner(place, name), values });
        }
    }
    given
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
    fn orbs_have_versions_of_their_own() {
        check(
            "orbs: {dagger: acme/dagger@0.21.8, node: circleci/node@5.1.0}\nsetup_remote_docker: {version: 0.21.8}\n",
            &[],
        );
        check("jobs: {a: {steps: [dagger/install: {version: 0.21.8}]}}\n", &[]);
    }
}
