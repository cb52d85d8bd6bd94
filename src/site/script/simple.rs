//! One command taken apart: assignments before it, what runs it, its name and arguments.

use std::ops::Range;

use super::lexer::Command;
use crate::site::expression::name_len;

/// Words that come before a command and are none themselves.
const RESERVED: [&str; 15] = [
    "{", "}", "!", "if", "then", "else", "elif", "do", "while", "until", "time", "and", "or", "not", "begin",
];

/// Commands that run the command that is given to them, with the assignments among their
/// arguments.
const WRAPPERS: [&str; 9] = ["sudo", "env", "exec", "command", "builtin", "nohup", "doas", "nice", "xargs"];

/// Builtins whose arguments are assignments that stay.
const DECLARATIONS: [&str; 5] = ["export", "readonly", "local", "declare", "typeset"];

/// `NAME=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// A command taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Simple {
    /// Before the name, and visible to this command only, unless there is none.
    pub(super) before: Vec<Assignment>,
    /// What it assigns to names for good.
    pub(super) lasting: Vec<Assignment>,
    /// Words of the command, the name first; empty when it only assigns.
    pub(super) words: Vec<Range<usize>>,
}

/// Takes a command apart.
pub(super) fn take_apart(text: &str, command: &Command) -> Simple {
    let mut words = command.words.iter().cloned().peekable();
    let mut simple = Simple { before: Vec::new(), lasting: Vec::new(), words: Vec::new() };
    while words.next_if(|word| RESERVED.contains(&&text[word.clone()])).is_some() {}
    let mut has_wrapper = false;
    while let Some(word) = words.peek() {
        let given = if has_wrapper { given(text, word) } else { assignment(text, word) };
        if let Some(assignment) = given {
            simple.before.push(assignment);
        } else if WRAPPERS.contains(&name(text, word)) {
            has_wrapper = true;
        } else if !(has_wrapper && text[word.clone()].starts_with('-')) {
            break;
        }
        words.next();
    }
    simple.words.extend(words);
    let Some(first) = simple.words.first() else {
        simple.lasting = std::mem::take(&mut simple.before);
        return simple;
    };
    if DECLARATIONS.contains(&name(text, first)) {
        simple.lasting = simple.words.iter().filter_map(|word| given(text, word)).collect();
    } else if let Some(assignment) = powershell(text, &simple.words) {
        simple.lasting.push(assignment);
    }
    simple
}

/// Returns the last part of a command's path.
pub(super) fn name<'t>(text: &'t str, word: &Range<usize>) -> &'t str {
    let word = unquoted(&text[word.clone()]);
    word.rsplit('/').next().unwrap_or(word)
}

/// Returns the word without a pair of quotes around it.
pub(super) fn unquoted(word: &str) -> &str {
    let quoted = |quote| word.strip_prefix(quote).and_then(|word| word.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(word)
}

/// Returns the range of the word without its quotes.
pub(super) fn inner(text: &str, word: &Range<usize>) -> Range<usize> {
    let whole = &text[word.clone()];
    let inner = unquoted(whole);
    let start = word.start + usize::from(inner.len() < whole.len());
    start..start + inner.len()
}

/// Returns the assignment that a word is: `NAME=value`, `NAME+=value`.
pub(super) fn assignment(text: &str, word: &Range<usize>) -> Option<Assignment> {
    let whole = &text[word.clone()];
    let len = name_len(whole);
    let operator = whole[len..].strip_prefix('+').map_or(0, |_| 1);
    if len == 0 || !whole[len + operator..].starts_with('=') {
        return None;
    }
    let value = word.start + len + operator + 1;
    Some(Assignment { name: word.start..word.start + len, value: value..word.end })
}

/// Returns the assignment that an argument is, which may be quoted as a whole.
pub(super) fn given(text: &str, word: &Range<usize>) -> Option<Assignment> {
    assignment(text, &inner(text, word))
}

/// `$env:NAME = "value"`, with or without the spaces.
fn powershell(text: &str, words: &[Range<usize>]) -> Option<Assignment> {
    let first = words.first()?;
    let whole = &text[first.clone()];
    if !whole.get(..5)?.eq_ignore_ascii_case("$env:") {
        return None;
    }
    let len = name_len(&whole[5..]);
    let name = first.start + 5..first.start + 5 + len;
    let after = &whole[5 + len..];
    match words.get(1..3) {
        _ if after.starts_with('=') && after.len() > 1 => {
            Some(Assignment { value: name.end + 1..first.end, name })
        }
        Some([equals, value]) if after.is_empty() && &text[equals.clone()] == "=" => {
            Some(Assignment { name, value: value.clone() })
        }
        _ => None,
    }
}

/// `set -gx NAME value` of fish; other shells set their options so.
pub(super) fn fish(text: &str, words: &[Range<usize>]) -> Option<Assignment> {
    let is_flag = |word: &&Range<usize>| {
        let flag = text[(*word).clone()].strip_prefix('-');
        flag.is_some_and(|flag| {
            flag.len() > 1 && flag.starts_with('-') || flag.bytes().all(|byte| b"gxUlfu".contains(&byte))
        })
    };
    let (first, arguments) = words.split_first()?;
    let n_flags = arguments.iter().take_while(is_flag).count();
    match arguments.get(n_flags..)? {
        [name, value] if n_flags > 0 && text[first.clone()] == *"set" => {
            let is_name = name_len(&text[name.clone()]) == name.len();
            is_name.then(|| Assignment { name: name.clone(), value: value.clone() })
        }
        _ => None,
    }
}
