//! The strings that an expression can come to, each with the system it is for.

use std::collections::BTreeSet;

use rnix::SyntaxNode;
use rnix::ast::{self, BinOpKind};
use rowan::ast::AstNode as _;

use super::tree::{self, Bound};
use super::value::Reader;

/// Most expressions that one walk visits.
const MAX_VISITS: usize = 2000;

/// Deepest chain of names and sets that one walk follows.
const MAX_DEPTH: usize = 100;

/// A string or an address without quotes.
pub(super) struct Reached {
    pub(super) expr: ast::Expr,
    /// The Nix system that a key around it names.
    pub(super) system: Option<&'static str>,
}

/// What an expression can come to.
#[derive(Default)]
pub(super) struct Reach {
    pub(super) strings: Vec<Reached>,
    pub(super) sets: Vec<ast::AttrSet>,
}

/// Returns the strings and sets that the expression can come to. Where only the evaluation decides
/// — a computed attribute, a condition — all that it can choose from are returned.
pub(super) fn reach(reader: &mut Reader<'_>, expr: &ast::Expr) -> Reach {
    let mut walk = Walk { reader, seen: BTreeSet::new(), found: Reach::default() };
    walk.visit(expr, None, 0);
    walk.found
}

/// Returns the Nix system that a key names, in Nix's spelling or in that of the release archives.
pub(super) fn system(name: &str) -> Option<&'static str> {
    Some(match name.replace('_', "-").as_str() {
        "x86-64-linux" | "linux-amd64" | "linux-x86-64" => "x86_64-linux",
        "aarch64-linux" | "linux-arm64" | "linux-aarch64" => "aarch64-linux",
        "armv7l-linux" | "linux-armv7" => "armv7l-linux",
        "x86-64-darwin" | "darwin-amd64" | "darwin-x86-64" => "x86_64-darwin",
        "aarch64-darwin" | "darwin-arm64" | "darwin-aarch64" => "aarch64-darwin",
        _ => return None,
    })
}

struct Walk<'r, 'f> {
    reader: &'r mut Reader<'f>,
    seen: BTreeSet<(usize, usize)>,
    found: Reach,
}

impl Walk<'_, '_> {
    fn visit(&mut self, expr: &ast::Expr, system: Option<&'static str>, depth: usize) {
        let span = tree::span(expr.syntax());
        if depth > MAX_DEPTH || self.seen.len() > MAX_VISITS || !self.seen.insert((span.start, span.end)) {
            return;
        }
        let depth = depth + 1;
        match expr {
            ast::Expr::Str(_) | ast::Expr::Literal(_) => {
                self.found.strings.push(Reached { expr: expr.clone(), system });
            }
            ast::Expr::AttrSet(set) => {
                self.found.sets.push(set.clone());
                self.set(set.syntax(), system, depth);
            }
            ast::Expr::List(list) => list.items().for_each(|item| self.visit(&item, system, depth)),
            ast::Expr::IfElse(choice) => {
                let branches = [choice.body(), choice.else_body()];
                branches.iter().flatten().for_each(|branch| self.visit(branch, system, depth));
            }
            // Text that is put together is one string.
            ast::Expr::BinOp(sum) if sum.operator() == Some(BinOpKind::Add) => {
                self.found.strings.push(Reached { expr: expr.clone(), system });
            }
            ast::Expr::BinOp(operation) => {
                let sides = [operation.lhs(), operation.rhs()];
                sides.iter().flatten().for_each(|side| self.visit(side, system, depth));
            }
            ast::Expr::Apply(apply) => {
                // `getAttr system hashes`: what a function gets is what it can return; one of this
                // file also says itself what it returns.
                let function = apply.lambda().map(|function| match function {
                    ast::Expr::Apply(_) => Some(function),
                    _ => self.reader.value(&function).filter(|value| matches!(value, ast::Expr::Lambda(_))),
                });
                if let Some(Some(function)) = function {
                    self.visit(&function, system, depth);
                }
                apply.argument().iter().for_each(|argument| self.visit(argument, system, depth));
            }
            ast::Expr::Lambda(lambda) => {
                if let Some(body) = lambda.body() {
                    self.visit(&body, system, depth);
                }
            }
            ast::Expr::Select(select) => self.select(select, system, depth),
            ast::Expr::Ident(_)
            | ast::Expr::Paren(_)
            | ast::Expr::LetIn(_)
            | ast::Expr::With(_)
            | ast::Expr::Assert(_) => match self.reader.value(expr) {
                Some(value) => self.visit(&value, system, depth),
                None => self.spread(expr, system, depth),
            },
            _ => {}
        }
    }

    fn select(&mut self, select: &ast::Select, system: Option<&'static str>, depth: usize) {
        let expr = ast::Expr::Select(select.clone());
        if let Some(value) = self.reader.value(&expr) {
            self.visit(&value, system, depth);
            return;
        }
        // Something on the path is computed, or names what only the evaluation knows.
        select.default_expr().iter().for_each(|default| self.visit(default, system, depth));
        let Some(path) = select.attrpath() else { return };
        let names = tree::names(&path);
        let system = names.iter().flatten().find_map(|name| self::system(name)).or(system);
        let Some(base) = select.expr() else { return };
        let known: Vec<String> = names.into_iter().map_while(|name| name).collect();
        let value = self.reader.value(&base);
        match value {
            Some(ast::Expr::AttrSet(set)) => {
                for (keys, bound) in tree::entries(set.syntax()) {
                    let is_on_path =
                        keys.iter().zip(&known).all(|(key, wanted)| key.as_ref() == Some(wanted));
                    if is_on_path {
                        self.bound(&keys, bound, set.syntax(), system, depth);
                    }
                }
            }
            Some(value) => self.visit(&value, system, depth),
            None => self.spread(&base, system, depth),
        }
    }

    /// Visits what is bound to paths that begin with the name: `hashes.x86_64-linux = …;`.
    fn spread(&mut self, expr: &ast::Expr, system: Option<&'static str>, depth: usize) {
        let ast::Expr::Ident(ident) = expr else { return };
        let name = ident.syntax().text().to_string();
        let scopes = ident.syntax().ancestors().filter(tree::is_scope);
        let found = scopes.filter_map(|scope| {
            let entries = self.reader.file.names(&scope).get(&name).cloned()?;
            Some((scope, entries))
        });
        let Some((scope, entries)) = found.into_iter().next() else { return };
        for (keys, bound) in entries.into_iter().filter(|(keys, _)| keys.len() > 1) {
            self.bound(&keys, bound, &scope, system, depth);
        }
    }

    fn set(&mut self, set: &SyntaxNode, outer: Option<&'static str>, depth: usize) {
        let entries = tree::entries(set);
        // `{ system = "x86_64-linux"; sha256 = …; }`
        let own = entries.iter().find_map(|(_, bound)| match bound {
            Bound::Value(value) => system(tree::literal(value)?.text()),
            Bound::Outer | Bound::From(_) => None,
        });
        for (keys, bound) in entries {
            self.bound(&keys, bound, set, own.or(outer), depth);
        }
    }

    fn bound(
        &mut self,
        keys: &[Option<String>],
        bound: Bound,
        set: &SyntaxNode,
        outer: Option<&'static str>,
        depth: usize,
    ) {
        let system = keys.iter().flatten().find_map(|key| system(key)).or(outer);
        match bound {
            Bound::Value(value) => self.visit(&value, system, depth),
            Bound::From(source) => {
                let Some(Some(name)) = keys.first() else { return };
                let value = self.reader.inherited(&source, name);
                match value {
                    Some(value) => self.visit(&value, system, depth),
                    // Only the evaluation knows which set it is from.
                    None => self.visit(&source, system, depth),
                }
            }
            Bound::Outer => {
                let Some(Some(name)) = keys.first() else { return };
                let value = set.parent().and_then(|outside| self.reader.meaning(name, &outside));
                if let Some(value) = value {
                    self.visit(&value, system, depth);
                }
            }
        }
    }
}
