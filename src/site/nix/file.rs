//! One parsed file, with what many look-ups ask for kept.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use rnix::SyntaxNode;
use rnix::ast;
use rowan::ast::AstNode as _;

use super::tree::{self, Bound};
use crate::text::Span;

/// The entries of a scope by the first name of their paths.
pub(super) type Names = BTreeMap<String, Vec<(Vec<Option<String>>, Bound)>>;

/// A parsed file.
pub(super) struct File {
    pub(super) root: SyntaxNode,
    scopes: RefCell<BTreeMap<Span, Rc<Names>>>,
    applications: OnceCell<BTreeMap<String, Vec<Vec<ast::Expr>>>>,
}

impl File {
    pub(super) fn new(root: SyntaxNode) -> Self {
        Self { root, scopes: RefCell::default(), applications: OnceCell::new() }
    }

    /// Returns every expression of the file, in order.
    pub(super) fn exprs(&self) -> impl Iterator<Item = ast::Expr> + use<> {
        self.root.descendants().filter_map(ast::Expr::cast)
    }

    /// Returns every attribute set of the file, in order.
    pub(super) fn sets(&self) -> impl Iterator<Item = ast::AttrSet> + use<> {
        self.root.descendants().filter_map(ast::AttrSet::cast)
    }

    /// Returns the expression that the file is.
    pub(super) fn expr(&self) -> Option<ast::Expr> {
        self.root.children().find_map(ast::Expr::cast)
    }

    /// Returns the entries of a set or of a `let`.
    pub(super) fn names(&self, scope: &SyntaxNode) -> Rc<Names> {
        let key = tree::span(scope);
        if let Some(known) = self.scopes.borrow().get(&key) {
            return Rc::clone(known);
        }
        let mut names = Names::new();
        for (keys, bound) in tree::entries(scope) {
            if let Some(Some(first)) = keys.first().cloned() {
                names.entry(first).or_default().push((keys, bound));
            }
        }
        let names = Rc::new(names);
        self.scopes.borrow_mut().insert(key, Rc::clone(&names));
        names
    }

    /// Returns what a function of that name is applied to, once per application: its arguments in
    /// order.
    pub(super) fn applications(&self, name: &str) -> &[Vec<ast::Expr>] {
        let all = self.applications.get_or_init(|| {
            let mut all: BTreeMap<String, Vec<Vec<ast::Expr>>> = BTreeMap::new();
            for apply in self.root.descendants().filter_map(ast::Apply::cast) {
                if let Some((name, arguments)) = application(&apply) {
                    all.entry(name).or_default().push(arguments);
                }
            }
            all
        });
        all.get(name).map_or(&[], Vec::as_slice)
    }
}

/// Returns the function's name and the arguments of an application that is not itself applied.
fn application(apply: &ast::Apply) -> Option<(String, Vec<ast::Expr>)> {
    let outer = apply.syntax().parent().and_then(ast::Apply::cast).and_then(|outer| outer.lambda());
    if outer.is_some_and(|function| function.syntax() == apply.syntax()) {
        return None;
    }
    let (mut arguments, mut function) = (Vec::new(), ast::Expr::Apply(apply.clone()));
    while let ast::Expr::Apply(apply) = &function {
        let (argument, inner) = (apply.argument()?, apply.lambda()?);
        arguments.push(argument);
        function = inner;
    }
    arguments.reverse();
    Some((tree::function_name(&function)?, arguments))
}
