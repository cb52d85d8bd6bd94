//! Pipelines of CI services that have few rules of their own: AWS `CodeBuild`, Google Cloud Build,
//! Bitbucket, Travis, Semaphore, Cirrus, `AppVeyor`.

use super::format::{FilePath, Spec};
use super::yaml::{self, Dialect};

/// Pipelines by their usual names.
pub(super) const FORMAT: Spec = Spec {
    names: &[
        ".appveyor.yml",
        ".cirrus.yml",
        ".travis.yml",
        "appveyor.yml",
        "bitbucket-pipelines.yaml",
        "bitbucket-pipelines.yml",
    ],
    claims: is_pipeline,
    ..Spec::of(|source, scan| {
        yaml::read(source, &DIALECT, scan);
        Ok(())
    })
};

/// In Cloud Build the name of a step is the image that runs it.
const DIALECT: Dialect = Dialect { images: &["image", "steps"], ..Dialect::ANY };

fn is_pipeline(path: &FilePath<'_>) -> bool {
    matches!(path.extension, "yml" | "yaml")
        && (path.stem.contains("buildspec")
            || path.stem.contains("cloudbuild")
            || path.is_below(".semaphore"))
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    const INSTALL: &str = "curl -fsSL https://dl.dagger.io/dagger/install.sh | sh";
    const ENVIRONMENT: [&str; 1] = ["env.version 0.21.8 mirror 0.21.8"];
    const ENGINE: [&str; 1] = ["image.engine v0.21.8 mirror 0.21.8"];
    const SEVERAL: [&str; 2] = ["variable 0.21.8 intended 0.21.8", "variable 0.20.8 intended 0.20.8"];

    #[test]
    fn codebuild() {
        check_at(
            "ci/buildspec.test.yml",
            &format!(
                "version: 0.2\nenv: {{variables: {{DAGGER_VERSION: 0.21.8}}, parameter-store: {{X: /a}}}}\nphases: {{install: {{commands: ['{INSTALL}']}}}}\n"
            ),
            &ENVIRONMENT,
        );
        check_at(
            "buildspec.yml",
            "batch: {build-matrix: {dynamic: {env: {variables: {DAGGER_VERSION: [0.21.8, 0.20.8]}}}}}",
            &SEVERAL,
        );
        check_at(
            "buildspec.yml",
            &format!("phases: {{install: {{commands: ['{INSTALL}']}}}}"),
            &["install.script https://dl.dagger.io/dagger/install.sh mirror -"],
        );
    }

    #[test]
    fn cloud_build() {
        check_at(
            "cloudbuild.yaml",
            "steps: [{name: 'registry.dagger.io/engine:v0.21.8', args: [x]}]",
            &ENGINE,
        );
        check_at(
            "cloudbuild-test.yaml",
            "steps: [{name: registry.dagger.io/engine}]",
            &["image.engine registry.dagger.io/engine mirror -"],
        );
        check_at(
            "cloudbuild.yaml",
            "steps:\n- name: registry.dagger.io/engine:v$_DAGGER_VERSION\n- name: bash\n  script: |\n    docker run registry.dagger.io/engine:v${_DAGGER_VERSION}\nsubstitutions: {_DAGGER_VERSION: 0.21.8}\n",
            &[
                "image.engine v$_DAGGER_VERSION derived 0.21.8",
                "image.engine v${_DAGGER_VERSION} derived 0.21.8",
                ENVIRONMENT[0],
            ],
        );
    }

    #[test]
    fn bitbucket() {
        let path = "bitbucket-pipelines.yml";
        for text in [
            "image: registry.dagger.io/engine:v0.21.8",
            "image: {name: 'registry.dagger.io/engine:v0.21.8', username: x}",
            "definitions: {services: {dagger: {image: {name: 'registry.dagger.io/engine:v0.21.8'}}}}",
            "pipelines: {default: [{step: {script: [{pipe: 'docker://registry.dagger.io/engine:v0.21.8'}]}}]}",
        ] {
            check_at(path, text, &ENGINE);
        }
        for text in [
            format!("pipelines: {{default: [step: {{script: [export DAGGER_VERSION=0.21.8, '{INSTALL}']}}]}}"),
            "pipelines: {custom: {x: [variables: [{name: DAGGER_VERSION, default: 0.21.8, allowed-values: [0.21.8, 0.20.8]}]]}}".to_owned(),
            "pipelines: {default: [step: {script: [{pipe: a/b:1.0.0, variables: {DAGGER_VERSION: 0.21.8}}]}]}".to_owned(),
        ] {
            check_at(path, &text, &ENVIRONMENT);
        }
    }

    #[test]
    fn travis() {
        for env in [
            "DAGGER_VERSION=0.21.8",
            "A=1 DAGGER_VERSION=0.21.8 B='x y'",
            "[DAGGER_VERSION=0.21.8]",
            "{global: DAGGER_VERSION=0.21.8}",
            "{global: [A=1 DAGGER_VERSION='0.21.8' B=2, X=y]}",
            "{jobs: [DAGGER_VERSION=0.21.8 A=1]}",
            "{DAGGER_VERSION: 0.21.8}",
        ] {
            check_at(".travis.yml", &format!("env: {env}\ninstall: {INSTALL}\n"), &ENVIRONMENT);
        }
        check_at(".travis.yml", "jobs: {include: [{env: DAGGER_VERSION=0.21.8}]}\n", &ENVIRONMENT);
        for key in ["jobs", "matrix"] {
            check_at(
                ".travis.yml",
                &format!("env: {{{key}: [DAGGER_VERSION=0.21.8 A=1, DAGGER_VERSION=0.20.8]}}\n"),
                &["env.version 0.21.8 intended 0.21.8", "env.version 0.20.8 intended 0.20.8"],
            );
        }
    }

    #[test]
    fn semaphore() {
        check_at(
            ".semaphore/semaphore.yml",
            &format!(
                "agent: {{containers: [{{name: main, image: 'registry.dagger.io/engine:v0.21.8'}}]}}\nblocks: [{{task: {{env_vars: [{{name: DAGGER_VERSION, value: 0.21.8}}], jobs: [{{commands: ['{INSTALL}']}}]}}}}]\n"
            ),
            &[ENGINE[0], ENVIRONMENT[0]],
        );
        check_at(
            ".semaphore/a.yml",
            "jobs: [{matrix: [{env_var: DAGGER_VERSION, values: [0.21.8, 0.20.8]}]}]",
            &SEVERAL,
        );
    }

    #[test]
    fn cirrus_and_appveyor() {
        check_at(
            ".cirrus.yml",
            "task: {container: {image: 'registry.dagger.io/engine:v0.21.8'}, env: {DAGGER_VERSION: 0.21.8}}",
            &[ENGINE[0], ENVIRONMENT[0]],
        );
        check_at(
            "appveyor.yml",
            "environment: {matrix: [{DAGGER_VERSION: 0.21.8}, {DAGGER_VERSION: 0.20.8}]}",
            &SEVERAL,
        );
    }
}
