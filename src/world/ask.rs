//! Asking the person at the terminal.

use std::io::{self, Write as _};

use tokio::task::spawn_blocking;

/// Asks on stderr, and returns the line that is typed on stdin. Who gives up waiting for it gives up asking: the line is
/// then still read, by nobody.
pub async fn ask(question: &str) -> io::Result<String> {
    let mut stderr = io::stderr();
    stderr.write_all(question.as_bytes())?;
    stderr.flush()?;
    let typed = spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    typed.await.map_err(io::Error::other)?
}
