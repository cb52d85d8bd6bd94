use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{List, Map, Node, Scalar, SyntaxError};
use crate::text::{Escapes, Fragment, Span};

/// More values need more than fifty megabytes.
const MAX_VALUES: usize = 80_000;

/// Returns the tree of a TOML 1.0 text; a table's span is that of its header.
pub fn parse(text: &str) -> Result<Node<'_>, SyntaxError> {
    super::at_most(MAX_VALUES, *b"\n,[", text)?;
    let document = DeTable::parse(text).map_err(|error| SyntaxError {
        message: error.message().lines().next().unwrap_or_default().to_lowercase(),
        at: error.span().map_or(0, |span| span.start.min(text.len())),
    })?;
    Ok(table(text, document.into_inner(), Span::new(0, 0)))
}

fn table<'a>(text: &'a str, table: DeTable<'a>, span: Span) -> Node<'a> {
    let entries = table.into_iter().map(|(name, value)| {
        let key = string_scalar(text, Span::from(name.span()), name.get_ref());
        (key, node(text, value))
    });
    Node::Map(Map { span, entries: entries.collect() })
}

/// Takes the parser's value apart while it builds ours: a lock file of many packages is not held twice.
fn node<'a>(text: &'a str, value: Spanned<DeValue<'a>>) -> Node<'a> {
    let span = Span::from(value.span());
    match value.into_inner() {
        DeValue::String(string) => Node::Scalar(string_scalar(text, span, &string)),
        DeValue::Array(array) => {
            let items = array.into_iter().map(|element| node(text, element)).collect();
            Node::List(List { span, items })
        }
        DeValue::Table(inner) => table(text, inner, span),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            Node::Scalar(Scalar {
                span,
                content: Fragment::verbatim(&text[span.range()], span.start),
                is_text: false,
            })
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
