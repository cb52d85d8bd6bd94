use crate::site::Format;
use crate::value::Grammar;

/// What sort of file a declaration looks into, told by the path; the first character of the text
/// decides where the path says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Json,
    Toml,
    Yaml,
    Hcl,
    Nix,
    Dockerfile,
    /// `go.mod`, `go.work`: directives.
    GoMod,
    /// `.tool-versions`: a tool and its version a line.
    ToolVersions,
    /// Lines `name = value`, in sections or not, and `#` comments: shell, dotenv, ini, Makefile.
    Assignments,
    /// Prose: nothing is a comment.
    Prose,
}

impl Shape {
    pub(super) fn of(path: &str, text: &str) -> Self {
        let file = path.rsplit('/').next().unwrap_or(path);
        let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
        match (file, extension) {
            ("go.mod" | "go.work", _) => Self::GoMod,
            (".tool-versions", _) => Self::ToolVersions,
            ("Pipfile" | "Cargo.lock" | "poetry.lock" | "uv.lock" | "pdm.lock", _) => Self::Toml,
            ("pubspec.lock" | "Podfile.lock" | "Chart.lock" | ".clang-format", _) => Self::Yaml,
            (_, "toml") => Self::Toml,
            (_, "yaml" | "yml") => Self::Yaml,
            (_, "json" | "jsonc" | "json5") => Self::Json,
            (_, "tf" | "tofu" | "hcl" | "tfvars" | "nomad") => Self::Hcl,
            (_, "nix") => Self::Nix,
            (_, "md" | "markdown" | "txt" | "rst" | "adoc" | "html") => Self::Prose,
            _ if Format::of(path) == Some(Format::Dockerfile) => Self::Dockerfile,
            _ if text.trim_start().starts_with('{') => Self::Json,
            _ => Self::Assignments,
        }
    }
}

/// Returns whose rules a package's manifest writes ranges of versions by.
pub(super) fn grammar(path: &str) -> Option<Grammar> {
    match path.rsplit('/').next().unwrap_or(path) {
        "package.json" | "deno.json" | "deno.jsonc" => Some(Grammar::Npm),
        "Cargo.toml" => Some(Grammar::Cargo),
        "pyproject.toml" | "setup.cfg" | "Pipfile" => Some(Grammar::Python),
        "composer.json" => Some(Grammar::Composer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_the_shape() {
        for (path, text, expect) in [
            ("a/go.mod", "", Shape::GoMod),
            (".tool-versions", "", Shape::ToolVersions),
            ("Cargo.lock", "", Shape::Toml),
            ("flake.lock", "{}", Shape::Json),
            ("infra/main.tf", "", Shape::Hcl),
            ("docker/Dockerfile.dev", "{", Shape::Dockerfile),
            (".env", "", Shape::Assignments),
            ("Makefile", "", Shape::Assignments),
            ("README.md", "{", Shape::Prose),
            (".swcrc", " {}", Shape::Json),
        ] {
            assert_eq!(Shape::of(path, text), expect, "{path}");
        }
    }
}
