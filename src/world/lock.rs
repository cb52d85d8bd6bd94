use std::fs::{File, TryLockError};
use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How often it is looked whether whoever has it has finished.
const LOOK: Duration = Duration::from_millis(50);

/// Locks a file for this process alone, until it is closed, also by a kill. `waits` is called once when somebody else
/// has it; after `bound` that is an error of the kind `TimedOut`.
pub async fn lock(file: &File, bound: Duration, waits: impl FnOnce()) -> io::Result<()> {
    let deadline = Instant::now() + bound;
    let mut waits = Some(waits);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Err(TryLockError::WouldBlock) => {}
        }
        if let Some(waits) = waits.take() {
            waits();
        }
        sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::wait_for;

    #[test]
    fn one_has_it_at_a_time() {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        let take = |bound| {
            let file = File::open(&path).unwrap();
            let mut has_waited = false;
            let taken = wait_for(lock(&file, bound, || has_waited = true)).unwrap().unwrap();
            (taken.map(|()| file).map_err(|error| error.kind()), has_waited)
        };
        let (first, has_waited) = take(Duration::ZERO);
        assert!(first.is_ok() && !has_waited);
        assert_eq!(take(Duration::ZERO).0.unwrap_err(), io::ErrorKind::TimedOut);
        let (second, has_waited) = take(Duration::from_millis(1));
        assert_eq!((second.unwrap_err(), has_waited), (io::ErrorKind::TimedOut, true));
        drop(first);
        assert!(take(Duration::ZERO).0.is_ok());
    }
}
