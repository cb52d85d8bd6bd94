//! Functions: what they are applied to, and what their parameters stand for by themselves.

use rnix::SyntaxNode;
use rnix::ast;
use rowan::ast::AstNode as _;

use super::file::File;
use super::tree;

/// What a function's parameter is in one of its applications.
#[derive(Clone)]
pub(super) struct Argument {
    /// The function.
    pub(super) lambda: SyntaxNode,
    /// What it is applied to.
    pub(super) value: ast::Expr,
}

/// Returns every application in the file of a function that is bound to a name, as what its
/// parameters and those of the functions around and inside it are then.
pub(super) fn applications(file: &File, lambda: &SyntaxNode) -> Vec<Vec<Argument>> {
    let is_lambda = |node: &SyntaxNode| ast::Lambda::can_cast(node.kind());
    let outermost = lambda.ancestors().take_while(is_lambda).last();
    let inner = |node: &SyntaxNode| node.children().find(is_lambda);
    let chain: Vec<SyntaxNode> = std::iter::successors(outermost, inner).collect();
    let Some(name) = chain.first().and_then(tree::bound_name) else { return Vec::new() };
    let with = |values: &Vec<ast::Expr>| {
        let pairs = chain.iter().cloned().zip(values.iter().cloned());
        pairs.map(|(lambda, value)| Argument { lambda, value }).collect()
    };
    file.applications(&name).iter().map(with).collect()
}

/// Returns the set that the function's only parameter stands for, when it stands for the result:
/// `finalAttrs` of a derivation, `final` of an overlay. What comes second is the previous one, and
/// so is the only parameter of `overrideAttrs`.
pub(super) fn fixpoint(lambda: &ast::Lambda) -> Option<ast::Expr> {
    let body = lambda.body()?;
    let returns_function = matches!(body, ast::Expr::Lambda(_));
    let is_second = lambda.syntax().parent().is_some_and(|parent| ast::Lambda::can_cast(parent.kind()));
    if is_second {
        return None;
    }
    match tree::application_of(lambda.syntax()) {
        Some(apply) => {
            let is_override =
                tree::function_name(&apply.lambda()?).is_some_and(|name| name.starts_with("override"));
            if is_override && !returns_function {
                return None;
            }
        }
        None if !returns_function => return None,
        None => {}
    }
    body_set(&body)
}

/// Returns the set that an expression ends in, whatever is wrapped around it.
pub(super) fn body_set(expr: &ast::Expr) -> Option<ast::Expr> {
    match expr {
        ast::Expr::AttrSet(_) => Some(expr.clone()),
        ast::Expr::Lambda(lambda) => body_set(&lambda.body()?),
        ast::Expr::Paren(paren) => body_set(&paren.expr()?),
        ast::Expr::LetIn(binding) => body_set(&binding.body()?),
        ast::Expr::With(with) => body_set(&with.body()?),
        ast::Expr::Assert(assert) => body_set(&assert.body()?),
        _ => None,
    }
}
