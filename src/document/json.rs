use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{List, Map, Node, Scalar, SyntaxError};
use crate::text::{Escapes, Fragment, Span};

/// More values need more than fifty megabytes.
const MAX_VALUES: usize = 150_000;

/// Deeper nesting is refused: the parser below recurses.
const MAX_DEPTH: usize = 200;

/// Returns the tree of a JSON text, comments and trailing commas allowed (JSONC).
///
/// Whatever else JSON forbids is refused: without comments the text must also pass `serde_json`,
/// which is stricter than the span-giving parser about strings.
pub fn parse(text: &str) -> Result<Node<'_>, SyntaxError> {
    super::at_most(MAX_VALUES, *b",[{", text)?;
    if let Some(at) = too_deep(text) {
        return Err(SyntaxError { message: format!("nested deeper than {MAX_DEPTH} levels"), at });
    }
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| SyntaxError {
        message: error.kind().to_string().to_lowercase(),
        at: error.range().start.min(text.len()),
    })?;
    match parsed.value {
        Some(value) => node(text, &value),
        None => Err(SyntaxError { message: "the file is empty".to_owned(), at: 0 }),
    }
}

fn node<'a>(text: &'a str, value: &Value<'_>) -> Result<Node<'a>, SyntaxError> {
    let span = Span::from(value.range().start..value.range().end);
    Ok(match value {
        Value::Object(object) => {
            let mut entries = Vec::with_capacity(object.properties.len());
            for property in &object.properties {
                let range = property.name.range();
                let name = string(text, Span::from(range.start..range.end))?;
                entries.push((name, node(text, &property.value)?));
            }
            Node::Map(Map { span, entries })
        }
        Value::Array(array) => {
            let items = array.elements.iter().map(|element| node(text, element)).collect::<Result<_, _>>()?;
            Node::List(List { span, items })
        }
        Value::StringLit(_) => Node::Scalar(string(text, span)?),
        Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => Node::Scalar(Scalar {
            span,
            content: Fragment::verbatim(&text[span.range()], span.start),
            is_text: false,
        }),
    })
}

fn string(text: &str, span: Span) -> Result<Scalar<'_>, SyntaxError> {
    let raw = &text[span.range()];
    let inner = Span::new(span.start + 1, span.end - 1);
    let content = if raw.contains('\\') || raw.bytes().any(|byte| byte < 0x20) {
        let decoded: String = serde_json::from_str(raw)
            .map_err(|error| SyntaxError { message: error.to_string(), at: span.start })?;
        Fragment::align(&text[inner.range()], inner.start, &decoded, Escapes::Backslash)
    } else {
        Fragment::verbatim(&text[inner.range()], inner.start)
    };
    Ok(Scalar { span, content, is_text: true })
}

/// Returns the offset at which brackets nest too deeply; strings are read over.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_knows_its_bytes() {
        let text = "\t{\"a\": \"v0.21.8\", \"b\\u0061\": [1, true, \"x\\ty\"]} // end\r\n";
        let root = parse(text).unwrap();
        let value = root.get("a").unwrap().as_scalar().unwrap();
        let span = value.content.span(0..7).unwrap();
        assert_eq!(&text[span.range()], "v0.21.8");
        let list = root.get("ba").unwrap().as_list().unwrap();
        assert_eq!(list.items[2].as_str(), Some("x\ty"));
        assert!(!list.items[0].as_scalar().unwrap().is_text);
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        for (text, at) in
            [("", 0), ("{", 0), ("{\"a\" 1}", 5), ("{a:1}", 1), ("{\"a\":\"\n\"}", 5), ("[1]x", 3)]
        {
            let error = parse(text).unwrap_err();
            assert_eq!(error.at, at, "{text:?}: {error}");
        }
        assert!(parse(&"[".repeat(100_000)).unwrap_err().message.contains("nested"));
    }
}
