use std::io::IsTerminal as _;

use super::refused::{of_daemon, of_down, of_up, told_by};
use super::settled::Settled;
use super::up::printed_plan;
use super::waited::wait;
use crate::command::{Common, Exit, Outcome, Refused, with_causes};
use crate::engine::{Container, Daemon, Down, UpError, plan_down};
use crate::report::Format;
use crate::value::Runtime;
use crate::world::{Interruption, Voice, ask};

/// What `pin engine down` is told.
#[derive(Debug, Clone)]
pub struct EngineDownOptions {
    /// What every verb is told.
    pub common: Common,
    /// Whether the project's caches go, too.
    pub purge: bool,
    /// Whether clients that are connected are not waited for.
    pub force: bool,
    /// Whether nobody is asked before that.
    pub yes: bool,
    /// Whether it is only said what would be done.
    pub dry_run: bool,
}

/// Ends the engines of the project; their caches stay unless they are to go.
pub fn engine_down(options: &EngineDownOptions) -> Outcome {
    down_or_error(options).unwrap_or_else(Outcome::from)
}

fn down_or_error(options: &EngineDownOptions) -> Result<Outcome, Refused> {
    let settled = Settled::of(&options.common)?;
    wait(|interruption| down(options, settled, interruption))
}

async fn down(
    options: &EngineDownOptions,
    settled: Settled,
    interruption: Interruption,
) -> Result<Outcome, Refused> {
    let provision = &settled.isolated()?.provision;
    let daemon = interruption.or(settled.daemon()).await??;
    let place =
        settled.place(&daemon, &settled.wanted().map(|wanted| wanted.container()).unwrap_or_default());
    let mut agreed = None;
    if options.purge && !options.yes && !options.dry_run {
        // Whoever thinks about it keeps nobody else from working.
        let (_, volumes) = interruption.or(look(options, &settled, &daemon)).await??;
        consent(&volumes, options.common.voice, &interruption).await?;
        agreed = Some(volumes);
    }
    let bound = provision.start_timeout + provision.stop_timeout;
    let held = match options.dry_run {
        true => None,
        false => Some(interruption.or(place.hold(bound, options.common.voice)).await?),
    };
    let _held =
        held.transpose().map_err(|error| of_up(&UpError::of_holding(error, bound), Runtime::Docker))?;
    let (engines, mut volumes) = interruption.or(look(options, &settled, &daemon)).await??;
    // What has come since nobody has agreed to lose.
    volumes.retain(|volume| agreed.as_ref().is_none_or(|agreed| agreed.contains(volume)));
    let steps = plan_down(&engines, &volumes);
    if options.dry_run {
        return Ok(Outcome { stdout: printed_plan(&steps, Format::Human), ..Outcome::default() });
    }
    let record = settled.record();
    let down = Down {
        place: &place,
        record: &record,
        kind: settled.kind,
        is_forced: options.force,
        daemon: &daemon,
        engines: &engines,
        stop_timeout: provision.stop_timeout,
        voice: options.common.voice,
    };
    if let Err(error) = down.run(&steps, &interruption).await {
        return Err(told_by(&daemon, |runtime| of_down(&error, runtime)).await);
    }
    // Who was killed in between has left a place without its container.
    let places = engines.iter().map(|engine| place.of(&engine.name)).chain([place.clone()]);
    for place in places {
        place.remove().map_err(|error| Refused::new(Exit::Failure, &with_causes(&error), None))?;
    }
    Ok(Outcome::default())
}

/// Returns the project's engines, and the volumes that are to go: all of them can, or none does.
async fn look(
    options: &EngineDownOptions,
    settled: &Settled,
    daemon: &Daemon,
) -> Result<(Vec<Container>, Vec<String>), Refused> {
    let failed = |error| of_daemon(&error);
    let engines = daemon.engines(settled.kind, &settled.project).await.map_err(failed)?;
    if !options.purge {
        return Ok((engines, Vec::new()));
    }
    let caches = daemon.caches(settled.kind, &settled.project).await.map_err(failed)?;
    let volumes: Vec<String> = caches.into_iter().map(|cache| cache.volume).collect();
    for volume in &volumes {
        let mut others = daemon.holders(volume).await.map_err(failed)?;
        others.retain(|name| !engines.iter().any(|engine| engine.name == *name));
        if !others.is_empty() {
            let others = others.join(" ");
            let message = format!("nothing was done: {volume} cannot go while a container has it: {others}");
            let words = |runtime: Runtime| {
                let program = runtime.as_str();
                let hint = format!(
                    "`{program} stop {others}` and `{program} rm {others}` end that; `pin engine down` alone keeps the caches"
                );
                Refused::new(Exit::NoEngine, &message, Some(&hint))
            };
            return Err(told_by(daemon, words).await);
        }
    }
    Ok((engines, volumes))
}

/// Asks on a terminal whether caches may go; elsewhere somebody has to have said it.
async fn consent(volumes: &[String], voice: Voice, interruption: &Interruption) -> Result<(), Refused> {
    if volumes.is_empty() {
        return Ok(());
    }
    let hint = Some("run `pin engine down --purge --yes`");
    if !std::io::stdin().is_terminal() {
        let message = format!("`--purge` deletes {}, and nobody is here to be asked", volumes.join(", "));
        return Err(Refused::new(Exit::Usage, &message, hint));
    }
    let question = format!("delete {} with all that is cached in it? [y/N] ", volumes.join(", "));
    // The question stands on a line of its own.
    let answer = interruption.or(ask(&question)).await.inspect_err(|_| voice.say(""))?;
    match answer.unwrap_or_default().trim() {
        "y" | "yes" | "Y" => Ok(()),
        _ => Err(Refused::new(Exit::Usage, "nothing was done: the caches stay", hint)),
    }
}
