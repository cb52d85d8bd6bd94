//! What an expression of a justfile can be (just manual, "Expressions").

use std::ops::Range;

use super::statement::Variable;
use crate::site::code::{self, JUST, Token};
use crate::site::scan::{Definition, Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Scan, Stated, expression};
use crate::text::Fragment;

/// Expressions inside expressions are read this deep.
const MAX_DEPTH: usize = 8;

/// Functions that hand their first argument through, if in another spelling.
const EDITORS: [&str; 8] = [
    "trim",
    "trim_start",
    "trim_end",
    "trim_start_match",
    "trim_start_matches",
    "trim_end_match",
    "replace",
    "replace_regex",
];

/// Records what a variable or a parameter is given, and makes it visible.
pub(super) fn define(text: &str, variable: &Variable<'_>, scope: &mut Scope, scan: &mut Scan<'_>) {
    let name = Name::Variable(variable.name.to_owned());
    let mut before = scope.clone();
    if matches!(scope.get(variable.name), Some(Follow::There(own)) if *own == name) {
        before.remove(variable.name);
    }
    let mut values = values(text, &variable.tokens);
    let states = |value: &Fragment<'_>| expression::states_version(value.text());
    if values.iter().any(states) {
        values.retain(states);
    }
    let mut first = None;
    for value in &values {
        let len = value.text().len();
        let follow = command(&name, value, &before, scan)
            .or_else(|| expression::define(&name, value, 0..len, &before, scan));
        first = first.or(follow);
    }
    let words = || Follow::Outside(format!("`{}`, which is set to something else", variable.name));
    scope.set(variable.name, first.unwrap_or_else(words));
}

/// Records what a command in backticks prints.
fn command(name: &Name, value: &Fragment<'_>, scope: &Scope, scan: &mut Scan<'_>) -> Option<Follow> {
    let inner = value.text().strip_prefix("```")?.strip_suffix("```")?;
    let span = value.span(3..3 + inner.len())?;
    let command = format!("$({inner})");
    let follows = expression::follow(&command, 0..command.len(), scope, scan.path);
    let text = inner.to_owned();
    let stated = Stated::Unresolved(String::new());
    let definition = Definition { name: name.clone(), span, text, stated, follows, is_intended: false };
    Some(Follow::Here(scan.define(definition)))
}

/// Returns the texts that the expression can be.
pub(super) fn values(text: &str, tokens: &[Token]) -> Vec<Fragment<'static>> {
    let mut values = Vec::new();
    collect(text, tokens, 0, &mut values);
    values
}

fn collect(text: &str, tokens: &[Token], depth: usize, values: &mut Vec<Fragment<'static>>) {
    let Some(first) = tokens.first().filter(|_| depth < MAX_DEPTH) else { return };
    let is =
        |index: usize, symbol: &str| tokens.get(index).is_some_and(|token: &Token| token.is(text, symbol));
    let parts: Vec<&[Token]> = split(text, tokens, &["||", "&&"]);
    if parts.len() > 1 {
        for part in parts {
            collect(text, part, depth + 1, values);
        }
        return;
    }
    if first.as_word(text) == Some("if") {
        for block in blocks(text, tokens) {
            collect(text, &tokens[block], depth + 1, values);
        }
        return;
    }
    if is(0, "(") && close(text, tokens, 0) == Some(tokens.len() - 1) {
        collect(text, &tokens[1..tokens.len() - 1], depth + 1, values);
        return;
    }
    if is(1, "(") && close(text, tokens, 1) == Some(tokens.len() - 1) {
        let arguments = split(text, &tokens[2..tokens.len() - 1], &[","]);
        match first.as_word(text) {
            Some("env" | "env_var" | "env_var_or_default") => {
                if let Some(default) = arguments.get(1) {
                    collect(text, default, depth + 1, values);
                }
                let variable = arguments.first().and_then(|argument| argument.first()?.as_text());
                if let Some(variable) = variable {
                    let mut value = Fragment::empty();
                    value.push_unplaced("${");
                    value.append(&variable.content(text));
                    value.push_unplaced("}");
                    values.push(value);
                }
            }
            Some(name) if EDITORS.contains(&name) => {
                if let Some(argument) = arguments.first() {
                    collect(text, argument, depth + 1, values);
                }
            }
            _ => {}
        }
        return;
    }
    if let Some(command) = first.as_text().filter(|part| part.is_command() && tokens.len() == 1) {
        let range = first.range.clone();
        let range = if command.inner.len() + 2 == range.len() || command.inner.len() + 6 == range.len() {
            range
        } else {
            command.inner.clone()
        };
        let mut value = Fragment::empty();
        value.push(&text[range.clone()], range.start);
        values.push(value);
        return;
    }
    let (value, end) = code::joined(text, tokens, 0, &JUST);
    // `/` makes a path.
    if end == tokens.len() {
        values.push(value);
    }
}

/// Returns what one of the symbols parts outside brackets.
fn split<'k>(text: &str, tokens: &'k [Token], symbols: &[&str]) -> Vec<&'k [Token]> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (index, token) in tokens.iter().enumerate() {
        match &text[token.range.clone()] {
            "(" | "{" => depth += 1,
            ")" | "}" => depth = depth.saturating_sub(1),
            symbol if depth == 0 && token.as_text().is_none() && symbols.contains(&symbol) => {
                parts.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    parts
}

/// Returns the insides of `{ … }` that are not in brackets themselves.
fn blocks(text: &str, tokens: &[Token]) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (index, token) in tokens.iter().enumerate() {
        if token.is(text, "{") {
            depth += 1;
            start = if depth == 1 { index + 1 } else { start };
        } else if token.is(text, "}") {
            if depth == 1 {
                blocks.push(start..index);
            }
            depth = depth.saturating_sub(1);
        }
    }
    blocks
}

/// Returns where the bracket at `open` is closed.
fn close(text: &str, tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is(text, "(") {
            depth += 1;
        } else if token.is(text, ")") {
            depth -= 1;
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}
