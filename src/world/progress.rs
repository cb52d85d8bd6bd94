//! Showing how far something is that takes long, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// A line on the terminal that goes when the value goes.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Shows `words` and how many of `total` steps are done on the terminal of stderr, or nothing at all.
    pub fn start(is_shown: bool, total: usize, words: &str) -> Self {
        Self::draw(is_shown && total > 0, Some(total as u64), words, "{msg} {wide_bar} {pos}/{len}")
    }

    /// Shows `words` and how many bytes of how many are there, and how fast they come.
    pub fn of_bytes(is_shown: bool, total: Option<u64>, words: &str) -> Self {
        let template = match total {
            Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}",
            None => "{msg} {bytes} {bytes_per_sec}",
        };
        Self::draw(is_shown, total, words, template)
    }

    fn draw(is_shown: bool, total: Option<u64>, words: &str, template: &str) -> Self {
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target);
        let bar = match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style.progress_chars("=> ")),
            Err(_) => bar,
        };
        let bar = bar.with_message(words.to_owned()).with_finish(ProgressFinish::AndClear);
        bar.tick();
        Self(bar)
    }

    /// One more step is done.
    pub fn advance(&self) {
        self.0.inc(1);
    }

    /// So many of so many are done; both may become more.
    pub fn reach(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }

    /// So many more are done.
    pub fn advance_by(&self, number: u64) {
        self.0.inc(number);
    }
}
