//! Whether an engine can be had here, and why not.

mod judge;
mod seen;

use super::Start;
use super::found::no_daemon;
use super::in_force::InForce;
use super::settled::Settled;
use super::up::plan;
use super::waited::wait;
use crate::command::{Common, Exit, Outcome, Refused};
use crate::config::EngineKind;
use crate::engine::cli::{self, Found as FoundCli};
use crate::engine::runtime::{Found, Here, Nowhere};
use crate::engine::{Override, overrides, proxies_passed_by};
use crate::report::{self, Check, CheckState, Format};
use crate::value::Endpoint;
use crate::world::{Interruption, Level, Voice};
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
        let (found, hint) = (refused.problem.message.clone(), refused.problem.hint.clone());
        self.fail(Check { name, state: CheckState::Problem, found, hint }, refused.exit);
    }

    fn fail(&mut self, check: Check, exit: Exit) {
        self.checks.push(check);
        self.exit = self.exit.max(exit);
    }

    fn told(&self, format: Format) -> Outcome {
        let (checks, exit) = (&self.checks, self.exit);
        let stdout = match format {
            Format::Human => report::human_doctor(checks),
            Format::Json => report::json_doctor(checks, exit == Exit::Success),
        };
        Outcome { stdout, exit, ..Outcome::default() }
    }
}

/// Returns how everything is that an engine and its clients need, with what mends it; it ends as `up` would, or, where
/// clients do not reach the engine, as `env` would. Nothing is changed.
pub fn engine_doctor(options: &EngineDoctorOptions) -> Outcome {
    // What is said on the way is part of the answer here.
    let voice = Voice { level: Level::Quiet, ..options.common.voice };
    let settled = match Settled::of(&Common { voice, ..options.common.clone() }) {
        Ok(settled) => settled,
        // A person is shown the line that is wrong.
        Err(refused) if options.format == Format::Human => return refused.into(),
        Err(refused) => {
            let mut judged = Judged::default();
            judged.refuse("configuration", &refused);
            return judged.told(options.format);
        }
    };
    let judged = wait(|interruption| {
        let settled = &settled;
        async move { Ok(interruption.or(Box::pin(look(settled, &interruption))).await?) }
    });
    match judged {
        Ok(judged) => judged.told(options.format),
        Err(refused) => refused.into(),
    }
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
    let in_force = way(settled, &mut judged);
    let in_force = in_force.as_ref();
    match settled.version() {
        Ok(version) => judged.add(Check::ok("pinned", format!("{} {version}", settled.kind.toolchain()))),
        Err(refused) => judged.refuse("pinned", &refused),
    }
    judged.add(Check::ok("client", concat!("pin ", env!("CARGO_PKG_VERSION"))));
    judged.checks.extend(cli);
    match (&found, &seen) {
        (Ok(found), Some(seen)) => daemon(&mut judged, settled, found, seen, in_force),
        (Err(nowhere), _) => no_daemon_found(&mut judged, settled, nowhere, in_force),
        (Ok(_), None) => {}
    }
    if let Some(in_force) = in_force.filter(|in_force| found.is_ok() || !needs_daemon(in_force)) {
        engine(&mut judged, settled, interruption, in_force).await;
    }
    judged.add(judge::inside(Here::look(environment).inside, address, about));
    judged.add(judge::proxy(
        environment,
        unreached(settled, in_force.and_then(InForce::endpoint)).as_deref(),
        about,
    ));
    judged.add(judge::overrides(environment));
    for Override { variable, why } in overrides(environment, settled.kind.toolchain()) {
        let hint = format!("`unset {variable}`, or run tools with `pin exec`");
        judged.add(Check::warning("override", format!("`{variable}` {why}"), hint));
    }
    judged
}

/// Returns which engine is in force, if one is.
fn way<'s>(settled: &'s Settled, judged: &mut Judged) -> Option<InForce<'s>> {
    let in_force = match settled.in_force() {
        Ok(in_force) => in_force,
        Err(refused) => {
            judged.refuse("way", &refused);
            return None;
        }
    };
    let by = settled.settings().map(|settings| settings.mode.by.to_string()).unwrap_or_default();
    judged.add(Check::ok(
        "way",
        match &in_force {
            InForce::Injected(variable, endpoint) => {
                format!("the engine at {endpoint}, which was injected by `{variable}`")
            }
            InForce::Own => format!("a container of its own: mode `isolated`, by {by}"),
            InForce::Host => format!("the daemon's own BuildKit: mode `host`, by {by}"),
            InForce::Remote(said) => {
                format!("the engine at {}, by {}: mode `remote`, by {by}", said.value, said.by)
            }
        },
    ));
    Some(in_force)
}

const fn needs_daemon(in_force: &InForce<'_>) -> bool {
    matches!(in_force, InForce::Own | InForce::Host)
}

fn no_daemon_found(
    judged: &mut Judged,
    settled: &Settled,
    nowhere: &Nowhere,
    in_force: Option<&InForce<'_>>,
) {
    match in_force {
        Some(in_force) if !needs_daemon(in_force) => {
            judged.add(Check::ok("daemon", format!("none is needed ({})", nowhere.message())));
        }
        _ => {
            let need = settled.need();
            judged.fail(judge::nowhere(nowhere, need), no_daemon(nowhere, need).exit);
        }
    }
}

fn daemon(
    judged: &mut Judged,
    settled: &Settled,
    found: &Found,
    seen: &Seen,
    in_force: Option<&InForce<'_>>,
) {
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
    match (privileged.state, in_force) {
        (CheckState::Problem, Some(InForce::Own) | None) => judged.fail(privileged, Exit::NoEngine),
        (CheckState::Problem, Some(_)) => {
            judged.add(Check::ok(privileged.name, format!("{}; none is needed", privileged.found)));
        }
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
async fn engine(judged: &mut Judged, settled: &Settled, interruption: &Interruption, in_force: &InForce<'_>) {
    if let Err(refused) = settled.check_clients() {
        judged.refuse("clients", &refused);
    }
    let refused = match settled.ready(Start::Never, interruption).await {
        Ok(ready) => {
            let title = settled.kind.title();
            let at = ready.endpoint.map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
            judged.add(match ready.version {
                Some(version) => Check::ok("engine", format!("{title} {version}{at}")),
                None => Check::unknown("engine", format!("{title}{at}: only its own client can ask it")),
            });
            if let Some(refused) = ready.unreached {
                judged.refuse("clients", &refused);
            }
            return;
        }
        Err(refused) => refused,
    };
    if !matches!(in_force, InForce::Own) || refused.exit == Exit::Unanswered {
        return judged.refuse("engine", &refused);
    }
    match plan(settled, interruption).await {
        Ok(_) => {
            let found = format!("{}; `pin engine up` brings it up", refused.problem.message);
            judged.add(Check::ok("engine", found));
        }
        Err(refused) => judged.refuse("engine", &refused),
    }
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
