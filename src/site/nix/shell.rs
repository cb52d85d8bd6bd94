//! Variables that choose what runs, in what becomes a developer's shell: attributes of `mkShell`,
//! of devenv and devshell, of a machine's or a home's environment, and the shell text they start
//! with. Attributes of services, containers and packages are what those are given: no shell's.

use std::collections::BTreeSet;
use std::ops::Range;

use rnix::SyntaxNode;
use rnix::ast;
use rowan::ast::AstNode as _;

use super::file::File;
use super::tree;
use crate::site::overrides::{Load, Medium, Setting, Switch, may_set};
use crate::site::resolve::normalise;
use crate::site::{Scan, script};
use crate::text::Fragment;

/// Attributes whose text a shell runs when it starts (nixpkgs `mkShell`, devenv, NixOS, nix-darwin,
/// home-manager).
const HOOKS: [&str; 15] = [
    "shellHook",
    "enterShell",
    "shellInit",
    "interactiveShellInit",
    "loginShellInit",
    "extraInit",
    "initExtra",
    "initExtraFirst",
    "initExtraBeforeCompInit",
    "initContent",
    "bashrcExtra",
    "profileExtra",
    "envExtra",
    "loginExtra",
    "sessionVariablesExtra",
];

/// Functions that make a set of options of what they are given, or choose among values.
const COMBINATORS: [&str; 12] = [
    "mkIf",
    "mkMerge",
    "mkDefault",
    "mkForce",
    "mkOverride",
    "mkBefore",
    "mkAfter",
    "mkOrder",
    "optionalAttrs",
    "optional",
    "optionals",
    "recursiveUpdate",
];

/// What lies between an attribute and the file, outermost first.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// An attribute's name; empty when it is computed.
    Key(String),
    /// A function is applied to it.
    Function(String),
}

/// Adds the variables that the file gives a shell, and what its shell text leaves behind.
pub(super) fn find(text: &str, file: &File, scan: &mut Scan<'_>) {
    if may_set(text) {
        for node in file.root.descendants() {
            if let Some(entry) = ast::AttrpathValue::cast(node.clone()) {
                attribute(&entry, scan);
            } else if let Some(set) = ast::AttrSet::cast(node) {
                listed(&set, scan);
            }
        }
    }
    for string in file.root.descendants().filter_map(ast::Str::cast) {
        if !is_hook(&string) {
            continue;
        }
        let Some((body, quote)) = body(text, &string) else { continue };
        let fragment = Fragment::verbatim(&text[body.clone()], body.start);
        let medium = if quote == 2 { Medium::NixText } else { Medium::NixString };
        script::find_lasting(&fragment, medium, scan);
    }
}

/// devenv reads `.env` when it is told to (devenv.sh, "Dotenv").
pub(super) fn find_loads(file: &File, scan: &mut Scan<'_>) {
    if !super::file_name(scan.path).contains("devenv") {
        return;
    }
    for entry in file.root.descendants().filter_map(ast::AttrpathValue::cast) {
        let Some(value) = entry.value().filter(|value| value.syntax().text() == "true") else { continue };
        let keys = steps(entry.syntax());
        let ends = |names: &[&str]| {
            let at = keys.len().checked_sub(names.len());
            at.is_some_and(|at| keys[at..].iter().zip(names).all(|(step, name)| step.is_key(name)))
        };
        if ends(&["dotenv", "enable"]) {
            let directory = scan.path.rsplit_once('/').map_or("", |(directory, _)| directory);
            let span = tree::span(value.syntax());
            scan.loads.push(Load { path: normalise(directory, ".env"), span });
        }
    }
}

impl Step {
    fn is_key(&self, name: &str) -> bool {
        matches!(self, Self::Key(key) if key == name)
    }

    fn is_shell(&self) -> bool {
        matches!(self, Self::Function(name) if name.starts_with("mkShell"))
    }

    fn is_combinator(&self) -> bool {
        matches!(self, Self::Function(name) if COMBINATORS.contains(&name.as_str()))
    }
}

/// `NAME = "value";` where the name is that of a switch.
fn attribute(entry: &ast::AttrpathValue, scan: &mut Scan<'_>) {
    let (Some(path), Some(value)) = (entry.attrpath(), entry.value()) else { return };
    let Some(name) = path.attrs().last() else { return };
    let Some(switch) = tree::attr_name(&name).as_deref().and_then(Switch::of) else { return };
    let steps = steps(entry.syntax());
    let Some(hook) = steps.split_last().and_then(|(_, around)| hook_of(around, scan.path)) else { return };
    set(switch, name.syntax(), &value, hook, scan);
}

/// `{ name = "NAME"; value = "value"; }` in the `env` of a devshell.
fn listed(set: &ast::AttrSet, scan: &mut Scan<'_>) {
    if !set.syntax().parent().is_some_and(|parent| ast::List::can_cast(parent.kind())) {
        return;
    }
    let entries: Vec<ast::AttrpathValue> =
        set.syntax().children().filter_map(ast::AttrpathValue::cast).collect();
    let of = |wanted: &str| {
        let is_wanted = |entry: &&ast::AttrpathValue| {
            entry.attrpath().is_some_and(|path| tree::names(&path) == [Some(wanted.to_owned())])
        };
        entries.iter().find(is_wanted).and_then(ast::AttrpathValue::value)
    };
    let (Some(name), Some(value)) = (of("name"), of("value").or_else(|| of("eval"))) else { return };
    let Some(switch) = tree::literal(&name).and_then(|name| Switch::of(name.text())) else { return };
    let steps = steps(set.syntax());
    let is_devshell =
        |step: &Step| step.is_shell() || matches!(step, Step::Key(key) if key.contains("devshell"));
    if steps.last().is_some_and(|step| step.is_key("env")) && steps.iter().any(is_devshell) {
        self::set(switch, name.syntax(), &value, "devshell.startup.dagger.text", scan);
    }
}

fn set(switch: Switch, name: &SyntaxNode, value: &ast::Expr, hook: &'static str, scan: &mut Scan<'_>) {
    let value = &given(value);
    let source = value.syntax().text().to_string();
    // devenv takes a variable away with `null`; a value may ask `builtins.getEnv` first.
    let setting = if source == "null" {
        Setting::Unset
    } else {
        let is_computed = !matches!(value, ast::Expr::Str(_)) || source.contains("${");
        if switch.is_asked_in(&source, &BTreeSet::new()) || (switch == Switch::CliBinary && is_computed) {
            return;
        }
        let text = source.strip_prefix("''").and_then(|text| text.strip_suffix("''"));
        let text = text.or_else(|| source.strip_prefix('"').and_then(|text| text.strip_suffix('"')));
        Setting::Value(text.map_or_else(|| format!("${{{source}}}"), str::to_owned))
    };
    let span = tree::span(name);
    scan.set_switch(switch, span, setting, Medium::NixAttribute(hook));
}

/// Returns what the option is given: `mkDefault "value"` ranks among options, not below what was
/// injected.
fn given(value: &ast::Expr) -> ast::Expr {
    let inner = match value {
        ast::Expr::Paren(paren) => paren.expr(),
        ast::Expr::Apply(apply) => {
            let function = apply.lambda().map(|it| function(&it)).unwrap_or_default();
            apply.argument().filter(|_| COMBINATORS.contains(&function.as_str()))
        }
        _ => None,
    };
    inner.map_or_else(|| value.clone(), |inner| given(&inner))
}

/// Returns the attribute for shell text that belongs to the environment which `around` leads to;
/// `None` when it is no shell's.
fn hook_of(around: &[Step], path: &str) -> Option<&'static str> {
    let ends = |names: &[&str]| {
        let at = around.len().checked_sub(names.len());
        at.is_some_and(|at| around[at..].iter().zip(names).all(|(step, name)| step.is_key(name)))
    };
    if ends(&["environment", "variables"]) || ends(&["environment", "sessionVariables"]) {
        return Some("environment.extraInit");
    }
    if ends(&["sessionVariables"]) {
        return Some("home.sessionVariablesExtra");
    }
    let shell = around.iter().rposition(Step::is_shell);
    let inner = &around[shell.map_or(0, |at| at + 1)..];
    if inner.iter().any(|step| matches!(step, Step::Function(_))) {
        return None;
    }
    let is_module = inner.iter().any(|step| step.is_key("modules"));
    if shell.is_some() && !is_module {
        return (inner.is_empty() || ends(&["env"])).then_some("shellHook");
    }
    let is_devenv = is_module
        || path.contains("devenv")
        || inner.iter().any(|step| matches!(step, Step::Key(key) if key.contains("devenv")))
        || matches!(inner, [Step::Key(_)])
        || inner.first().is_some_and(|step| step.is_key("config")) && inner.len() == 2;
    (is_devenv && ends(&["env"])).then_some("enterShell")
}

/// Returns what lies between a node and the file; combinators of options are left out.
fn steps(node: &SyntaxNode) -> Vec<Step> {
    let mut found = Vec::new();
    let mut at = node.clone();
    if let Some(entry) = ast::AttrpathValue::cast(at.clone()) {
        keys(&entry, &mut found);
    }
    while let Some(parent) = at.parent() {
        if let Some(entry) = ast::AttrpathValue::cast(parent.clone()) {
            keys(&entry, &mut found);
        } else if let Some(apply) = ast::Apply::cast(parent.clone())
            && apply.argument().is_some_and(|argument| argument.syntax() == &at)
        {
            let function = Step::Function(apply.lambda().map(|it| function(&it)).unwrap_or_default());
            found.extend(Some(function).filter(|function| !function.is_combinator()));
        }
        at = parent;
    }
    found.reverse();
    found
}

/// Adds the keys of an entry, innermost first.
fn keys(entry: &ast::AttrpathValue, found: &mut Vec<Step>) {
    let names = entry.attrpath().map(|path| tree::names(&path)).unwrap_or_default();
    found.extend(names.into_iter().rev().map(|name| Step::Key(name.unwrap_or_default())));
}

/// Returns the name of the function that is applied, however many arguments it has got already:
/// `mkShell` of `(pkgs.mkShell.override { … })`.
fn function(expr: &ast::Expr) -> String {
    match expr {
        ast::Expr::Apply(apply) => apply.lambda().map(|inner| function(&inner)).unwrap_or_default(),
        ast::Expr::Paren(paren) => paren.expr().map(|inner| function(&inner)).unwrap_or_default(),
        ast::Expr::Select(select) => {
            let names = select.attrpath().map(|path| tree::names(&path)).unwrap_or_default();
            let mut names = names.into_iter().flatten().collect::<Vec<_>>();
            let base = select.expr().and_then(|base| match base {
                ast::Expr::Ident(ident) => Some(ident.syntax().text().to_string()),
                _ => None,
            });
            names.splice(0..0, base);
            let shell = names.iter().position(|name| name.starts_with("mkShell"));
            shell.or(names.len().checked_sub(1)).map(|at| names.swap_remove(at)).unwrap_or_default()
        }
        _ => tree::function_name(expr).unwrap_or_default(),
    }
}

/// Returns whether a shell runs the string when it starts.
fn is_hook(string: &ast::Str) -> bool {
    let Some(entry) = entry_of(string.syntax()) else { return false };
    let names = entry.attrpath().map(|path| tree::names(&path)).unwrap_or_default();
    let Some(Some(last)) = names.last() else { return false };
    // `devshell.startup.NAME.text`
    HOOKS.contains(&last.as_str())
        || (last == "text" && steps(entry.syntax()).iter().any(|step| step.is_key("startup")))
}

/// Returns the attribute whose text the string is a part of: what a function makes a script of, or
/// what stands inside another string, is text of its own.
fn entry_of(string: &SyntaxNode) -> Option<ast::AttrpathValue> {
    let mut at = string.clone();
    loop {
        let parent = at.parent()?;
        if let Some(entry) = ast::AttrpathValue::cast(parent.clone()) {
            return Some(entry);
        }
        let is_apart = match ast::Apply::cast(parent.clone()).and_then(|apply| apply.lambda()) {
            Some(called) if called.syntax() != &at => {
                let name = function(&called);
                !(COMBINATORS.contains(&name.as_str()) || name.contains("String") || name.contains("Lines"))
            }
            _ => ast::Interpol::can_cast(parent.kind()),
        };
        if is_apart {
            return None;
        }
        at = parent;
    }
}

/// Returns the range between the quotes of a string, and how long a quote is.
fn body(text: &str, string: &ast::Str) -> Option<(Range<usize>, usize)> {
    let at = tree::span(string.syntax());
    let quote = if text[at.range()].starts_with("''") { 2 } else { 1 };
    (at.start + 2 * quote <= at.end).then(|| (at.start + quote..at.end - quote, quote))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    /// Expects `medium value` of every runner host that the file sets.
    fn check_at(path: &str, text: &str, expect: &[&str]) {
        let text = text.replace('@', "_EXPERIMENTAL_DAGGER_RUNNER_HOST");
        let source = Source::new(text.as_bytes().to_vec());
        let mut scan = Scan::new(path);
        super::super::find(source.text(), &mut scan).unwrap();
        let found: Vec<String> = scan
            .overrides
            .iter()
            .map(|found| {
                let value = match &found.setting {
                    Setting::Value(value) => value,
                    Setting::Unset => "unset",
                };
                match found.medium {
                    Medium::NixAttribute(hook) => format!("{hook} {value}"),
                    medium => format!("{medium:?} {value}"),
                }
            })
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    fn check(text: &str, expect: &[&str]) {
        check_at("flake.nix", text, expect);
    }

    #[test]
    fn attributes_of_a_shell_are_its_variables() {
        for text in [
            "{ devShells.default = pkgs.mkShell { @ = \"tcp://a:1\"; }; }",
            "{ a = mkShellNoCC { env.@ = \"tcp://a:1\"; }; }",
            "{ a = pkgs.mkShell ({ env = { @ = ''tcp://a:1''; }; } // b); }",
            "{ a = (pkgs.mkShell.override { stdenv = b; }) { @ = \"tcp://a:1\"; }; }",
            "{ a = pkgs.mkShell.override { stdenv = b; } { @ = lib.mkDefault \"tcp://a:1\"; }; }",
            "{ a = f (system: { b = pkgs.mkShell rec { \"@\" = \"tcp://a:1\"; }; }); }",
        ] {
            check(text, &["shellHook tcp://a:1"]);
        }
        check(
            "{ a = devenv.lib.mkShell { modules = [ ({ pkgs, ... }: { env.@ = \"tcp://a:1\"; }) ]; }; }",
            &["enterShell tcp://a:1"],
        );
        check(
            "{ perSystem = b: { devenv.shells.default = { env.@ = cfg.host; }; }; }",
            &["enterShell ${cfg.host}"],
        );
        check(
            "{ devshells.default = { env = [ { name = \"@\"; value = \"tcp://a:1\"; } ]; }; }",
            &["devshell.startup.dagger.text tcp://a:1"],
        );
    }

    #[test]
    fn attributes_of_a_machine_are_its_shells() {
        let extra = "environment.extraInit tcp://a:1";
        check_at("host.nix", "{ environment.variables.@ = \"tcp://a:1\"; }", &[extra]);
        check_at(
            "host.nix",
            "{ config.environment = { sessionVariables = { @ = \"tcp://a:1\"; }; }; }",
            &[extra],
        );
        check_at(
            "home.nix",
            "{ home.sessionVariables.@ = \"tcp://a:1\"; }",
            &["home.sessionVariablesExtra tcp://a:1"],
        );
        let devenv = ["enterShell tcp://a:1"];
        check_at("devenv.nix", "{ pkgs, ... }: { env.@ = \"tcp://a:1\"; }", &devenv);
        check_at(
            "a.nix",
            "{ config, ... }: { config = lib.mkIf a { env = { @ = \"tcp://a:1\"; }; }; }",
            &devenv,
        );
        check_at("devenv.nix", "{ env.@ = null; }", &["enterShell unset"]);
    }

    #[test]
    fn what_others_are_given_is_none() {
        for text in [
            "{ systemd.services.ci.environment.@ = \"tcp://a:1\"; }",
            "{ virtualisation.oci-containers.containers.a.environment.@ = \"tcp://a:1\"; }",
            "{ a = stdenv.mkDerivation { @ = \"tcp://a:1\"; env.@ = \"tcp://a:1\"; }; }",
            "{ a = writeShellApplication { runtimeEnv.@ = \"tcp://a:1\"; }; }",
            "{ a = dockerTools.buildImage { config.Env = [ \"@=tcp://a:1\" ]; }; }",
            "{ containers.a.env = [ { name = \"@\"; value = \"tcp://a:1\"; } ]; }",
            "{ jobs.a.env.@ = \"tcp://a:1\"; }",
            "{ a = writeShellScriptBin \"dagger\" ''\n export @=tcp://a:1\n''; }",
            "{ a.@ = builtins.getEnv \"@\"; }",
            "{ a = mkShell { @ = let v = builtins.getEnv \"@\"; in if v != \"\" then v else \"tcp://a:1\"; }; }",
            "{ a = mkShell { _EXPERIMENTAL_DAGGER_CLI_BIN = \"${dagger}/bin/dagger\"; }; }",
            "{ a = mkShell { _EXPERIMENTAL_DAGGER_CLI_BIN = lib.getExe dagger; }; }",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn text_that_a_shell_starts_with_is_read() {
        check("{ a = mkShell { shellHook = ''\n  export @=tcp://a:1\n''; }; }", &["NixText tcp://a:1"]);
        check("{ shellHook = \"export @=tcp://a:1\"; }", &["NixString tcp://a:1"]);
        check("{ a.shellHook = b + lib.optionalString c ''export @=tcp://a:1''; }", &["NixText tcp://a:1"]);
        check_at("devenv.nix", "{ enterShell = ''\nunset @\n''; }", &["NixText unset"]);
        check("{ devshell.startup.a.text = ''export @=tcp://a:1''; }", &["NixText tcp://a:1"]);
        for value in ["\"''${@:-tcp://a:1}\"", "''${@:-tcp://a:1}"] {
            check(&format!("{{ shellHook = ''\n  export @={value}\n''; }}"), &[]);
        }
        check("{ shellHook = \"export @=\\\"\\${@:-tcp://a:1}\\\"\"; }", &[]);
        check("{ shellHook = ''\n${writeShellScript \"a\" ''export @=tcp://a:1''}\n''; }", &[]);
        check("{ shellHook = readFile (writeText \"a\" ''export @=tcp://a:1''); }", &[]);
        check(
            "{ shellHook = lib.concatStringsSep \"a\" [ ''export @=tcp://a:1'' ]; }",
            &["NixText tcp://a:1"],
        );
        check("{ shellHook = ''[ -n \"$@\" ] || export @=tcp://a:1''; }", &[]);
    }
}
