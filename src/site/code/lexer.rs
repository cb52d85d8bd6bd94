use std::ops::Range;

use super::language::{Language, Quote, Reading};
use super::{Text, Token, TokenKind};

/// Symbols of several characters, the longer ones first.
const SYMBOLS: [&str; 17] =
    ["===", "!==", "<=>", ":=", "::", "=>", "==", "!=", "->", "<>", "??", "?:", "||", "&&", "<=", ">=", "//"];

/// So many bytes are looked through for ends that are not there, before no more are looked for.
const MAX_WASTED: usize = 1 << 20;

/// A character between quotes is at most so long: `'\u{10FFFF}'`.
const MAX_CHARACTER: usize = 12;

/// Returns the tokens in `range` of the text.
pub(in crate::site) fn tokens(text: &str, range: Range<usize>, language: &'static Language) -> Vec<Token> {
    let mut lexer =
        Lexer { text: &text[..range.end], at: range.start, language, tokens: Vec::new(), n_wasted: 0 };
    while lexer.at < range.end {
        lexer.step();
    }
    lexer.tokens
}

/// Returns the tokens of the statement that begins at `start`, and where its line ends: brackets
/// and texts may go over several.
pub(in crate::site) fn statement(
    text: &str,
    start: usize,
    language: &'static Language,
) -> (Vec<Token>, usize) {
    let mut lexer = Lexer { text, at: start, language, tokens: Vec::new(), n_wasted: 0 };
    let mut depth = 0_usize;
    while lexer.at < text.len() && !(depth == 0 && lexer.rest().starts_with(['\r', '\n'])) {
        let n_tokens = lexer.tokens.len();
        lexer.step();
        for token in &lexer.tokens[n_tokens..] {
            match &text[token.range.clone()] {
                "(" | "{" | "[" => depth += 1,
                ")" | "}" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    (lexer.tokens, lexer.at)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    language: &'static Language,
    tokens: Vec<Token>,
    /// How many bytes were looked through in vain.
    n_wasted: usize,
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn step(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.bytes().next() else { return };
        if self.block_comment() {
            return;
        }
        if first.is_ascii_whitespace() {
            self.at += 1;
        } else if self.language.line_comments.iter().any(|mark| rest.starts_with(mark))
            && !rest.starts_with("#[")
        {
            self.at += memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        } else if is_word(first) {
            self.word();
        } else if !self.character() && !self.quoted(self.at) && !self.pattern() && !self.here_document() {
            self.symbol();
        }
    }

    fn line_len(&self) -> usize {
        memchr::memchr(b'\n', self.rest().as_bytes()).unwrap_or(self.rest().len())
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        self.tokens.push(Token { kind, range: self.at..end });
        self.at = end;
    }

    fn block_comment(&mut self) -> bool {
        let Some((open, close)) = self.language.block_comment else { return false };
        if !self.rest().starts_with(open) {
            return false;
        }
        let body = self.at + open.len();
        let len = memchr::memmem::find(&self.text.as_bytes()[body..], close.as_bytes());
        self.at = len.map_or(self.text.len(), |len| body + len + close.len());
        true
    }

    fn word(&mut self) {
        let rest = self.rest();
        let dash = |byte: u8| self.language.has_dashes && byte == b'-';
        let len = rest.bytes().take_while(|byte| is_word(*byte) || dash(*byte)).count();
        let is_prefix = len <= 3 && rest[..len].chars().all(|letter| self.language.prefixes.contains(letter));
        if is_prefix && self.quoted(self.at + len) {
            return;
        }
        self.push(TokenKind::Word, self.at + len);
    }

    fn symbol(&mut self) {
        let rest = self.rest();
        let several = SYMBOLS.iter().find(|symbol| rest.starts_with(*symbol)).map(|symbol| symbol.len());
        self.push(TokenKind::Symbol, self.at + several.unwrap_or(1));
    }

    /// Reads a character (`'x'`, `'\n'`), which is no token; a lifetime is none.
    fn character(&mut self) -> bool {
        let rest = self.rest();
        // Elixir's `?"`.
        if self.language.joint == "<>" && (rest.starts_with("?\"") || rest.starts_with("?'")) {
            self.at += 2;
            return true;
        }
        if !self.language.has_characters || !rest.starts_with('\'') {
            return false;
        }
        let inner = &rest[1..];
        let first = inner.chars().next().map_or(0, char::len_utf8);
        let len = if inner.starts_with('\\') {
            let bytes = inner.as_bytes();
            (2..bytes.len().min(MAX_CHARACTER)).find(|at| bytes[*at] == b'\'')
        } else {
            inner[first..].starts_with('\'').then_some(first)
        };
        let is_character = len.filter(|len| *len > 0);
        self.at += is_character.map_or(0, |len| len + 2);
        is_character.is_some()
    }

    /// Reads the text whose quote stands at `open`, after any prefix.
    fn quoted(&mut self, open: usize) -> bool {
        let prefix = &self.text[self.at..open];
        let is_raw = prefix.contains(['r', 'R']);
        let hashes =
            if is_raw { self.text[open..].bytes().take_while(|byte| *byte == b'#').count() } else { 0 };
        let rest = &self.text[open + hashes..];
        let Some(quote) = self.language.quotes.iter().find(|quote| rest.starts_with(quote.open)) else {
            return false;
        };
        let start = open + hashes + quote.open.len();
        if self.n_wasted > MAX_WASTED {
            return false;
        }
        let close = if hashes > 0 {
            let close = format!("{}{}", quote.open, "#".repeat(hashes));
            memchr::memmem::find(&self.text.as_bytes()[start..], close.as_bytes()).map(|len| start + len)
        } else {
            self.close(quote, start, is_raw)
        };
        let Some(end) = close else {
            let is_long = quote.is_long || is_raw;
            self.n_wasted += if is_long { self.text.len() - start } else { self.line_len() };
            return false;
        };
        let text = Text { inner: start..end, quote, is_raw };
        self.push(TokenKind::Text(text), end + quote.open.len() + hashes);
        true
    }

    /// Returns where the text that begins at `start` is closed.
    fn close(&self, quote: &Quote, start: usize, is_raw: bool) -> Option<usize> {
        let bytes = self.text.as_bytes();
        // In a raw text of Python, too, a backslash keeps a quote from ending it.
        let has_escapes = quote.reading == Reading::Escapes || is_raw;
        let mut at = start;
        let mut depth = 0_usize;
        loop {
            let byte = *bytes.get(at)?;
            match byte {
                b'\\' if has_escapes => at += 1,
                b'\n' if !quote.is_long => return None,
                b'$' if quote.is_template && bytes.get(at + 1) == Some(&b'{') => {
                    depth += 1;
                    at += 1;
                }
                b'{' if depth > 0 => depth += 1,
                b'}' if depth > 0 => depth -= 1,
                _ if depth == 0 && bytes[at..].starts_with(quote.open.as_bytes()) => return Some(at),
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads `/…/` where a value may begin, which is no token.
    fn pattern(&mut self) -> bool {
        if !self.language.has_patterns || !self.rest().starts_with('/') {
            return false;
        }
        let begins_value = match self.tokens.last() {
            None => true,
            Some(token) if token.kind == TokenKind::Symbol => {
                !matches!(&self.text[token.range.clone()], ")" | "]" | "}")
            }
            Some(token) => token
                .as_word(self.text)
                .is_some_and(|word| matches!(word, "return" | "typeof" | "case" | "in" | "of" | "await")),
        };
        if !begins_value || self.n_wasted > MAX_WASTED {
            return false;
        }
        let mut in_class = false;
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'\n') {
            match byte {
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at = at + 1;
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        self.n_wasted += at - self.at;
        false
    }

    /// Reads `<<<WORD … WORD` as a text.
    fn here_document(&mut self) -> bool {
        const QUOTE: Quote = Quote { open: "", reading: Reading::Raw, is_long: true, is_template: false };
        static HERE: Quote = QUOTE;
        let rest = self.rest();
        let Some(mark) = self.language.here.iter().find(|mark| rest.starts_with(**mark)) else {
            return false;
        };
        let name = rest[mark.len()..].trim_start_matches(['"', '\'', ' ']);
        let len = name.bytes().take_while(|byte| is_word(*byte)).count();
        let name = &name[..len];
        let Some(line) = rest.find('\n').filter(|_| len > 0 && self.n_wasted <= MAX_WASTED) else {
            return false;
        };
        let start = self.at + line + 1;
        let mut end = start;
        for line in self.text[start..].split_inclusive('\n') {
            let body = line.trim_start();
            if body.strip_prefix(name).is_some_and(|after| !after.bytes().next().is_some_and(is_word)) {
                let close = end + (line.len() - body.len()) + name.len();
                self.push(TokenKind::Text(Text { inner: start..end, quote: &HERE, is_raw: true }), close);
                return true;
            }
            end += line.len();
        }
        self.n_wasted += end - start;
        false
    }
}
