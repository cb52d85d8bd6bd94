//! How version managers name the CLI and its versions (mise.jdx.dev, "Dev Tools"; asdf-vm.com,
//! "Configuration").

use std::ops::Range;

use super::expression::{self, Position};
use super::scan::{Follow, Name};
use super::scope::Scope;
use super::{Kind, Scan, Site, Stated};
use crate::text::Fragment;

/// Backends of mise that know the CLI by its own name, its repository or a plugin.
const BACKENDS: [&str; 8] = ["aqua", "asdf", "conda", "core", "github", "http", "ubi", "vfox"];

/// The CLI as a Go program.
const PROGRAM: &str = "github.com/dagger/dagger/cmd/dagger";

/// Returns whether a tool is the CLI: `dagger`, `aqua:dagger/dagger`, `asdf:…/asdf-dagger`; options
/// may stand behind it in brackets.
pub(super) fn is_cli(name: &str) -> bool {
    let name = name.split('[').next().unwrap_or(name);
    let Some((backend, tool)) = name.split_once(':') else { return name == "dagger" };
    if backend == "go" {
        return tool == PROGRAM;
    }
    let tool = tool.strip_suffix(".git").unwrap_or(tool);
    let is_plugin = || ["/asdf-dagger", "/vfox-dagger"].iter().any(|name| tool.ends_with(name));
    BACKENDS.contains(&backend) && (matches!(tool, "dagger" | "dagger/dagger") || is_plugin())
}

/// Adds the site of a version that a tool is asked for, in any of the forms that mise and asdf take.
pub(super) fn add<'s>(
    kind: Kind,
    fragment: &Fragment<'_>,
    range: Range<usize>,
    scope: &Scope,
    scan: &'s mut Scan<'_>,
) -> Option<&'s mut Site> {
    let text = &fragment.text()[range.clone()];
    if text.contains("{{") {
        return template(kind, fragment, range, scope, scan);
    }
    let alias = scope.get(&alias(text)).cloned();
    if let Some(follow) = alias {
        return scan.add_derived(kind, fragment.span(range)?, text, follow);
    }
    let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
    let rest_range = range.end - rest.len()..range.end;
    let stated = match scheme {
        "prefix" | "latest" => Stated::of(rest),
        "ref" | "tag" | "branch" | "rev" => Stated::of_tag(rest),
        "path" => {
            let words = "a directory whose content is not told".to_owned();
            return scan.add_derived(kind, fragment.span(range)?, text, Follow::Outside(words));
        }
        _ if scheme.starts_with("sub-") => {
            return scan.add_in(kind, fragment, range, Stated::Floating(text.to_owned()));
        }
        "" if matches!(text, "lts" | "system") => Stated::Floating(text.to_owned()),
        "" => Stated::of(text),
        _ => Stated::Invalid(text.to_owned()),
    };
    scan.add_in(kind, fragment, rest_range, stated)
}

/// Returns the key in a scope under which another name of a version is visible.
pub(super) fn alias(version: &str) -> String {
    format!("version.{version}")
}

/// A version that a template of mise gives: of a variable, or of a command (Tera).
fn template<'s>(
    kind: Kind,
    fragment: &Fragment<'_>,
    range: Range<usize>,
    scope: &Scope,
    scan: &'s mut Scan<'_>,
) -> Option<&'s mut Site> {
    let text = &fragment.text()[range.clone()];
    if let Some(command) = argument(text, "exec(") {
        let command = format!("$({command})");
        let follow = expression::follow(&command, 0..command.len(), scope, scan.path);
        let follow = follow.unwrap_or_else(|| Follow::Outside("what a command prints".to_owned()));
        return scan.add_derived(kind, fragment.span(range)?, text, follow);
    }
    let mut scope = scope.clone();
    for (at, prefix) in text.match_indices("env.") {
        let name = &text[at + prefix.len()..];
        let name = &name[..expression::name_len(name)];
        let key = format!("{prefix}{name}");
        if !name.is_empty() && scope.get(&key).is_none() {
            scope.set(key, Follow::There(Name::Variable(name.to_owned())));
        }
    }
    expression::add(kind, Position::Version, fragment, range, &scope, scan)
}

/// Returns the first quoted text behind `function`.
fn argument<'t>(text: &'t str, function: &str) -> Option<&'t str> {
    let rest = &text[text.find(function)? + function.len()..];
    let quote = rest.find(['"', '\''])?;
    let inner = &rest[quote + 1..];
    inner.find(&rest[quote..=quote]).map(|end| &inner[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::shown;

    #[test]
    fn the_cli_has_a_name_in_every_backend() {
        for name in [
            "dagger",
            "aqua:dagger/dagger",
            "aqua:dagger",
            "ubi:dagger/dagger[exe=dagger]",
            "github:dagger/dagger",
            "asdf:virtualstaticvoid/asdf-dagger",
            "asdf:https://github.com/virtualstaticvoid/asdf-dagger.git",
            "http:dagger",
            "go:github.com/dagger/dagger/cmd/dagger",
        ] {
            assert!(is_cli(name), "{name}");
        }
        for name in [
            "",
            "dagger-cue",
            "aqua:dagger/container-use",
            "aqua:google/dagger",
            "npm:@dagger.io/dagger",
            "pipx:dagger-io",
            "go:dagger.io/dagger",
            "cargo:dagger",
        ] {
            assert!(!is_cli(name), "{name}");
        }
    }

    /// Expects `kind text role value` of the site.
    fn check(text: &str, expect: &[&str]) {
        let mut scan = Scan::new("mise.toml");
        add(Kind::ToolMise, &Fragment::verbatim(text, 0), 0..text.len(), &Scope::default(), &mut scan);
        assert_eq!(shown::in_full(text, scan), expect, "{text}");
    }

    #[test]
    fn a_version_has_many_forms() {
        check("0.21.8", &["tool.mise 0.21.8 mirror 0.21.8"]);
        check("v0.21.8", &["tool.mise v0.21.8 mirror 0.21.8"]);
        check("0.21", &["tool.mise 0.21 mirror 0.21"]);
        check("prefix:0.21", &["tool.mise 0.21 mirror 0.21"]);
        check("ref:v0.21.8", &["tool.mise v0.21.8 mirror 0.21.8"]);
        check("branch:main", &["tool.mise main mirror -"]);
        check("sub-0.1:latest", &["tool.mise sub-0.1:latest mirror -"]);
        check("latest", &["tool.mise latest mirror -"]);
        check("lts", &["tool.mise lts mirror -"]);
        check("path:~/dagger", &["tool.mise path:~/dagger derived -"]);
        check("{{env.DAGGER_VERSION}}", &["tool.mise {{env.DAGGER_VERSION}} derived -"]);
        check("{{ get_env(name='X', default='0.21.8') }}", &["tool.mise 0.21.8 mirror 0.21.8"]);
        check("{{ exec(command='cat x') }}", &["tool.mise {{ exec(command='cat x') }} derived -"]);
        check("é:ü", &["tool.mise ü mirror -"]);
    }
}
