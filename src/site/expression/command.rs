//! `$(…)` and backticks: commands whose output is the value.

use std::ops::Range;

use super::syntax::{self, Syntax, name_len};
use super::{Context, ITSELF, Operands, make, nested, states_version};
use crate::site::name;
use crate::site::scan::{Follow, Name};

/// Names of files that state `engineVersion`.
const MODULE_FILES: [&str; 2] = ["dagger.json", "dagger-module.toml"];

/// Returns what the command between the brackets can print.
pub(super) fn read(context: Context<'_>, range: Range<usize>) -> Operands {
    let text = &context.text[range.clone()];
    if let Some(operands) = make::read(context, range.clone()) {
        return operands;
    }
    let printed = printed(context, range.clone());
    match fallback(context, range) {
        Some(fallback) => printed.or(fallback),
        None if printed.follow.is_none() && printed.literals.is_empty() => {
            Operands::outside(format!("the output of `{}`", shown(text)))
        }
        None => printed,
    }
}

fn shown(text: &str) -> String {
    text.split_whitespace().take(6).collect::<Vec<_>>().join(" ").chars().take(60).collect()
}

fn printed(context: Context<'_>, range: Range<usize>) -> Operands {
    let text = &context.text[range.clone()];
    if text.contains("engineVersion") {
        let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "\"'()<>|;,=".contains(c)).collect();
        let path = words.iter().find(|word| MODULE_FILES.iter().any(|file| is_file(word, file)));
        return match path {
            Some(path) => Operands::follow(Follow::Module(literal_path(path))),
            None => Operands::outside(format!("the output of `{}`", shown(text))),
        };
    }
    let word = text.trim();
    if !word.is_empty() && name_len(word) == word.len() {
        // Azure and make write `$(name)` for a variable; a shell calls a function so.
        if word == context.own && context.scope.get(word).is_none() {
            return Operands::outside(ITSELF);
        }
        let known = context.scope.get(word).cloned();
        let named = name::says_dagger_version(word) && !word.contains("detect") && !word.contains("get");
        let elsewhere = named.then(|| context.scope.variable(word));
        return known.or(elsewhere).map_or_else(Operands::default, Operands::follow);
    }
    let is_printing = ["echo", "printf"].iter().any(|command| text.trim_start().starts_with(command));
    let is_edited =
        text.contains("<<<") && ["sed", "tr", "cut", "awk"].iter().any(|c| text.trim_start().starts_with(c));
    if is_printing || is_edited {
        return only_expression(context, range);
    }
    if let Some(variable) = looked_up(text) {
        return Operands::follow(Follow::There(Name::Variable(variable.to_owned())));
    }
    Operands::default()
}

/// Returns the name whose value the command reads from some file: `sed -n 's/^DAGGER_VERSION=//p'`.
fn looked_up(text: &str) -> Option<&str> {
    let mut at = 0;
    while at < text.len() {
        let len = name_len(&text[at..]);
        let name = &text[at..at + len];
        let is_assigned = text[at + len..].trim_start_matches([' ', '?', ':']).starts_with('=')
            || text[at + len..].starts_with(": ");
        if len > 0 && is_assigned && name::says_dagger_version(name) && !text[..at].ends_with(['$', '{']) {
            return Some(name);
        }
        let next = text[at..].chars().next().map_or(1, char::len_utf8);
        at += len.max(next);
    }
    None
}

/// `$(echo "$X" | sed …)` follows X when X is all it speaks of.
fn only_expression(context: Context<'_>, range: Range<usize>) -> Operands {
    let mut found = None;
    let mut at = range.start;
    while at < range.end {
        let expression = match context.text.as_bytes()[at] {
            b'$' | b'`' => syntax::find_at(&context.text[..range.end], at),
            _ => None,
        };
        match expression {
            // `{print $2}` and `s/x$/y/` are not the shell's.
            Some(expression)
                if expression.syntax == Syntax::Variable && !is_name(context, &expression.inner) =>
            {
                at = expression.end;
            }
            Some(_) if found.is_some() => return Operands::default(),
            Some(expression) => {
                at = expression.end;
                found = Some(expression);
            }
            None => at += 1,
        }
    }
    found.map_or_else(Operands::default, |found| {
        let start =
            if found.syntax == Syntax::Command && context.text.as_bytes()[found.inner.start - 1] == b'`' {
                found.inner.start - 1
            } else {
                found.inner.start.saturating_sub(match found.syntax {
                    Syntax::Github => 3,
                    Syntax::Variable => 1,
                    _ => 2,
                })
            };
        nested(context, start..found.end)
    })
}

fn is_name(context: Context<'_>, range: &Range<usize>) -> bool {
    let name = &context.text[range.clone()];
    name_len(name) == name.len()
}

fn is_file(word: &str, file: &str) -> bool {
    word.strip_suffix(file).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// Returns the path as the command has it, when it says where the file is.
fn literal_path(word: &str) -> Option<String> {
    let path = word.trim_start_matches("./");
    let is_literal = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"$`{}*?\\~".contains(&byte));
    (is_literal && !path.starts_with('/')).then(|| path.to_owned())
}

/// Returns the version that stands there in case the command fails: `|| echo "v0.21.4"`, and the
/// `// "v0.21.4"` of jq.
fn fallback(context: Context<'_>, range: Range<usize>) -> Option<Operands> {
    for mark in ["||", "//"] {
        let Some((before, after)) = context.text[range.clone()].rsplit_once(mark) else { continue };
        let mut at = range.start + before.len() + mark.len();
        let words = after.split(|c: char| c.is_whitespace() || "\"'\\();|".contains(c));
        for word in words {
            let literal = at..at + word.len();
            at = literal.end + 1;
            if states_version(word) {
                return Some(Operands::literal(literal));
            }
        }
    }
    None
}
