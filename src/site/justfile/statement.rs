use std::ops::Range;

use crate::site::code::{self, JUST, Token};

/// What the reader looks at; everything else of a justfile names no version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement<'t> {
    /// A name that is given a value.
    Variable(Variable<'t>),
    /// `set NAME`, when it is not set to false.
    Setting(&'t str),
    /// A recipe.
    Recipe(Recipe<'t>),
}

/// `NAME := value`, or a parameter with its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable<'t> {
    pub(super) name: &'t str,
    /// The value; empty for a parameter without default.
    pub(super) tokens: Vec<Token>,
    pub(super) is_exported: bool,
}

/// A recipe with its parameters and the lines of its body, without what is before and after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recipe<'t> {
    pub(super) parameters: Vec<Variable<'t>>,
    pub(super) lines: Vec<Range<usize>>,
}

/// Returns the statements of a justfile, in order.
pub(super) fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut statements = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = line_end(text, at);
        let line = &text[at..end];
        if line.starts_with([' ', '\t']) {
            if let Some(Statement::Recipe(recipe)) = statements.last_mut() {
                recipe.lines.extend(command(text, at..end, recipe.lines.is_empty()));
            }
            at = end + 1;
        } else if line.trim().is_empty() || line.starts_with(['#', '[']) {
            at = end + 1;
        } else {
            let (statement, end) = statement(text, at);
            statements.extend(statement);
            at = line_end(text, end) + 1;
        }
    }
    statements
}

fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at.min(text.len())..]).map_or(text.len(), |len| at + len)
}

/// Returns the line of a recipe without indentation and without what tells just how to run it.
fn command(text: &str, line: Range<usize>, is_first: bool) -> Option<Range<usize>> {
    let whole = text[line.clone()].trim_end();
    let inner = whole.trim_start();
    let inner =
        if is_first && inner.starts_with("#!") { inner } else { inner.trim_start_matches(['@', '-']) };
    let end = line.start + whole.len();
    (!inner.is_empty()).then(|| end - inner.len()..end)
}

/// Reads the statement that begins at `start`, and returns where it ends.
fn statement(text: &str, start: usize) -> (Option<Statement<'_>>, usize) {
    let (tokens, end) = code::statement(text, start, &JUST);
    let word = |index: usize| tokens.get(index).and_then(|token: &Token| token.as_word(text));
    let is = |index: usize, symbol: &str| tokens.get(index).is_some_and(|token| token.is(text, symbol));
    if word(0) == Some("set") && !is(1, ":=") {
        let is_off = tokens.last().and_then(|last| last.as_word(text)) == Some("false");
        return (word(1).filter(|_| !is_off).map(Statement::Setting), end);
    }
    let n_modifiers = (0..tokens.len())
        .take_while(|index| matches!(word(*index), Some("export" | "eager" | "lazy")) && !is(index + 1, ":="))
        .count();
    if let Some(name) = word(n_modifiers).filter(|_| is(n_modifiers + 1, ":=")) {
        let is_exported = (0..n_modifiers).any(|index| word(index) == Some("export"));
        let tokens = tokens[n_modifiers + 2..].to_vec();
        return (Some(Statement::Variable(Variable { name, tokens, is_exported })), end);
    }
    let colon = tokens.iter().position(|token| token.is(text, ":"));
    let recipe = colon.map(|colon| {
        Statement::Recipe(Recipe { parameters: parameters(text, &tokens[..colon]), lines: Vec::new() })
    });
    (recipe, end)
}

/// Returns the parameters of a recipe: `name`, `$name`, `+name`, each with or without a default.
fn parameters<'t>(text: &'t str, header: &[Token]) -> Vec<Variable<'t>> {
    let mut parameters: Vec<Variable<'t>> = Vec::new();
    let mut at = usize::from(header.first().is_some_and(|token| token.is(text, "@"))) + 1;
    while let Some(token) = header.get(at) {
        let before = header.get(at - 1);
        at += 1;
        let is_name =
            |name: &&str| name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let Some(name) = token.as_word(text).filter(is_name) else { continue };
        let is_exported = before.is_some_and(|before| before.is(text, "$"));
        let mut tokens = Vec::new();
        if header.get(at).is_some_and(|token| token.is(text, "=")) {
            let end = value_end(text, header, at + 1);
            tokens = header[at + 1..end].to_vec();
            at = end;
        }
        parameters.push(Variable { name, tokens, is_exported });
    }
    parameters
}

/// Returns where the default at `start` ends: it is one value, or stands in brackets.
fn value_end(text: &str, header: &[Token], start: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in header.iter().enumerate().skip(start) {
        if token.is(text, "(") {
            depth += 1;
        } else if token.is(text, ")") {
            depth = depth.saturating_sub(1);
        }
        let is_called = header.get(index + 1).is_some_and(|next| next.is(text, "("));
        if depth == 0 && !is_called {
            return index + 1;
        }
    }
    header.len()
}
