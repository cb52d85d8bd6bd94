//! Groovy in words, strings and marks: as much of it as pipelines need.

use std::ops::Range;

use crate::text::Fragment;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, with dots in it (`env.X`), or a number.
    Word,
    /// A string; the token's range is what stands between the quotes.
    Text(Quote),
    /// Any other character.
    Mark(u8),
    /// The end of a line.
    End,
}

/// How a string is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// With one or three apostrophes or quotes: backslashes escape.
    Escaping,
    /// `$/ … /$`: dollars do.
    Dollar,
}

/// A piece of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
}

/// Returns the tokens of a program, comments left out. A quote that is never closed is a mark.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = if text.starts_with("#!") { line_end(bytes, 0) } else { 0 };
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let next = if rest.starts_with(b"//") {
            line_end(bytes, at)
        } else if rest.starts_with(b"/*") {
            memchr::memmem::find(rest, b"*/").map_or(bytes.len(), |end| at + end + 2)
        } else if let Some((kind, inner, end)) = string(bytes, at) {
            tokens.push(Token { kind: Kind::Text(kind), range: inner });
            end
        } else if byte == b'\n' {
            tokens.push(Token { kind: Kind::End, range: at..at + 1 });
            at + 1
        } else if is_word(byte) {
            let len = word_len(rest);
            tokens.push(Token { kind: Kind::Word, range: at..at + len });
            at + len
        } else {
            if byte.is_ascii_graphic() {
                tokens.push(Token { kind: Kind::Mark(byte), range: at..at + 1 });
            }
            at + 1
        };
        at = next;
    }
    tokens
}

/// Returns the text of a string, with what is escaped where it stands.
pub(super) fn decode(text: &str, range: Range<usize>, quote: Quote) -> Fragment<'_> {
    let escape = match quote {
        Quote::Escaping => '\\',
        Quote::Dollar => '$',
    };
    let raw = &text[range.clone()];
    if !raw.contains(escape) {
        return Fragment::verbatim(raw, range.start);
    }
    let mut fragment = Fragment::empty();
    let mut at = 0;
    while let Some(found) = raw[at..].find(escape) {
        let next = raw[at + found + 1..].chars().next();
        let is_escape = match quote {
            Quote::Escaping => true,
            Quote::Dollar => matches!(next, Some('$' | '/')),
        };
        let plain = if is_escape { found } else { found + 1 };
        fragment.push(&raw[at..at + plain], range.start + at);
        at += plain;
        if !is_escape {
            continue;
        }
        at += 1;
        let Some(next) = next else { break };
        match next {
            'n' => fragment.push_unplaced("\n"),
            'r' => fragment.push_unplaced("\r"),
            't' => fragment.push_unplaced("\t"),
            // The line goes on.
            '\n' | '\r' => {}
            next => fragment.push(&raw[at..at + next.len_utf8()], range.start + at),
        }
        at += next.len_utf8();
    }
    fragment.push(&raw[at..], range.start + at);
    fragment
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |len| at + len)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A dot joins two names; `?.` does as well.
fn word_len(bytes: &[u8]) -> usize {
    let mut len = 0;
    while let Some(&byte) = bytes.get(len) {
        let joins =
            |at: usize| bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(|next| is_word(*next));
        if is_word(byte) || joins(len) {
            len += 1;
        } else {
            break;
        }
    }
    len
}

/// Returns how the string at `at` is quoted, what stands in it, and where it ends.
fn string(bytes: &[u8], at: usize) -> Option<(Quote, Range<usize>, usize)> {
    let rest = &bytes[at..];
    for triple in [b"'''", b"\"\"\""] {
        if rest.starts_with(triple) {
            let end = closed(bytes, at + 3, triple, true)?;
            return Some((Quote::Escaping, at + 3..end, end + 3));
        }
    }
    if rest.starts_with(b"$/") {
        let end = at + 2 + memchr::memmem::find(&bytes[at + 2..], b"/$")?;
        return Some((Quote::Dollar, at + 2..end, end + 2));
    }
    if matches!(rest.first()?, b'\'' | b'"') {
        let end = closed(bytes, at + 1, &rest[..1], false)?;
        return Some((Quote::Escaping, at + 1..end, end + 1));
    }
    None
}

fn closed(bytes: &[u8], from: usize, quote: &[u8], has_lines: bool) -> Option<usize> {
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'\n' if !has_lines => return None,
            _ if bytes[at..].starts_with(quote) => return Some(at),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    /// Expects the tokens' texts; strings in brackets.
    fn check(text: &str, expect: &str) {
        let shown: Vec<String> = tokens(text)
            .iter()
            .map(|token| match token.kind {
                Kind::Text(_) => format!("[{}]", &text[token.range.clone()]),
                Kind::End => ";".to_owned(),
                _ => text[token.range.clone()].to_owned(),
            })
            .collect();
        assert_eq!(shown.join(" "), expect, "{text}");
    }

    #[test]
    fn comments_are_left_out() {
        check("#!/usr/bin/env groovy\na // b\n/* c\n */ d", "; a ; d");
        check("a = 'http://x' /* never closed", "a = [http://x]");
    }

    #[test]
    fn strings_are_told_from_what_is_around_them() {
        check(r#"def a = "b\"c" + 'd'"#, r#"def a = [b\"c] + [d]"#);
        check("sh '''\na 'b' \"c\"\n'''", "sh [\na 'b' \"c\"\n]");
        check("sh \"\"\"x\"\"\"", "sh [x]");
        check("x = $/a 'b'/$", "x = [a 'b']");
        check("don't\n'x'", "don ' t ; [x]");
        check("env.X?.trim() ?: ''", "env.X ? . trim ( ) ? : []");
    }

    #[test]
    fn what_is_escaped_keeps_its_place() {
        for (raw, decoded) in [
            (r"a\$b", "a$b"),
            (r"a\\", r"a\"),
            ("a\\\nb", "ab"),
            (r"\n\t\'", "\n\t'"),
            ("é", "é"),
            ("a\\", "a"),
        ] {
            let fragment = decode(raw, 0..raw.len(), Quote::Escaping);
            assert_eq!(fragment.text(), decoded);
        }
        let fragment = decode("x\\${Y}", 0..6, Quote::Escaping);
        assert_eq!(fragment.span(1..5).map(Span::range), Some(2..6));
        assert_eq!(decode("$$a/$/b$c", 0..9, Quote::Dollar).text(), "$a//b$c");
    }
}
