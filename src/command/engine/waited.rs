use super::refused::interrupted_twice;
use crate::command::{Exit, Refused};
use crate::world::{self, Interruption};

/// How a verb ends that was interrupted before it made anything.
impl From<world::Interrupted> for Refused {
    fn from(world::Interrupted: world::Interrupted) -> Self {
        Self::new(Exit::Interrupted, "interrupted", None)
    }
}

/// Returns what work comes to that ends by itself when the user interrupts.
pub(in crate::command) fn wait<T, F: Future<Output = Result<T, Refused>>>(
    work: impl FnOnce(Interruption) -> F,
) -> Result<T, Refused> {
    match world::wait_for_steps(work) {
        Ok(Ok(done)) => done,
        Ok(Err(world::Interrupted)) => Err(interrupted_twice()),
        Err(error) => Err(Refused::new(Exit::Failure, &format!("cannot wait for anybody: {error}"), None)),
    }
}
