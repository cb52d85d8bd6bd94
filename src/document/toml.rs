use std::fmt::Write as _;

use toml_edit::{Document, Item, Key, Value};

use super::{List, Map, Node, Scalar, SyntaxError};
use crate::text::{Escapes, Fragment, Span};

/// More values need more than fifty megabytes.
const MAX_VALUES: usize = 50_000;

/// Returns the tree of a TOML 1.0 text; a table's span is that of its header.
pub fn parse(text: &str) -> Result<Node<'_>, SyntaxError> {
    super::at_most(MAX_VALUES, *b"\n,[", text)?;
    let document = Document::parse(text).map_err(|error| SyntaxError {
        message: error.message().lines().next().unwrap_or_default().to_lowercase(),
        at: error.span().map_or(0, |span| span.start.min(text.len())),
    })?;
    Ok(item(text, document.as_item(), Span::new(0, 0)))
}

fn item<'a>(text: &'a str, value: &Item, near: Span) -> Node<'a> {
    match value {
        Item::Value(value) => node(text, value, near),
        Item::Table(table) => {
            let span = table.span().map_or(near, Span::from);
            let entries = table.iter().map(|(name, value)| {
                let key = key(text, table.key(name), name, span);
                let value = item(text, value, key.span);
                (key, value)
            });
            Node::Map(Map { span, entries: entries.collect() })
        }
        Item::ArrayOfTables(tables) => {
            let items = tables.iter().map(|table| item(text, &Item::Table(table.clone()), near)).collect();
            Node::List(List { span: tables.span().map_or(near, Span::from), items })
        }
        Item::None => Node::Map(Map { span: near, entries: Vec::new() }),
    }
}

fn node<'a>(text: &'a str, value: &Value, near: Span) -> Node<'a> {
    let span = value.span().map_or(near, Span::from);
    match value {
        Value::String(string) => Node::Scalar(string_scalar(text, span, string.value())),
        Value::Array(array) => {
            let items = array.iter().map(|element| node(text, element, span)).collect();
            Node::List(List { span, items })
        }
        Value::InlineTable(table) => {
            let entries = table.iter().map(|(name, value)| {
                let key = key(text, table.key(name), name, span);
                let value = node(text, value, key.span);
                (key, value)
            });
            Node::Map(Map { span, entries: entries.collect() })
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            Node::Scalar(Scalar {
                span,
                content: Fragment::verbatim(&text[span.range()], span.start),
                is_text: false,
            })
        }
    }
}

fn key<'a>(text: &'a str, key: Option<&Key>, name: &str, near: Span) -> Scalar<'a> {
    match key.and_then(Key::span) {
        Some(span) => string_scalar(text, Span::from(span), name),
        None => {
            let mut content = Fragment::empty();
            content.push_unplaced(name);
            Scalar { span: near, content, is_text: true }
        }
    }
}

/// Quotes are one or three characters, or none around a bare key; a multi-line string drops its
/// first line break.
fn string_scalar<'a>(text: &'a str, span: Span, decoded: &str) -> Scalar<'a> {
    let raw = &text[span.range()];
    let (quotes, escapes) = match raw.as_bytes() {
        [b'"', b'"', b'"', _, ..] if raw.len() >= 6 => (3, Escapes::Backslash),
        [b'\'', b'\'', b'\'', _, ..] if raw.len() >= 6 => (3, Escapes::None),
        [b'"', ..] => (1, Escapes::Backslash),
        [b'\'', ..] => (1, Escapes::None),
        _ => (0, Escapes::None),
    };
    let inner = Span::new(span.start + quotes, (span.end - quotes).max(span.start + quotes));
    let raw_inner = &text[inner.range()];
    let content = if raw_inner == decoded {
        Fragment::verbatim(raw_inner, inner.start)
    } else {
        Fragment::align(raw_inner, inner.start, decoded, escapes)
    };
    Scalar { span, content, is_text: true }
}

/// Returns the text as a TOML string of one line (TOML 1.0, "String").
pub(crate) fn toml_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            character if character.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_bytes() {
        let text = "# c\r\nname = 'm'\r\nengineVersion = \"v0.21.8\"\r\n[runtime]\r\nsource = \"\"\"\r\ngo\\u0040v1\"\"\"\r\n[[deps]]\r\nx = { y = 1.5 }\r\n";
        let root = parse(text).unwrap();
        let version = root.get("engineVersion").unwrap().as_scalar().unwrap();
        assert_eq!(&text[version.content.span(0..7).unwrap().range()], "v0.21.8");
        let source = root.get("runtime").unwrap().get("source").unwrap().as_scalar().unwrap();
        assert_eq!(source.text(), "go@v1");
        assert_eq!(&text[source.content.span(3..5).unwrap().range()], "v1");
        let deps = root.get("deps").unwrap().as_list().unwrap();
        let number = deps.items[0].get("x").unwrap().get("y").unwrap().as_scalar().unwrap();
        assert_eq!((number.text(), number.is_text), ("1.5", false));
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        assert_eq!(parse("a = \n").unwrap_err().at, 4);
    }
}
