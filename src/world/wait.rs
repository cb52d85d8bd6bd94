//! Waiting for several things at once, until they are there or the user has enough of it.

use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

/// The user pressed Ctrl-C, or asked the process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// Tells work that must not be broken off anywhere that the user wants it to end.
#[derive(Debug, Clone)]
pub struct Interruption(watch::Receiver<bool>);

impl Interruption {
    /// Returns whether the user wants it to end.
    pub fn has_come(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when the user wants it to end.
    pub async fn comes(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|has_come| *has_come).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns what the future comes to, unless the user wants it to end before.
    pub async fn or<T>(&self, future: impl Future<Output = T>) -> Result<T, Interrupted> {
        tokio::select! {
            value = future => Ok(value),
            () = self.comes() => Err(Interrupted),
        }
    }
}

/// Returns what the future comes to; what it has started is dropped when the user interrupts.
pub fn wait_for<T>(future: impl Future<Output = T>) -> io::Result<Result<T, Interrupted>> {
    run(async {
        let interrupted = interrupted();
        tokio::select! {
            value = future => Ok(value),
            () = interrupted => Err(Interrupted),
        }
    })
}

/// Returns what work comes to that ends by itself when the user interrupts, so that it can take back what it has done;
/// who interrupts twice does not want to wait for that.
pub fn wait_for_steps<T, F: Future<Output = T>>(
    work: impl FnOnce(Interruption) -> F,
) -> io::Result<Result<T, Interrupted>> {
    let (sender, receiver) = watch::channel(false);
    let work = work(Interruption(receiver));
    run(async {
        let once = interrupted();
        let twice = async {
            once.await;
            let again = interrupted();
            // Nobody listens any more when the work has ended.
            let _ = sender.send(true);
            again.await;
        };
        tokio::select! {
            value = work => Ok(value),
            () = twice => Err(Interrupted),
        }
    })
}

/// The only place that starts a runtime.
fn run<T>(future: impl Future<Output = T>) -> io::Result<T> {
    let runtime: Runtime = Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(future);
    // Names are looked up on threads of their own, which nobody waits for.
    runtime.shutdown_background();
    Ok(outcome)
}

/// Returns what ends when the user interrupts after this call, also before it is first waited for: work that is looked
/// at first may have begun something by then.
fn interrupted() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async {
        let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
