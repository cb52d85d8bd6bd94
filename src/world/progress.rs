//! Showing how far something is that takes long, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// A line on the terminal that goes when the value goes.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Shows `words` and how many of `total` steps are done on the terminal of stderr, or nothing at all.
    pub fn start(is_shown: bool, total: usize, words: &str) -> Self {
        let target =
            if is_shown && total > 0 { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
        let bar = match style {
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
}
