//! How a verb ends that has no engine, and what helps then.

#[cfg(test)]
mod tests;

use crate::command::{Exit, LOG, Refused, with_causes};
use crate::config::Unsettled;
use crate::engine::audit::AuditError;
use crate::engine::{AGAINST_SILENCE, Conflict, Daemon, DaemonError, DownError, NotUp, ProbeError, UpError};
use crate::value::Runtime;

/// What a Dagger engine says whose server for names does not start (dagger/dagger `cmd/dnsname`).
const NO_NAMES: &str = r#"plugin type="dnsname" failed"#;

/// What helps where nothing can be written down.
const STATE: &str = "set XDG_STATE_HOME to a directory that you can write";

/// What helps where another run has what there is only one of.
const OTHER: &str = "end the other `pin` first";

/// Returns the words for a daemon: what helps is a command of its own program. Which one that is, is asked only where it
/// matters.
pub(super) async fn told_by(daemon: &Daemon, words: impl Fn(Runtime) -> Refused) -> Refused {
    let (docker, podman) = (words(Runtime::Docker), words(Runtime::Podman));
    let is_podman = docker != podman && daemon.is_podman().await.unwrap_or_default();
    if is_podman { podman } else { docker }
}

/// Returns how a verb ends that a daemon lets down while it only looks.
pub(super) fn of_daemon(error: &DaemonError) -> Refused {
    let (exit, hint) = daemon_hint(error, Runtime::Docker);
    Refused::new(exit, &with_causes(error), Some(&hint))
}

fn daemon_hint(error: &DaemonError, runtime: Runtime) -> (Exit, String) {
    let program = runtime.as_str();
    match (error, error.conflict()) {
        (DaemonError::Silent { .. }, _) => {
            let hint = "see whether the daemon is well; `--timeout` makes pin wait longer";
            (Exit::Unanswered, hint.to_owned())
        }
        (_, Some(Conflict::Name)) => (
            Exit::NoEngine,
            format!(
                "that container is somebody else's: rename it (`{program} rename`), or give the project another name: \
                 `project` in pin.toml"
            ),
        ),
        (_, Some(Conflict::Volume)) => (
            Exit::NoEngine,
            format!("`{program} ps --all` shows whose container has it: remove that, and run this again"),
        ),
        (_, Some(Conflict::State)) => (
            Exit::NoEngine,
            "it is paused, or somebody else is changing it: run this again, or `pin engine down`, then `pin engine up`"
                .to_owned(),
        ),
        (DaemonError::Unreachable { .. } | DaemonError::Refused { .. }, None) => {
            (Exit::NoEngine, "run `pin engine doctor`".to_owned())
        }
    }
}

/// Returns how a verb ends that an engine does not answer.
pub(super) fn of_probe(who: &str, error: &ProbeError, hint: &str) -> Refused {
    let exit = match error {
        ProbeError::Silent(_) | ProbeError::Daemon(DaemonError::Silent { .. }) => Exit::Unanswered,
        _ => Exit::NoEngine,
    };
    Refused::new(exit, &format!("{who} does not answer: {}", with_causes(error)), Some(hint))
}

/// Returns how a verb ends that did not bring the engine up, on a daemon of this runtime.
pub(super) fn of_up(error: &UpError, runtime: Runtime) -> Refused {
    if let UpError::Interrupted { is_undone } = error {
        return interrupted(*is_undone);
    }
    let (exit, hint) = up_hint(error, runtime);
    let mut refused = Refused::new(exit, &with_causes(error), Some(&hint));
    if let UpError::Died { log, .. } | UpError::Silent { log, .. } = error {
        refused.stderr.insert_str(0, &quoted(log));
    }
    refused
}

fn up_hint(error: &UpError, runtime: Runtime) -> (Exit, String) {
    let program = runtime.as_str();
    match error {
        UpError::Daemon(error) => daemon_hint(error, runtime),
        UpError::Obstacle(obstacle) if obstacle.is_silence() => (Exit::Unanswered, obstacle.hint(runtime)),
        UpError::Obstacle(obstacle) => (Exit::NoEngine, obstacle.hint(runtime)),
        UpError::NotUp(why) => (of_not_up(why), why.hint()),
        UpError::Died { log, .. } if log.contains(NO_NAMES) => (
            Exit::NoEngine,
            "another engine, or a resolver, has port 53 of that network: end it, or give the daemon a bridge, with which \
             each engine has a network of its own"
                .to_owned(),
        ),
        UpError::Died { log, .. } if log.trim().is_empty() => {
            (Exit::NoEngine, "it has printed nothing; run `pin engine doctor`".to_owned())
        }
        UpError::Died { .. } => {
            (Exit::NoEngine, "its last lines stand above; run `pin engine doctor`".to_owned())
        }
        UpError::Silent { was_started: true, .. } => {
            let hint = "`start_timeout` below `[engine]` in pin.toml, or PIN_ENGINE_START_TIMEOUT, makes pin wait longer";
            (Exit::Unanswered, hint.to_owned())
        }
        UpError::Silent { was_started: false, .. } => (Exit::Unanswered, AGAINST_SILENCE.to_owned()),
        UpError::Other { image, is_mirror, .. } => (Exit::OtherVersion, of_image(image, *is_mirror, program)),
        UpError::Credentials(_) => {
            (Exit::Failure, format!("mend that, or run `{program} login` for that registry"))
        }
        UpError::Pull(error) => (
            daemon_hint(error, runtime).0,
            format!(
                "`{program} pull` shows the same; `image` below `[engine]` in pin.toml names a mirror, and the daemon has \
                 a proxy of its own"
            ),
        ),
        UpError::Unpulled(image) => {
            (Exit::NoEngine, format!("run `{program} pull {image}`, which says why"))
        }
        UpError::NoImage(_) => (Exit::NoEngine, "run it once without `--offline`".to_owned()),
        UpError::Audit(error) => (Exit::Failure, of_audit(error).to_owned()),
        UpError::State(_) => (Exit::Failure, STATE.to_owned()),
        UpError::Held(_) => (Exit::Unanswered, OTHER.to_owned()),
        UpError::Interrupted { .. } => (Exit::Interrupted, String::new()),
    }
}

const fn of_not_up(why: &NotUp) -> Exit {
    match why {
        NotUp::Absent(_) | NotUp::Changed(_) => Exit::NoEngine,
        NotUp::OtherVersion { .. } => Exit::OtherVersion,
        NotUp::Paused(_) | NotUp::Silent { .. } => Exit::Unanswered,
    }
}

const fn of_audit(error: &AuditError) -> &'static str {
    match error {
        AuditError::Io { .. } => STATE,
        AuditError::Busy(_) => OTHER,
    }
}

/// Returns what helps when an image holds something else than its name says.
fn of_image(image: &str, is_mirror: bool, program: &str) -> String {
    match (image.contains('@'), is_mirror) {
        (true, _) => "pin.lock has this digest for that version: take the line out of it, and the tag counts".to_owned(),
        (false, true) => {
            "`image` below `[engine]` in pin.toml names that mirror: put the right one there, or take the line out"
                .to_owned()
        }
        (false, false) => {
            format!("run `{program} pull {image}`, which fetches what is published under that name, and this again")
        }
    }
}

/// Returns how a verb ends that did not end the engine, on a daemon of this runtime.
pub(super) fn of_down(error: &DownError, runtime: Runtime) -> Refused {
    let (exit, hint) = match error {
        DownError::Daemon(error) => daemon_hint(error, runtime),
        DownError::Audit(error) => (Exit::Failure, of_audit(error).to_owned()),
        DownError::State(_) => (Exit::Failure, STATE.to_owned()),
        DownError::InUse { .. } => (
            Exit::NoEngine,
            "run it again when they have ended; `--force` ends it at once, and its cache may be lost"
                .to_owned(),
        ),
        DownError::Interrupted => (
            Exit::Interrupted,
            "what was asked to end may still do so; run `pin engine down` again".to_owned(),
        ),
    };
    Refused::new(exit, &with_causes(error), Some(&hint))
}

/// Returns how a verb ends when it is not clear which engine is meant.
pub(super) fn of_unsettled(unsettled: &Unsettled) -> Refused {
    Refused::new(Exit::Usage, &unsettled.to_string(), Some(&unsettled.hint()))
}

/// Returns how a verb ends that was interrupted, and has taken back what it had made, if it could.
fn interrupted(is_undone: bool) -> Refused {
    match is_undone {
        true => Refused::new(Exit::Interrupted, "interrupted; what was made is removed", None),
        false => left("interrupted; not all that was done could be taken back"),
    }
}

/// Returns how a verb ends that was interrupted again while it took back what it had made.
pub(super) fn interrupted_twice() -> Refused {
    left("interrupted twice; what was made may be left")
}

fn left(message: &str) -> Refused {
    let hint = "the next `pin engine up` heals it, and `pin engine down` removes it";
    Refused::new(Exit::Interrupted, message, Some(hint))
}

/// The log of an engine, without what a terminal would obey.
fn quoted(log: &str) -> String {
    let plain = |line: &str| line.chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>();
    log.lines().map(|line| format!("{LOG}{}\n", plain(line))).collect()
}
