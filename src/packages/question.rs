//! What each client is asked, and how it is run.

mod environment;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{PackagesError, python, words};
use crate::channel::{Manager, Package, Settings};
use crate::text::Source;
use crate::value::Version;
use crate::world::{self, Ended, ProcessError, Program, Scratch};

/// The most that a client may print: pip names every file that it looks at.
const MAX_OUTPUT: usize = 8 << 20;

/// A version that no index has, for its local part is nobody else's: asked for it, pip lists what there is.
const IMPOSSIBLE: &str = "0+pin";

/// A client, and where it is asked.
#[derive(Debug)]
pub(super) struct Client {
    /// What is asked for.
    pub package: Package,
    /// The manifest's directory, or that of its workspace.
    directory: PathBuf,
    /// Where the client may write.
    scratch: Scratch,
    /// What it is told beside its arguments.
    settings: Option<Settings>,
    /// Files of configuration that it does not find by itself.
    configuration: Vec<PathBuf>,
    timeout: Duration,
}

/// What a client is asked.
#[derive(Debug)]
pub(super) struct Question {
    arguments: Vec<OsString>,
    input: String,
}

impl Client {
    /// Returns the client of the package, ready to be asked.
    pub(super) fn new(package: &Package, root: &Path, timeout: Duration) -> Result<Self, PackagesError> {
        // What states no version was not read with the repository.
        let read = |path: &str| {
            let bytes = world::read(&root.join(path)).ok()?;
            Some(Cow::Owned(Source::new(bytes).text().to_owned()))
        };
        let package = package.clone().settle(read);
        let directory = root.join(&package.directory);
        let is_cargo = package.manager == Manager::Cargo;
        let files: &[_] = if is_cargo { &[("Cargo.toml", CARGO_PACKAGE), ("src/lib.rs", "")] } else { &[] };
        let scratch = Scratch::new(files)?;
        let settings = match &package.settings {
            Some(path) => {
                let bytes = world::read(&root.join(path)).map_err(PackagesError::Settings)?;
                Some(Settings::parse(&package, Source::new(bytes).text()))
            }
            None => None,
        };
        let configuration = if is_cargo { cargo_configuration(&directory) } else { Vec::new() };
        let client = Self { package, directory, scratch, settings, configuration, timeout };
        client.check_registry()?;
        Ok(client)
    }

    /// A registry of its own can only be asked where the client has a word for it.
    fn check_registry(&self) -> Result<(), PackagesError> {
        let Some(registry) = &self.package.registry else { return Ok(()) };
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_name = registry.bytes().all(is_word)
            && registry.starts_with(|first: char| first.is_ascii_alphanumeric());
        match self.package.manager {
            Manager::Cargo if is_name => Ok(()),
            Manager::Pipenv => Ok(()),
            _ => Err(PackagesError::Registry {
                package: self.package.name.clone(),
                registry: words::bounded(registry),
                program: self.package.manager.program(),
            }),
        }
    }

    /// Returns the question that lists every version at once, when the client has one.
    pub(super) fn list(&self, wanted: &BTreeSet<Version>) -> Option<Question> {
        let name = self.package.name.as_str();
        Some(match self.package.manager {
            Manager::Npm | Manager::Pnpm => Question::of(&["view", name, "versions", "--json"]),
            Manager::YarnClassic => Question::of(&["info", name, "versions", "--json"]),
            Manager::YarnBerry => Question::of(&["npm", "info", name, "--fields", "versions", "--json"]),
            Manager::Bun => Question::of(&["pm", "view", name, "versions", "--json"]),
            Manager::Deno => {
                let imports: String =
                    wanted.iter().map(|version| format!("import '{name}@{version}';")).collect();
                let module = format!("data:application/typescript,{imports}").replace('+', "%2B");
                Question::of(&["info", "--quiet", "--json", "--no-lock", &module])
            }
            Manager::Pip | Manager::Pdm | Manager::Pipenv => self.pip(),
            Manager::Go => Question::of(&["list", "-m", "-versions", name]),
            Manager::Composer => Question::of(&[
                "show",
                "--no-ansi",
                "--no-interaction",
                "--no-plugins",
                "--no-scripts",
                "--available",
                "--format=json",
                name,
            ]),
            Manager::Uv | Manager::Poetry | Manager::Cargo | Manager::Mix => return None,
        })
    }

    /// A requirements file takes the options that say which index is asked, and reads variables in them.
    fn pip(&self) -> Question {
        let mut question = Question::of(&[
            "-vv",
            "download",
            "--no-deps",
            "--ignore-requires-python",
            "--requirement",
            "/dev/stdin",
            "--dest",
        ]);
        question.arguments.push(self.scratch.path().into());
        let mut lines: Vec<String> = self.settings.iter().flat_map(Settings::lines).cloned().collect();
        lines.push(format!("{}=={IMPOSSIBLE}\n", self.package.name));
        question.input = lines.join("\n");
        question
    }

    /// Returns the question about one version; `None` when the manager has no spelling for it.
    pub(super) fn about(&self, version: &Version) -> Option<Question> {
        let name = self.package.name.as_str();
        let python = || Some(format!("{name}=={}", python::spelled(version)?));
        Some(match self.package.manager {
            Manager::Uv => {
                let arguments = [
                    "pip",
                    "compile",
                    "--no-deps",
                    "--no-header",
                    "--no-annotate",
                    // Nothing is built, and whichever Python is here does not matter.
                    "--no-build",
                    "--python-version=3.99",
                    "-",
                ];
                Question { input: format!("{}\n", python()?), ..Question::of(&arguments) }
            }
            Manager::Poetry => {
                Question::of(&["debug", "resolve", "--no-ansi", "--no-interaction", &python()?])
            }
            Manager::Cargo => {
                let mut question = Question::of(&["add", "--dry-run"]);
                for path in &self.configuration {
                    question.arguments.extend(["--config".into(), path.into()]);
                }
                if let Some(registry) = &self.package.registry {
                    question.arguments.push(format!("--registry={registry}").into());
                }
                question.arguments.push(format!("{name}@={version}").into());
                question
            }
            Manager::Mix => Question::of(&["hex.info", name, &version.to_string()]),
            Manager::Go => Question::of(&["list", "-m", "-json", &format!("{name}@v{version}")]),
            _ => return None,
        })
    }

    /// Runs the client to its end.
    pub(super) async fn run(&self, question: &Question) -> Result<Ended, PackagesError> {
        let manager = self.package.manager;
        let directory = match manager {
            Manager::Go | Manager::Cargo => self.scratch.path().to_owned(),
            _ => self.directory.clone(),
        };
        let mut program = Program {
            name: manager.program().into(),
            args: question.arguments.clone(),
            directory,
            env: environment::of(manager),
            unset: &[],
            input: question.input.clone().into_bytes(),
            timeout: self.timeout,
            max_output: MAX_OUTPUT,
        };
        let mut ended = program.run().await;
        // Debian has it by this name alone.
        if matches!(ended, Err(ProcessError::Absent(_))) && manager.program() == "pip" {
            program.name = "pip3".into();
            ended = program.run().await;
        }
        ended.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: ProcessError) -> PackagesError {
        let program = self.package.manager.program();
        match source {
            ProcessError::Absent(_) => {
                PackagesError::Absent { program, manager: self.package.manager.as_str() }
            }
            source => self.unfinished(source),
        }
    }

    pub(super) fn late(&self, after: Duration) -> PackagesError {
        let name = self.package.manager.program().to_owned();
        self.unfinished(ProcessError::Timeout { name, after })
    }

    pub(super) fn too_many(&self, n_wanted: usize, most: usize) -> PackagesError {
        PackagesError::TooMany { program: self.package.manager.program(), n_wanted, most }
    }

    fn unfinished(&self, why: ProcessError) -> PackagesError {
        PackagesError::Process { why, hint: self.by_hand() }
    }

    /// Returns the error of an answer that is neither yes nor no.
    pub(super) fn unclear(&self, question: &Question, ended: &Ended) -> PackagesError {
        PackagesError::Unclear {
            command: question.shown(self.package.manager),
            ended: match ended.code {
                None => "was ended by a signal".to_owned(),
                Some(0) => "gave no answer that is understood".to_owned(),
                Some(code) => format!("ended with {code}"),
            },
            said: words::said(ended),
            hint: self.by_hand(),
        }
    }

    /// Returns a command that shows the trouble to whoever runs it, and where.
    fn by_hand(&self) -> String {
        let name = &self.package.name;
        let program = self.package.manager.program();
        let command = match self.package.manager {
            Manager::Npm | Manager::Pnpm => format!("{program} view {name} versions"),
            Manager::YarnClassic => format!("yarn info {name} versions"),
            Manager::YarnBerry => format!("yarn npm info {name}"),
            Manager::Bun => format!("bun pm view {name} versions"),
            Manager::Deno => format!("deno info --no-lock {name}"),
            Manager::Pip | Manager::Pdm | Manager::Pipenv => format!("pip index versions {name} -vv"),
            Manager::Uv => format!("echo {name} | uv pip compile --no-deps -"),
            Manager::Poetry => format!("poetry debug resolve {name} -v"),
            Manager::Cargo => format!("cargo add --dry-run {name}"),
            Manager::Go => format!("go list -m -versions {name}"),
            Manager::Mix => format!("mix hex.info {name}"),
            Manager::Composer => format!("composer show --available {name}"),
        };
        let directory = &self.package.directory;
        let place = if directory.is_empty() { String::new() } else { format!(" in `{directory}`") };
        format!("run `{command}`{place} to see what keeps it from an answer")
    }
}

impl Question {
    fn of(arguments: &[&str]) -> Self {
        Self { arguments: arguments.iter().map(OsString::from).collect(), input: String::new() }
    }

    /// Returns the beginning of the command, which says what was asked.
    fn shown(&self, manager: Manager) -> String {
        let is_word = |argument: &&str| !argument.starts_with(['-', '/']) && !argument.starts_with("data:");
        let words = self.arguments.iter().filter_map(|argument| argument.to_str()).filter(is_word);
        let words: Vec<&str> = words.collect();
        words::bounded(&format!("{} {}", manager.program(), words.join(" ")))
    }
}

/// A package without anything in it: what is added to it disturbs nobody.
const CARGO_PACKAGE: &str =
    "[package]\nname = \"question\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n";

/// Returns Cargo's files of configuration for a directory, the nearest last, for it decides (The Cargo Book,
/// "Hierarchical structure").
fn cargo_configuration(directory: &Path) -> Vec<PathBuf> {
    let of = |above: &Path| {
        let files = ["config", "config.toml"].map(|name| above.join(".cargo").join(name));
        files.into_iter().find(|path| path.is_file())
    };
    let mut found: Vec<PathBuf> = directory.ancestors().filter_map(of).collect();
    found.reverse();
    found
}
