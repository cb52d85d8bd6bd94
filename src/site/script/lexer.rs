//! Words, commands and here-documents of a shell text (POSIX, "Token Recognition"), read without
//! ever failing: what is not closed is taken as it stands.

use std::ops::Range;

use crate::site::expression;

/// After so many brackets that nothing closes, none is looked for any more.
const MAX_UNCLOSED: usize = 100;

/// The same for here-documents, whose end may be far away.
const MAX_UNENDED: usize = 8;

/// What stands between a command and the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// `|`: its output is read by the next.
    Pipe,
    /// `&&` or `||`: part of the same statement.
    And,
    /// The end of the statement.
    End,
}

/// A simple command; words are ranges of the text, quotes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) words: Vec<Range<usize>>,
    /// Words that output goes to or input comes from.
    pub(super) redirects: Vec<Range<usize>>,
    /// Bodies of its here-documents.
    pub(super) bodies: Vec<Range<usize>>,
    pub(super) joint: Joint,
    /// Whether it stands in `( … )`, so that a shell of its own runs it.
    pub(super) is_apart: bool,
}

/// Returns the commands in `range` of the text, in order; brackets and keywords are not nested.
pub(super) fn commands(text: &str, range: Range<usize>) -> Vec<Command> {
    let text = &text[..range.end];
    let mut lexer = Lexer {
        text,
        at: range.start,
        commands: Vec::new(),
        current: None,
        pending: Vec::new(),
        n_unclosed: 0,
        n_unended: 0,
        n_brackets: 0,
    };
    while lexer.step() {}
    lexer.finish(Joint::End);
    lexer.commands
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    commands: Vec<Command>,
    current: Option<Command>,
    /// Here-documents that begin on the next line: the command that reads them, and their end.
    pending: Vec<(usize, &'t str)>,
    n_unclosed: usize,
    n_unended: usize,
    /// Brackets that are open; the one after a pattern of `case` closes none.
    n_brackets: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn step(&mut self) -> bool {
        match self.rest() {
            [] => return false,
            [b' ' | b'\t' | b'\r', ..] => self.at += 1,
            [b'\\', b'\n', ..] => self.at += 2,
            [b'\\', b'\r', b'\n', ..] => self.at += 3,
            [b'#', ..] => self.skip_comment(),
            [b'\n', ..] => self.newline(),
            [b'|', b'|', ..] | [b'&', b'&', ..] => self.operator(2, Joint::And),
            [b'|', b'&', ..] => self.operator(2, Joint::Pipe),
            [b'|', ..] => self.operator(1, Joint::Pipe),
            [b'&' | b'>', b'>', ..] | [b'>', b'|' | b'&', ..] | [b'<', b'>' | b'&', ..] => self.redirect(2),
            [b';' | b'&', ..] => self.operator(1, Joint::End),
            [bracket @ (b'(' | b')'), ..] => {
                self.finish(Joint::End);
                self.n_brackets =
                    if *bracket == b'(' { self.n_brackets + 1 } else { self.n_brackets.saturating_sub(1) };
                self.at += 1;
            }
            [b'<' | b'>', b'(', ..] => self.word(),
            [b'<', b'<', ..] if expression::find_at(self.text, self.at).is_some() => self.word(),
            [b'<', b'<', b'<', ..] => self.redirect(3),
            [b'<', b'<', ..] => self.here_document(),
            [b'<' | b'>', ..] => self.redirect(1),
            _ => self.word(),
        }
        true
    }

    fn current(&mut self) -> &mut Command {
        let is_apart = self.n_brackets > 0;
        self.current.get_or_insert_with(|| Command {
            words: Vec::new(),
            redirects: Vec::new(),
            bodies: Vec::new(),
            joint: Joint::End,
            is_apart,
        })
    }

    fn finish(&mut self, joint: Joint) {
        match self.current.take() {
            Some(command) => self.commands.push(Command { joint, ..command }),
            // `( … ) | sh`: the bracket has ended the command already.
            None => {
                if let Some(last) = self.commands.last_mut().filter(|_| joint != Joint::End) {
                    last.joint = joint;
                }
            }
        }
    }

    fn operator(&mut self, len: usize, joint: Joint) {
        self.finish(joint);
        self.at += len;
    }

    fn skip_comment(&mut self) {
        self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
    }

    fn newline(&mut self) {
        self.at += 1;
        if !self.pending.is_empty() {
            self.finish(Joint::End);
            self.read_bodies();
        }
        // A line that begins with an operator goes on with the line before: the text may have
        // lost its continuation marks in a folded scalar.
        let next = &self.rest()[self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()..];
        if !(next.starts_with(b"|") || next.starts_with(b"&&")) {
            self.finish(Joint::End);
        }
    }

    fn redirect(&mut self, len: usize) {
        self.at += len;
        while matches!(self.rest(), [b' ' | b'\t', ..]) {
            self.at += 1;
        }
        let start = self.at;
        self.at = self.word_end(start);
        let target = start..self.at;
        if !target.is_empty() {
            self.current().redirects.push(target);
        }
    }

    fn word(&mut self) {
        let start = self.at;
        // What ends no word and begins none is skipped.
        self.at = self.word_end(start).max(start + 1);
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        let word = start..self.at;
        self.current().words.push(word);
    }

    fn word_end(&mut self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'<' | b'>' if bytes.get(at + 1) == Some(&b'(') => {
                    at = self.closed(at, |text| expression::closing(text, at + 1));
                }
                b'<' => match expression::find_at(self.text, at) {
                    Some(found) => at = found.end,
                    None => break,
                },
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'>' => break,
                b'\\' if matches!(bytes.get(at + 1..), Some([b'\n', ..] | [b'\r', b'\n', ..])) => break,
                b'\\' => at = (at + 2).min(bytes.len()),
                b'\'' => {
                    at = self.closed(at, |text| {
                        memchr::memchr(b'\'', &text.as_bytes()[at + 1..]).map(|len| at + len + 2)
                    });
                }
                b'"' => at = self.closed(at, |text| double_quoted(text, at)),
                b'$' | b'`' => {
                    let is_open = matches!(bytes.get(at + 1), Some(b'(' | b'{')) || *byte == b'`';
                    let close = |text: &str| expression::find_at(text, at).map(|found| found.end);
                    at = if is_open { self.closed(at, close) } else { close(self.text).unwrap_or(at + 1) };
                }
                b'{' if bytes.get(at + 1) == Some(&b'{') => {
                    at = self.closed(at, |text| {
                        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |len| at + len);
                        expression::find_at(&text[..end], at).map(|found| found.end)
                    });
                }
                _ => at += 1,
            }
        }
        // A character of several bytes may stand after a backslash.
        (at..=bytes.len()).find(|at| self.text.is_char_boundary(*at)).unwrap_or(bytes.len())
    }

    /// Returns where the quoted or bracketed text ends, or one past its first byte when it does
    /// not.
    fn closed(&mut self, at: usize, close: impl Fn(&str) -> Option<usize>) -> usize {
        if self.n_unclosed > MAX_UNCLOSED {
            return at + 1;
        }
        let close = close(self.text);
        self.n_unclosed += usize::from(close.is_none());
        close.unwrap_or(at + 1)
    }

    fn here_document(&mut self) {
        self.at += 2;
        if self.rest().starts_with(b"-") {
            self.at += 1;
        }
        while matches!(self.rest(), [b' ' | b'\t', ..]) {
            self.at += 1;
        }
        let start = self.at;
        self.at = self.word_end(start);
        let word = self.text[start..self.at].trim_matches(['"', '\'', '\\']);
        self.current();
        if !word.is_empty() {
            self.pending.push((self.commands.len(), word));
        }
    }

    fn read_bodies(&mut self) {
        for (command, word) in std::mem::take(&mut self.pending) {
            if self.n_unended > MAX_UNENDED {
                return;
            }
            let start = self.at;
            let mut line = start;
            let end = loop {
                let Some(rest) = self.text.get(line..).filter(|rest| !rest.is_empty()) else { break None };
                let len = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
                if rest[..len].trim() == word {
                    break Some(line + len);
                }
                line += len;
            };
            match end {
                Some(end) => {
                    if let Some(command) = self.commands.get_mut(command) {
                        command.bodies.push(start..line);
                    }
                    self.at = end;
                }
                None => self.n_unended += 1,
            }
        }
    }
}

/// Returns where the text in double quotes that begins at `open` ends.
fn double_quoted(text: &str, open: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    let mut n_unclosed = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            b'$' if matches!(bytes.get(at + 1), Some(b'(' | b'{')) && n_unclosed < MAX_UNCLOSED => {
                let found = expression::find_at(text, at);
                n_unclosed += usize::from(found.is_none());
                at = found.map_or(at + 2, |found| found.end);
            }
            _ => at += 1,
        }
    }
}
