//! Ending engines: first the containers, then what they used.

use super::{Container, Daemon, DaemonError, State, Step};
use crate::world::{Interrupted, Interruption, Voice};

/// How an engine ended that was asked to.
const KILLED: i64 = 137;

/// What is needed to end engines.
#[derive(Debug)]
pub struct Down<'a> {
    /// Where.
    pub daemon: &'a Daemon,
    /// The engines.
    pub engines: &'a [Container],
    /// How long each may take.
    pub stop_timeout: std::time::Duration,
    /// Who hears how it goes.
    pub voice: Voice,
}

/// Returns what is to be done so that no engine is left, and none of these volumes.
pub fn plan_down(engines: &[Container], volumes: &[String]) -> Vec<Step> {
    let up = engines.iter().filter(|engine| engine.state.is_up());
    let mut steps: Vec<Step> = up.map(|engine| Step::Stop(engine.name.clone())).collect();
    steps.extend(engines.iter().map(|engine| Step::Remove(engine.name.clone())));
    steps.extend(volumes.iter().map(|volume| Step::RemoveVolume(volume.clone())));
    steps
}

impl Down<'_> {
    /// Does the steps; when the user interrupts, what is left of them is not done.
    pub async fn run(
        &self,
        steps: &[Step],
        interruption: &Interruption,
    ) -> Result<Result<(), Interrupted>, DaemonError> {
        for step in steps {
            if interruption.has_come() {
                return Ok(Err(Interrupted));
            }
            match step {
                Step::Stop(name) => match interruption.or(self.stop(name)).await {
                    Ok(stopped) => stopped?,
                    Err(interrupted) => return Ok(Err(interrupted)),
                },
                Step::Remove(name) => self.daemon.remove(name).await?,
                Step::RemoveVolume(name) => self.daemon.remove_volume(name).await?,
                // Nothing else ends an engine.
                _ => {}
            }
        }
        Ok(Ok(()))
    }

    async fn stop(&self, name: &str) -> Result<(), DaemonError> {
        self.voice.say(&format!("stopping {name}"));
        // A process that is held still hears no signal.
        if self.engines.iter().any(|engine| engine.name == name && engine.state == State::Paused) {
            self.daemon.unpause(name).await?;
        }
        self.daemon.stop(name, self.stop_timeout).await?;
        if self.daemon.exit_code(name).await? == Some(KILLED) {
            let seconds = self.stop_timeout.as_secs();
            self.voice.say(&format!(
                "warning: {name} did not end within {seconds} s and was killed; what it had not saved of its cache is lost\n\
                 hint: `stop_timeout` below `[engine]` in pin.toml gives it more time"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_go_before_their_volumes() {
        let engine = |name: &str, state| Container {
            id: String::new(),
            name: name.to_owned(),
            version: None,
            epoch: String::new(),
            spec: String::new(),
            state,
            created: 0,
            volume: None,
            sockets: None,
        };
        let engines = [engine("a", State::Running), engine("b", State::Exited), engine("c", State::Paused)];
        let stop = |name: &str| Step::Stop(name.to_owned());
        let remove = |name: &str| Step::Remove(name.to_owned());
        let expect = vec![
            stop("a"),
            stop("c"),
            remove("a"),
            remove("b"),
            remove("c"),
            Step::RemoveVolume("v".to_owned()),
        ];
        assert_eq!(plan_down(&engines, &["v".to_owned()]), expect);
        assert_eq!(plan_down(&[], &[]), []);
    }
}
