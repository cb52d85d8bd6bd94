//! Pipelines of Drone and of Woodpecker, its fork (docs.drone.io, "Docker Pipelines";
//! woodpecker-ci.org/docs, "Workflow syntax").

use super::format::{FilePath, Spec};
use super::yaml::{self, Dialect};

/// Pipelines by their usual names.
pub(super) const FORMAT: Spec = Spec {
    claims: is_pipeline,
    ..Spec::of(|source, scan| {
        yaml::read(source, &Dialect::ANY, scan);
        Ok(())
    })
};

fn is_pipeline(path: &FilePath<'_>) -> bool {
    matches!(path.extension, "yml" | "yaml")
        && ([".drone", ".woodpecker"].iter().any(|name| path.stem.starts_with(name))
            || path.is_below(".woodpecker"))
}

#[cfg(test)]
mod tests {
    use crate::site::Format;
    use crate::site::shown::check_at;

    #[test]
    fn a_pipeline_is_known_by_its_name() {
        for path in [".drone.yml", "ci/.drone.arm.yml", ".woodpecker.yaml", ".woodpecker/build.yml"] {
            assert_eq!(Format::of(path), Some(Format::Drone), "{path}");
        }
        assert_eq!(Format::of("drone.yml"), Some(Format::Yaml));
    }

    #[test]
    fn steps_and_services_are_images() {
        for text in [
            "steps: [{name: a, image: 'registry.dagger.io/engine:v0.21.8'}]",
            "services: [{name: a, image: 'registry.dagger.io/engine:v0.21.8'}]",
            "pipeline: {a: {image: 'registry.dagger.io/engine:v0.21.8', commands: [dagger version]}}",
            "kind: secret\n---\nkind: pipeline\nsteps: {a: {image: registry.dagger.io/engine:v0.21.8, settings: {tags: [v1.0.0]}}}\n",
        ] {
            check_at(".drone.yml", text, &["image.engine v0.21.8 mirror 0.21.8"]);
        }
        check_at(
            ".woodpecker.yml",
            "matrix: {DAGGER_VERSION: [0.21.8, 0.20.8]}\nsteps: {a: {image: 'registry.dagger.io/engine:v${DAGGER_VERSION}', commands: ['curl https://dl.dagger.io/dagger/install.sh | sh']}}\n",
            &[
                "variable 0.21.8 intended 0.21.8",
                "variable 0.20.8 intended 0.20.8",
                "image.engine v${DAGGER_VERSION} derived -",
            ],
        );
    }
}
