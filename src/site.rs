//! Finds every place in a file that states a version: pure functions from text to [`Site`]s.
//!
//! A finder looks at one [`Source`](crate::text::Source) and adds to a [`Scan`] what it sees: sites, and
//! *definitions* — names that hold a version (a variable, a workflow input) and become sites when
//! their name says so or when a site follows them. [`resolve`](resolve::resolve) then follows
//! indirections across files.
//!
//! What is not here: which version is right (`lockstep`), and reading files (`world`).
//!
//! # Adding a format
//!
//! 1. One file, `src/site/NAME.rs`, with `FORMAT`: which files are written in it and the function
//!    that finds their sites, and a table of tests beside it.
//! 2. One line in the table below: it declares the module and the variant of [`Format`].
//! 3. One case directory, `tests/cases/list/NAME/`: `in/` is what `cmd` is run over, and every
//!    directory in `spellings/` is a way to state a version (`@VERSION@`), from which the property
//!    test makes repositories and the fuzz target its seeds.
//!
//! The README's table of formats is written from the table below (`PIN_UPDATE=1 cargo test readme`).

mod address;
mod asked;
mod assignment;
mod checksum;
mod code;
mod commands;
mod custom;
mod expression;
mod format;
mod hint;
mod image;
mod image_tag;
mod kind;
mod lines;
mod lock;
mod name;
mod overrides;
mod package;
mod release;
mod resolve;
mod scan;
mod scope;
mod shared;
#[cfg(test)]
mod shown;
mod stated;
mod tool;
mod transfer;
mod write;

format::formats! {
    DaggerModule dagger_module "Dagger module or workspace" "`dagger.json`, `dagger-module.toml`, `dagger.toml`";
    FlakeLock flake_lock "flake lock" "`flake.lock`";
    Devenv devenv "devenv" "`devenv.yaml`, `devenv.lock`";
    Devbox devbox "devbox" "`devbox.json`, `devbox.lock`";
    Mise mise "mise" "`mise.toml`, `.mise.*.toml`, `.config/mise/config.toml`, `mise.lock`";
    Asdf asdf "asdf" "`.tool-versions`";
    Aqua aqua "aqua" "`aqua.yaml`, `.aqua.yaml`, `aqua-checksums.json`, and the files they import";
    DevContainer dev_container "development container" "`devcontainer.json`, `devcontainer-feature.json`, `.container-use/environment.json`, `.cursor/environment.json`";
    Nix nix "Nix" "`*.nix`";
    Workflow workflow "workflow or action of GitHub, Gitea, Forgejo" "`.github/workflows/*.yml`, `action.yml`";
    Gitlab gitlab "GitLab CI" "`.gitlab-ci.yml`, `*.gitlab-ci.yml`, `.gitlab/ci/*.yml`";
    Circleci circleci "CircleCI" "`.circleci/**/*.yml`";
    Azure azure "Azure Pipelines" "`azure-pipelines*.yml`, `.azure-pipelines/**/*.yml`";
    Buildkite buildkite "Buildkite" "`.buildkite/**/*.yml`";
    Drone drone "Drone, Woodpecker" "`.drone.yml`, `.woodpecker.yml`, `.woodpecker/**/*.yml`";
    Hosted hosted "CodeBuild, Cloud Build, Bitbucket, Travis, Semaphore, Cirrus, AppVeyor" "`*buildspec*.yml`, `*cloudbuild*.yaml`, `bitbucket-pipelines.yml`, `.travis.yml`, `.semaphore/*.yml`, `.cirrus.yml`, `appveyor.yml`";
    Jenkins jenkins "Jenkins" "`Jenkinsfile*`, `*.jenkinsfile`, `*.groovy`";
    ChartLock chart_lock "lock of a Helm chart or of helmfile" "`Chart.lock`, `helmfile.lock`";
    Yaml yaml "other YAML: Kubernetes, compose, Argo, Helm charts and values, other CI" "`*.yml`, `*.yaml`";
    Dockerfile dockerfile "Dockerfile" "`Dockerfile*`, `*.dockerfile`, `Containerfile`";
    Shell script "shell" "`*.sh`, `*.fish`, `.envrc`, scripts by their first line";
    Dotenv dotenv "dotenv" "`.env*`, `*.env`";
    GoMod go_mod "Go module" "`go.mod`";
    Npm npm "package of npm, pnpm, Yarn, Bun or Deno" "`package.json`, `pnpm-workspace.yaml`, `deno.json`, and their locks";
    Python python "Python project" "`pyproject.toml`, `requirements*.txt`, `setup.py`, `setup.cfg`, `Pipfile`, and the locks of uv, Poetry, PDM, Pipenv";
    Cargo cargo "Rust crate" "`Cargo.toml`, `Cargo.lock`";
    Mix mix "Mix project" "`mix.exs`, `mix.lock`";
    Composer composer "Composer package" "`composer.json`, `composer.lock`";
    Makefile makefile "make" "`Makefile`, `GNUmakefile`, `Makefile.*`, `*.mk`";
    Justfile justfile "just" "`justfile`, `.justfile`, `*.just`";
    Pkgbuild pkgbuild "package of Arch or Alpine" "`PKGBUILD`, `.SRCINFO`, `APKBUILD`";
    Conf conf "other configuration: TOML, units of systemd and Podman, JSON that deploys" "`*.toml`, `*.service`, `*.container`, `*.conf`, `*.properties`, `*.bat`, `*.tf.json`, `k8s/*.json`";
    Terraform terraform "Terraform, Packer, Nomad, Bake" "`*.tf`, `*.tfvars`, `*.hcl`";
    Source source "source code" "`*.go`, `*.ts`, `*.js`, `*.py`, `*.rs`, `*.java`, `*.kt`, `*.php`, `*.ex`, `*.rb`, `*.gradle`, `*.cs`, `*.scala`, `*.ps1`, `*.dang`";
    Template template "template of another file" "`*.tpl`, `*.tmpl`, `*.gotmpl`, `*.j2`, `*.jinja`, `*.erb`, `*.mustache`, `*.hbs`, `*.template`";
}

pub use asked::MARKERS;
pub use chart_lock::{Dependencies, LockDigest};
pub use custom::{Declaration, Found, KeyPath, Lack, Marker, Repository, Selector};
pub use image::canonical_name as image_name;
pub use image_tag::ImageTag;
pub use kind::{Class, Kind};
pub use overrides::{Medium, Override, Setting, Switch, overrides};
pub use resolve::{Hop, resolve, trace};
pub use scan::{Companion, Companionship, Definition, Follow, Name, Role, Scan, Site};
pub use stated::Stated;
pub use write::{Mismatch, Refusal, Writing, is_flake_pin, mismatches, tree_hash, write};

use crate::value::Version;

/// The toolchain that needs no configuration.
pub const DAGGER: &str = "dagger";

/// The other one whose versions are its releases' and nothing else.
pub const BUILDKIT: &str = "buildkit";

/// What to do about a place that states only the hash of a tree.
pub const NAME_COMMIT: &str =
    "pin the input to a commit, `github:dagger/nix/COMMIT`, then run `nix flake lock`";

/// Returns whether the toolchain is one that only a repository itself knows, and whose versions may
/// be written in any way.
pub fn is_own(toolchain: &str) -> bool {
    toolchain != DAGGER && toolchain != BUILDKIT
}

/// Returns the version that a text states where one of the toolchain's belongs: releases of the engine
/// have three numbers, what a repository knows by itself may have any.
pub fn parse_version(toolchain: &str, text: &str) -> Option<Version> {
    if is_own(toolchain) { Version::parse_own(text) } else { Version::parse(text) }
}
