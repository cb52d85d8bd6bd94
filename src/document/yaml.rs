use std::collections::BTreeMap;
use std::rc::Rc;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span as YamlSpan};

use super::{List, Map, Node, Scalar, SyntaxError};
use crate::text::{Escapes, Fragment, Span};

/// More values need more than fifty megabytes.
const MAX_VALUES: usize = 150_000;

/// More aliases than this is an attack, not a file.
const MAX_ALIASES: usize = 10_000;

/// Returns the trees of a YAML 1.2 stream, one a document.
pub fn parse(text: &str) -> Result<Vec<Node<'_>>, SyntaxError> {
    super::at_most(MAX_VALUES, *b"\n,[", text)?;
    let mut builder =
        Builder { text, open: Vec::new(), documents: Vec::new(), anchors: BTreeMap::new(), n_aliases: 0 };
    // Comments as events are limited in number; nothing here looks at them.
    let mut options = Options::default();
    options.set_emit_comments(false);
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| SyntaxError {
            message: error.to_string().to_lowercase(),
            at: error.marker().byte_offset().unwrap_or(0).min(text.len()),
        })?;
        builder.accept(event, bytes(&span))?;
    }
    Ok(builder.documents)
}

fn bytes(span: &YamlSpan) -> Span {
    span.byte_range().map_or(Span::new(0, 0), Span::from)
}

struct Builder<'a> {
    text: &'a str,
    open: Vec<Open<'a>>,
    documents: Vec<Node<'a>>,
    anchors: BTreeMap<usize, Rc<Node<'a>>>,
    n_aliases: usize,
}

/// A collection whose end has not come yet.
struct Open<'a> {
    start: usize,
    anchor: usize,
    kind: OpenKind<'a>,
}

enum OpenKind<'a> {
    List(Vec<Node<'a>>),
    Map(Vec<(Scalar<'a>, Node<'a>)>, Option<Scalar<'a>>),
}

impl<'a> Builder<'a> {
    fn accept(&mut self, event: Event<'_>, span: Span) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(value, style, anchor, _) => {
                let scalar = scalar(self.text, span, &value, style);
                self.add(Node::Scalar(scalar), anchor);
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open.push(Open { start: span.start, anchor, kind: OpenKind::List(Vec::new()) });
            }
            Event::MappingStart(_, anchor, _) => {
                self.open.push(Open { start: span.start, anchor, kind: OpenKind::Map(Vec::new(), None) });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { start, anchor, kind }) = self.open.pop() {
                    let span = Span::new(start, span.end.max(start));
                    // Most collections are small, and a large file has many: room to grow adds up.
                    let node = match kind {
                        OpenKind::List(mut items) => {
                            items.shrink_to_fit();
                            Node::List(List { span, items })
                        }
                        OpenKind::Map(mut entries, _) => {
                            entries.shrink_to_fit();
                            Node::Map(Map { span, entries })
                        }
                    };
                    self.add(node, anchor);
                }
            }
            Event::Alias(anchor) => {
                self.n_aliases += 1;
                let target = self.anchors.get(&anchor).cloned();
                let target = target.filter(|_| self.n_aliases <= MAX_ALIASES).ok_or_else(|| SyntaxError {
                    message: "an alias of nothing, or more aliases than any real file has".to_owned(),
                    at: span.start,
                })?;
                self.add(Node::Alias(target), 0);
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, node: Node<'a>, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::new(node.clone()));
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.documents.push(node),
            Some(OpenKind::List(items)) => items.push(node),
            Some(OpenKind::Map(entries, pending)) => match pending.take() {
                Some(key) => entries.push((key, node)),
                None => *pending = Some(key_of(node)),
            },
        }
    }
}

/// A key that is a collection has no name that anything here looks for.
fn key_of(node: Node<'_>) -> Scalar<'_> {
    match node {
        Node::Scalar(scalar) => scalar,
        other => match other.as_scalar() {
            Some(scalar) => scalar.clone(),
            None => Scalar { span: other.span(), content: Fragment::empty(), is_text: false },
        },
    }
}

fn scalar<'a>(text: &'a str, span: Span, decoded: &str, style: ScalarStyle) -> Scalar<'a> {
    let raw = &text[span.range()];
    let (inner, escapes) = match style {
        ScalarStyle::DoubleQuoted => (unquote(raw, span), Escapes::Backslash),
        ScalarStyle::SingleQuoted => (unquote(raw, span), Escapes::DoubledQuote),
        _ => (span, Escapes::None),
    };
    let raw_inner = &text[inner.range()];
    let content = if raw_inner == decoded {
        Fragment::verbatim(raw_inner, inner.start)
    } else {
        // The header of a block scalar is not content.
        let header = match style {
            ScalarStyle::Literal | ScalarStyle::Folded if raw_inner.starts_with(['|', '>']) => {
                raw_inner.find('\n').map_or(raw_inner.len(), |newline| newline + 1)
            }
            _ => 0,
        };
        Fragment::align(&raw_inner[header..], inner.start + header, decoded, escapes)
    };
    let is_text = style != ScalarStyle::Plain;
    Scalar { span, content, is_text }
}

fn unquote(raw: &str, span: Span) -> Span {
    match raw.len() {
        0 | 1 => span,
        _ => Span::new(span.start + 1, span.end - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the source bytes of every version-like word in the decoded scalars.
    fn places(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for document in parse(text).unwrap() {
            document.walk(&mut |node| {
                if let Node::Scalar(scalar) = node {
                    for (at, _) in scalar.text().match_indices("0.21.8") {
                        let span = scalar.content.span(at..at + 6);
                        found.push(span.map_or("unplaced".to_owned(), |span| text[span.range()].to_owned()));
                    }
                }
            });
        }
        found
    }

    #[test]
    fn every_style_knows_its_bytes() {
        for text in [
            "a: 0.21.8\n",
            "a: \"0.21.8\"",
            "a: 'it''s 0.21.8'\r\n",
            "a: \"tab\\t0.21.8 \\u00e9 \\\n    more\"\n",
            "a: |\n  x\n    y 0.21.8\n\n  z\n",
            "a: |2-\r\n    x\r\n  0.21.8\r\n",
            "a: >\n  folded\n  text 0.21.8\n\n  para\n   kept\n",
            "a: plain\n  over 0.21.8\n  lines\n",
            "- &v 0.21.8 # comment\n- *v\n",
            "{a: [x, é0.21.8]}",
            "---\na: 1\n---\nb: 0.21.8\n...\n",
            "? complex\n: 0.21.8\n",
            "a: !!str 0.21.8\n",
        ] {
            assert_eq!(places(text), ["0.21.8"], "{text:?}");
        }
    }

    #[test]
    fn long_comments_are_read_over() {
        let text = format!("a:\n{}  b: 0.21.8\n", "# x\n".repeat(1000));
        assert_eq!(places(&text), ["0.21.8"]);
    }

    #[test]
    fn aliases_and_merge_keys_are_looked_through() {
        let text = "base: &b {v: 1, w: 2}\nuse:\n  <<: *b\n  w: 3\n  x: *b\n";
        let root = parse(text).unwrap().remove(0);
        let used = root.get("use").unwrap();
        assert_eq!(used.get("v").and_then(Node::as_str), Some("1"));
        assert_eq!(used.get("w").and_then(Node::as_str), Some("3"));
        assert_eq!(used.get("x").and_then(|x| x.get("w")).and_then(Node::as_str), Some("2"));
    }

    #[test]
    fn a_template_is_refused_with_its_place() {
        assert!(parse("{{- if .Values.x }}\na: 1\n{{- end }}\n").is_err());
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse("a: *nothing\n").is_err());
    }
}
