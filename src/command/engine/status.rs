use std::collections::BTreeMap;

use super::Start;
use super::in_force::InForce;
use super::refused::of_daemon;
use super::settled::Settled;
use super::waited::wait;
use crate::command::{Common, Exit, Outcome, Refused};
use crate::config::EngineKind;
use crate::engine::{CacheUsage, Container, Daemon, State, Way};
use crate::report::{self, CacheStatus, ContainerStatus, EngineStatus, Format};
use crate::world::Interruption;

/// What `pin engine status` is told.
#[derive(Debug, Clone)]
pub struct EngineStatusOptions {
    /// What every verb is told.
    pub common: Common,
    /// How it is printed.
    pub format: Format,
}

/// Returns what the engine does, what its cache holds, and who uses it; nothing is started.
pub fn engine_status(options: &EngineStatusOptions) -> Outcome {
    status_or_error(options).unwrap_or_else(Outcome::from)
}

fn status_or_error(options: &EngineStatusOptions) -> Result<Outcome, Refused> {
    let settled = Settled::of(&options.common)?;
    let (status, exit) = wait(|interruption| tell(&settled, interruption))?;
    let stdout = match options.format {
        Format::Human => status.human(settled.kind.title()),
        Format::Json => report::json_line(&status),
    };
    Ok(Outcome { stdout, exit, ..Outcome::default() })
}

async fn tell(settled: &Settled, interruption: Interruption) -> Result<(EngineStatus, Exit), Refused> {
    let in_force = settled.in_force();
    let mut status = EngineStatus {
        version: report::VERSION,
        toolchain: settled.kind.toolchain(),
        pinned: settled.version().ok().map(ToString::to_string),
        mode: in_force.as_ref().ok().map(|in_force| in_force.how().as_str()),
        found: None,
        problem: None,
        endpoint: None,
        daemon: None,
        containers: Vec::new(),
        caches: Vec::new(),
    };
    let exit = match settled.ready(Start::Never, &interruption).await {
        Ok(ready) => {
            status.found = ready.version;
            status.endpoint = ready.endpoint.as_ref().map(ToString::to_string);
            Exit::Success
        }
        Err(refused) if refused.exit == Exit::Interrupted => return Err(refused),
        Err(refused) => {
            status.problem = Some(refused.problem.message.clone());
            refused.exit
        }
    };
    if matches!(in_force, Ok(InForce::Own)) {
        let told = interruption.or(tell_containers(settled, &mut status)).await?;
        // Without a daemon the engine is the smaller problem, which is said already.
        if exit == Exit::Success {
            told?;
        }
    }
    Ok((status, exit))
}

async fn tell_containers(settled: &Settled, status: &mut EngineStatus) -> Result<(), Refused> {
    let daemon = settled.daemon().await?;
    status.daemon = Some(daemon.address().to_owned());
    let failed = |error| of_daemon(&error);
    let engines = daemon.engines(settled.kind, &settled.project).await.map_err(failed)?;
    let mut sizes = Vec::new();
    for engine in &engines {
        let size = match engine.state.is_up() && status.found.is_some() {
            true => usage(settled, &daemon, engine).await,
            false => None,
        };
        sizes.push((engine.volume.clone(), size));
        status.containers.push(ContainerStatus {
            name: engine.name.clone(),
            engine: engine.version.as_ref().map(ToString::to_string),
            state: engine.state.as_str(),
            created: engine.created,
            clients: match (settled.kind, engine.state) {
                (EngineKind::Dagger, State::Running) => daemon.clients(engine).await.ok().flatten(),
                _ => None,
            },
        });
    }
    status.containers.sort_by_key(|container| (container.engine != status.pinned, container.name.clone()));
    let caches = daemon.caches(settled.kind, &settled.project).await.map_err(failed)?;
    let told = |volume: &String| {
        let asked = sizes.iter().find(|(known, _)| known.as_ref() == Some(volume));
        asked.and_then(|(_, size)| *size)
    };
    // What no engine counts the daemon does, for all volumes at once.
    let counted = match caches.iter().all(|cache| told(&cache.volume).is_some()) {
        true => BTreeMap::new(),
        false => daemon.volume_sizes().await.unwrap_or_default(),
    };
    status.caches.extend(caches.into_iter().map(|cache| CacheStatus {
        size: told(&cache.volume).or_else(|| counted.get(&cache.volume).copied()),
        volume: cache.volume,
        epoch: cache.epoch,
        created: cache.created,
    }));
    Ok(())
}

/// Returns what an engine says that its cache holds.
async fn usage(settled: &Settled, daemon: &Daemon, engine: &Container) -> Option<u64> {
    if settled.kind == EngineKind::Dagger {
        return daemon.dagger_cache(&engine.name).await.ok().flatten();
    }
    let way = Way::Inside { daemon, container: engine.name.clone(), program: settled.kind.dial() };
    CacheUsage::ask(&way, daemon.bound()).await.ok().map(|usage| usage.size)
}
