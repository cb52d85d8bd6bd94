//! What a Nix file binds and says, for sites that a repository declares itself.

use std::rc::Rc;

use rnix::ast;
use rowan::ast::AstNode as _;

use super::attribute::{Attribute, attributes};
use super::file::File;
use super::tree::{self, Bound};
use super::value::Reader;
use crate::document::SyntaxError;
use crate::text::Fragment;

/// Longer paths than anybody asks for.
const MAX_PATH: usize = 32;

/// Texts that are put together are read up to so many bytes in one file.
const MAX_TEXTS: usize = 1 << 20;

/// A parsed file with every path of attributes in it.
pub(in crate::site) struct Bindings {
    file: File,
    found: Vec<(Rc<[String]>, ast::Expr)>,
}

impl Bindings {
    /// Returns the bindings of a file, or why it is no Nix.
    ///
    /// Functions, `let`, `with`, `assert`, `if`, operators and calls add nothing to a path; an
    /// element of a list adds its index.
    pub(in crate::site) fn parse(text: &str) -> Result<Self, SyntaxError> {
        if let Some(at) = super::depth::too_deep(text) {
            return Err(SyntaxError { message: "nested too deeply".to_owned(), at });
        }
        let parsed = rnix::Root::parse(text);
        if let Some(error) = parsed.errors().first() {
            return Err(super::syntax_error(error, text));
        }
        let file = File::new(parsed.syntax());
        let found = file.expr().map(collect).unwrap_or_default();
        Ok(Self { file, found })
    }

    /// Returns every path, in no particular order.
    pub(in crate::site) fn paths(&self) -> impl Iterator<Item = &[String]> {
        self.found.iter().map(|(path, _)| &**path)
    }

    /// Returns the text of the binding with that index, as far as the file tells it.
    pub(in crate::site) fn text(&self, index: usize) -> Option<Fragment<'static>> {
        let (_, value) = self.found.get(index)?;
        Reader::new(&self.file).text(value)
    }

    /// Returns the texts of the strings that have `word` in them.
    pub(in crate::site) fn strings_with(&self, word: &str) -> Vec<Fragment<'static>> {
        let mut budget = MAX_TEXTS;
        let mut found = Vec::new();
        for string in self.file.root.descendants().filter_map(ast::Str::cast) {
            if !string.syntax().text().to_string().contains(word) {
                continue;
            }
            let Some(text) = Reader::new(&self.file).text(&ast::Expr::Str(string)) else { continue };
            let Some(left) = budget.checked_sub(text.text().len()) else { break };
            budget = left;
            found.push(text);
        }
        found
    }

    /// Returns the names and texts of every set that binds one of `keys`.
    pub(in crate::site) fn sets_with(&self, keys: &[&str]) -> Vec<Vec<(String, Fragment<'static>)>> {
        let mut budget = MAX_TEXTS;
        let mut found = Vec::new();
        for set in self.file.sets() {
            let attributes = attributes(&set);
            if !keys.iter().any(|key| attributes.contains_key(*key)) {
                continue;
            }
            let mut texts = Vec::new();
            for (name, attribute) in attributes {
                let Attribute::Value(value) = attribute else { continue };
                let Some(text) = Reader::new(&self.file).text(&value) else { continue };
                budget = budget.saturating_sub(text.text().len());
                texts.push((name, text));
            }
            if budget == 0 {
                break;
            }
            found.push(texts);
        }
        found
    }
}

fn collect(root: ast::Expr) -> Vec<(Rc<[String]>, ast::Expr)> {
    let mut found = Vec::new();
    let mut pending: Vec<(Rc<[String]>, ast::Expr)> = vec![(Rc::from([]), root)];
    while let Some((path, expr)) = pending.pop() {
        let mut inside = |exprs: &mut dyn Iterator<Item = Option<ast::Expr>>| {
            pending.extend(exprs.flatten().map(|expr| (Rc::clone(&path), expr)));
        };
        let bindings = match &expr {
            ast::Expr::Paren(paren) => {
                inside(&mut [paren.expr()].into_iter());
                continue;
            }
            ast::Expr::Lambda(lambda) => {
                inside(&mut [lambda.body()].into_iter());
                continue;
            }
            ast::Expr::With(with) => {
                inside(&mut [with.body()].into_iter());
                continue;
            }
            ast::Expr::Assert(assert) => {
                inside(&mut [assert.body()].into_iter());
                continue;
            }
            ast::Expr::IfElse(choice) => {
                inside(&mut [choice.body(), choice.else_body()].into_iter());
                continue;
            }
            ast::Expr::Apply(apply) => {
                inside(&mut [apply.lambda(), apply.argument()].into_iter());
                continue;
            }
            ast::Expr::BinOp(operation) => {
                inside(&mut [operation.lhs(), operation.rhs()].into_iter());
                continue;
            }
            ast::Expr::List(list) => {
                let items = list.items().enumerate();
                items.map(|(index, item)| (vec![index.to_string()], item)).collect()
            }
            ast::Expr::LetIn(binding) => {
                inside(&mut [binding.body()].into_iter());
                named(binding.syntax())
            }
            ast::Expr::LegacyLet(set) => named(set.syntax()),
            ast::Expr::AttrSet(set) => named(set.syntax()),
            _ => continue,
        };
        for (names, value) in bindings {
            let whole: Rc<[String]> = path.iter().cloned().chain(names).collect();
            if whole.len() <= MAX_PATH {
                found.push((Rc::clone(&whole), value.clone()));
                pending.push((whole, value));
            }
        }
    }
    found
}

/// Returns the entries whose names are all plain.
fn named(node: &rnix::SyntaxNode) -> Vec<(Vec<String>, ast::Expr)> {
    let entries = tree::entries(node).into_iter().filter_map(|(names, bound)| match bound {
        Bound::Value(value) => Some((names.into_iter().collect::<Option<Vec<_>>>()?, value)),
        Bound::Outer | Bound::From(_) => None,
    });
    entries.collect()
}
