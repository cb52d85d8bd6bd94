//! Whether an engine can be had here, and why not.

mod judge;
mod seen;

use super::found::no_daemon;
use super::refused::of_up;
use super::settled::Settled;
use super::waited::{stopped, wait};
use super::{How, Start};
use crate::command::{Common, Exit, Outcome, Refused};
use crate::config::{EngineKind, Mode};
use crate::engine::cli::{self, Found as FoundCli};
use crate::engine::runtime::{Found, Here, Nowhere};
use crate::engine::{Injected, Override, injected, overrides, proxies_passed_by};
use crate::report::{self, Check, Format};
use crate::value::Endpoint;
use crate::world::{Interruption, Voice};
use seen::Seen;

/// What `pin engine doctor` is told.
#[derive(Debug, Clone)]
pub struct EngineDoctorOptions {
    /// What every verb is told.
    pub common: Common,
    /// How it is printed.
    pub format: Format,
}

/// What was looked at, and how `up` would end.
#[derive(Debug, Default)]
struct Judged {
    checks: Vec<Check>,
    exit: Exit,
}

impl Judged {
    fn add(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// Adds what keeps the engine away.
    fn refuse(&mut self, name: &'static str, refused: &Refused) {
        let problem = &refused.problem;
        let check = Check::problem(name, problem.message.clone(), problem.hint.clone().unwrap_or_default());
        self.fail(check, refused.exit);
    }

    fn fail(&mut self, check: Check, exit: Exit) {
        self.checks.push(check);
        self.exit = self.exit.max(exit);
    }
}

/// Returns how everything is that an engine needs, with what mends it; it ends as `up` would. Nothing is changed.
pub fn engine_doctor(options: &EngineDoctorOptions) -> Outcome {
    // What is said on the way is part of the answer here.
    let voice = Voice { is_quiet: true, ..options.common.voice };
    let settled = match Settled::of(&Common { voice, ..options.common.clone() }) {
        Ok(settled) => settled,
        Err(refused) => return refused.into(),
    };
    let judged = wait(|interruption| {
        let settled = &settled;
        async move {
            let looked = interruption.or(Box::pin(look(settled, &interruption))).await;
            looked.map_err(|_| stopped())
        }
    });
    let Judged { checks, exit } = match judged {
        Ok(judged) => judged,
        Err(refused) => return refused.into(),
    };
    let stdout = match options.format {
        Format::Human => report::human_doctor(&checks),
        Format::Json => report::json_doctor(&checks, exit == Exit::Success),
    };
    Outcome { stdout, exit, ..Outcome::default() }
}

async fn look(settled: &Settled, interruption: &Interruption) -> Judged {
    let environment = &settled.common.environment;
    let (found, cli) = tokio::join!(settled.find(), command_line(settled));
    let seen = match &found {
        Ok(found) => Some(Box::pin(Seen::look(found, settled)).await),
        Err(_) => None,
    };
    let about = seen.as_ref().and_then(|seen| seen.about.as_ref().ok());
    let address = found.as_ref().ok().and_then(|found| found.candidate.address.as_ref().ok());
    let mut judged = Judged::default();
    let (way, endpoint) = way(settled, &mut judged);
    match settled.version() {
        Ok(version) => judged.add(Check::ok("pinned", format!("{} {version}", settled.kind.toolchain()))),
        Err(refused) => judged.refuse("pinned", &refused),
    }
    judged.add(Check::ok("client", concat!("pin ", env!("CARGO_PKG_VERSION"))));
    judged.checks.extend(cli);
    match (&found, &seen) {
        (Ok(found), Some(seen)) => daemon(&mut judged, settled, found, seen),
        (Err(nowhere), _) => no_daemon_found(&mut judged, settled, nowhere, way),
        (Ok(_), None) => {}
    }
    if way.is_some_and(|way| found.is_ok() || !needs_daemon(way)) {
        engine(&mut judged, settled, interruption, way).await;
    }
    judged.add(judge::inside(Here::look(environment).inside, address, about));
    judged.add(judge::proxy(environment, unreached(settled, endpoint.as_ref()).as_deref(), about));
    judged.add(judge::overrides(environment));
    for Override { variable, why } in overrides(environment, settled.kind.toolchain()) {
        let hint = format!("`unset {variable}`, or run tools with `pin exec`");
        judged.add(Check::warning("override", format!("`{variable}` {why}"), hint));
    }
    judged
}

/// Returns which way to an engine is in force, if one is, and where it leads.
fn way(settled: &Settled, judged: &mut Judged) -> (Option<How>, Option<Endpoint>) {
    let variable = settled.kind.variable();
    match injected(&settled.common.environment, variable) {
        Injected::Foreign { endpoint, .. } => {
            let found = format!("the engine at {endpoint}, which was injected by `{variable}`");
            judged.add(Check::ok("way", found));
            return (Some(How::Injected), Some(endpoint));
        }
        Injected::Unusable { why, .. } => {
            let found = format!("`{variable}` names no engine: {why}");
            let hint = format!("`unset {variable}`, or set it to the address of an engine");
            judged.fail(Check::problem("way", found, hint), Exit::Usage);
            return (None, None);
        }
        Injected::None | Injected::Own(_) => {}
    }
    let settings = match settled.settings() {
        Ok(settings) => settings,
        Err(refused) => {
            judged.refuse("way", &refused);
            return (None, None);
        }
    };
    let by = settings.mode.by;
    let endpoint = settings.endpoint.as_ref();
    let (how, found) = match (settings.mode.value, endpoint) {
        (Mode::Isolated, _) => (How::Own, format!("a container of its own: mode `isolated`, by {by}")),
        (Mode::Host, _) => (How::Host, format!("the daemon's own BuildKit: mode `host`, by {by}")),
        (Mode::Remote, Some(said)) => {
            (How::Remote, format!("the engine at {}, by {}: mode `remote`, by {by}", said.value, said.by))
        }
        (Mode::Remote, None) => (How::Remote, format!("mode `remote`, by {by}")),
    };
    judged.add(Check::ok("way", found));
    (Some(how), endpoint.map(|said| said.value.clone()))
}

const fn needs_daemon(way: How) -> bool {
    matches!(way, How::Own | How::Host)
}

fn no_daemon_found(judged: &mut Judged, settled: &Settled, nowhere: &Nowhere, way: Option<How>) {
    match way {
        Some(way) if !needs_daemon(way) => {
            judged.add(Check::ok("daemon", format!("none is needed ({})", nowhere.message())));
        }
        _ => {
            let need = settled.need();
            judged.fail(judge::nowhere(nowhere, need), no_daemon(nowhere, need).exit);
        }
    }
}

fn daemon(judged: &mut Judged, settled: &Settled, found: &Found, seen: &Seen) {
    let address = found.daemon.address();
    match &seen.about {
        Ok(about) => judged.add(judge::daemon(about, address, &found.candidate.because.words())),
        Err(why) => {
            judged.add(Check::unknown("daemon", format!("{address} says nothing about itself: {why}")));
        }
    }
    judged.checks.extend(judge::passed(&found.passed));
    if let Ok(address) = &found.candidate.address {
        judged.add(judge::permissions(address, seen.socket.as_ref(), &seen.here));
    }
    let Ok(about) = &seen.about else { return };
    let privileged = judge::privileged(about, settled.kind.variable());
    match privileged.state {
        report::CheckState::Problem => judged.fail(privileged, Exit::NoEngine),
        _ => judged.add(privileged),
    }
    judged.add(judge::cgroup(about));
    judged.add(judge::store(about));
    if let Some((free, total)) = seen.disk {
        let root = about.root.as_deref().map(|root| root.display().to_string()).unwrap_or_default();
        judged.add(judge::disk(&root, free, total, seen.cache));
    }
    judged.add(judge::clock(seen.now, about.time));
}

/// Adds what the engine says, or whether `up` would bring it up.
async fn engine(judged: &mut Judged, settled: &Settled, interruption: &Interruption, way: Option<How>) {
    if way == Some(How::Own) {
        match is_planned(settled).await {
            Ok(true) => {}
            Ok(false) => {
                return judged.add(Check::ok("engine", "not up; `pin engine up` brings it up"));
            }
            Err(refused) => return judged.refuse("engine", &refused),
        }
    }
    match settled.ready(Start::Never, interruption).await {
        Ok(ready) => {
            let title = settled.kind.title();
            let at = ready.endpoint.map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
            judged.add(match ready.version {
                Some(version) => Check::ok("engine", format!("{title} {version}{at}")),
                None => Check::unknown("engine", format!("{title}{at}: only its own client can ask it")),
            });
        }
        // It runs, so what it does not do is answer.
        Err(refused) if way == Some(How::Own) && refused.exit == Exit::NoEngine => {
            let hint = "run `pin engine logs` to see why, or `pin engine down` and `pin engine up`";
            judged.fail(Check::problem("engine", "it runs, and does not answer", hint), Exit::Unanswered);
        }
        Err(refused) => judged.refuse("engine", &refused),
    }
}

/// Returns whether the container runs already that there should be, or why there can be none.
async fn is_planned(settled: &Settled) -> Result<bool, Refused> {
    let wanted = settled.wanted()?;
    let daemon = settled.daemon().await?;
    let place = settled.place(&daemon, &wanted.container());
    let record = settled.record();
    let plan = settled.up(&daemon, &wanted, &place, &record)?.plan().await;
    plan.map(|plan| plan.is_up()).map_err(|error| of_up(&error))
}

/// Returns the host of an engine that a proxy would be asked for.
fn unreached(settled: &Settled, endpoint: Option<&Endpoint>) -> Option<String> {
    let endpoint = endpoint?;
    let (Endpoint::Tcp { host, .. } | Endpoint::Tls { host, .. }) = endpoint else { return None };
    let missing = proxies_passed_by(&settled.common.environment, endpoint);
    (!missing.is_empty()).then(|| host.clone())
}

/// Returns how Dagger's CLI on this machine is.
async fn command_line(settled: &Settled) -> Option<Check> {
    let version = settled.version().ok().filter(|_| settled.kind == EngineKind::Dagger)?;
    let common = &settled.common;
    Some(match cli::find(version, &common.environment, &common.directory).await {
        FoundCli::Cli(cli) => {
            let found = format!("dagger {version} at {} ({})", cli.path.display(), cli.origin.as_str());
            Check::ok("cli", found)
        }
        FoundCli::None { on_path: None } => {
            Check::ok("cli", format!("no `dagger` on PATH; `pin exec` brings {version}"))
        }
        FoundCli::None { on_path: Some((path, found)) } => {
            let found =
                found.map_or_else(|| "does not say its version".to_owned(), |found| format!("is {found}"));
            let found = format!("`{}` {found}, but {version} is pinned", path.display());
            Check::warning("cli", found, "run tools with `pin exec`, which brings the pinned one")
        }
    })
}
