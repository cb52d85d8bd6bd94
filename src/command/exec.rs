mod client;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::engine::{How, Ready, Settled, Start, plan, wait};
use super::{Common, Exit, Outcome, Refused};
use crate::engine::cli::{self, Cli, Origin};
use crate::engine::{MARKER, Override, overrides, proxies_passed_by};
use crate::value::Environment;
use crate::world::Successor;
use crate::world::http::shown;
use client::{Planned, plan_cli};

/// Where programs are looked for when nobody has said it (POSIX `getconf PATH`).
const USUAL_PATH: &str = "/bin:/usr/bin";

/// The CLI that SDKs run; without it they download that of their own version, whatever stands on `PATH`
/// (dagger/dagger `sdk/go/engineconn/engineconn.go`).
const CLI_BINARY: &str = "_EXPERIMENTAL_DAGGER_CLI_BIN";

/// A newer release is nobody's business here: the version is pinned.
const NO_UPDATE_CHECK: &str = "DAGGER_NO_UPDATE_CHECK";

/// What `pin exec` is told.
#[derive(Debug, Clone)]
pub struct ExecOptions {
    /// What every verb is told.
    pub common: Common,
    /// The command: a name that is looked up in `PATH`, or a path.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Where it is started; without one, where the user is.
    pub directory: Option<PathBuf>,
}

/// Returns the command with the engine that is in force in its environment, ready to take the place of `pin`, or why it
/// is not started.
pub fn exec(options: &ExecOptions) -> Result<Successor, Outcome> {
    Ok(prepare(options)?)
}

/// Returns what would be done before `pin` became the command; nothing is done.
pub fn exec_dry_run(options: &ExecOptions) -> Outcome {
    dry_run_or_error(options).unwrap_or_else(Outcome::from)
}

/// Returns what to say of a command that the system does not start.
pub fn not_started(program: &OsStr, error: &io::Error) -> Outcome {
    let name = program.to_string_lossy();
    let is_path = name.contains('/');
    match error.kind() {
        io::ErrorKind::NotFound if is_path => {
            let hint = "if the file is there, the program in its first line is not";
            Outcome::error(Exit::CommandNotFound, &format!("cannot run `{name}`: {error}"), Some(hint))
        }
        io::ErrorKind::NotFound => {
            let message = format!("there is no `{name}` on PATH");
            Outcome::error(
                Exit::CommandNotFound,
                &message,
                Some("`pin exec` runs programs, no words of a shell: `pin exec -- sh -c '…'`"),
            )
        }
        _ => Outcome::error(Exit::CommandRefused, &format!("cannot run `{name}`: {error}"), None),
    }
}

fn prepare(options: &ExecOptions) -> Result<Successor, Refused> {
    let common = &options.common;
    if common.environment.has(cli::ASKING) {
        let message = "this `dagger` runs `pin exec`, and so it is none that `pin exec` could run";
        return Err(Refused::new(Exit::Failure, message, None));
    }
    let settled = Settled::of(common)?;
    settled.check_clients()?;
    let kind = settled.kind;
    let (ready, cli) = wait(|interruption| {
        let settled = &settled;
        async move {
            // What cannot be had at all is better known before an engine is started for it.
            let planned = plan_cli(common, settled, &interruption).await?;
            let mut ready = settled.ready(Start::IfNeeded, &interruption).await?;
            ready.unreached.take().map_or(Ok(()), Err)?;
            let cli = match planned {
                Some(planned) => {
                    let cli = interruption.or(planned.cli(common, settled, ready.how)).await;
                    Some(cli??)
                }
                None => None,
            };
            Ok((ready, cli))
        }
    })?;
    if let Some(Cli { path, origin }) = &cli {
        common.voice.detail(format_args!("the CLI is {} ({})", path.display(), origin.as_str()));
    }
    let variable = kind.variable();
    if let (How::Injected, Some(endpoint)) = (ready.how, &ready.endpoint) {
        let unasked = if ready.version.is_some() { "" } else { ", which cannot be asked for its version" };
        common.voice.say(&format!("note: `{variable}` says where the engine is: {endpoint}{unasked}"));
    }
    let scrubbed = scrubbed(&common.environment, kind.toolchain(), cli.as_ref());
    for Override { variable, why } in &scrubbed {
        common.voice.say(&format!("note: `{variable}` {why}; the command runs without it"));
    }
    let set = variables(&common.environment, variable, &ready, cli.as_ref())?;
    let unset = scrubbed.iter().map(|known| known.variable.into()).collect();
    let ExecOptions { program, arguments, directory, .. } = options.clone();
    Ok(Successor { program, arguments, directory, set, unset })
}

fn dry_run_or_error(options: &ExecOptions) -> Result<Outcome, Refused> {
    let common = &options.common;
    let settled = Settled::of(common)?;
    settled.check_clients()?;
    let (cli, plan) = wait(|interruption| {
        let settled = &settled;
        async move { Ok((plan_cli(common, settled, &interruption).await?, plan(settled, &interruption).await?)) }
    })?;
    let mut steps: Vec<String> = plan.steps.iter().map(ToString::to_string).collect();
    if let Some(Planned::Download(archive, _)) = cli {
        steps.push(format!("download {}", shown(&archive.url)));
    }
    steps.push(format!("run {}", options.program.to_string_lossy()));
    Ok(Outcome { stdout: steps.join("\n") + "\n", ..Outcome::default() })
}

/// Returns what would override the pinned engine; what already names the very CLI that is found does not.
fn scrubbed(environment: &Environment, toolchain: &str, cli: Option<&Cli>) -> Vec<Override> {
    let is_same = |known: &Override| {
        known.variable == CLI_BINARY
            && cli.is_some_and(|cli| environment.get(CLI_BINARY) == Some(cli.path.as_os_str()))
    };
    overrides(environment, toolchain).into_iter().filter(|known| !is_same(known)).collect()
}

/// Returns the variables that the command gets beside those of the user.
fn variables(
    environment: &Environment,
    variable: &str,
    ready: &Ready,
    cli: Option<&Cli>,
) -> Result<Vec<(OsString, OsString)>, Refused> {
    let mut set: Vec<(OsString, OsString)> = Vec::new();
    if let Some(endpoint) = &ready.endpoint {
        // What was injected is passed on as it is, and stays injected.
        if ready.how != How::Injected {
            let address = OsString::from(endpoint.address());
            set.extend([(variable.into(), address.clone()), (MARKER.into(), address)]);
        }
        let proxies = proxies_passed_by(environment, endpoint);
        set.extend(proxies.into_iter().map(|(name, value)| (name.into(), value.into())));
    }
    set.extend(ready.beside.iter().map(|(name, value)| ((*name).into(), value.into())));
    let Some(cli) = cli else { return Ok(set) };
    set.push((CLI_BINARY.into(), cli.path.clone().into()));
    if environment.get(NO_UPDATE_CHECK).is_none() {
        set.push((NO_UPDATE_CHECK.into(), "1".into()));
    }
    // One that is the first on `PATH` already is found; its directory may hold much else.
    if let (Origin::Own | Origin::Downloaded, Some(directory)) = (cli.origin, cli.path.parent()) {
        set.push(("PATH".into(), path_with(directory, environment.get("PATH"))?));
    }
    Ok(set)
}

fn path_with(directory: &Path, path: Option<&OsStr>) -> Result<OsString, Refused> {
    let path = path.unwrap_or(OsStr::new(USUAL_PATH));
    let directories = [directory.to_owned()].into_iter().chain(std::env::split_paths(path));
    std::env::join_paths(directories).map_err(|_| {
        let message = format!("`{}` has a `:` in it, and cannot stand in PATH", directory.display());
        Refused::new(Exit::Failure, &message, Some("set `XDG_DATA_HOME` to a directory without one"))
    })
}
