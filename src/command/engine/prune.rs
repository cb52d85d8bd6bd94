use std::fmt::Write as _;
use std::time::Duration;

use super::refused::{of_daemon, of_probe};
use super::settled::Settled;
use super::waited::{stopped, wait};
use crate::command::{Common, Exit, Outcome, Refused, with_causes};
use crate::config::EngineKind;
use crate::engine::audit::Action;
use crate::engine::{CacheUsage, Container, Daemon, Prune, Way};
use crate::report::{self, EnginePruned, Format};
use crate::world::Interruption;

/// What `pin engine prune` is told.
#[derive(Debug, Clone)]
pub struct EnginePruneOptions {
    /// What every verb is told.
    pub common: Common,
    /// Only what nobody has used for that long goes.
    pub unused_for: Option<Duration>,
    /// Only so much goes that this many bytes stay.
    pub keep: Option<u64>,
    /// Whether all goes that is not in use.
    pub all: bool,
    /// Whether it is only said what would be done.
    pub dry_run: bool,
    /// How it is printed.
    pub format: Format,
}

/// Makes the cache of the running engine smaller.
pub fn engine_prune(options: &EnginePruneOptions) -> Outcome {
    prune_or_error(options).unwrap_or_else(Outcome::from)
}

fn prune_or_error(options: &EnginePruneOptions) -> Result<Outcome, Refused> {
    if options.unused_for.is_none() && options.keep.is_none() && !options.all {
        let hint = "run `pin engine prune --unused-for 7d`, `--keep 20GB`, or `--all`";
        let message = "nothing says how much of the cache is to go";
        return Err(Refused::new(Exit::Usage, message, Some(hint)));
    }
    let settled = Settled::of(&options.common)?;
    if options.dry_run {
        let _ = settled.isolated()?;
        return Ok(Outcome { stdout: format!("{}\n", words(options)), ..Outcome::default() });
    }
    let gone = wait(|interruption| prune(options, &settled, interruption))?;
    let stdout = match options.format {
        Format::Human => format!("{} are gone\n", report::bytes(gone.size)),
        Format::Json => {
            let (size, entries) = (gone.size, gone.entries);
            report::json_line(&EnginePruned { version: report::VERSION, size, entries })
        }
    };
    Ok(Outcome { stdout, ..Outcome::default() })
}

/// Returns what goes.
fn words(options: &EnginePruneOptions) -> String {
    let mut words = "prune what is cached and not in use".to_owned();
    if let Some(unused_for) = options.unused_for {
        let _ = write!(words, ", and was not for {} s", unused_for.as_secs());
    }
    if let Some(keep) = options.keep {
        let _ = write!(words, ", until {} are left", report::bytes(keep));
    }
    words
}

async fn prune(
    options: &EnginePruneOptions,
    settled: &Settled,
    interruption: Interruption,
) -> Result<CacheUsage, Refused> {
    let _ = settled.isolated()?;
    let daemon = interruption.or(settled.daemon()).await.map_err(|_| stopped())??;
    let engines = daemon.engines(settled.kind, &settled.project).await.map_err(|error| of_daemon(&error))?;
    let Some(engine) = engines.iter().find(|engine| engine.state.is_up()) else {
        let message =
            format!("no {} of {} runs: only it can prune its cache", settled.kind.title(), settled.project);
        return Err(Refused::new(Exit::NoEngine, &message, Some("run `pin engine up`")));
    };
    let written = settled.record().does(Action::Prune, &engine.name);
    written.map_err(|error| Refused::new(Exit::Failure, &with_causes(&error), None))?;
    if settled.kind == EngineKind::Dagger {
        return prune_dagger(options, &daemon, engine, &interruption).await;
    }
    let way = Way::Inside { daemon: &daemon, container: engine.name.clone(), program: settled.kind.dial() };
    let prune = Prune { unused_for: options.unused_for, keep: options.keep };
    let progress = options.common.voice.progress_of_bytes(None, "pruning");
    let pruned = interruption.or(prune.run(&way, |gone| progress.reach(gone.size, gone.size))).await;
    let pruned = pruned.map_err(|_| stopped())?;
    pruned.map_err(|error| of_probe(&engine.name, &error, "run `pin engine status`"))
}

async fn prune_dagger(
    options: &EnginePruneOptions,
    daemon: &Daemon,
    engine: &Container,
    interruption: &Interruption,
) -> Result<CacheUsage, Refused> {
    if options.unused_for.is_some() {
        let message = "a Dagger engine prunes by size, and not by age";
        return Err(Refused::new(Exit::Usage, message, Some("run `pin engine prune --keep 20GB`")));
    }
    let pruned = interruption.or(daemon.prune_dagger(engine, options.keep)).await.map_err(|_| stopped())?;
    pruned.map_err(|error| of_daemon(&error))
}
