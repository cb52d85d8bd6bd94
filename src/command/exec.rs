use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use super::engine::{How, Ready, Settled, Start, stopped, wait};
use super::{Common, Exit, Outcome, Refused, with_causes};
use crate::config::EngineKind;
use crate::engine::cli::{self, Cli, Found, InstallError, Origin, Source};
use crate::engine::{MARKER, Override, overrides, proxies_passed_by};
use crate::value::Environment;
use crate::world::Successor;
use crate::world::http::Http;

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
}

/// Returns the command with the engine that is in force in its environment, ready to take the place of `pin`, or why it
/// is not started.
pub fn exec(options: &ExecOptions) -> Result<Successor, Outcome> {
    Ok(prepare(options)?)
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
    let kind = settled.kind;
    let (ready, cli) = wait(|interruption| {
        let settled = &settled;
        async move {
            let mut ready = settled.ready(Start::IfNeeded, &interruption).await?;
            ready.unreached.take().map_or(Ok(()), Err)?;
            let cli = match kind {
                EngineKind::Dagger => {
                    Some(interruption.or(find_cli(common, settled)).await.map_err(|_| stopped())??)
                }
                EngineKind::BuildKit => None,
            };
            Ok((ready, cli))
        }
    })?;
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
    Ok(Successor { program: options.program.clone(), arguments: options.arguments.clone(), set, unset })
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
    set.extend(ready.beside.as_ref().map(|(name, value)| ((*name).into(), value.into())));
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

/// Returns the CLI of the pinned version, which is downloaded if it is not here.
async fn find_cli(common: &Common, settled: &Settled) -> Result<Cli, Refused> {
    let (version, catalog) = (settled.version()?, &settled.catalog);
    let on_path = match cli::find(version, &common.environment, &common.directory).await {
        Found::Cli(cli) => return Ok(cli),
        Found::None { on_path } => on_path,
    };
    let here = match on_path {
        Some((path, Some(other))) => format!("`{}` is {other}", path.display()),
        Some((path, None)) => format!("`{}` does not say its version", path.display()),
        None => "there is no `dagger` on PATH".to_owned(),
    };
    let refuse = |why: &str, hint: Option<&str>| {
        let message = format!("no CLI of dagger {version}: {here}, and {why}");
        Refused::new(Exit::Failure, &message, hint)
    };
    if common.network.is_offline {
        let hint = format!("run the same command without `--offline` once, or put dagger {version} on PATH");
        return Err(refuse("with `--offline` none is downloaded", Some(&hint)));
    }
    let failed = |error: InstallError| refuse(&with_causes(&error), hint(&error).as_deref());
    let http = Http::new(&common.network.http).map_err(|error| failed(error.into()))?;
    let source = Source { http: &http, releases: &common.network.addresses.releases, catalog };
    let written = settled.record().fetches(&format!("dagger {version}"));
    written.map_err(|error| {
        refuse(&with_causes(&error), Some("set `XDG_STATE_HOME` to a directory that you can write"))
    })?;
    cli::install(version, &common.environment, source, common.voice).await.map_err(failed)
}

fn hint(error: &InstallError) -> Option<String> {
    match error {
        InstallError::System => Some("put a `dagger` of your own on PATH".to_owned()),
        InstallError::Unknown { .. } => Some(
            "run `pin catalog update`, which learns it into pin.lock, or put that CLI on PATH".to_owned(),
        ),
        InstallError::Broken { .. } => Some("run `pin bump`".to_owned()),
        InstallError::Homeless => Some("set `HOME`".to_owned()),
        InstallError::Download(_) => Some(
            "run it again; `--timeout` makes it wait longer, `PIN_RELEASES_URL` names a mirror".to_owned(),
        ),
        InstallError::Checksum { .. } => Some(
            "do not use that file; run `pin catalog show VERSION` to see who says what its hash is"
                .to_owned(),
        ),
        InstallError::Archive { .. } | InstallError::Version { .. } => None,
        InstallError::Busy(_) => Some("end the other one, and run it again".to_owned()),
        InstallError::Io { .. } => None,
    }
}
