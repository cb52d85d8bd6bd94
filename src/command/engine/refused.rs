//! How a verb ends that has no engine, and what helps then.

use crate::command::{Exit, Refused, with_causes};
use crate::engine::{DaemonError, DownError, NotUp, ProbeError, UpError};

/// What a Dagger engine says whose server for names does not start (dagger/dagger `cmd/dnsname`).
const NO_NAMES: &str = r#"plugin type="dnsname" failed"#;

/// Returns how a verb ends that a daemon lets down.
pub(super) fn of_daemon(error: &DaemonError) -> Refused {
    let (exit, hint) = match error {
        DaemonError::Silent { .. } => {
            (Exit::Unanswered, "see whether the daemon is well; `--timeout` makes pin wait longer")
        }
        DaemonError::Unreachable { .. } => (Exit::NoEngine, "run `pin engine doctor`"),
        error if error.is_conflict() => {
            (Exit::NoEngine, "somebody else's container has that name: `docker ps --all` shows it; rename it")
        }
        DaemonError::Refused { .. } => (Exit::NoEngine, "run `pin engine doctor`"),
    };
    Refused::new(exit, &with_causes(error), Some(hint))
}

/// Returns how a verb ends that an engine does not answer.
pub(super) fn of_probe(who: &str, error: &ProbeError, hint: &str) -> Refused {
    let exit = match error {
        ProbeError::Silent(_) | ProbeError::Daemon(DaemonError::Silent { .. }) => Exit::Unanswered,
        _ => Exit::NoEngine,
    };
    Refused::new(exit, &format!("{who} does not answer: {}", with_causes(error)), Some(hint))
}

/// Returns how a verb ends that did not bring the engine up.
pub(super) fn of_up(error: &UpError) -> Refused {
    let (exit, hint) = match error {
        UpError::Daemon(error) => return of_daemon(error),
        UpError::Interrupted { .. } => return interrupted(),
        UpError::Obstacle(obstacle) if obstacle.is_silence() => (Exit::Unanswered, obstacle.hint()),
        UpError::Obstacle(obstacle) => (Exit::NoEngine, obstacle.hint()),
        UpError::NotUp(why) => {
            let exit = match why {
                NotUp::Absent(_) | NotUp::Changed(_) => Exit::NoEngine,
                NotUp::OtherVersion { .. } => Exit::OtherVersion,
                NotUp::Paused(_) | NotUp::Silent { .. } => Exit::Unanswered,
            };
            (exit, why.hint())
        }
        UpError::Died { log, .. } if log.contains(NO_NAMES) => (
            Exit::NoEngine,
            "another engine, or a resolver, has port 53 of that network: end it, or give the daemon a bridge, with which \
             each engine has a network of its own"
                .to_owned(),
        ),
        UpError::Died { .. } => {
            (Exit::NoEngine, "its last lines stand above; run `pin engine doctor`".to_owned())
        }
        UpError::Silent { .. } => {
            let hint = "`start_timeout` below `[engine]` in pin.toml, or PIN_ENGINE_START_TIMEOUT, makes pin wait longer";
            (Exit::Unanswered, hint.to_owned())
        }
        UpError::Other { .. } => {
            (Exit::OtherVersion, "see what the image holds: `pin engine up --dry-run` names it".to_owned())
        }
        UpError::Credentials(_) => (Exit::Failure, "run `docker login` for that registry".to_owned()),
        UpError::Pull(error) => {
            let exit = of_daemon(error).exit;
            let hint = "`docker pull` shows the same; `image` below `[engine]` in pin.toml names a mirror, and the daemon \
                        has a proxy of its own";
            (exit, hint.to_owned())
        }
        UpError::Unpulled(image) => (Exit::NoEngine, format!("run `docker pull {image}`, which says why")),
        UpError::NoImage(_) => (Exit::NoEngine, "run it once without `--offline`".to_owned()),
        UpError::Audit(_) | UpError::State(_) => {
            (Exit::Failure, "set XDG_STATE_HOME to a directory that you can write".to_owned())
        }
        UpError::Held(_) => (Exit::Unanswered, "end the other `pin` first".to_owned()),
    };
    let mut refused = Refused::new(exit, &with_causes(error), Some(&hint));
    if let UpError::Died { log, .. } | UpError::Silent { log, .. } = error {
        refused.stderr.insert_str(0, &quoted(log));
    }
    refused
}

/// Returns how a verb ends that did not end the engine.
pub(super) fn of_down(error: &DownError) -> Refused {
    let (exit, hint) = match error {
        DownError::Daemon(error) if error.is_conflict() => {
            (Exit::NoEngine, "somebody else has it: `docker ps --all` shows who; end that, and run it again")
        }
        DownError::Daemon(error) => return of_daemon(error),
        DownError::Audit(_) | DownError::State(_) => {
            (Exit::Failure, "set XDG_STATE_HOME to a directory that you can write")
        }
        DownError::InUse { .. } => (
            Exit::NoEngine,
            "run it again when they have ended; `--force` ends it at once, and its cache may be lost",
        ),
        DownError::Interrupted => {
            (Exit::Interrupted, "what was asked to end may still do so; run `pin engine down` again")
        }
    };
    Refused::new(exit, &with_causes(error), Some(hint))
}

/// Returns how a verb ends that was interrupted.
pub(super) fn interrupted() -> Refused {
    Refused::new(Exit::Interrupted, "interrupted; what was made is removed", None)
}

/// The log of an engine, without what a terminal would obey.
fn quoted(log: &str) -> String {
    let plain = |line: &str| line.chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>();
    log.lines().map(|line| format!("  | {}\n", plain(line))).collect()
}
