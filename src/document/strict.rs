//! Reads our own files, in which every key is known: each mistake has its place, and each unknown
//! word its nearest neighbour.

use super::{Map, Node, Scalar, SyntaxError};
use crate::text::Span;

/// What is wrong with one of our own files, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mistake {
    /// What was found and what was wanted.
    pub message: String,
    /// The offending bytes.
    pub span: Span,
    /// What to write instead.
    pub hint: Option<String>,
}

type Result<T> = std::result::Result<T, Mistake>;

impl From<SyntaxError> for Mistake {
    fn from(error: SyntaxError) -> Self {
        Self { message: error.message, span: Span::new(error.at, error.at), hint: None }
    }
}

/// Returns the keys and values of a table; `what` it is, for the error.
pub(crate) fn entries<'n, 'a>(node: &'n Node<'a>, what: &str) -> Result<&'n [(Scalar<'a>, Node<'a>)]> {
    match node {
        Node::Map(Map { entries, .. }) => Ok(entries),
        other => Err(wrong(other, &format!("{what} must be a table, found {}", found(other)))),
    }
}

/// Returns the values of a list.
pub(crate) fn list<'n, 'a>(node: &'n Node<'a>) -> Result<&'n [Node<'a>]> {
    let items = node.as_list().map(|list| list.items.as_slice());
    items.ok_or_else(|| {
        let hint = node.as_str().map(|text| format!("write it in brackets: `[{text:?}]`"));
        Mistake { hint, ..wrong(node, &format!("this must be a list, found {}", found(node))) }
    })
}

/// Returns a single value.
pub(crate) fn scalar<'n, 'a>(node: &'n Node<'a>) -> Result<&'n Scalar<'a>> {
    let wrong = || wrong(node, &format!("this must be a single value, found {}", found(node)));
    node.as_scalar().ok_or_else(wrong)
}

/// Returns the text of a string.
pub(crate) fn string<'n>(node: &'n Node<'_>) -> Result<&'n str> {
    match node {
        Node::Scalar(scalar) if scalar.is_text => Ok(scalar.text()),
        other => {
            let hint = other.as_str().map(|text| format!("write it in quotes: `\"{text}\"`"));
            Err(Mistake { hint, ..wrong(other, &format!("this must be a string, found {}", found(other))) })
        }
    }
}

/// Returns the text of a string that says something.
pub(crate) fn filled<'n>(node: &'n Node<'_>) -> Result<&'n str> {
    match string(node)? {
        "" => Err(wrong(node, "this must not be empty")),
        text => Ok(text),
    }
}

/// Returns `true` or `false`.
pub(crate) fn boolean(node: &Node<'_>) -> Result<bool> {
    match node.as_scalar().filter(|scalar| !scalar.is_text).map(Scalar::text) {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(wrong(node, &format!("this must be `true` or `false`, found {}", found(node)))),
    }
}

/// Returns what stands there, in words.
fn found(node: &Node<'_>) -> &'static str {
    match node.resolve() {
        Node::Map(_) => "a table",
        Node::List(_) => "a list",
        Node::Scalar(scalar) if scalar.is_text => "a string",
        Node::Scalar(scalar) if matches!(scalar.text(), "true" | "false") => "a boolean",
        Node::Scalar(_) | Node::Alias(_) => "a number",
    }
}

/// Returns the mistake of a key that is known, but elsewhere.
pub(crate) fn misplaced(key: &Scalar<'_>, hint: String) -> Mistake {
    let message = format!("`{}` is no key of this table", key.text());
    Mistake { message, span: key.span, hint: Some(hint) }
}

/// Returns a value that its table must have.
pub(crate) fn required<T>(table: &Node<'_>, what: &str, key: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| wrong(table, &format!("{what} needs `{key}`")))
}

/// Returns the mistake of a value.
pub(crate) fn wrong(node: &Node<'_>, message: &str) -> Mistake {
    Mistake { message: message.to_owned(), span: node.span(), hint: None }
}

/// Returns the mistake of a key that is not one of those known there.
pub(crate) fn unknown(key: &Scalar<'_>, known: &[&str]) -> Mistake {
    let message = format!("unknown key `{}`", key.text());
    Mistake { message, span: key.span, hint: Some(suggest(key.text(), known)) }
}

/// Returns the mistake of a word that is not one of those known there.
pub(crate) fn one_of(value: &Node<'_>, what: &str, word: &str, known: &[&str]) -> Mistake {
    let message = format!("unknown {what} `{word}`");
    Mistake { message, span: value.span(), hint: Some(suggest(word, known)) }
}

/// Returns the nearest of the words, or all of them.
pub(crate) fn suggest(word: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (strsim::damerau_levenshtein(word, known), known)).min();
    match nearest {
        Some((distance, nearest)) if distance <= 1 + word.len() / 3 => format!("did you mean `{nearest}`?"),
        _ => format!("known here: {}", known.join(", ")),
    }
}
