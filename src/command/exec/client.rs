//! The CLI of the pinned version for a command.

use crate::command::engine::{How, Settled};
use crate::command::{Common, Exit, Refused, with_causes};
use crate::config::EngineKind;
use crate::engine::cli::{self, Archive, Cli, Found, InstallError};
use crate::value::Version;
use crate::world::Interruption;
use crate::world::http::Http;

/// A CLI that a command gets.
pub(super) enum Planned {
    /// It is here.
    Here(Cli),
    /// It is downloaded; with what there is instead.
    Download(Archive, String),
}

impl Planned {
    /// Returns the CLI, which is downloaded if it is not here.
    pub(super) async fn cli(self, common: &Common, settled: &Settled, how: How) -> Result<Cli, Refused> {
        let (archive, here) = match self {
            Self::Here(cli) => return Ok(cli),
            Self::Download(archive, here) => (archive, here),
        };
        let version = settled.version()?;
        settled.record().fetches_cli(how.mode()).map_err(|error| {
            let hint = "set `XDG_STATE_HOME` to a directory that you can write";
            no_cli(version, &here, &with_causes(&error), Some(hint))
        })?;
        let failed = |error: InstallError| {
            no_cli(version, &here, &with_causes(&error), hint(&error, version).as_deref())
        };
        let http = Http::new(&common.network.http).map_err(|error| failed(error.into()))?;
        cli::install(&archive, &common.environment, &http, common.voice).await.map_err(failed)
    }
}

/// Returns the CLI of the pinned version, or what would be downloaded, if the engine has one.
pub(super) async fn plan_cli(
    common: &Common,
    settled: &Settled,
    interruption: &Interruption,
) -> Result<Option<Planned>, Refused> {
    match settled.kind {
        EngineKind::Dagger => {
            let planned = interruption.or(plan_dagger(common, settled)).await;
            planned?.map(Some)
        }
        EngineKind::BuildKit => Ok(None),
    }
}

async fn plan_dagger(common: &Common, settled: &Settled) -> Result<Planned, Refused> {
    let version = settled.version()?;
    let on_path = match cli::find(version, &common.environment, &common.directory).await {
        Found::Cli(cli) => return Ok(Planned::Here(cli)),
        Found::None { on_path } => on_path,
    };
    let here = match on_path {
        Some((path, Some(other))) => format!("`{}` is {other}", path.display()),
        Some((path, None)) => format!("`{}` does not say its version", path.display()),
        None => "there is no `dagger` on PATH".to_owned(),
    };
    if common.network.is_offline {
        let hint = format!("run the same command without `--offline` once, or put dagger {version} on PATH");
        return Err(no_cli(version, &here, "with `--offline` none is downloaded", Some(&hint)));
    }
    match Archive::of(version, &common.network.addresses.releases, &settled.catalog) {
        Ok(archive) => Ok(Planned::Download(archive, here)),
        Err(error) => Err(no_cli(version, &here, &with_causes(&error), hint(&error, version).as_deref())),
    }
}

fn no_cli(version: &Version, here: &str, why: &str, hint: Option<&str>) -> Refused {
    let message = format!("no CLI of dagger {version}: {here}, and {why}");
    Refused::new(Exit::Failure, &message, hint)
}

fn hint(error: &InstallError, version: &Version) -> Option<String> {
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
        InstallError::Checksum { .. } => Some(format!(
            "do not use that file; run `pin catalog show {version}` to see who says what its hash is"
        )),
        InstallError::Archive { .. } | InstallError::Version { .. } => None,
        InstallError::Busy(_) => Some("end the other one, and run it again".to_owned()),
        InstallError::Io { .. } => None,
    }
}
