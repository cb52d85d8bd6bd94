//! Variables that choose which engine or CLI runs, set for good where a developer's shell takes its
//! environment from: what was injected (by a pod, by a CI job) is lost there.
//!
//! No sites: they state no version. What states one ([`ENGINE_TAG`](super::name::ENGINE_TAG) and
//! others) is a site like any.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::normalise;
use super::{Format, Scan};
use crate::document::Scalar;
use crate::text::Span;

/// A variable by which the CLI or the SDKs choose what runs, whatever the repository states
/// (dagger/dagger `internal/cmd/dagger/engine.go`, `engine/client/client.go`, `engine/version.go`,
/// `sdk/go/engineconn/cli.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Switch {
    /// The address of the engine; an empty one is none.
    RunnerHost,
    /// The same for newer CLIs, which ask it first.
    Engine,
    /// Takes the engine of Dagger Cloud, whatever its value; asked before the runner host.
    CloudEngine,
    /// Joins the session at that port; nothing else is asked.
    SessionPort,
    /// The CLI that SDKs run in place of the one of their own version.
    CliBinary,
    /// The oldest client, engine and module that are let in.
    MinimumVersion,
}

impl Switch {
    /// Every switch.
    pub const ALL: [Self; 6] = [
        Self::RunnerHost,
        Self::Engine,
        Self::CloudEngine,
        Self::SessionPort,
        Self::CliBinary,
        Self::MinimumVersion,
    ];

    /// Returns the variable's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunnerHost => "_EXPERIMENTAL_DAGGER_RUNNER_HOST",
            Self::Engine => "DAGGER_ENGINE",
            Self::CloudEngine => "DAGGER_CLOUD_ENGINE",
            Self::SessionPort => "DAGGER_SESSION_PORT",
            Self::CliBinary => "_EXPERIMENTAL_DAGGER_CLI_BIN",
            Self::MinimumVersion => "_EXPERIMENTAL_DAGGER_MIN_VERSION",
        }
    }

    /// Returns the switch that the variable called `name` is.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|switch| switch.as_str() == name)
    }

    /// Returns whether it chooses the engine, so that an injected one is passed over.
    pub const fn chooses_engine(self) -> bool {
        matches!(self, Self::RunnerHost | Self::Engine | Self::CloudEngine | Self::SessionPort)
    }

    /// Returns whether `text` asks what was there before: it names the variable, or another one
    /// that chooses the engine, or one of `others`.
    pub(super) fn is_asked_in(self, text: &str, others: &BTreeSet<&str>) -> bool {
        let is_name = |byte: char| byte.is_ascii_alphanumeric() || byte == '_';
        text.split(|byte| !is_name(byte)).any(|word| {
            others.contains(word)
                || Self::of(word)
                    .is_some_and(|other| other == self || (other.chooses_engine() && self.chooses_engine()))
        })
    }
}

/// Returns whether `text` may set a switch.
pub(super) fn may_set(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"DAGGER_").is_some()
}

/// What a switch is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// To this text, as it is written between its quotes.
    Value(String),
    /// It is taken away.
    Unset,
}

/// The language that an override is written in, which decides what it has to be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// A shell script.
    Shell,
    /// A shell script in a Nix text between `''`.
    NixText,
    /// A shell script in a Nix text between `"`.
    NixString,
    /// A shell script in a JSON text.
    JsonText,
    /// An attribute of a Nix expression, and the one beside it that holds shell text instead.
    NixAttribute(&'static str),
    /// `env` of a `devbox.json`.
    DevboxEnv,
    /// `[env]` of mise.
    MiseEnv,
    /// A `.env` file.
    Dotenv,
}

/// A place that sets a switch, whatever it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Path relative to the repository root.
    pub path: String,
    /// The bytes of the variable's name.
    pub span: Span,
    /// The variable.
    pub switch: Switch,
    /// What it is set to.
    pub setting: Setting,
    /// The language it is written in.
    pub medium: Medium,
    /// The place by which a developer's shell comes to read the file, when it does not by itself.
    pub loader: Option<(String, Span)>,
}

/// A file that another one makes a shell read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Load {
    /// The file, relative to the repository root.
    pub(super) path: String,
    /// Where it is said.
    pub(super) span: Span,
}

impl Scan<'_> {
    /// Records that the file sets a switch. Without one that nobody should set, nothing is lost.
    pub(super) fn set_switch(&mut self, switch: Switch, span: Span, setting: Setting, medium: Medium) {
        if setting == Setting::Unset && !matches!(switch, Switch::RunnerHost | Switch::Engine) {
            return;
        }
        let path = self.path.to_owned();
        self.overrides.push(Override { path, span, switch, setting, medium, loader: None });
    }

    /// Records a variable in a data file, when it is a switch and asks nothing.
    pub(super) fn set_variable(&mut self, name: &Scalar<'_>, value: &str, medium: Medium) {
        let span = name.content.span(0..name.text().len());
        if let (Some(switch), Some(span)) = (Switch::of(name.text()), span)
            && !switch.is_asked_in(value, &BTreeSet::new())
        {
            self.set_switch(switch, span, Setting::Value(value.to_owned()), medium);
        }
    }

    /// Records that a data file takes a variable away.
    pub(super) fn unset_variable(&mut self, name: &Scalar<'_>, medium: Medium) {
        let span = name.content.span(0..name.text().len());
        if let (Some(switch), Some(span)) = (Switch::of(name.text()), span) {
            self.set_switch(switch, span, Setting::Unset, medium);
        }
    }

    /// Records that the file makes a shell read another one, named from where it stands.
    pub(super) fn load(&mut self, file: &Scalar<'_>) {
        let directory = self.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let path = normalise(directory, file.text());
        self.loads.push(Load { path, span: file.span });
    }
}

/// Returns the overrides in the files that a developer's shell reads: by itself, or because one
/// that it reads says so. A script that nobody loads sets what its own commands see, and a `.env`
/// file alone sets nothing.
pub fn overrides(files: &[Scan<'_>]) -> Vec<Override> {
    let by_path: BTreeMap<&str, &Scan<'_>> = files.iter().map(|scan| (scan.path, scan)).collect();
    let mut read: BTreeMap<&str, Option<(String, Span)>> = BTreeMap::new();
    let mut waiting: Vec<&Scan<'_>> = files.iter().filter(|scan| is_read_by_itself(scan.path)).collect();
    read.extend(waiting.iter().map(|scan| (scan.path, None)));
    while let Some(scan) = waiting.pop() {
        for load in &scan.loads {
            let Some(loaded) =
                by_path.get(load.path.as_str()).filter(|loaded| !read.contains_key(loaded.path))
            else {
                continue;
            };
            read.insert(loaded.path, Some((scan.path.to_owned(), load.span)));
            waiting.push(loaded);
        }
    }
    let mut found: Vec<Override> = Vec::new();
    for (path, loader) in read {
        let own = by_path.get(path).into_iter().flat_map(|scan| &scan.overrides);
        found.extend(own.map(|known| Override { loader: loader.clone(), ..known.clone() }));
    }
    found.sort_by(|left, right| (&left.path, left.span).cmp(&(&right.path, right.span)));
    found.dedup_by(|left, right| (&left.path, left.span) == (&right.path, right.span));
    found
}

/// Scripts and `.env` files are read by whoever asks for them; direnv asks for `.envrc`. Other
/// formats record only what a shell of theirs sets.
fn is_read_by_itself(path: &str) -> bool {
    let is_asked_for = matches!(Format::of(path), Some(Format::Shell | Format::Dotenv));
    !is_asked_for || path.rsplit('/').next() == Some(".envrc")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    /// Expects `path variable=value [loader]` of every override of the files.
    fn check(files: &[(&str, &str)], expect: &[&str]) {
        let sources: Vec<(&str, Source)> =
            files.iter().map(|(path, text)| (*path, Source::new(text.as_bytes().to_vec()))).collect();
        let mut scans = Vec::new();
        for (path, source) in &sources {
            let mut scan = Scan::new(path);
            Format::of(path).unwrap().find(source, &mut scan).unwrap();
            scans.push(scan);
        }
        let found: Vec<String> = overrides(&scans)
            .iter()
            .map(|found| {
                let value = match &found.setting {
                    Setting::Value(value) => format!("={value}"),
                    Setting::Unset => " unset".to_owned(),
                };
                let loader = found.loader.as_ref().map(|(path, _)| format!(" [{path}]")).unwrap_or_default();
                format!("{} {}{value}{loader}", found.path, found.switch.as_str())
            })
            .collect();
        assert_eq!(found, expect, "{files:?}");
    }

    const SET: &str = "export DAGGER_CLOUD_ENGINE=1\n";

    #[test]
    fn only_what_a_shell_reads_counts() {
        check(&[(".envrc", SET)], &[".envrc DAGGER_CLOUD_ENGINE=1"]);
        check(&[("ci/env.sh", SET), (".env", SET), (".envrc.local", SET)], &[]);
        for load in ["source ci/env.sh", ". ./ci/env.sh", "[ -f ci/env.sh ] && source_env ci/env.sh"] {
            check(&[(".envrc", load), ("ci/env.sh", SET)], &["ci/env.sh DAGGER_CLOUD_ENGINE=1 [.envrc]"]);
        }
        let files =
            [(".envrc", "source a.sh"), ("a.sh", "source b.sh"), ("b.sh", "source a.sh\nDAGGER_ENGINE=x")];
        check(&files, &["b.sh DAGGER_ENGINE=x [a.sh]"]);
    }

    #[test]
    fn a_dotenv_file_counts_when_a_shell_loads_it() {
        for load in [
            "dotenv",
            "dotenv_if_exists",
            "use flake\ndotenv_if_exists .env",
            "set -a; . ./.env; set +a",
            "source \"$PWD/.env\"",
            "export $(grep -v '^#' .env | xargs)",
        ] {
            check(&[("a/.envrc", load), ("a/.env", SET)], &["a/.env DAGGER_CLOUD_ENGINE=1 [a/.envrc]"]);
        }
        for load in ["use flake", "# dotenv", "dotenv .env.local", "source ../.env", "echo .env"] {
            check(&[("a/.envrc", load), ("a/.env", SET)], &[]);
        }
        check(
            &[("flake.nix", "{ a.shellHook = ''\n  source .env\n''; b = dagger; }"), (".env", SET)],
            &[".env DAGGER_CLOUD_ENGINE=1 [flake.nix]"],
        );
        check(
            &[("devenv.nix", "{ dotenv.enable = true; }"), (".env", SET)],
            &[".env DAGGER_CLOUD_ENGINE=1 [devenv.nix]"],
        );
    }

    #[test]
    fn devbox_and_mise_start_shells() {
        check(
            &[("devbox.json", "{\"env\": {\"DAGGER_ENGINE\": \"unix:///a\"}}")],
            &["devbox.json DAGGER_ENGINE=unix:///a"],
        );
        let hook = "{\"shell\": {\"init_hook\": [\"if [ -z \\\"$DAGGER_ENGINE\\\" ]; then\", \"export DAGGER_ENGINE=a\", \"fi\", \"DAGGER_CLOUD_ENGINE=1\"]}}";
        check(&[("devbox.json", hook)], &["devbox.json DAGGER_CLOUD_ENGINE=1"]);
        check(&[("devbox.json", "{\"shell\": {\"scripts\": {\"a\": \"export DAGGER_ENGINE=a; b\"}}}")], &[]);
        let env = "[env]\nDAGGER_ENGINE = 'a'\nDAGGER_CLOUD_ENGINE = { value = '1' }\n";
        check(&[("mise.toml", env)], &["mise.toml DAGGER_ENGINE=a", "mise.toml DAGGER_CLOUD_ENGINE=1"]);
        check(
            &[(".config/mise/conf.d/a.toml", "[env]\nDAGGER_ENGINE = false")],
            &[".config/mise/conf.d/a.toml DAGGER_ENGINE unset"],
        );
        check(&[("mise.ci.toml", env), (".mise.local.toml", "[tasks.a.env]\nDAGGER_ENGINE = 'a'")], &[]);
        check(&[("mise.toml", "[env]\nDAGGER_ENGINE = { default = 'a' }")], &[]);
        check(
            &[("mise.toml", "[env]\nDAGGER_ENGINE = \"{{ get_env(name='DAGGER_ENGINE', default='a') }}\"")],
            &[],
        );
        for load in [
            "[env]\n_.file = '.env'",
            "[env]\n_ = { file = ['a', { path = '.env' }] }",
            "[[env]]\n_.source = './.env'",
        ] {
            check(&[("mise.toml", load), (".env", SET)], &[".env DAGGER_CLOUD_ENGINE=1 [mise.toml]"]);
        }
        check(
            &[("devbox.json", "{\"env_from\": \".env\"}"), (".env", SET)],
            &[".env DAGGER_CLOUD_ENGINE=1 [devbox.json]"],
        );
    }

    #[test]
    fn names_are_whole() {
        let none = BTreeSet::new();
        assert!(Switch::RunnerHost.is_asked_in("${_EXPERIMENTAL_DAGGER_RUNNER_HOST:-x}", &none));
        assert!(Switch::Engine.is_asked_in("$_EXPERIMENTAL_DAGGER_RUNNER_HOST", &none));
        assert!(!Switch::CliBinary.is_asked_in("$_EXPERIMENTAL_DAGGER_RUNNER_HOST", &none));
        assert!(!Switch::Engine.is_asked_in("$DAGGER_ENGINE_NAME", &none));
        assert!(Switch::Engine.is_asked_in("$HOST/x", &BTreeSet::from(["HOST"])));
    }
}
