//! Waiting for several things at once, until they are there or the user has enough of it.

use std::io;

use tokio::runtime::Builder;

/// The user pressed Ctrl-C, or asked the process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// Returns what the future comes to; what it has started is dropped when the user interrupts. The only
/// place that starts a runtime.
pub fn wait_for<T>(future: impl Future<Output = T>) -> io::Result<Result<T, Interrupted>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            value = future => Ok(value),
            () = interrupted() => Err(Interrupted),
        }
    });
    // Names are looked up on threads of their own, which nobody waits for.
    runtime.shutdown_background();
    Ok(outcome)
}

async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
