//! References in HCL, written as other languages write them: `var.x` and `${trimprefix(var.x, "v")}`
//! become `${var.x}`, of which only the reference has a place.

use std::ops::Range;

use crate::document::{List, Map, Node, Scalar};
use crate::site::expression::{self, Syntax};
use crate::text::Fragment;

/// What references begin with.
const ROOTS: [&str; 6] = ["var.", "local.", "each.", "module.", "data.", "self."];

/// Returns the tree with its references readable by the readers of all data files.
pub(super) fn readable<'a>(node: &Node<'a>) -> Node<'a> {
    match node {
        Node::Map(map) => {
            let entries = map.entries.iter().map(|(key, value)| (key.clone(), readable(value)));
            Node::Map(Map { span: map.span, entries: entries.collect() })
        }
        Node::List(list) => {
            Node::List(List { span: list.span, items: list.items.iter().map(readable).collect() })
        }
        Node::Scalar(scalar) => Node::Scalar(readable_scalar(scalar)),
        Node::Alias(target) => Node::Alias(target.clone()),
    }
}

fn readable_scalar<'a>(scalar: &Scalar<'a>) -> Scalar<'a> {
    let text = scalar.text();
    let content = if !scalar.is_text && ROOTS.iter().any(|root| text.starts_with(root)) {
        let mut content = Fragment::empty();
        content.push_unplaced("${");
        content.append(&scalar.content);
        content.push_unplaced("}");
        content
    } else if scalar.is_text && text.contains("${") {
        template(&scalar.content)
    } else {
        scalar.content.clone()
    };
    Scalar { content, ..scalar.clone() }
}

/// Returns the text with each expression in it reduced to the reference that it is about.
fn template(content: &Fragment<'_>) -> Fragment<'static> {
    let text = content.text();
    let mut made = Fragment::empty();
    let (mut start, mut at) = (0, 0);
    while let Some(len) = text[at..].find("${") {
        let open = at + len;
        at = open + 2;
        let Some(found) = expression::find_at(text, open).filter(|found| found.syntax == Syntax::Parameter)
        else {
            continue;
        };
        at = found.end;
        // `$${` is a plain `${`, for a shell.
        let is_plain = text[..open].ends_with('$') || is_path(text[found.inner.clone()].trim());
        if let Some(reference) = reference(text, found.inner).filter(|_| !is_plain) {
            made.append(&content.part(start..open));
            made.push_unplaced("${");
            made.append(&content.part(reference));
            made.push_unplaced("}");
            start = found.end;
        }
    }
    made.append(&content.part(start..text.len()));
    made
}

fn is_path(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte))
}

/// Returns the first reference in the expression.
fn reference(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let inner = &text[range.clone()];
    let at = ["var.", "local."].iter().filter_map(|root| inner.find(root)).min()?;
    let len =
        inner[at..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)).count();
    Some(range.start + at..range.start + at + len)
}
