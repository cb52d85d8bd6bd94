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
        other => Err(wrong(other, &format!("{what} must be a table"))),
    }
}

/// Returns the values of a list.
pub(crate) fn list<'n, 'a>(node: &'n Node<'a>) -> Result<&'n [Node<'a>]> {
    node.as_list().map(|list| list.items.as_slice()).ok_or_else(|| wrong(node, "this must be a list"))
}

/// Returns a single value.
pub(crate) fn scalar<'n, 'a>(node: &'n Node<'a>) -> Result<&'n Scalar<'a>> {
    node.as_scalar().ok_or_else(|| wrong(node, "this must be a single value"))
}

/// Returns the text of a string.
pub(crate) fn string<'n>(node: &'n Node<'_>) -> Result<&'n str> {
    match node {
        Node::Scalar(scalar) if scalar.is_text => Ok(scalar.text()),
        other => Err(wrong(other, "this must be a string")),
    }
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

fn suggest(word: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (strsim::damerau_levenshtein(word, known), known)).min();
    match nearest {
        Some((distance, nearest)) if distance <= 1 + word.len() / 3 => format!("did you mean `{nearest}`?"),
        _ => format!("known here: {}", known.join(", ")),
    }
}
