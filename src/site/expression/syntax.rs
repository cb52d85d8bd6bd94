use std::ops::Range;

/// Longer expressions are not looked at, so that a file of opening brackets costs no time.
const MAX_LEN: usize = 4096;

/// The same for paths, which are short.
const MAX_PATH_LEN: usize = 128;

/// The language an expression is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `${{ … }}` of GitHub, Gitea, Forgejo and Azure, `$[ … ]` of Azure.
    Github,
    /// `${…}` of shells, Dockerfiles and compose files.
    Parameter,
    /// `$X`, `$1`, `$env:X`, `%X%`.
    Variable,
    /// `$(…)` and backticks.
    Command,
    /// `{{ … }}` of Go templates and Jinja.
    Template,
    /// `$[[ inputs.x ]]` of GitLab, `<< parameters.x >>` of `CircleCI`.
    Dotted,
}

/// An expression in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The language.
    pub syntax: Syntax,
    /// What stands between the brackets, or the bare name.
    pub inner: Range<usize>,
    /// One past the last byte of the expression.
    pub end: usize,
}

/// Returns the expression that begins at byte `at` of the text.
pub(crate) fn find_at(text: &str, at: usize) -> Option<Found> {
    let rest = text.get(at..)?;
    let found = |syntax, inner: Range<usize>, end: usize| {
        Some(Found { syntax, inner: at + inner.start..at + inner.end, end: at + end })
    };
    let closed = |syntax, open: usize, close: &str, quotes: &[u8]| {
        let inner = close_of(rest.as_bytes(), open, close, quotes)?;
        found(syntax, open..inner, inner + close.len())
    };
    if rest.starts_with("${{") {
        return closed(Syntax::Github, 3, "}}", b"'");
    }
    if rest.starts_with("$[[") {
        return closed(Syntax::Dotted, 3, "]]", b"");
    }
    if rest.starts_with("$[") {
        let end = runtime_end(rest)?;
        return found(Syntax::Github, 2..end - 1, end);
    }
    // Make and compose give a shell one `$` for two.
    if rest.starts_with("$$") && rest[2..].starts_with(|c: char| c.is_ascii_alphabetic() || "_{(".contains(c))
    {
        return find_at(text, at + 1);
    }
    if rest.starts_with("${") || rest.starts_with("$(") {
        let end = bracket_end(rest, 1)?;
        let syntax = if rest.starts_with("${") { Syntax::Parameter } else { Syntax::Command };
        return found(syntax, 2..end - 1, end);
    }
    if rest.starts_with("{{") {
        return closed(Syntax::Template, 2, "}}", b"\"'`");
    }
    if rest.starts_with("<<") {
        let end = close_of(&rest.as_bytes()[..rest.len().min(MAX_PATH_LEN)], 2, ">>", b"")?;
        let is_path = rest[2..end].bytes().all(|b| b.is_ascii_alphanumeric() || b" ._-".contains(&b));
        return if is_path && rest[2..end].contains('.') {
            found(Syntax::Dotted, 2..end, end + 2)
        } else {
            None
        };
    }
    if rest.starts_with('`') {
        return closed(Syntax::Command, 1, "`", b"");
    }
    if let Some(name) = rest.strip_prefix('%') {
        let len = name_len(name);
        return if len > 1 && name[len..].starts_with('%') {
            found(Syntax::Variable, 1..1 + len, len + 2)
        } else {
            None
        };
    }
    let name = rest.strip_prefix('$')?;
    let start = match name.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("env:") => 5,
        _ => 1,
    };
    let len = name_len(&rest[start..]);
    if len > 0 {
        return found(Syntax::Variable, start..start + len, start + len);
    }
    let is_special = name.starts_with(|c: char| c.is_ascii_digit() || "@*#?!-".contains(c));
    if is_special { found(Syntax::Variable, 1..2, 2) } else { None }
}

/// Returns where a word of literal characters and expressions ends that begins at `at`; the caller
/// says which characters are literal. Template statements (`{{ end }}`) have no value and end it.
pub(crate) fn end_of(text: &str, at: usize, is_literal: impl Fn(u8) -> bool) -> usize {
    let mut end = at;
    while let Some(byte) = text.as_bytes().get(end) {
        match byte {
            b'$' | b'{' | b'%' | b'<' => match find_at(text, end) {
                Some(found) if !is_statement(text, &found) => end = found.end,
                _ => break,
            },
            byte if is_literal(*byte) => end += 1,
            _ => break,
        }
    }
    end
}

fn is_statement(text: &str, found: &Found) -> bool {
    let inner = text[found.inner.clone()].trim_start_matches('-').trim_start();
    let word = &inner[..name_len(inner)];
    found.syntax == Syntax::Template
        && matches!(word, "end" | "else" | "if" | "range" | "with" | "define" | "block" | "template")
}

/// Returns the length of the identifier at the start of the text.
pub(crate) fn name_len(text: &str) -> usize {
    let starts = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if starts { text.bytes().take_while(is_name).count() } else { 0 }
}

/// Returns where `close` stands outside quoted text.
fn close_of(bytes: &[u8], from: usize, close: &str, quotes: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut at = from;
    while at < bytes.len().min(MAX_LEN) {
        match quote {
            Some(open) if bytes[at] == open => quote = None,
            None if bytes[at..].starts_with(close.as_bytes()) => return Some(at),
            None if quotes.contains(&bytes[at]) => quote = Some(bytes[at]),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns where Azure's `$[ variables.x ]` ends; others write sets of characters so.
fn runtime_end(text: &str) -> Option<usize> {
    if !text[2..].trim_start().starts_with("variables") {
        return None;
    }
    let (mut depth, mut is_quoted) = (0, false);
    for (at, byte) in text.bytes().enumerate().take(MAX_PATH_LEN) {
        match byte {
            b'\'' => is_quoted = !is_quoted,
            b'[' if !is_quoted => depth += 1,
            b']' if !is_quoted => depth -= 1,
            _ => continue,
        }
        if depth == 0 && byte == b']' {
            return Some(at + 1);
        }
    }
    None
}

/// Returns where the bracket at byte `open` of the text is closed, one past it.
pub(crate) fn closing(text: &str, open: usize) -> Option<usize> {
    text.get(open..).and_then(|rest| bracket_end(rest, 0)).map(|len| open + len)
}

/// Returns where the bracket at `open` is closed, one past it. Brackets of other kinds inside are
/// closed first; quoted ones do not count, but quotes inside `$( )` inside quotes nest.
fn bracket_end(text: &str, open: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut stack: Vec<u8> = Vec::new();
    let mut at = open;
    while at < bytes.len().min(MAX_LEN) {
        let inside = stack.last().copied();
        let byte = bytes[at];
        match (inside, byte) {
            (Some(close), _) if close == byte => {
                stack.pop();
            }
            (Some(b'\''), _) => {}
            (_, b'\\') => at += 1,
            (_, b'$') if text[at..].starts_with("${{") => {
                at = close_of(bytes, at + 3, "}}", b"'")? + 2;
                continue;
            }
            (_, b'$') if matches!(bytes.get(at + 1), Some(b'{' | b'(')) => {
                at += 1;
                stack.push(if bytes[at] == b'{' { b'}' } else { b')' });
            }
            // What else stands in double quotes is text.
            (Some(b'"'), _) => {}
            (_, b'"') => stack.push(b'"'),
            // An apostrophe inside `${X:?can't}` is a character; inside a command it quotes.
            (Some(b')'), b'\'') => stack.push(b'\''),
            (None, b'{') => stack.push(b'}'),
            (None | Some(b')'), b'(') => stack.push(b')'),
            _ => {}
        }
        at += 1;
        if stack.is_empty() {
            return Some(at);
        }
    }
    None
}
