//! Tokens of programs: words, symbols and texts, with comments left out.
//!
//! Read tolerantly: what is not closed on its line is taken as a symbol, so that a file of another
//! dialect is at worst read in part.

mod joined;
mod language;
mod lexer;

use std::ops::Range;

pub(super) use joined::joined;
pub(super) use language::{JUST, Language, of as language_of};
pub(super) use lexer::{statement, tokens};

use crate::text::Fragment;

/// A token of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Quotes and prefixes included.
    pub(super) range: Range<usize>,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A name, a keyword or a number.
    Word,
    /// One operator or bracket.
    Symbol,
    /// A text.
    Text(Text),
}

/// What stands between the quotes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) inner: Range<usize>,
    pub(super) quote: &'static language::Quote,
    /// Whether the prefix says that backslashes are characters.
    pub(super) is_raw: bool,
}

impl Token {
    /// Returns the text, when it is one.
    pub(super) fn as_text(&self) -> Option<&Text> {
        match &self.kind {
            TokenKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the name, when it is one.
    pub(super) fn as_word<'t>(&self, text: &'t str) -> Option<&'t str> {
        (self.kind == TokenKind::Word).then(|| &text[self.range.clone()])
    }

    /// Returns whether it is that symbol.
    pub(super) fn is(&self, text: &str, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && text[self.range.clone()] == *symbol
    }
}

impl Text {
    /// Returns whether it is a command whose output is the value (just).
    pub(super) fn is_command(&self) -> bool {
        self.quote.reading == language::Reading::Command
    }

    /// Returns what it says, each character with its place; an escape stands where the character
    /// after its backslash does, when it means that one.
    pub(super) fn content<'t>(&self, text: &'t str) -> Fragment<'t> {
        let inner = &text[self.inner.clone()];
        let escapes = self.quote.reading == language::Reading::Escapes && !self.is_raw;
        if !escapes || !inner.contains('\\') {
            return Fragment::verbatim(inner, self.inner.start);
        }
        let mut content = Fragment::empty();
        let mut at = 0;
        while let Some(len) = inner[at..].find('\\') {
            content.push(&inner[at..at + len], self.inner.start + at);
            let escaped = at + len + 1;
            let Some(character) = inner[escaped..].chars().next() else { return content };
            at = escaped + character.len_utf8();
            match character {
                'n' => content.push_unplaced("\n"),
                't' => content.push_unplaced("\t"),
                'r' | '\r' => {}
                '\n' => at += inner[at..].len() - inner[at..].trim_start().len(),
                _ => content.push(&inner[escaped..at], self.inner.start + escaped),
            }
        }
        content.push(&inner[at..], self.inner.start + at);
        content
    }
}

#[cfg(test)]
mod tests;
