use super::in_force::InForce;
use super::refused::{of_up, told_by};
use super::settled::Settled;
use super::waited::wait;
use super::{How, Ready, Start};
use crate::command::{Common, Outcome, Refused};
use crate::engine::{Plan, Step};
use crate::finding::Problem;
use crate::report::{self, EnginePlan, EngineUp, Format, Timing};
use crate::world::Interruption;

/// What `pin engine up` is told.
#[derive(Debug, Clone)]
pub struct EngineUpOptions {
    /// What every verb is told.
    pub common: Common,
    /// Whether it is only said what would be done.
    pub dry_run: bool,
    /// How the engine, or what would be done, is printed.
    pub format: Format,
}

/// Brings the pinned engine up; one that is elsewhere is asked whether it is the pinned one.
pub fn engine_up(options: &EngineUpOptions) -> Outcome {
    up_or_error(options).unwrap_or_else(Outcome::from)
}

fn up_or_error(options: &EngineUpOptions) -> Result<Outcome, Refused> {
    let settled = Settled::of(&options.common)?;
    if options.dry_run {
        let plan = wait(|interruption| {
            let settled = &settled;
            async move { plan(settled, &interruption).await }
        })?;
        return Ok(Outcome { stdout: printed_plan(&plan.steps, options.format), ..Outcome::default() });
    }
    let ready = wait(|interruption| {
        let settled = &settled;
        async move { settled.ready(Start::IfNeeded, &interruption).await }
    })?;
    let up = up(&settled, &ready)?;
    let mut stderr = String::new();
    if let Some(Problem { message, hint: Some(hint), .. }) =
        ready.unreached.as_ref().map(|refused| &*refused.problem)
    {
        let words = format!("warning: it runs, and tools cannot reach it: {message}\nhint: {hint}\n");
        stderr.push_str(&words);
    }
    let stdout = match options.format {
        Format::Human => up.human(settled.kind.title()),
        Format::Json => report::json_line(&up),
    };
    Ok(Outcome { stdout, stderr, ..Outcome::default() })
}

/// Returns what would be done so that the engine in force is up; to one that somebody else keeps, nothing.
pub(in crate::command) async fn plan(
    settled: &Settled,
    interruption: &Interruption,
) -> Result<Plan, Refused> {
    let in_force = settled.in_force()?;
    if !matches!(in_force, InForce::Own) {
        let at = in_force.endpoint().map_or("of the daemon itself".to_owned(), |at| format!("at {at}"));
        let title = settled.kind.title();
        settled.common.voice.say(&format!("note: the {title} {at} would be asked for its version"));
        return Ok(Plan::default());
    }
    let wanted = settled.wanted()?;
    let planned = interruption.or(async {
        let daemon = settled.daemon().await?;
        let place = settled.place(&daemon, &wanted.container());
        let record = settled.record();
        match settled.up(&daemon, &wanted, &place, &record)?.plan().await {
            Ok(plan) => Ok(plan),
            Err(error) => Err(told_by(&daemon, |runtime| of_up(&error, runtime)).await),
        }
    });
    planned.await?
}

/// Returns what is printed about steps that are not done.
pub(super) fn printed_plan(steps: &[Step], format: Format) -> String {
    let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
    match format {
        Format::Human if steps.is_empty() => "nothing to do\n".to_owned(),
        Format::Human => steps.iter().map(|step| format!("{step}\n")).collect(),
        Format::Json => report::json_line(&EnginePlan { version: report::VERSION, steps }),
    }
}

fn up(settled: &Settled, ready: &Ready) -> Result<EngineUp, Refused> {
    let running = ready.running.as_ref();
    let timings = running.map(|running| running.timings.as_slice()).unwrap_or_default();
    Ok(EngineUp {
        version: report::VERSION,
        toolchain: settled.kind.toolchain(),
        pinned: settled.version()?.to_string(),
        found: ready.version.clone(),
        mode: ready.how.as_str(),
        endpoint: ready.endpoint.as_ref().map(ToString::to_string),
        container: running.map(|running| running.name.clone()),
        was_up: running.is_none_or(|running| running.was_up),
        wiped: running.and_then(|running| running.wiped),
        timings: timings
            .iter()
            .map(|(step, took)| Timing {
                step: step.to_string(),
                milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            })
            .collect(),
    })
}

impl How {
    /// Returns the word for people and scripts.
    pub(super) const fn as_str(self) -> &'static str {
        match self.mode() {
            Some(mode) => mode.as_str(),
            None => "injected",
        }
    }
}
