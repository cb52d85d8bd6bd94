//! Tokens of Groovy as pipelines are read: names with dots in one piece, and the ends of lines.

use std::ops::Range;

use crate::site::code::{self, Text};

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, with dots in it (`env.X`), or a number.
    Word,
    /// A string.
    Text(Text),
    /// The first character of an operator.
    Mark(u8),
    /// The end of a line.
    End,
}

/// A piece of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    /// Quotes included.
    pub range: Range<usize>,
}

/// Returns the tokens of a program, comments left out.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let Some(groovy) = code::language_of("groovy") else { return Vec::new() };
    let start = if text.starts_with("#!") { text.find('\n').unwrap_or(text.len()) } else { 0 };
    let mut tokens: Vec<Token> = Vec::new();
    let mut end = start;
    for token in code::tokens(text, start..text.len(), groovy) {
        if text[end..token.range.start].contains('\n') {
            tokens.push(Token { kind: Kind::End, range: end..end });
        }
        end = token.range.end;
        let kind = match token.kind {
            code::TokenKind::Word => Kind::Word,
            code::TokenKind::Text(text) => Kind::Text(text),
            code::TokenKind::Symbol => Kind::Mark(text.as_bytes()[token.range.start]),
        };
        let range = token.range;
        match tokens.as_mut_slice() {
            // `env`, `.`, `X` are one name.
            [.., first, dot] if kind == Kind::Word && joins(first, dot, &range) => {
                first.range.end = range.end;
                tokens.pop();
            }
            _ => marks(text, kind, range, &mut tokens),
        }
    }
    tokens
}

fn joins(first: &Token, dot: &Token, last: &Range<usize>) -> bool {
    first.kind == Kind::Word
        && dot.kind == Kind::Mark(b'.')
        && first.range.end == dot.range.start
        && dot.range.end == last.start
}

/// An operator is as many marks as it has characters.
fn marks(text: &str, kind: Kind, range: Range<usize>, tokens: &mut Vec<Token>) {
    if !matches!(kind, Kind::Mark(_)) {
        tokens.push(Token { kind, range });
        return;
    }
    for at in range {
        tokens.push(Token { kind: Kind::Mark(text.as_bytes()[at]), range: at..at + 1 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expects the tokens' texts; strings in brackets.
    fn check(text: &str, expect: &str) {
        let shown: Vec<String> = tokens(text)
            .iter()
            .map(|token| match &token.kind {
                Kind::Text(inner) => format!("[{}]", inner.content(text).text()),
                Kind::End => ";".to_owned(),
                _ => text[token.range.clone()].to_owned(),
            })
            .collect();
        assert_eq!(shown.join(" "), expect, "{text}");
    }

    #[test]
    fn a_program_is_words_strings_and_marks() {
        check("#!/usr/bin/env groovy\na // b\n/* c\n */ d", "; a ; d");
        check(r#"def a = "b\"c" + 'd'"#, r#"def a = [b"c] + [d]"#);
        check("sh '''\na 'b' \"c\"\n'''", "sh [\na 'b' \"c\"\n]");
        check("env.X?.trim() ?: ''", "env.X ? . trim ( ) ? : []");
        check("a.b.c == d", "a.b.c = = d");
    }
}
