//! The syntax tree as the finders look at it: places, names of attributes, text of strings.

use rnix::ast;
use rnix::{SyntaxKind, SyntaxNode, SyntaxToken};
use rowan::ast::AstNode as _;

use crate::text::{Fragment, Span};

/// What an attribute of a set is bound to.
#[derive(Clone)]
pub(super) enum Bound {
    /// An expression.
    Value(ast::Expr),
    /// `inherit NAME;`: whatever the name means outside.
    Outer,
    /// `inherit (FROM) NAME;`.
    From(ast::Expr),
}

/// Returns the bytes of a node, without the white space around it.
pub(super) fn span(node: &SyntaxNode) -> Span {
    let range = node.text_range();
    Span::new(range.start().into(), range.end().into())
}

/// Returns the bytes of a token.
pub(super) fn token_span(token: &SyntaxToken) -> Span {
    let range = token.text_range();
    Span::new(range.start().into(), range.end().into())
}

/// Returns the name that an attribute or a plain string spells, `None` when it is computed.
pub(super) fn attr_name(attr: &ast::Attr) -> Option<String> {
    match attr {
        ast::Attr::Ident(ident) => Some(ident.syntax().text().to_string()),
        ast::Attr::Str(text) => plain(text).map(|fragment| fragment.text().to_owned()),
        ast::Attr::Dynamic(dynamic) => match dynamic.expr()? {
            ast::Expr::Str(text) => plain(&text).map(|fragment| fragment.text().to_owned()),
            _ => None,
        },
    }
}

/// Returns the names on a path of attributes.
pub(super) fn names(path: &ast::Attrpath) -> Vec<Option<String>> {
    path.attrs().map(|attr| attr_name(&attr)).collect()
}

/// Returns the text of a string without interpolation, escapes left as they are.
pub(super) fn plain(text: &ast::Str) -> Option<Fragment<'static>> {
    let mut fragment = Fragment::empty();
    for child in text.syntax().children_with_tokens() {
        let token = child.into_token()?;
        if token.kind() == SyntaxKind::TOKEN_STRING_CONTENT {
            fragment.push(token.text(), token_span(&token).start);
        }
    }
    Some(fragment)
}

/// Returns the token of an address that stands without quotes.
pub(super) fn bare_address(expr: &ast::Expr) -> Option<SyntaxToken> {
    let ast::Expr::Literal(literal) = expr else { return None };
    let token = literal.syntax().first_token()?;
    (token.kind() == SyntaxKind::TOKEN_URI).then_some(token)
}

/// Returns the text of a string without interpolation or of an address without quotes.
pub(super) fn literal(expr: &ast::Expr) -> Option<Fragment<'static>> {
    match expr {
        ast::Expr::Str(text) => plain(text),
        ast::Expr::Paren(paren) => literal(&paren.expr()?),
        _ => {
            let token = bare_address(expr)?;
            let mut fragment = Fragment::empty();
            fragment.push(token.text(), token_span(&token).start);
            Some(fragment)
        }
    }
}

/// Returns the entries of a set or of a `let`, in order: the path of names and what it is bound to.
pub(super) fn entries(node: &SyntaxNode) -> Vec<(Vec<Option<String>>, Bound)> {
    let mut found = Vec::new();
    for child in node.children() {
        if let Some(entry) = ast::AttrpathValue::cast(child.clone()) {
            if let (Some(path), Some(value)) = (entry.attrpath(), entry.value()) {
                found.push((names(&path), Bound::Value(value)));
            }
        } else if let Some(inherit) = ast::Inherit::cast(child) {
            let from = inherit.from().and_then(|from| from.expr());
            for attr in inherit.attrs() {
                let bound = from.clone().map_or(Bound::Outer, Bound::From);
                found.push((vec![attr_name(&attr)], bound));
            }
        }
    }
    found
}

/// Returns whether names inside the node's entries can mean its own entries.
pub(super) fn is_scope(node: &SyntaxNode) -> bool {
    match ast::AttrSet::cast(node.clone()) {
        Some(set) => set.rec_token().is_some(),
        None => ast::LetIn::can_cast(node.kind()) || ast::LegacyLet::can_cast(node.kind()),
    }
}

/// Returns the name that `set` is directly bound to: `dagger` of `tools.dagger = { … }`.
pub(super) fn bound_name(node: &SyntaxNode) -> Option<String> {
    let mut parent = node.parent()?;
    while ast::Paren::can_cast(parent.kind()) {
        parent = parent.parent()?;
    }
    let path = ast::AttrpathValue::cast(parent)?.attrpath()?;
    names(&path).pop().flatten()
}

/// Returns the last name of the function that is applied: `fetchurl` of `pkgs.fetchurl`.
pub(super) fn function_name(function: &ast::Expr) -> Option<String> {
    match function {
        ast::Expr::Ident(ident) => Some(ident.syntax().text().to_string()),
        ast::Expr::Select(select) => names(&select.attrpath()?).pop().flatten(),
        ast::Expr::Paren(paren) => function_name(&paren.expr()?),
        _ => None,
    }
}

/// Returns the application whose argument the node is, parentheses aside.
pub(super) fn application_of(node: &SyntaxNode) -> Option<ast::Apply> {
    let mut at = node.clone();
    loop {
        let parent = at.parent()?;
        if ast::Paren::can_cast(parent.kind()) {
            at = parent;
            continue;
        }
        let apply = ast::Apply::cast(parent)?;
        return apply.argument().is_some_and(|argument| argument.syntax() == &at).then_some(apply);
    }
}
