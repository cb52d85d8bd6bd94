use super::{Scan, dagger_module, dockerfile, dotenv, flake_lock, lines, nix, script, yaml};
use crate::document::{self, SyntaxError};
use crate::text::{Fragment, Source};

/// A kind of file that sites are found in, told by its path alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// `dagger.json`: a Dagger module, the format of every release before 1.0.
    DaggerJson,
    /// `dagger-module.toml`: a Dagger module from 1.0 on.
    DaggerModuleToml,
    /// `dagger.toml`: a Dagger workspace.
    DaggerToml,
    /// `flake.lock`.
    FlakeLock,
    /// Any Nix expression.
    Nix,
    /// A GitHub workflow.
    Workflow,
    /// A composite action's `action.yml`.
    Action,
    /// Any other YAML: manifests, compose files, charts and their values, other CI.
    Yaml,
    /// A Dockerfile.
    Dockerfile,
    /// A shell script or `.envrc`.
    Shell,
    /// `.env` and its variants.
    Dotenv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 11] = [
        Self::DaggerJson,
        Self::DaggerModuleToml,
        Self::DaggerToml,
        Self::FlakeLock,
        Self::Nix,
        Self::Workflow,
        Self::Action,
        Self::Yaml,
        Self::Dockerfile,
        Self::Shell,
        Self::Dotenv,
    ];

    /// Returns the format of the file at `path`, or `None` when no site is looked for in it.
    pub fn of(path: &str) -> Option<Self> {
        let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        Some(match (file, extension) {
            ("dagger.json", _) => Self::DaggerJson,
            ("dagger-module.toml", _) => Self::DaggerModuleToml,
            ("dagger.toml", _) => Self::DaggerToml,
            ("flake.lock", _) => Self::FlakeLock,
            ("action.yml" | "action.yaml", _) => Self::Action,
            (".envrc", _) => Self::Shell,
            _ if file.starts_with(".envrc.") => Self::Shell,
            (".env", _) | (_, "env") => Self::Dotenv,
            _ if file.starts_with(".env.") => Self::Dotenv,
            _ if is_dockerfile(stem, file, extension) => Self::Dockerfile,
            (_, "nix") => Self::Nix,
            (_, "yml" | "yaml") if is_workflow_directory(directory) => Self::Workflow,
            (_, "yml" | "yaml") => Self::Yaml,
            (_, "sh" | "bash" | "zsh" | "ksh" | "bats") => Self::Shell,
            // Scripts often have no extension: the first line decides.
            (_, "") if !file.starts_with('.') => Self::Shell,
            _ => return None,
        })
    }

    /// Returns whether the file is the toolchain's own by name, so that one that does not parse
    /// is an error and not just another file.
    pub const fn is_known(self) -> bool {
        matches!(self, Self::DaggerJson | Self::DaggerModuleToml | Self::DaggerToml | Self::FlakeLock)
    }

    /// Returns whether a file without the toolchain's name in it may still hold what another file
    /// looks up: the value of a variable, an input that a caller gives.
    pub fn is_looked_up(self, path: &str) -> bool {
        let file = path.rsplit('/').next().unwrap_or(path);
        let is_values =
            file.contains("values") || file.starts_with("Chart.") || file.starts_with(".gitlab-ci.");
        matches!(self, Self::Dotenv | Self::Workflow | Self::Action) || (self == Self::Yaml && is_values)
    }

    /// Adds what `source` states to the scan.
    pub fn find(self, source: &Source, scan: &mut Scan<'_>) -> Result<(), SyntaxError> {
        let text = source.text();
        match self {
            Self::DaggerJson => dagger_module::find(&document::parse_json(text)?, scan),
            Self::DaggerModuleToml => dagger_module::find(&document::parse_toml(text)?, scan),
            Self::DaggerToml => dagger_module::find_workspace(&document::parse_toml(text)?, scan),
            Self::FlakeLock => flake_lock::find(&document::parse_json(text)?, scan),
            Self::Nix => match nix::find(text, scan) {
                Err(_) if !scan.path.ends_with("flake.nix") => lines::find(text, scan),
                result => return result,
            },
            Self::Workflow | Self::Action | Self::Yaml => match document::parse_yaml(text) {
                Ok(documents) => yaml::find(&documents, scan),
                Err(_) => lines::find(text, scan),
            },
            Self::Dockerfile => dockerfile::find(text, scan),
            Self::Shell => script::find_file(&Fragment::verbatim(text, 0), scan),
            Self::Dotenv => dotenv::find(text, scan),
        }
        Ok(())
    }
}

fn is_dockerfile(stem: &str, file: &str, extension: &str) -> bool {
    let is_name =
        |name: &str| name.eq_ignore_ascii_case("dockerfile") || name.eq_ignore_ascii_case("containerfile");
    let prefix = file.split(['.', '-', '_']).next().unwrap_or(file);
    is_name(file)
        || is_name(extension)
        || is_name(stem)
        || (is_name(prefix)
            && !matches!(
                extension,
                "md" | "txt" | "go" | "rs" | "py" | "ts" | "js" | "yml" | "yaml" | "json"
            ))
}

fn is_workflow_directory(directory: &str) -> bool {
    [".github/workflows", ".gitea/workflows", ".forgejo/workflows"]
        .iter()
        .any(|known| directory == *known || directory.ends_with(&format!("/{known}")))
}
