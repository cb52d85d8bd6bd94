use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body, Structure};
use hcl_edit::template::{Directive, Element, Template};

use super::{List, Map, Node, Scalar, SyntaxError};
use crate::text::{Fragment, Span};

/// More assignments in one text are refused: the parser below compares each key of an object with
/// all before it.
const MAX_ASSIGNMENTS: usize = 20_000;

/// Returns the tree of an HCL text (Terraform, Packer, Nomad, Bake).
///
/// A block becomes a map under its type and labels, as HCL's own JSON syntax has it: `variable
/// "x" { default = "1" }` is `variable.x.default`; blocks of one type and labels are a list. An
/// expression that computes is the list of its parts, so that a literal inside a call or a
/// condition is seen: `coalesce(var.x, "1")` is `[var.x, "1"]`. References (`var.x`, `each.key`)
/// are scalars that are no text. In text, escapes are decoded but `${…}` and `%{…}` stand as they
/// are, and so do the `$${` and `%%{` that mean a plain `${`: a reader can tell the two apart.
///
/// The parser refuses what nests deeper than 64 levels or chains more than 128 operators, so no
/// text overflows the stack.
pub fn parse(text: &str) -> Result<Node<'_>, SyntaxError> {
    let mut assignments = memchr::memchr2_iter(b'=', b':', text.as_bytes());
    if let Some(at) = assignments.nth(MAX_ASSIGNMENTS) {
        return Err(SyntaxError { message: format!("more than {MAX_ASSIGNMENTS} assignments"), at });
    }
    let body = parse_body(text).map_err(|error| {
        let at = error.location().offset().min(text.len());
        let message = error.message().to_lowercase();
        SyntaxError { message, at: (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0) }
    })?;
    Ok(body_node(text, &body, Span::new(0, text.len())))
}

/// What a type or a label holds: further labels, or the blocks themselves.
#[derive(Default)]
struct Labelled<'b> {
    /// The first mention of each name below, in the order of the file.
    names: Vec<(&'b str, Span)>,
    below: BTreeMap<&'b str, Self>,
    blocks: Vec<&'b Block>,
}

fn body_node<'a>(text: &'a str, body: &Body, span: Span) -> Node<'a> {
    let mut types = Labelled::default();
    let mut attributes = Vec::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => attributes.push(attribute_entry(text, attribute, span)),
            Structure::Block(block) => {
                let ident = span_of(&block.ident, span);
                let mut place = types.below(block.ident.as_str(), ident);
                for label in &block.labels {
                    place = place.below(label.as_str(), label_span(label, span));
                }
                place.blocks.push(block);
            }
        }
    }
    let mut entries = types.entries(text);
    entries.extend(attributes);
    entries.sort_by_key(|(key, _)| key.span);
    Node::Map(Map { span, entries })
}

impl<'b> Labelled<'b> {
    fn below(&mut self, name: &'b str, span: Span) -> &mut Self {
        if !self.below.contains_key(name) {
            self.names.push((name, span));
        }
        self.below.entry(name).or_default()
    }

    fn entries<'a>(&self, text: &'a str) -> Vec<(Scalar<'a>, Node<'a>)> {
        let entry = |(name, span): &(&'b str, Span)| {
            let node = self.below.get(name)?.node(text)?;
            Some((name_scalar(text, *span, name), node))
        };
        self.names.iter().filter_map(entry).collect()
    }

    /// Blocks with and without further labels side by side are one map; only of their own kind
    /// they are a list.
    fn node<'a>(&self, text: &'a str) -> Option<Node<'a>> {
        let mut own = self.blocks.iter().map(|block| {
            let near = span_of(*block, Span::new(0, 0));
            body_node(text, &block.body, near)
        });
        let labelled = self.entries(text);
        let (first, rest): (Option<Node<'a>>, Vec<Node<'a>>) = (own.next(), own.collect());
        let items: Vec<Node<'a>> = first.into_iter().chain(rest).collect();
        let covered = |spans: &mut dyn Iterator<Item = Span>| {
            spans.reduce(|all, span| Span::new(all.start.min(span.start), all.end.max(span.end)))
        };
        match (items.len(), labelled.is_empty()) {
            (0, _) => {
                let span = covered(&mut labelled.iter().map(|(key, node)| cover(key.span, node.span())))?;
                Some(Node::Map(Map { span, entries: labelled }))
            }
            (1, true) => items.into_iter().next(),
            (_, true) => {
                let span = covered(&mut items.iter().map(Node::span))?;
                Some(Node::List(List { span, items }))
            }
            (_, false) => {
                let mut entries = labelled;
                for item in items {
                    if let Node::Map(map) = item {
                        entries.extend(map.entries);
                    }
                }
                let span = covered(&mut entries.iter().map(|(key, node)| cover(key.span, node.span())))?;
                Some(Node::Map(Map { span, entries }))
            }
        }
    }
}

fn attribute_entry<'a>(text: &'a str, attribute: &Attribute, near: Span) -> (Scalar<'a>, Node<'a>) {
    let span = span_of(&attribute.key, near);
    let key = name_scalar(text, span, attribute.key.as_str());
    (key, expression(text, &attribute.value, span))
}

fn label_span(label: &BlockLabel, near: Span) -> Span {
    match label {
        BlockLabel::Ident(ident) => span_of(ident, near),
        BlockLabel::String(string) => span_of(string, near),
    }
}

fn expression<'a>(text: &'a str, value: &Expression, near: Span) -> Node<'a> {
    let span = span_of(value, near);
    let list = |parts: &[&Expression]| {
        let items = parts.iter().map(|part| expression(text, part, span)).collect();
        Node::List(List { span, items })
    };
    match value {
        Expression::Null(_) | Expression::Bool(_) | Expression::Number(_) | Expression::Variable(_) => {
            verbatim(text, span, false)
        }
        Expression::String(_) => Node::Scalar(quoted(text, span)),
        Expression::StringTemplate(template) => Node::Scalar(template_scalar(text, span, template)),
        Expression::HeredocTemplate(heredoc) => {
            let inner = span_of(&heredoc.template, Span::new(span.end, span.end));
            let content = Fragment::verbatim(&text[inner.range()], inner.start);
            Node::Scalar(Scalar { span, content, is_text: true })
        }
        Expression::Array(array) => {
            let items = array.iter().map(|item| expression(text, item, span)).collect();
            Node::List(List { span, items })
        }
        Expression::Object(object) => {
            let entries = object.iter().map(|(key, value)| {
                let key = object_key(text, key, span);
                let value = expression(text, value.expr(), key.span);
                (key, value)
            });
            Node::Map(Map { span, entries: entries.collect() })
        }
        Expression::Parenthesis(inner) => expression(text, inner.inner(), span),
        Expression::Conditional(conditional) => {
            list(&[&conditional.cond_expr, &conditional.true_expr, &conditional.false_expr])
        }
        Expression::FuncCall(call) => list(&call.args.iter().collect::<Vec<_>>()),
        Expression::Traversal(traversal) => match &traversal.expr {
            Expression::Variable(_) => verbatim(text, span, false),
            base => list(&[base]),
        },
        Expression::UnaryOp(operation) => list(&[&operation.expr]),
        Expression::BinaryOp(operation) => list(&[&operation.lhs_expr, &operation.rhs_expr]),
        Expression::ForExpr(each) => {
            let mut parts = vec![&each.intro.collection_expr];
            parts.extend(&each.key_expr);
            parts.push(&each.value_expr);
            list(&parts)
        }
    }
}

fn object_key<'a>(text: &'a str, key: &ObjectKey, near: Span) -> Scalar<'a> {
    let span = span_of(key, near);
    match key {
        ObjectKey::Ident(ident) => name_scalar(text, span, ident.as_str()),
        ObjectKey::Expression(Expression::String(_)) => quoted(text, span),
        ObjectKey::Expression(Expression::StringTemplate(template)) => template_scalar(text, span, template),
        ObjectKey::Expression(_) => {
            Scalar { span, content: Fragment::verbatim(&text[span.range()], span.start), is_text: false }
        }
    }
}

fn verbatim(text: &str, span: Span, is_text: bool) -> Node<'_> {
    Node::Scalar(Scalar { span, content: Fragment::verbatim(&text[span.range()], span.start), is_text })
}

/// A name is an identifier, or text in quotes (the label of a block).
fn name_scalar<'a>(text: &'a str, span: Span, name: &str) -> Scalar<'a> {
    let raw = &text[span.range()];
    if raw.starts_with('"') {
        quoted(text, span)
    } else if raw == name {
        Scalar { span, content: Fragment::verbatim(raw, span.start), is_text: true }
    } else {
        let mut content = Fragment::empty();
        content.push_unplaced(name);
        Scalar { span, content, is_text: true }
    }
}

fn quoted(text: &str, span: Span) -> Scalar<'_> {
    let inner = Span::new(span.start + 1, span.end.saturating_sub(1).max(span.start + 1));
    let mut content = Fragment::verbatim("", inner.start);
    literal(text, inner, &mut content);
    Scalar { span, content, is_text: true }
}

/// Escapes belong to the text of a template, not to what it interpolates.
fn template_scalar<'a>(text: &'a str, span: Span, template: &Template) -> Scalar<'a> {
    let mut content = Fragment::empty();
    for element in template {
        let place = match element {
            Element::Literal(text) => text.span(),
            Element::Interpolation(interpolation) => interpolation.span(),
            Element::Directive(directive) => match directive.as_ref() {
                Directive::If(directive) => directive.span(),
                Directive::For(directive) => directive.span(),
            },
        };
        let Some(place) = place.map(Span::from) else { continue };
        match element {
            Element::Literal(_) => literal(text, place, &mut content),
            _ => content.push(&text[place.range()], place.start),
        }
    }
    Scalar { span, content, is_text: true }
}

/// Appends text with its escapes decoded (HCL native syntax specification, "Template Literals").
fn literal(text: &str, span: Span, content: &mut Fragment<'_>) {
    let raw = &text[span.range()];
    let mut at = 0;
    while let Some(escape) = memchr::memchr(b'\\', &raw.as_bytes()[at..]).map(|found| at + found) {
        if escape > at {
            content.push(&raw[at..escape], span.start + at);
        }
        let (len, decoded) = match raw.as_bytes().get(escape + 1) {
            Some(b'n') => (2, Some('\n')),
            Some(b'r') => (2, Some('\r')),
            Some(b't') => (2, Some('\t')),
            Some(b'u') => (6, hex(raw, escape + 2..escape + 6)),
            Some(b'U') => (10, hex(raw, escape + 2..escape + 10)),
            Some(byte) if byte.is_ascii() => (2, Some(char::from(*byte))),
            _ => (1, None),
        };
        content.push_unplaced(decoded.unwrap_or('\\').encode_utf8(&mut [0; 4]));
        at = escape + if decoded.is_some() { len } else { 1 };
    }
    if at < raw.len() {
        content.push(&raw[at..], span.start + at);
    }
}

fn hex(raw: &str, range: std::ops::Range<usize>) -> Option<char> {
    u32::from_str_radix(raw.get(range)?, 16).ok().and_then(char::from_u32)
}

fn cover(left: Span, right: Span) -> Span {
    Span::new(left.start.min(right.start), left.end.max(right.end))
}

fn span_of(node: &impl hcl_edit::Span, near: Span) -> Span {
    node.span().map_or(near, Span::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the tree as one line: `{key: value}`, `[item]`, `"text"` and `<expression>`; text
    /// whose bytes have no place in the source is in `(…)`.
    fn shown(text: &str, node: &Node<'_>) -> String {
        match node {
            Node::Map(map) => {
                let entry =
                    |(key, value): &(Scalar<'_>, Node<'_>)| format!("{}: {}", key.text(), shown(text, value));
                format!("{{{}}}", map.entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            Node::List(list) => {
                let items: Vec<_> = list.items.iter().map(|item| shown(text, item)).collect();
                format!("[{}]", items.join(", "))
            }
            Node::Scalar(scalar) if !scalar.is_text => format!("<{}>", scalar.text()),
            Node::Scalar(scalar) => match scalar.content.span(0..scalar.text().len()) {
                Some(span) => format!("{:?}", &text[span.range()]),
                None => format!("({:?})", scalar.text()),
            },
            Node::Alias(_) => "alias".to_owned(),
        }
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let node = parse(text).unwrap_or_else(|error| panic!("{text:?}: {error} at {}", error.at));
        assert_eq!(shown(text, &node), expect, "{text}");
    }

    #[test]
    fn blocks_are_maps_by_type_and_label() {
        check(
            "variable \"a\" {\n  default = \"1.2\"\n}\nvariable b {\n}\nlocals {\n  x = 1\n}\n",
            r#"{variable: {a: {default: "1.2"}, b: {}}, locals: {x: <1>}}"#,
        );
        check("t { a = 1 }\r\nv = true\r\nt { a = 2 }", "{t: [{a: <1>}, {a: <2>}], v: <true>}");
        check("t { a = 1 }\nt \"x\" { b = 2 }\nt \"x\" {}\n", "{t: {x: [{b: <2>}, {}], a: <1>}}");
        check("", "{}");
    }

    #[test]
    fn text_knows_its_bytes() {
        check(r#"a = "v0.21.8" # c"#, r#"{a: "v0.21.8"}"#);
        check(r#"a = "x\t\u00e9\\" // c"#, r#"{a: ("x\té\\")}"#);
        check(r#"a = "é:${var.x["a\"b"]}:$${y}""#, r#"{a: "é:${var.x[\"a\\\"b\"]}:$${y}"}"#);
        check("a = <<EOT\nx ${var.v}\n  y\nEOT\n", r#"{a: "x ${var.v}\n  y\n"}"#);
        check("a = <<-EOT\r\n  x\r\n  y\r\n  EOT\r\n", r#"{a: "  x\r\n  y\r\n"}"#);
        check("a = <<EOT\nEOT\n", r#"{a: ""}"#);
        check("a = \"\"", r#"{a: ""}"#);
    }

    #[test]
    fn expressions_show_the_literals_in_them() {
        check("a = var.x[0].y", "{a: <var.x[0].y>}");
        check("a = f(var.x, \"1\")", "{a: [<var.x>, \"1\"]}");
        check("a = (var.x == \"\" ? \"1\" : var.x)", "{a: [[<var.x>, \"\"], \"1\", <var.x>]}");
        check("a = jsonencode([{ image = \"e:1\", \"k\" : null }])", r#"{a: [[{image: "e:1", k: <null>}]]}"#);
        check("a = [for k, v in var.m : \"${k}\" if v]", r#"{a: [<var.m>, "${k}"]}"#);
        check("a = { x = \"1\" }[var.k]", r#"{a: [{x: "1"}]}"#);
        check("a = { (var.k) = -1, \"b.c\" = 1.10 }", "{a: {(var.k): <-1>, b.c: <1.10>}}");
    }

    #[test]
    fn what_is_not_hcl_is_refused_with_its_place() {
        for (text, at) in [("a = ", 0), ("a {", 2), ("a = 1 b = 2", 6), ("a é", 2), ("{{ x }}", 0)] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.at, at, "{text:?}: {error}");
        }
    }

    #[test]
    fn hostile_texts_are_refused() {
        for (before, open) in [
            ("a = ", "["),
            ("a = ", "("),
            ("a = ", "{a="),
            ("a = ", "f("),
            ("a = ", "!"),
            ("a = ", "-"),
            ("a = ", "\"${"),
            ("a = ", "\"%{if "),
            ("a = ", "x?"),
            ("a = ", "x?y:"),
            ("a = x", "[x"),
            ("a = ", "[for a in "),
            ("a = 1", "+1"),
            ("", "a{\n"),
            ("", "a \"b\" {\n"),
            ("a = <<X\n", "${<<X\n"),
            ("a = {", "a=1,"),
        ] {
            assert!(parse(&format!("{before}{}", open.repeat(100_000))).is_err(), "{open}");
        }
    }
}
