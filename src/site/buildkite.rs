//! Pipelines of Buildkite (buildkite.com/docs, "Defining your pipeline steps").

use super::format::Spec;
use super::yaml::{self, Dialect};

/// Pipelines in `.buildkite`; the first one uploads the others, which see its variables.
pub(super) const FORMAT: Spec = Spec {
    names: &["buildkite.yml", "buildkite.yaml", ".buildkite.yml", ".buildkite.yaml"],
    claims: |path| matches!(path.extension, "yml" | "yaml") && path.is_below(".buildkite"),
    shares_variables: |path| !(path.stem == "pipeline" && path.is_in(".buildkite")),
    ..Spec::of(|source, scan| {
        yaml::read(source, &Dialect::ANY, scan);
        Ok(())
    })
};

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    fn check(text: &str, expect: &[&str]) {
        check_at(".buildkite/pipeline.yml", text, expect);
    }

    #[test]
    fn what_the_agent_or_the_shell_expands_is_followed() {
        for call in ["$DAGGER_VERSION", "${DAGGER_VERSION}", "$$DAGGER_VERSION", "$${DAGGER_VERSION}"] {
            check(
                &format!(
                    "env: {{DAGGER_VERSION: 0.21.8}}\nsteps: [{{command: dagger version, plugins: [docker#v5.8.0: {{image: 'registry.dagger.io/engine:v{call}'}}]}}]\n"
                ),
                &["env.version 0.21.8 mirror 0.21.8", &format!("image.engine v{call} derived 0.21.8")],
            );
        }
        check("steps: [{plugins: [dagger#v0.21.8: {version: 0.21.8}]}]", &[]);
    }

    #[test]
    fn a_matrix_has_several_versions_on_purpose() {
        let several = ["variable 0.21.8 intended 0.21.8", "variable 0.20.8 intended 0.20.8"];
        let call = "image.engine v{{matrix.v}} derived -";
        for matrix in [
            "{setup: {v: [0.21.8, 0.20.8]}}",
            "{setup: {v: [0.21.8]}, adjustments: [{with: {v: 0.20.8}, skip: true}]}",
        ] {
            check(
                &format!(
                    "steps: [{{env: {{X: 'registry.dagger.io/engine:v{{{{matrix.v}}}}'}}, matrix: {matrix}}}]"
                ),
                &[call, several[0], several[1]],
            );
        }
        check(
            "steps: [{env: {X: 'registry.dagger.io/engine:v{{matrix}}'}, matrix: [0.21.8, 0.20.8]}]",
            &["image.engine v{{matrix}} derived -", several[0], several[1]],
        );
    }
}
