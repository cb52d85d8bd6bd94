use std::fmt::Write as _;
use std::time::Duration;

use super::refused::{of_daemon, of_probe, of_up};
use super::settled::Settled;
use super::waited::wait;
use crate::command::{Common, Exit, Outcome, Refused, with_causes};
use crate::config::EngineKind;
use crate::engine::audit::Action;
use crate::engine::{CacheUsage, Container, Daemon, NotUp, Prune, Pruned, State, Way, prunes_to_size};
use crate::report::{self, EnginePruned, Format};
use crate::value::Runtime;
use crate::world::{Interruption, now};

/// How long an engine may say nothing while it prunes: a Dagger engine does so until all is gone, and hundreds of
/// gigabytes in millions of files take a slow disk minutes.
const SILENCE: Duration = Duration::from_mins(15);

/// What helps when an engine falls silent.
const HINT: &str = "run `pin engine status` to see how it is, or `pin engine logs`";

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
    let pruned = wait(|interruption| prune(options, &settled, interruption))?;
    let stdout = match options.format {
        Format::Human => words(options, pruned),
        Format::Json => {
            let (dry_run, Pruned { size, entries }) = (options.dry_run, pruned);
            report::json_line(&EnginePruned { version: report::VERSION, dry_run, size, entries })
        }
    };
    Ok(Outcome { stdout, ..Outcome::default() })
}

/// Returns what has gone, or would.
fn words(options: &EnginePruneOptions, pruned: Pruned) -> String {
    let size = pruned.size.map_or_else(|| "what the engine does not count".to_owned(), report::bytes);
    if !options.dry_run {
        return format!("{size} are gone\n");
    }
    let mut words = "prune what is cached and not in use".to_owned();
    if let Some(unused_for) = options.unused_for {
        let _ = write!(words, ", and was not for {} s", unused_for.as_secs());
    }
    if let Some(keep) = options.keep {
        let _ = write!(words, ", until {} are left", report::bytes(keep));
    }
    match pruned.size {
        Some(_) => format!("{words}: {size} at most\n"),
        None => format!("{words}\n"),
    }
}

async fn prune(
    options: &EnginePruneOptions,
    settled: &Settled,
    interruption: Interruption,
) -> Result<Pruned, Refused> {
    let _ = settled.isolated()?;
    let daemon = interruption.or(settled.daemon()).await??;
    let engines = interruption.or(daemon.engines(settled.kind, &settled.project)).await;
    let engine = running(settled, engines?.map_err(|error| of_daemon(&error))?)?;
    if settled.kind == EngineKind::Dagger {
        check_dagger(options, &engine)?;
    }
    let way = Way::Inside { daemon: &daemon, container: engine.name.clone(), program: settled.kind.dial() };
    let prune = Prune { unused_for: options.unused_for, keep: options.keep };
    let failed = |error| of_probe(&engine.name, &error, HINT);
    if options.dry_run {
        let would = async {
            match settled.kind {
                EngineKind::Dagger => would_dagger(&daemon, &engine, options.keep).await,
                EngineKind::BuildKit => prune.would(&way, daemon.bound(), now()).await.map_err(failed),
            }
        };
        return interruption.or(would).await?;
    }
    let written = settled.record().of(Some(&engine)).does(Action::Prune, &engine.name);
    written.map_err(|error| Refused::new(Exit::Failure, &with_causes(&error), None))?;
    let progress = options.common.voice.progress_of_bytes(None, &format!("pruning {}", engine.name));
    let pruned = async {
        match settled.kind {
            EngineKind::Dagger => {
                let pruned = daemon.prune_dagger(&engine.name, options.keep, SILENCE).await;
                pruned.map_err(|error| of_daemon(&error))
            }
            EngineKind::BuildKit => {
                let seen = |gone: CacheUsage| progress.reach(gone.size, gone.size);
                prune.run(&way, daemon.bound(), SILENCE, seen).await.map(Pruned::from).map_err(failed)
            }
        }
    };
    interruption.or(pruned).await?
}

/// Returns the engine that runs.
fn running(settled: &Settled, engines: Vec<Container>) -> Result<Container, Refused> {
    let up = engines.into_iter().filter(|engine| engine.state.is_up());
    let Some(engine) = up.min_by_key(|engine| engine.state != State::Running) else {
        let message =
            format!("no {} of {} runs: only it can prune its cache", settled.kind.title(), settled.project);
        return Err(Refused::new(Exit::NoEngine, &message, Some("run `pin engine up`")));
    };
    let name = engine.name.clone();
    let why = match engine.state {
        State::Running => return Ok(engine),
        State::Paused => NotUp::Paused(name),
        state => NotUp::Silent { name, why: format!("it is {state}") },
    };
    // What helps is no command of the daemon's program.
    Err(of_up(&why.into(), Runtime::Docker))
}

/// Refuses what no Dagger engine does, or not this one.
fn check_dagger(options: &EnginePruneOptions, engine: &Container) -> Result<(), Refused> {
    let (message, hint) = match (options.unused_for, options.keep) {
        (Some(_), _) => (
            "a Dagger engine prunes by size, and not by age".to_owned(),
            "run `pin engine prune --keep 20GB`",
        ),
        (None, Some(_)) if !prunes_to_size(engine) => (
            format!("the engine in {} prunes all that is not in use, or nothing", engine.name),
            "run `pin engine prune --all`",
        ),
        _ => return Ok(()),
    };
    Err(Refused::new(Exit::Usage, &message, Some(hint)))
}

/// Returns what would go from the cache of a Dagger engine, which tells nothing but how large that is.
async fn would_dagger(daemon: &Daemon, engine: &Container, keep: Option<u64>) -> Result<Pruned, Refused> {
    let size = daemon.dagger_cache(&engine.name).await.map_err(|error| of_daemon(&error))?;
    Ok(Pruned { size: size.map(|size| size.saturating_sub(keep.unwrap_or_default())), entries: None })
}
