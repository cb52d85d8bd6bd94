//! Pipelines of GitLab (docs.gitlab.com, "CI/CD YAML syntax reference").

use super::format::{FilePath, Spec};
use super::resolve;
use super::yaml::{self, Declared, Dialect, Given, Place};
use crate::document::{Map, Node};

/// A pipeline, and the files that it includes by the usual names.
pub(super) const FORMAT: Spec = Spec {
    claims: is_pipeline,
    is_looked_up: |_| true,
    shares_variables: |_| true,
    ..Spec::of(|source, scan| {
        yaml::read(source, &DIALECT, scan);
        Ok(())
    })
};

pub(super) const DIALECT: Dialect =
    Dialect { images: &["image", "services"], declares, gives, ..Dialect::ANY };

fn is_pipeline(path: &FilePath<'_>) -> bool {
    matches!(path.extension, "yml" | "yaml")
        && (path.stem.ends_with(".gitlab-ci")
            || path.stem.starts_with(".gitlab-ci")
            || [".gitlab", ".gitlab-ci"].iter().any(|directory| path.is_below(directory)))
}

/// Returns whether a file is a part of a pipeline whatever it is called: it has a header with
/// inputs, or jobs with scripts and what only GitLab's jobs have beside them.
pub(super) fn is_included(documents: &[Node<'_>]) -> bool {
    const JOB: [&str; 5] = ["stage", "extends", "rules", "needs", "services"];
    let header =
        documents.first().and_then(|document| document.get("spec")).and_then(|spec| spec.get("inputs"));
    let is_job = |node: &Node<'_>| {
        let has = |key: &str| node.get(key).is_some();
        (has("script") || has("before_script")) && JOB.iter().any(|key| has(key))
    };
    let jobs = documents.last().and_then(Node::as_map).map_or([].as_slice(), |map| map.entries.as_slice());
    let is_first = documents.first().and_then(Node::as_map).is_some_and(|map| map.entries.len() == 1);
    (documents.len() == 2 && is_first && header.is_some()) || jobs.iter().any(|(_, job)| is_job(job))
}

/// `spec: {inputs: …}`, in a document before the pipeline or a component.
fn declares<'n>(place: &Place<'_>, map: &'n Map<'n>) -> Option<Declared<'n>> {
    let is_header = place.key == "spec" && place.above.is_empty();
    let inputs = map.get("inputs").filter(|_| is_header)?;
    Some(Declared { owner: owner(place.path), inputs, prefixes: &["inputs."] })
}

/// `include: [{local: PATH, inputs: …}]`; what another project has is not in this repository.
fn gives<'n>(place: &Place<'_>, map: &'n Map<'n>) -> Vec<Given<'n>> {
    let local = map.get("local").and_then(Node::as_str).filter(|_| place.key == "include");
    let given = local.zip(map.get("inputs")).map(|(path, values)| {
        // Paths begin at the root of the repository, with or without a slash.
        Given { owner: owner(&resolve::normalise("", path)), values }
    });
    given.into_iter().collect()
}

fn owner(path: &str) -> String {
    format!("{path}#")
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    const INSTALL: &str = "curl -fsSL https://dl.dagger.io/dagger/install.sh | sh";

    fn check(text: &str, expect: &[&str]) {
        check_at(".gitlab-ci.yml", text, expect);
    }

    #[test]
    fn variables_reach_images_services_and_scripts() {
        check(
            "variables: {DAGGER_VERSION: 0.21.8, TAG: v$DAGGER_VERSION}\na:\n  image: {name: 'registry.dagger.io/engine:$TAG', entrypoint: ['']}\n  services: ['registry.dagger.io/engine:v${DAGGER_VERSION}']\n",
            &[
                "env.version 0.21.8 mirror 0.21.8",
                "image.engine $TAG derived 0.21.8",
                "image.engine v${DAGGER_VERSION} derived 0.21.8",
            ],
        );
        for text in [
            "variables: {DAGGER_VERSION: 0.21.8}\n",
            "a: {variables: {DAGGER_VERSION: {value: 0.21.8, description: 'or 0.20.8'}}}\n",
            "workflow: {rules: [{if: $A, variables: {DAGGER_VERSION: 0.21.8}}]}\n",
            "a: {rules: [{variables: {DAGGER_VERSION: 0.21.8}}]}\n",
            "default: {before_script: [export DAGGER_VERSION=0.21.8]}\n",
            ".v: &v {DAGGER_VERSION: 0.21.8}\na: {variables: *v}\nb: {variables: {<<: *v}}\n",
            "a: {script: [!reference [.b, script]], variables: {DAGGER_VERSION: 0.21.8}}\n",
        ] {
            check(&format!("{text}.b: {{script: ['{INSTALL}']}}\n"), &["env.version 0.21.8 mirror 0.21.8"]);
        }
        check(
            "a: {script: ['curl https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$$DAGGER_VERSION sh'], variables: {DAGGER_VERSION: 0.21.8}}",
            &["install.script $$DAGGER_VERSION derived 0.21.8", "env.version 0.21.8 mirror 0.21.8"],
        );
    }

    #[test]
    fn an_image_without_a_tag_is_the_newest() {
        let missing = ["image.engine registry.dagger.io/engine mirror -"];
        check("image: registry.dagger.io/engine\n", &missing);
        check("a: {image: {name: registry.dagger.io/engine}}\n", &missing);
        check("a: {services: [registry.dagger.io/engine]}\n", &missing);
        check("a: {services: [{name: registry.dagger.io/engine, alias: dagger}]}\n", &missing);
        check("a: {environment: {name: registry.dagger.io/engine}}\n", &[]);
    }

    #[test]
    fn a_matrix_has_several_versions_on_purpose() {
        check(
            "a:\n  parallel:\n    matrix:\n      - DAGGER_VERSION: [0.21.8, 0.20.8]\n        X: [a]\n      - DAGGER_VERSION: 0.19.11\n",
            &[
                "variable 0.21.8 intended 0.21.8",
                "variable 0.20.8 intended 0.20.8",
                "variable 0.19.11 intended 0.19.11",
            ],
        );
        check(
            "a: {parallel: {matrix: [{V: [0.21.8]}]}, image: 'registry.dagger.io/engine:v$V'}",
            &["variable 0.21.8 mirror 0.21.8", "image.engine v$V derived 0.21.8"],
        );
    }

    #[test]
    fn a_part_of_a_pipeline_may_be_called_anything() {
        let missing = ["image.engine registry.dagger.io/engine mirror -"];
        check_at(
            "ci/build.yml",
            "a: {stage: test, script: [x], services: [registry.dagger.io/engine]}\n",
            &missing,
        );
        check_at("ci/build.yml", "a: {script: [x], image: {name: registry.dagger.io/engine}}\n", &[]);
        check_at(
            "templates/dagger.yml",
            "spec: {inputs: {tag: {default: v0.21.8}}}\n---\na: {image: {name: 'registry.dagger.io/engine:$[[ inputs.tag ]]'}}\n",
            &["variable v0.21.8 mirror 0.21.8", "image.engine $[[ inputs.tag ]] derived 0.21.8"],
        );
    }

    #[test]
    fn inputs_are_followed_to_where_they_are_given() {
        let header = "spec: {inputs: {tag: {default: v0.21.8, options: [v0.21.8, v0.20.8]}, other: {default: 0.1.0}}}\n---\n";
        check(
            &format!("{header}a: {{image: 'registry.dagger.io/engine:$[[ inputs.tag ]]'}}\n"),
            &["variable v0.21.8 mirror 0.21.8", "image.engine $[[ inputs.tag ]] derived 0.21.8"],
        );
        check(
            "include:\n- {local: /ci/x.yml, inputs: {dagger-version: 0.21.8, go-version: 1.22.0}}\n- {component: a/b/dagger@v1.2.3, inputs: {version: 0.1.0}}\n",
            &["variable 0.21.8 mirror 0.21.8"],
        );
    }
}
