//! The grammar: what may be typed, and which options of a verb it becomes. Only here are clap and
//! the environment known.

mod audit;
mod bump;
mod catalog;
mod engine;
mod env;
mod exec;
mod init;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::command::{
    self, CheckFormat, CheckOptions, Common, Eval, Exit, GithubJob, ListOptions, Network, Outcome, Question,
    SyncMode, SyncOptions, Target, WhyOptions,
};
use crate::registry::Credentials;
use crate::report::{Color, Format};
use crate::upstream::{Addresses, Secret};
use crate::value::{Environment, Version, parse_duration};
use crate::world::http::HttpOptions;
use crate::world::{Level, Voice};

const EXIT_CODES: &str = "\
Exit codes:
  0  in lockstep, or done
  1  findings, `sync --check` would write, or `sync` leaves commands to run
  2  bad arguments or configuration
  3  could not do the job: unreadable or unparsable file, vanished site, failed write, nothing to
     check, no answer, a version that a channel lacks, a release that nobody knows
  4  no engine: no container runtime, its daemon or the image cannot be had, it dies at start, its
     volume is busy
  5  an engine or a daemon did not answer in time
  6  the engine that answers has another version than the pinned one
130  interrupted; what was begun is taken back, or it is said that something may be left
other  `pin exec` ends as its command does; 126: it cannot be run, 127: there is no such program";

/// Keep one version of a build engine true everywhere
#[derive(Debug, Parser)]
#[command(name = "pin", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Args)]
struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    directory: Option<PathBuf>,
    /// Read FILE instead of the repository's pin.toml
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Read pin.lock, and never write it
    #[arg(long, global = true)]
    locked: bool,
    /// Ask nobody: no server, no Nix, no package manager
    #[arg(long, global = true)]
    offline: bool,
    /// How long one answer is waited for: `500ms`, `20s`, `2m`
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = parse_duration, global = true)]
    timeout: Duration,
    /// Print only errors, and that an engine is privileged; set the exit code
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say what goes as it should, too: which daemon, each step and how long it took, which CLI
    #[arg(short, long, global = true)]
    verbose: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: When,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Print {
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PrintFindings {
    /// For people
    Human,
    /// For scripts
    Json,
    /// SARIF 2.1.0, for code scanning; findings then end with 0, so that the upload runs
    Sarif,
    /// Annotations of a GitHub Actions job; adds a summary to `$GITHUB_STEP_SUMMARY`, and `version=` and
    /// `TOOLCHAIN=` to `$GITHUB_OUTPUT`. Never chosen by itself
    Github,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Report every place that is not in lockstep
    Check {
        /// Report only what is at or below these paths
        paths: Vec<String>,
        /// Ask Nix what revisions package that are neither in the catalog nor in pin.lock, and keep that there; with
        /// --locked or CI it counts for this run only
        #[arg(long)]
        eval: bool,
        /// Ask the engine that is in force, too: 6 when it has another version, 4 or 5 when there is none or it is silent
        #[arg(long)]
        live: bool,
        /// Fail on notes, and on what moves or cannot be known, too
        #[arg(long)]
        strict: bool,
        /// Succeed where no file states a version
        #[arg(long)]
        allow_empty: bool,
        /// How to print findings
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: PrintFindings,
    },
    /// List every place that states a version
    List {
        /// List only what is at or below these paths
        paths: Vec<String>,
        /// How to print sites
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Print,
    },
    /// Explain a place, a toolchain or a code
    Why {
        /// `FILE`, `FILE:LINE`, or the name of a toolchain
        #[arg(value_name = "SUBJECT", required_unless_present = "code", conflicts_with = "code")]
        subject: Option<String>,
        /// Explain what a finding's code means
        #[arg(long, value_name = "CODE")]
        code: Option<String>,
        /// How to print the answer
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Print,
    },
    /// Write one version everywhere, or nothing
    Sync(Sync),
    /// Move to the newest version that every channel in use has
    Bump(bump::Bump),
    /// Print the variables that point tools at the engine; what is set already stays as it is
    Env(env::Env),
    /// Run a command with the engine of the pinned version, and end as it does
    Exec(exec::Exec),
    /// Show what is known about releases, or learn what a repository needs to know
    Catalog(catalog::Arguments),
    /// Start, stop and look after the one engine that matches
    Engine(engine::Arguments),
    /// Show what was done to engines on this machine, or whether that log is what was written
    Audit(audit::Arguments),
    /// Write a first pin.toml for what is found; an existing one is never touched
    ///
    /// Nothing in it changes what `check` says, except the truth that was asked for on a terminal. In CI, too, it
    /// writes without being told twice.
    Init(init::Init),
    /// Print the JSON Schema of pin.toml, of the user's config.toml, of pin.lock, or of what a verb prints as JSON
    Schema {
        /// `pin.toml`, `config.toml`, `pin.lock`, or a verb
        #[arg(default_value = "pin.toml")]
        name: String,
    },
}

impl From<Print> for Format {
    fn from(print: Print) -> Self {
        match print {
            Print::Human => Self::Human,
            Print::Json => Self::Json,
        }
    }
}

impl From<PrintFindings> for CheckFormat {
    fn from(print: PrintFindings) -> Self {
        match print {
            PrintFindings::Human => Self::Human,
            PrintFindings::Json => Self::Json,
            PrintFindings::Sarif => Self::Sarif,
            PrintFindings::Github => Self::Github(github_job()),
        }
    }
}

#[derive(Debug, Args)]
struct Sync {
    /// Write this version instead of the truth; TOOLCHAIN=VERSION where there are several
    #[arg(long, value_name = "VERSION", value_parser = target)]
    to: Option<Target>,
    /// Write what a site states, given as `FILE` or `FILE:LINE`
    #[arg(long, value_name = "SITE", conflicts_with = "to")]
    from: Option<String>,
    #[command(flatten)]
    write: Mode,
}

/// Whether anything is written.
#[derive(Debug, Args)]
struct Mode {
    /// Write nothing, and exit with 1 when there is something to write
    #[arg(long, conflicts_with_all = ["write", "dry_run"])]
    check: bool,
    /// Write nothing, and print what would change
    #[arg(long, conflicts_with_all = ["write", "dry_run"])]
    diff: bool,
    /// Write nothing, and say what would be written
    #[arg(long, conflicts_with = "write")]
    dry_run: bool,
    /// Write also where CI is set
    #[arg(long)]
    write: bool,
}

impl Mode {
    fn mode(&self, verb: &str) -> Result<SyncMode, Outcome> {
        match self {
            Self { check: true, .. } => Ok(SyncMode::Check),
            Self { diff: true, .. } | Self { dry_run: true, .. } => Ok(SyncMode::DryRun),
            Self { write: false, .. } if is_ci() => {
                let hint = format!(
                    "run `pin {verb} --check` to see whether anything differs, or `pin {verb} --write`"
                );
                let message = "CI is set, and nothing is written there unasked";
                Err(Outcome::usage(message, Some(&hint)))
            }
            _ => Ok(SyncMode::Write),
        }
    }
}

fn target(text: &str) -> Result<Target, String> {
    let (name, version) = match text.split_once('=') {
        Some((name, version)) => (Some(name.to_owned()), version),
        None => (None, text),
    };
    // Whose version it is, and so which ones there are, is not known before the repository is read.
    let parsed = Version::parse(version).or_else(|| Version::parse_own(version));
    let version = parsed.ok_or("wanted one version such as 0.21.8")?;
    Ok(Target::Version(name, version))
}

/// Runs what was typed; `--help`, `--version` and grammar errors end the process as clap does it.
pub fn run() -> Outcome {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Asked for help, it is data; else the words are those of clap.
        Err(error) if error.use_stderr() && exec::is_meant(std::env::args_os()) => {
            drop(error.print());
            return Outcome { exit: Exit::Usage, ..Outcome::default() }.not_started();
        }
        Err(error) => error.exit(),
    };
    let is_exec = matches!(cli.verb, Verb::Exec(_));
    let refuse = |message: &str| {
        let outcome = Outcome::usage(message, None);
        if is_exec { outcome.not_started() } else { outcome }
    };
    let level = match (cli.global.quiet, cli.global.verbose) {
        // clap compares only what stands on the same side of the verb.
        (true, true) => return refuse("`--quiet` and `--verbose` exclude each other"),
        (true, false) => Level::Quiet,
        (false, false) => Level::Usual,
        (false, true) => Level::Verbose,
    };
    let directory = match std::env::current_dir() {
        Ok(here) => cli.global.directory.as_ref().map_or(here.clone(), |directory| here.join(directory)),
        Err(error) => return refuse(&format!("cannot tell the current directory: {error}")),
    };
    if !directory.is_dir() {
        return refuse(&format!("`{}` is not a directory", directory.display()));
    }
    let common = Common {
        directory: directory.clone(),
        config: cli.global.config.as_ref().map(|config| directory.join(config)),
        color: color(cli.global.color),
        voice: Voice { level, shows_progress: std::io::stderr().is_terminal() },
        locked: cli.global.locked,
        network: network(&cli.global),
        environment: environment(),
    };
    let outcome = match cli.verb {
        Verb::Check { paths, eval, live, strict, allow_empty, format } => {
            let eval = eval.then(|| if is_ci() { Eval::OnceInCi } else { Eval::Kept });
            let format = format.into();
            command::check(&CheckOptions { common, paths, strict, allow_empty, live, eval, format })
        }
        Verb::List { paths, format } => command::list(&ListOptions { common, paths, format: format.into() }),
        Verb::Why { subject, code, format } => {
            let question = match (subject, code) {
                (_, Some(code)) => Question::Code(code),
                (subject, None) => Question::Subject(subject.unwrap_or_default()),
            };
            command::why(&WhyOptions { common, question, format: format.into() })
        }
        Verb::Sync(sync) => run_sync(sync, common),
        Verb::Init(init) => init::run(&init, common, cli.global.quiet),
        Verb::Schema { name } => command::schema(&name),
        Verb::Bump(bump) => bump::run(bump, common),
        Verb::Env(env) => env::run(&env, common),
        Verb::Exec(exec) => exec::run(exec, common, cli.global.directory.map(|_| directory)),
        Verb::Catalog(arguments) => catalog::run(arguments, common),
        Verb::Engine(arguments) => engine::run(arguments, common),
        Verb::Audit(arguments) => audit::run(&arguments, common),
    };
    if cli.global.quiet { outcome.without_data() } else { outcome }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn environment() -> Environment {
    Environment::new(std::env::vars_os())
}

/// Where to ask is said by the user's environment, never by a repository.
#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn network(global: &Global) -> Network {
    let word = |name: &str| std::env::var(name).ok().filter(|word| !word.is_empty());
    let path = |name: &str| word(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = path("XDG_CACHE_HOME").or_else(|| Some(path("HOME")?.join(".cache")));
    let default = Addresses::default();
    let address = |name: &str, default: String| {
        word(name).map_or(default, |address| address.trim_end_matches('/').to_owned())
    };
    Network {
        is_offline: global.offline,
        http: HttpOptions { timeout: global.timeout, cache: cache.map(|cache| cache.join("pin/http")) },
        addresses: Addresses {
            releases: address("PIN_RELEASES_URL", default.releases),
            github: address("PIN_GITHUB_URL", default.github),
            github_api: address("PIN_GITHUB_API_URL", default.github_api),
            token: word("GITHUB_TOKEN").or_else(|| word("GH_TOKEN")).map(Secret::new),
        },
        credentials: credentials(),
    }
}

/// Where Docker and Podman keep credentials (Docker CLI, "Environment variables"; containers-auth.json(5)).
#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn credentials() -> Credentials {
    let path = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = path("HOME");
    let below_home = |directory: &str| home.as_ref().map(|home| home.join(directory));
    let docker = path("DOCKER_CONFIG").or_else(|| below_home(".docker"));
    let config = path("XDG_CONFIG_HOME").or_else(|| below_home(".config"));
    let files = [
        docker.map(|directory| directory.join("config.json")),
        path("XDG_RUNTIME_DIR").map(|directory| directory.join("containers/auth.json")),
        config.map(|directory| directory.join("containers/auth.json")),
    ];
    Credentials { files: files.into_iter().flatten().collect(), helpers: None }
}

fn run_sync(sync: Sync, common: Common) -> Outcome {
    let mode = match sync.write.mode("sync") {
        Ok(mode) => mode,
        Err(outcome) => return outcome,
    };
    let target = sync.to.or(sync.from.map(Target::Site)).unwrap_or(Target::Truth);
    command::sync(&SyncOptions { common, target, mode, diff: sync.write.diff })
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// The variables that every runner sets ("Variables reference" of GitHub Actions).
#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn github_job() -> GithubJob {
    let file = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let word = |name: &str| std::env::var(name).ok().filter(|word| !word.is_empty());
    let (server, repository) = (word("GITHUB_SERVER_URL"), word("GITHUB_REPOSITORY"));
    let blob = server.zip(repository).zip(word("GITHUB_SHA"));
    GithubJob {
        summary: file("GITHUB_STEP_SUMMARY"),
        outputs: file("GITHUB_OUTPUT"),
        blob: blob.map(|((server, repository), sha)| format!("{server}/{repository}/blob/{sha}")),
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn color(when: When) -> Color {
    let plain = || {
        std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || !std::io::stdout().is_terminal()
    };
    match when {
        When::Never => Color::Never,
        When::Auto if plain() => Color::Never,
        When::Auto | When::Always => Color::Always,
    }
}
