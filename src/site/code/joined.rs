//! Texts that are put together: `"a:" + b`, `f"a:{b}"`, `Sprintf("a:%s", b)`.

use std::ops::Range;

use super::language::{Language, Reading};
use super::{Text, Token};
use crate::text::Fragment;

/// So many parts are put together.
const MAX_PARTS: usize = 64;

/// Names of values are at most so long.
const MAX_NAME: usize = 100;

/// Returns the text that the concatenation beginning with the text token at `index` makes, and the
/// index of the first token after it. A value in it is written as a shell would: `${NAME}`; only
/// the name has a place.
pub(in crate::site) fn joined(
    text: &str,
    tokens: &[Token],
    index: usize,
    language: &Language,
) -> (Fragment<'static>, usize) {
    let mut made = Fragment::empty();
    let mut holes = Vec::new();
    let mut at = index;
    for _ in 0..MAX_PARTS {
        let Some(token) = tokens.get(at) else { break };
        if let Some(part) = token.as_text() {
            append(text, part, language, &mut made, &mut holes);
            at += 1;
        } else if let Some(name) = name_at(text, tokens, at) {
            push_name(text, Some(tokens[name.end - 1].range.clone()), &mut made);
            at = after_call(text, tokens, name.end);
        } else {
            break;
        }
        let follows_on = |at: usize| {
            tokens.get(at).is_some_and(|next| next.as_text().is_some() || name_at(text, tokens, at).is_some())
        };
        if tokens.get(at).is_some_and(|next| next.is(text, language.joint)) && follows_on(at + 1) {
            at += 1;
        } else if !(language.prefixes.contains('f')
            && tokens.get(at).is_some_and(|next| next.as_text().is_some()))
        {
            // Python needs no operator between two texts.
            break;
        }
    }
    if holes.is_empty() {
        return (made, at);
    }
    (with_arguments(text, tokens, at, &made, &holes), at)
}

/// Returns the tokens of `a.b::c`, the last of which is a name.
fn name_at(text: &str, tokens: &[Token], start: usize) -> Option<Range<usize>> {
    let is_name = |at: usize| {
        let word = tokens.get(at).and_then(|token| token.as_word(text));
        word.is_some_and(|word| !word.starts_with(|first: char| first.is_ascii_digit()))
    };
    let is_sigil = |at: usize| tokens.get(at).is_some_and(|token| token.is(text, "$") || token.is(text, "@"));
    let is_dot = |at: usize| {
        tokens.get(at).is_some_and(|token| [".", "::", "->"].iter().any(|dot| token.is(text, dot)))
    };
    let mut at = start + usize::from(is_sigil(start));
    if !is_name(at) {
        return None;
    }
    while at + 2 < start + MAX_PARTS && is_dot(at + 1) && is_name(at + 2) {
        at += 2;
    }
    Some(start..at + 1)
}

/// Returns the index after the call that a name may be.
fn after_call(text: &str, tokens: &[Token], at: usize) -> usize {
    if !tokens.get(at).is_some_and(|token| token.is(text, "(")) {
        return at;
    }
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at).take(MAX_PARTS) {
        if token.is(text, "(") {
            depth += 1;
        } else if token.is(text, ")") {
            depth -= 1;
            if depth == 0 {
                return index + 1;
            }
        }
    }
    at
}

fn push_name(text: &str, name: Option<Range<usize>>, made: &mut Fragment<'_>) {
    made.push_unplaced("${");
    match name {
        Some(name) => made.push(&text[name.clone()], name.start),
        None => made.push_unplaced("_"),
    }
    made.push_unplaced("}");
}

/// What stands for a value that an argument gives: where in the text that is made.
struct Hole {
    range: Range<usize>,
    /// Its number among the arguments.
    number: usize,
}

/// Appends what a text says, with its values.
fn append(text: &str, part: &Text, language: &Language, made: &mut Fragment<'_>, holes: &mut Vec<Hole>) {
    let content = part.content(text);
    let inner = content.text();
    let mut at = 0;
    let mut start = 0;
    while let Some(len) = memchr::memchr3(b'%', b'{', b'#', &inner.as_bytes()[at..]) {
        at += len;
        let found = value_at(inner, at, language.hole.is_some_and(|(open, _)| inner[at..].starts_with(open)));
        let Some((end, name)) = found.filter(|_| part.quote.reading != Reading::Command) else {
            at += 1;
            continue;
        };
        made.append(&content.part(start..at));
        match name {
            Some(name) => {
                made.push_unplaced("${");
                made.append(&content.part(name));
                made.push_unplaced("}");
            }
            None => {
                let from = made.text().len();
                let number = number_at(&inner[at..]).unwrap_or(holes.len());
                made.push_unplaced("${_}");
                holes.push(Hole { range: from..from + 4, number });
            }
        }
        at = end;
        start = end;
    }
    made.append(&content.part(start..inner.len()));
}

/// Returns which argument `%[1]s` or `%1$s` stands for, counted from zero.
fn number_at(value: &str) -> Option<usize> {
    let digits = value.strip_prefix('%')?.trim_start_matches('[');
    let len = digits.bytes().take_while(u8::is_ascii_digit).count();
    digits[..len].parse::<usize>().ok()?.checked_sub(1)
}

/// Returns the end of the value that begins at `at`, and its name when it is written there:
/// `{name}`, `#{name}`, `{$name}`, `%(name)s`; `%s`, `%[1]s`, `{}` and `{0}` have none.
fn value_at(text: &str, at: usize, is_hole: bool) -> Option<(usize, Option<Range<usize>>)> {
    let rest = &text[at..];
    let letter = |from: usize| rest[from..].bytes().next().filter(u8::is_ascii_alphabetic).map(|_| from + 1);
    if let Some(format) = rest.strip_prefix('%') {
        if let Some(name) = format.strip_prefix('(') {
            let len = name.find(')').filter(|len| *len < MAX_NAME)?;
            return Some((at + letter(len + 3)?, Some(at + 2..at + 2 + len)));
        }
        let digits = format.bytes().take_while(|byte| byte.is_ascii_digit() || b"[]$".contains(byte)).count();
        let is_indexed = digits == 0 || format[..digits].contains(['[', '$']);
        let verb = format[digits..].bytes().next().filter(|verb| b"svqdSV@".contains(verb));
        // `%20` is a character of an address.
        return verb.filter(|_| is_indexed).map(|_| (at + digits + 2, None));
    }
    let open = rest.find('{').filter(|open| *open == 0 || (is_hole && *open == 1))?;
    let is_expression = rest[open..].starts_with("{{") || text[..at].ends_with(['$', '{']);
    if is_expression || (rest.starts_with('#') && !is_hole) {
        return None;
    }
    let inner = &rest[open + 1..];
    let len = inner.as_bytes().iter().take(MAX_NAME).position(|byte| *byte == b'}')?;
    let inner = &inner[..len];
    let end = at + open + 1 + len + 1;
    let path = inner.split(['!', ':', '|']).next().unwrap_or(inner).trim();
    let name = path.trim_start_matches(['$', '@']).rsplit('.').next().unwrap_or(path).trim_end_matches("()");
    let is_name =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.$@()".contains(&byte));
    if !is_name(path) {
        return is_hole.then_some((end, None)).filter(|_| rest.starts_with('#'));
    }
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Some((end, None));
    }
    let start = at + open + 1 + inner.find(name)?;
    Some((end, Some(start..start + name.len())))
}

/// Returns the text with the names of the arguments that follow it in the call.
fn with_arguments(
    text: &str,
    tokens: &[Token],
    at: usize,
    made: &Fragment<'static>,
    holes: &[Hole],
) -> Fragment<'static> {
    let mut arguments: Vec<Option<Range<usize>>> = Vec::new();
    let mut at = at;
    // Python's and Rust's `"…".format(a)` gives them so, too.
    let is_method = tokens.get(at).is_some_and(|token| token.is(text, "."))
        && tokens
            .get(at + 1)
            .is_some_and(|token| matches!(token.as_word(text), Some("format" | "formatted")));
    if is_method {
        at += 2;
    }
    let opens = |at: usize| {
        tokens.get(at).is_some_and(|token| token.is(text, ",") || (is_method && token.is(text, "(")))
    };
    while opens(at) && arguments.len() <= holes.len() {
        let name = name_at(text, tokens, at + 1);
        let end = name.as_ref().map_or(at + 2, |name| after_call(text, tokens, name.end));
        arguments.push(name.filter(|name| name.end == end).map(|name| tokens[name.end - 1].range.clone()));
        at = end;
    }
    let mut filled = Fragment::empty();
    let mut start = 0;
    for hole in holes {
        filled.append(&made.part(start..hole.range.start));
        filled.push_unplaced("${");
        match arguments.get(hole.number) {
            Some(Some(name)) => filled.push_unplaced(&text[name.clone()]),
            _ => filled.push_unplaced("_"),
        }
        filled.push_unplaced("}");
        start = hole.range.end;
    }
    filled.append(&made.part(start..made.text().len()));
    filled
}
