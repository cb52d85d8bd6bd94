//! Variables that choose what runs, set where a developer's shell reads them: an injected engine is
//! passed over, and what the sites state is not what is used.

use super::Bench;
use crate::config::Rule;
use crate::finding::{Code, Finding, Location, Related};
use crate::site::{DAGGER, Kind, Medium, Override, Setting, Switch};

/// So much of a value is shown.
const MAX_SHOWN: usize = 80;

/// Returns a finding for every place that sets such a variable, whatever it was before.
pub(super) fn find(bench: &Bench<'_>) -> Vec<Finding> {
    let is_ignored = |path: &str| bench.toolchain.rule_at(path, Kind::EnvVersion) == Some(Rule::Ignore);
    let own = bench.repository.overrides.iter().filter(|_| bench.name == DAGGER);
    own.filter(|found| !is_ignored(&found.path)).map(|found| finding(bench, found)).collect()
}

fn finding(bench: &Bench<'_>, found: &Override) -> Finding {
    let code =
        if found.switch.chooses_engine() { Code::RunnerHostClobbered } else { Code::EnvironmentOverride };
    let loader = found.loader.as_ref().map(|(path, span)| Related {
        location: Location { path: path.clone(), span: *span },
        message: "loaded here".to_owned(),
    });
    Finding {
        code,
        severity: code.severity(),
        toolchain: bench.name.to_owned(),
        kind: Kind::EnvVersion,
        found: None,
        wanted: None,
        message: message(found),
        primary: Location { path: found.path.clone(), span: found.span },
        related: loader.into_iter().collect(),
        hint: hint(found),
        is_truth: false,
    }
}

/// What is set, and what that does.
fn message(found: &Override) -> String {
    let name = found.switch.as_str();
    let set = match &found.setting {
        Setting::Unset => format!("`{name}` is unset here"),
        Setting::Value(value) if value.is_empty() => format!("`{name}` is emptied here"),
        Setting::Value(value) => format!("`{name}` is set to `{}` here", shown(value)),
    };
    let effect = match found.switch {
        Switch::RunnerHost | Switch::Engine => {
            "whatever it was: an engine that a pod or a CI job injects is lost"
        }
        Switch::CloudEngine => "which takes the engine of Dagger Cloud, whatever a pod or a CI job injects",
        Switch::SessionPort => {
            "which joins a session that is open there, whatever engine a pod or a CI job injects"
        }
        Switch::CliBinary => "so SDKs run that CLI, whatever version this repository states",
        Switch::MinimumVersion => "which moves the oldest version that CLI and engine let in",
    };
    let exposed = match &found.setting {
        Setting::Value(value) if is_exposed(value) => "; `tcp://` to another machine is not authenticated",
        _ => "",
    };
    format!("{set}, {effect}{exposed}")
}

/// Returns whether the address leaves the machine, by a way that asks nobody who they are.
fn is_exposed(value: &str) -> bool {
    let Some(address) = value.strip_prefix("tcp://") else { return false };
    let host = address.strip_prefix('[').and_then(|host| host.split(']').next());
    let host = host.unwrap_or_else(|| address.split([':', '/', '?']).next().unwrap_or_default());
    !(matches!(host, "localhost" | "::1" | "0.0.0.0") || host.starts_with("127."))
}

fn shown(value: &str) -> String {
    match value.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.to_owned(),
    }
}

/// What to write instead, in the file's own language.
fn hint(found: &Override) -> String {
    let dropped = || "drop the line".to_owned();
    let value = match &found.setting {
        Setting::Value(value) if !value.is_empty() => value,
        _ => return dropped(),
    };
    let (switch, medium) = (found.switch, found.medium);
    let (here, medium, place) = match (medium, &found.loader) {
        (Medium::Shell | Medium::NixText | Medium::NixString | Medium::JsonText, _) => (None, medium, ""),
        (Medium::DevboxEnv, _) => (Some("`env`"), Medium::JsonText, "init_hook"),
        (Medium::MiseEnv, _) if matches!(switch, Switch::RunnerHost | Switch::Engine) => {
            return format!("write `{} = {{ default = \"{value}\" }}`", switch.as_str());
        }
        (Medium::MiseEnv, _) => return dropped(),
        (Medium::NixAttribute(hook), _) => (Some("an attribute"), medium, hook),
        (Medium::Dotenv, Some((path, _))) if path.rsplit('.').next() == Some("nix") => {
            let hook = if path.contains("devenv") { "enterShell" } else { "shellHook" };
            (Some("a `.env` file"), Medium::NixAttribute(hook), hook)
        }
        (Medium::Dotenv, loader) => {
            (Some("a `.env` file"), Medium::Shell, loader.as_ref().map_or(".envrc", |(path, _)| path))
        }
    };
    match switch {
        Switch::SessionPort | Switch::MinimumVersion => return dropped(),
        Switch::CliBinary => {
            let quote = quote(medium);
            let script = format!("export {}={quote}$(command -v dagger){quote}", switch.as_str());
            let place = here.map(|_| format!(" in `{place}`")).unwrap_or_default();
            return format!("drop it, or write `{script}`{place}, which is the CLI of that shell");
        }
        Switch::RunnerHost | Switch::Engine | Switch::CloudEngine => {}
    }
    match (here, conditional(switch, value, medium)) {
        (None, Some(script)) => format!("write `{script}`"),
        (None, None) => format!("write `{} || ` before it", question(switch, medium)),
        (Some(here), script) => {
            let script = script
                .unwrap_or_else(|| format!("{} || export {}=…", question(switch, medium), switch.as_str()));
            format!("{here} cannot ask what was set before: drop it, and write `{script}` in `{place}`")
        }
    }
}

/// Returns the shell text that sets the variable only when nothing was injected, as the language
/// around it spells that; `None` when the value has quotes of its own.
fn conditional(switch: Switch, value: &str, medium: Medium) -> Option<String> {
    if value.contains(['"', '\'', '\\', '`']) {
        return None;
    }
    let name = switch.as_str();
    let quote = quote(medium);
    let value = match switch {
        // Any value is one, and newer CLIs look at it before the runner host.
        Switch::CloudEngine => {
            return Some(format!("{} || export {name}={quote}{value}{quote}", question(switch, medium)));
        }
        Switch::Engine => expansion(Switch::RunnerHost, value, medium),
        _ => value.to_owned(),
    };
    Some(format!("export {name}={quote}{}{quote}", expansion(switch, &value, medium)))
}

/// Returns the command that succeeds when something was set before.
fn question(switch: Switch, medium: Medium) -> String {
    let asked = if switch == Switch::CloudEngine { Switch::RunnerHost } else { switch };
    let quote = quote(medium);
    format!("[ -n {quote}{}{quote} ]", expansion(asked, "", medium))
}

fn expansion(switch: Switch, word: &str, medium: Medium) -> String {
    let dollar = match medium {
        Medium::Shell | Medium::JsonText | Medium::DevboxEnv | Medium::MiseEnv | Medium::Dotenv => "$",
        Medium::NixText | Medium::NixAttribute(_) => "''$",
        Medium::NixString => "\\$",
    };
    format!("{dollar}{{{}:-{word}}}", switch.as_str())
}

const fn quote(medium: Medium) -> &'static str {
    match medium {
        Medium::NixString | Medium::JsonText => "\\\"",
        _ => "\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    #[test]
    fn only_loopback_is_this_machine() {
        for host in
            ["tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1", "unix:///a", "tls://a:1", "tcps"]
        {
            assert!(!is_exposed(host), "{host}");
        }
        for host in ["tcp://engine.ci.svc:1", "tcp://10.0.0.1:1", "tcp://$HOST:1", "tcp://[fd00::1]:1"] {
            assert!(is_exposed(host), "{host}");
        }
    }

    #[test]
    fn the_hint_is_spelled_as_the_file_is() {
        let name = "_EXPERIMENTAL_DAGGER_RUNNER_HOST";
        let check = |switch, value: &str, medium, expect: &str| {
            let found = Override {
                path: ".envrc".to_owned(),
                span: Span::new(0, 0),
                switch,
                setting: Setting::Value(value.to_owned()),
                medium,
                loader: None,
            };
            assert_eq!(hint(&found), expect.replace('@', name));
        };
        let host = Switch::RunnerHost;
        let attribute = "an attribute cannot ask what was set before: drop it, and";
        let dotenv = "a `.env` file cannot ask what was set before: drop it, and";
        check(host, "unix:///a", Medium::Shell, "write `export @=\"${@:-unix:///a}\"`");
        check(host, "unix:///a", Medium::NixText, "write `export @=\"''${@:-unix:///a}\"`");
        check(host, "unix:///a", Medium::NixString, "write `export @=\\\"\\${@:-unix:///a}\\\"`");
        check(
            host,
            "unix:///a",
            Medium::Dotenv,
            &format!("{dotenv} write `export @=\"${{@:-unix:///a}}\"` in `.envrc`"),
        );
        check(
            host,
            "${a}",
            Medium::NixAttribute("shellHook"),
            &format!("{attribute} write `export @=\"''${{@:-${{a}}}}\"` in `shellHook`"),
        );
        check(host, "a", Medium::MiseEnv, "write `@ = { default = \"a\" }`");
        check(host, "a", Medium::JsonText, "write `export @=\\\"${@:-a}\\\"`");
        check(
            host,
            "a",
            Medium::DevboxEnv,
            "`env` cannot ask what was set before: drop it, and write `export @=\\\"${@:-a}\\\"` in `init_hook`",
        );
        check(host, "a://$(b \"c\")", Medium::Shell, "write `[ -n \"${@:-}\" ] || ` before it");
        let engine = "write `export DAGGER_ENGINE=\"${DAGGER_ENGINE:-${@:-a}}\"`";
        check(Switch::Engine, "a", Medium::Shell, engine);
        let cloud = "write `[ -n \"${@:-}\" ] || export DAGGER_CLOUD_ENGINE=\"1\"`";
        check(Switch::CloudEngine, "1", Medium::Shell, cloud);
        check(Switch::SessionPort, "1", Medium::Shell, "drop the line");
        let own = "write `export _EXPERIMENTAL_DAGGER_CLI_BIN=\"$(command -v dagger)\"`";
        let why = "which is the CLI of that shell";
        check(Switch::CliBinary, "/a", Medium::NixText, &format!("drop it, or {own}, {why}"));
        check(Switch::CliBinary, "/a", Medium::Dotenv, &format!("drop it, or {own} in `.envrc`, {why}"));
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(shown(&"é".repeat(MAX_SHOWN)).chars().count(), MAX_SHOWN);
        assert_eq!(shown(&"é".repeat(MAX_SHOWN + 1)).chars().count(), MAX_SHOWN + 1);
    }
}
