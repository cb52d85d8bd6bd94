use std::borrow::Cow;
use std::ops::Range;

use super::Span;

/// Decoded text that knows where its bytes stand in the source: a string literal, a block scalar,
/// a script, a whole file.
///
/// `runs` says which stretches of the decoded text stand in the source byte for byte; what lies
/// between two runs (an escape, a folded line break, stripped indentation) has no single place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment<'a> {
    text: Cow<'a, str>,
    runs: Runs,
}

/// Stretches in the order of the decoded text. Nearly every scalar of a data file is one, and a large
/// file has a million of them: that one needs no memory of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Runs {
    One(Run),
    Many(Vec<Run>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    decoded: usize,
    source: usize,
    len: usize,
}

/// How a quoted text escapes characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escapes {
    /// Not at all.
    None,
    /// `\n`, `\xNN`, `\uNNNN`, `\UNNNNNNNN`, and a backslash before a line break (JSON, TOML, YAML).
    Backslash,
    /// A quote stands for itself when it is doubled (YAML single quotes).
    DoubledQuote,
}

impl<'a> Fragment<'a> {
    /// Returns a fragment whose text stands in the source as it is, from `start` on.
    pub fn verbatim(text: &'a str, start: usize) -> Self {
        let run = Run { decoded: 0, source: start, len: text.len() };
        Self { text: Cow::Borrowed(text), runs: Runs::One(run) }
    }

    /// Returns an empty fragment, to be filled by [`Fragment::push`] and
    /// [`Fragment::push_unplaced`].
    pub fn empty() -> Self {
        Self { text: Cow::Owned(String::new()), runs: Runs::Many(Vec::new()) }
    }

    /// Returns the fragment of `decoded`, which a parser made of `raw`, a text that stands in the
    /// source at `start`.
    ///
    /// Equal characters are paired from left to right; white space may come and go on either side
    /// (indentation, folding), escapes are read over. What cannot be paired has no place.
    pub fn align(raw: &str, start: usize, decoded: &str, escapes: Escapes) -> Fragment<'static> {
        let mut fragment = Fragment::empty();
        let (mut at, mut rest) = (0, decoded.chars().peekable());
        while let Some(want) = rest.peek().copied() {
            let Some(have) = raw[at..].chars().next() else { break };
            let text = &raw[at..at + have.len_utf8()];
            match escapes {
                Escapes::Backslash if have == '\\' => {
                    let (len, decodes) = escape(&raw[at..]);
                    if decodes {
                        fragment.push_unplaced(want.encode_utf8(&mut [0; 4]));
                        rest.next();
                    }
                    at += len;
                }
                Escapes::DoubledQuote if have == '\'' && want == '\'' => {
                    fragment.push_unplaced("'");
                    rest.next();
                    at += 2;
                }
                _ if have == want => {
                    fragment.push(text, start + at);
                    rest.next();
                    at += text.len();
                }
                _ if have.is_whitespace() => at += text.len(),
                _ if want.is_whitespace() => {
                    fragment.push_unplaced(want.encode_utf8(&mut [0; 4]));
                    rest.next();
                }
                _ => break,
            }
        }
        fragment.push_unplaced(&rest.collect::<String>());
        fragment
    }

    /// Appends text that stands in the source at `start`.
    pub fn push(&mut self, text: &str, start: usize) {
        let decoded = self.text.len();
        match self.runs.as_mut_slice().last_mut() {
            Some(run) if run.decoded + run.len == decoded && run.source + run.len == start => {
                run.len += text.len();
            }
            _ => self.runs.push(Run { decoded, source: start, len: text.len() }),
        }
        self.text.to_mut().push_str(text);
    }

    /// Appends text that has no place of its own, such as a decoded escape.
    pub fn push_unplaced(&mut self, text: &str) {
        self.text.to_mut().push_str(text);
    }

    /// Appends another fragment, each part with the place it has.
    pub fn append(&mut self, other: &Fragment<'_>) {
        let mut at = 0;
        for run in other.runs.as_slice() {
            self.push_unplaced(&other.text[at..run.decoded]);
            at = run.decoded + run.len;
            self.push(&other.text[run.decoded..at], run.source);
        }
        self.push_unplaced(&other.text[at..]);
    }

    /// Returns the decoded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns where the decoded range stands, or `None` when its bytes are not one verbatim
    /// stretch of the source.
    pub fn span(&self, range: Range<usize>) -> Option<Span> {
        let run = self.runs.as_slice().iter().rev().find(|run| run.decoded <= range.start)?;
        let offset = range.start - run.decoded;
        let fits = range.end - run.decoded <= run.len;
        fits.then(|| Span::new(run.source + offset, run.source + offset + range.len()))
    }

    /// Returns the only stretch of the decoded range that has a place, and where it stands; `None`
    /// when it has several, or none.
    pub fn only_place(&self, range: Range<usize>) -> Option<(Range<usize>, Span)> {
        let mut overlapping = self.runs.as_slice().iter().filter_map(|run| {
            let start = run.decoded.max(range.start);
            let end = (run.decoded + run.len).min(range.end);
            let source = run.source + start.saturating_sub(run.decoded);
            (start < end).then(|| (start..end, Span::new(source, source + end - start)))
        });
        overlapping.next().filter(|_| overlapping.next().is_none())
    }

    /// Returns the part of the fragment that `range` covers.
    pub fn part(&self, range: Range<usize>) -> Fragment<'_> {
        let mut runs = Runs::Many(Vec::new());
        for run in self.runs.as_slice() {
            let start = run.decoded.max(range.start);
            let end = (run.decoded + run.len).min(range.end);
            if start < end {
                let source = run.source + (start - run.decoded);
                runs.push(Run { decoded: start - range.start, source, len: end - start });
            }
        }
        Fragment { runs, text: Cow::Borrowed(&self.text[range]) }
    }
}

impl Runs {
    fn as_slice(&self) -> &[Run] {
        match self {
            Self::One(run) => std::slice::from_ref(run),
            Self::Many(runs) => runs,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [Run] {
        match self {
            Self::One(run) => std::slice::from_mut(run),
            Self::Many(runs) => runs,
        }
    }

    fn push(&mut self, run: Run) {
        match self {
            Self::One(first) => *self = Self::Many(vec![*first, run]),
            Self::Many(runs) if runs.is_empty() => *self = Self::One(run),
            Self::Many(runs) => runs.push(run),
        }
    }
}

/// Returns how long the escape at the start of `raw` is, and whether it decodes to a character; a
/// surrogate pair's second half and a line continuation do not.
fn escape(raw: &str) -> (usize, bool) {
    let (len, decodes) = match raw.as_bytes().get(1) {
        Some(b'x') => (4, true),
        Some(b'u') => {
            (6, !matches!(raw.get(2..4), Some("dc" | "dd" | "de" | "df" | "DC" | "DD" | "DE" | "DF")))
        }
        Some(b'U') => (10, true),
        Some(b'\n' | b'\r') | None => (2, false),
        Some(_) => (1 + raw[1..].chars().next().map_or(0, char::len_utf8), true),
    };
    (floor_char_boundary(raw, len), decodes)
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_inside_one_run_has_a_place() {
        let mut fragment = Fragment::empty();
        fragment.push("ab", 10);
        fragment.push_unplaced("\n");
        fragment.push("cd", 20);
        assert_eq!(fragment.text(), "ab\ncd");
        assert_eq!(fragment.span(0..2), Some(Span::new(10, 12)));
        assert_eq!(fragment.span(3..5), Some(Span::new(20, 22)));
        assert_eq!(fragment.span(1..4), None);
        assert_eq!(fragment.only_place(2..4), Some((3..4, Span::new(20, 21))));
        assert_eq!(fragment.only_place(1..4), None);
        assert_eq!(fragment.only_place(2..3), None);
        let part = fragment.part(1..5);
        assert_eq!(part.text(), "b\ncd");
        assert_eq!(part.span(2..4), Some(Span::new(20, 22)));
    }
}
