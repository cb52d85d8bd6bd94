//! Pipelines of Azure (learn.microsoft.com, "YAML schema reference for Azure Pipelines").

use super::format::{FilePath, Spec};
use super::resolve;
use super::yaml::{self, Declared, Dialect, Given, Place};
use crate::document::{Map, Node};

/// A pipeline, and its templates in the usual directories.
pub(super) const FORMAT: Spec = Spec {
    claims: is_pipeline,
    is_looked_up: |_| true,
    // A pipeline has its own; a template has those of the pipeline that takes it.
    shares_variables: |path| !path.stem.contains("azure-pipelines"),
    ..Spec::of(|source, scan| {
        yaml::read(source, &DIALECT, scan);
        Ok(())
    })
};

const DIALECT: Dialect = Dialect { environment, declares, gives, ..Dialect::ANY };

fn is_pipeline(path: &FilePath<'_>) -> bool {
    const DIRECTORIES: [&str; 5] =
        [".azure-pipelines", "azure-pipelines", ".azuredevops", ".azure-devops", ".azure"];
    matches!(path.extension, "yml" | "yaml")
        && (path.stem.contains("azure-pipelines")
            || path.stem == ".vsts-ci"
            || DIRECTORIES.iter().any(|directory| path.is_below(directory)))
}

/// Scripts see variables in upper case, with underscores for dots and spaces.
fn environment(variable: &str) -> Option<String> {
    let seen = variable.to_ascii_uppercase().replace(['.', ' '], "_");
    (seen != variable).then_some(seen)
}

/// `parameters` of a pipeline or a template.
fn declares<'n>(place: &Place<'_>, map: &'n Map<'n>) -> Option<Declared<'n>> {
    let inputs = map.get("parameters").filter(|_| place.key.is_empty())?;
    Some(Declared { owner: owner(place.path), inputs, prefixes: &["parameters."] })
}

/// `template: PATH` with its `parameters`; what follows an `@` is another repository.
fn gives<'n>(place: &Place<'_>, map: &'n Map<'n>) -> Vec<Given<'n>> {
    let template = map.get("template").and_then(Node::as_str).unwrap_or_default();
    let path = template.strip_suffix("@self").unwrap_or(template);
    let Some(values) = map.get("parameters").filter(|_| !path.is_empty() && !path.contains('@')) else {
        return Vec::new();
    };
    let directory = if path.starts_with('/') { "" } else { FilePath::new(place.path).directory };
    vec![Given { owner: owner(&resolve::normalise(directory, path)), values }]
}

fn owner(path: &str) -> String {
    format!("{path}#")
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    fn check(text: &str, expect: &[&str]) {
        check_at("azure-pipelines.yml", text, expect);
    }

    #[test]
    fn variables_are_called_in_three_ways() {
        for call in [
            "$(engineTag)",
            "$[ variables.engineTag ]",
            "$[variables['engineTag']]",
            "${{ variables.engineTag }}",
        ] {
            for variables in ["{engineTag: v0.21.8}", "[{group: x}, {name: engineTag, value: v0.21.8}]"] {
                check(
                    &format!(
                        "variables: {variables}\njobs: [{{job: a, container: \"registry.dagger.io/engine:{call}\"}}]\n"
                    ),
                    &["variable v0.21.8 mirror 0.21.8", &format!("image.engine {call} derived 0.21.8")],
                );
            }
        }
        check(
            "variables:\n- ${{ if eq(variables['Build.SourceBranchName'], 'main') }}:\n  - {name: daggerVersion, value: 0.21.8}\n",
            &["variable 0.21.8 mirror 0.21.8"],
        );
        check(
            "parameters: [{name: v, default: 0.21.8, values: [0.21.8, 0.20.8]}]\nresources: {containers: [{container: e, image: 'registry.dagger.io/engine:v${{ parameters.v }}'}]}\n",
            &["variable 0.21.8 mirror 0.21.8", "image.engine v${{ parameters.v }} derived 0.21.8"],
        );
    }

    #[test]
    fn scripts_see_variables_in_upper_case() {
        let install = "curl -fsSL https://dl.dagger.io/dagger/install.sh";
        for name in ["dagger.version", "dagger_version", "Dagger.Version"] {
            check(
                &format!("variables: {{{name}: 0.21.8}}\nsteps: [{{bash: {install} | sh}}]\n"),
                &["variable 0.21.8 mirror 0.21.8"],
            );
        }
        for key in ["script", "bash", "pwsh", "powershell"] {
            check(
                &format!(
                    "variables: {{v: 0.21.8}}\nsteps: [{{{key}: '{install} | DAGGER_VERSION=$V sh'}}]\n"
                ),
                &["variable 0.21.8 mirror 0.21.8", "install.script $V derived 0.21.8"],
            );
        }
        check(
            &format!(
                "steps: [{{task: Bash@3, inputs: {{script: '{install} | DAGGER_VERSION=$(daggerVersion) sh'}}, env: {{DAGGER_VERSION: 0.21.8}}}}]"
            ),
            &["install.script $(daggerVersion) derived -", "env.version 0.21.8 mirror 0.21.8"],
        );
        check(
            "steps: [{bash: 'echo \"##vso[task.setvariable variable=DAGGER_VERSION;isOutput=true]0.21.8\"'}]",
            &["env.version 0.21.8 mirror 0.21.8"],
        );
    }

    #[test]
    fn a_matrix_has_several_versions_on_purpose() {
        check(
            "jobs: [{job: a, strategy: {matrix: {new: {daggerVersion: 0.21.8}, old: {daggerVersion: 0.20.8}}}}]\n",
            &["variable 0.21.8 intended 0.21.8", "variable 0.20.8 intended 0.20.8"],
        );
    }
}
