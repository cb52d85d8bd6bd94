//! Saying something while work goes on, not only when it has ended.

use std::fmt;
use std::io::{self, Write as _};

use super::Progress;

/// How much is said on stderr beside errors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing but what asks for consent.
    Quiet,
    /// What is worth knowing.
    #[default]
    Usual,
    /// What goes as it should, too.
    Verbose,
}

/// Where words and data go that cannot wait for the end of a verb.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Voice {
    /// How much is said.
    pub level: Level,
    /// Whether what takes long is shown on the terminal of stderr.
    pub shows_progress: bool,
}

impl Voice {
    /// Says a line on stderr, unless nobody wants to hear it.
    pub fn say(self, line: &str) {
        if self.level > Level::Quiet {
            self.insist(line);
        }
    }

    /// Says a line on stderr that also those hear who want to hear little: what it tells of, they have to consent to.
    pub fn insist(self, line: &str) {
        // Nobody is left to be told that nobody listens.
        drop(writeln!(io::stderr(), "{line}"));
    }

    /// Says a line on stderr to those who want to hear of what goes as it should, too. It never holds a secret.
    pub fn detail(self, line: fmt::Arguments<'_>) {
        if self.level == Level::Verbose {
            self.say(&line.to_string());
        }
    }

    /// Prints data on stdout; a reader that has seen enough is an error of kind `BrokenPipe`.
    pub fn print(self, data: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(data)?;
        stdout.flush()
    }

    /// Shows `words` and how many of `total` steps are done, on a terminal only.
    pub fn progress(self, total: usize, words: &str) -> Progress {
        Progress::start(self.shows_progress && self.level > Level::Quiet, total, words)
    }

    /// Shows `words` and how many bytes of how many have come, on a terminal; elsewhere the words are said.
    pub fn progress_of_bytes(self, total: Option<u64>, words: &str) -> Progress {
        if !self.shows_progress {
            let size = total.map(|total| format!(" ({} MB)", total.div_ceil(1_000_000))).unwrap_or_default();
            self.say(&format!("{words}{size}"));
        }
        Progress::of_bytes(self.shows_progress && self.level > Level::Quiet, total, words)
    }
}
