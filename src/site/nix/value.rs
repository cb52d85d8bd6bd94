//! What a name or an expression stands for, as far as the file itself tells: lexical scopes,
//! `rec` and `let`, `inherit`, defaults of arguments, `finalAttrs`, strings put together.

use rnix::ast::{self, BinOpKind};
use rnix::{SyntaxKind, SyntaxNode};
use rowan::ast::AstNode as _;

use super::file::File;
use super::function::{Argument, body_set, fixpoint};
use super::tree::{self, Bound};
use crate::text::Fragment;

/// Most names and expressions that one look-up goes through; it ends circles and bounds the stack.
const MAX_STEPS: u32 = 200;

/// Longest text that is put together.
const MAX_TEXT: usize = 1 << 16;

/// Stands in a text for what could not be read.
pub(super) const UNKNOWN: &str = "\0";

/// Follows names through one file.
pub(super) struct Reader<'f> {
    pub(super) file: &'f File,
    arguments: Vec<Argument>,
    steps: u32,
    /// Functions whose parameters were asked for and have no value.
    pub(super) open: Vec<SyntaxNode>,
}

/// What a set says about a path of names.
enum Lookup {
    /// Nothing: another scope may.
    Absent,
    /// That it is there, but not what it is.
    Unknown,
    Found(ast::Expr),
}

impl<'f> Reader<'f> {
    /// Returns a reader that knows no parameters.
    pub(super) fn new(file: &'f File) -> Self {
        Self::with(file, Vec::new())
    }

    /// Returns a reader that knows what these parameters are.
    pub(super) fn with(file: &'f File, arguments: Vec<Argument>) -> Self {
        Self { file, arguments, steps: 0, open: Vec::new() }
    }

    /// Returns the text of an expression, [`UNKNOWN`] where a part of it could not be read.
    pub(super) fn text(&mut self, expr: &ast::Expr) -> Option<Fragment<'static>> {
        self.steps = 0;
        self.text_of(expr)
    }

    /// Returns the expression that another one stands for: never a name.
    pub(super) fn value(&mut self, expr: &ast::Expr) -> Option<ast::Expr> {
        self.steps = 0;
        self.value_of(expr)
    }

    /// Returns what `inherit (SOURCE) NAME;` binds.
    pub(super) fn inherited(&mut self, source: &ast::Expr, name: &str) -> Option<ast::Expr> {
        let source = self.value(source)?;
        self.member(&source, &[name.to_owned()])
    }

    /// Returns what a name means at a place.
    pub(super) fn meaning(&mut self, name: &str, from: &SyntaxNode) -> Option<ast::Expr> {
        self.steps = 0;
        self.named(&[name.to_owned()], from)
    }

    fn text_of(&mut self, expr: &ast::Expr) -> Option<Fragment<'static>> {
        match self.value_of(expr)? {
            ast::Expr::Str(text) => {
                let mut fragment = Fragment::empty();
                for child in text.syntax().children_with_tokens() {
                    match child {
                        rnix::NodeOrToken::Token(token)
                            if token.kind() == SyntaxKind::TOKEN_STRING_CONTENT =>
                        {
                            fragment.push(token.text(), tree::token_span(&token).start);
                        }
                        rnix::NodeOrToken::Token(_) => {}
                        rnix::NodeOrToken::Node(node) => {
                            let inner = ast::Interpol::cast(node).and_then(|inner| inner.expr());
                            match inner.and_then(|inner| self.text_of(&inner)) {
                                Some(inner) => fragment.append(&inner),
                                None => fragment.push_unplaced(UNKNOWN),
                            }
                        }
                    }
                    if fragment.text().len() > MAX_TEXT {
                        return None;
                    }
                }
                Some(fragment)
            }
            ast::Expr::BinOp(sum) if sum.operator() == Some(BinOpKind::Add) => {
                let mut fragment = self.text_of(&sum.lhs()?)?;
                fragment.append(&self.text_of(&sum.rhs()?)?);
                (fragment.text().len() <= MAX_TEXT).then_some(fragment)
            }
            ast::Expr::Apply(apply) if tree::function_name(&apply.lambda()?)? == "toString" => {
                self.text_of(&apply.argument()?)
            }
            other => tree::literal(&other),
        }
    }

    fn value_of(&mut self, expr: &ast::Expr) -> Option<ast::Expr> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return None;
        }
        match expr {
            ast::Expr::Paren(paren) => self.value_of(&paren.expr()?),
            ast::Expr::LetIn(binding) => self.value_of(&binding.body()?),
            ast::Expr::With(with) => self.value_of(&with.body()?),
            ast::Expr::Assert(assert) => self.value_of(&assert.body()?),
            ast::Expr::Ident(ident) => {
                let name = ident.syntax().text().to_string();
                self.named(&[name], ident.syntax())
            }
            ast::Expr::Select(select) => {
                let path: Vec<String> =
                    tree::names(&select.attrpath()?).into_iter().collect::<Option<_>>()?;
                let found = self.selected(select, path);
                found.or_else(|| self.value_of(&select.default_expr()?))
            }
            other => Some(other.clone()),
        }
    }

    fn selected(&mut self, select: &ast::Select, rest: Vec<String>) -> Option<ast::Expr> {
        match select.expr()? {
            ast::Expr::Ident(ident) => {
                let mut path = vec![ident.syntax().text().to_string()];
                path.extend(rest);
                self.named(&path, ident.syntax())
            }
            base => {
                let base = self.value_of(&base)?;
                self.member(&base, &rest)
            }
        }
    }

    /// Returns what a path of names means at a place in the file.
    fn named(&mut self, path: &[String], from: &SyntaxNode) -> Option<ast::Expr> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return None;
        }
        let mut spaces = Vec::new();
        for scope in from.ancestors() {
            if tree::is_scope(&scope) {
                match self.lookup(&scope, path) {
                    Lookup::Absent => {}
                    Lookup::Unknown => return None,
                    Lookup::Found(value) => return Some(value),
                }
            } else if let Some(lambda) = ast::Lambda::cast(scope.clone()) {
                match self.parameter(&lambda, path) {
                    Lookup::Absent => {}
                    Lookup::Unknown => return None,
                    Lookup::Found(value) => return Some(value),
                }
            } else if let Some(with) = ast::With::cast(scope) {
                spaces.extend(with.namespace().filter(|space| !contains(space, from)));
            }
        }
        // What `with` opens comes after everything that is bound around it.
        spaces.iter().find_map(|space| {
            let space = self.value_of(space)?;
            self.member(&space, path)
        })
    }

    fn lookup(&mut self, set: &SyntaxNode, path: &[String]) -> Lookup {
        let Some(first) = path.first() else { return Lookup::Unknown };
        let names = self.file.names(set);
        let Some(entries) = names.get(first) else { return Lookup::Absent };
        for (keys, bound) in entries {
            let found = match bound {
                Bound::Value(value) => {
                    let is_on_path = keys.len() <= path.len()
                        && keys.iter().zip(path).all(|(key, wanted)| key.as_ref() == Some(wanted));
                    if !is_on_path {
                        continue;
                    }
                    let value = self.value_of(value);
                    value.and_then(|value| self.member(&value, &path[keys.len()..]))
                }
                Bound::Outer => set.parent().and_then(|outside| self.named(path, &outside)),
                Bound::From(source) => {
                    let source = self.value_of(source);
                    source.and_then(|source| self.member(&source, path))
                }
            };
            if let Some(found) = found {
                return Lookup::Found(found);
            }
        }
        Lookup::Unknown
    }

    /// Returns what lies at the path inside a value.
    fn member(&mut self, value: &ast::Expr, path: &[String]) -> Option<ast::Expr> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return None;
        }
        if path.is_empty() {
            return self.value_of(value);
        }
        match value {
            ast::Expr::AttrSet(set) => match self.lookup(set.syntax(), path) {
                Lookup::Found(found) => Some(found),
                Lookup::Absent | Lookup::Unknown => None,
            },
            ast::Expr::BinOp(update) if update.operator() == Some(BinOpKind::Update) => {
                [update.rhs()?, update.lhs()?].iter().find_map(|side| {
                    let side = self.value_of(side)?;
                    self.member(&side, path)
                })
            }
            // A derivation has the attributes that it was made of.
            ast::Expr::Apply(apply) => {
                let function = tree::function_name(&apply.lambda()?)?;
                if !function.starts_with("mk") && !function.starts_with("build") {
                    return None;
                }
                let argument = self.value_of(&apply.argument()?)?;
                let body = body_set(&argument)?;
                self.member(&body, path)
            }
            _ => None,
        }
    }

    /// Returns what the function's parameter holds, if the first name is one.
    fn parameter(&mut self, lambda: &ast::Lambda, path: &[String]) -> Lookup {
        let Some(first) = path.first() else { return Lookup::Absent };
        let Some(parameter) = lambda.param() else { return Lookup::Absent };
        let is_first =
            |ident: Option<ast::Ident>| ident.is_some_and(|ident| ident.syntax().text() == first.as_str());
        let argument = self
            .arguments
            .iter()
            .find(|argument| argument.lambda == *lambda.syntax())
            .map(|it| it.value.clone());
        let (is_whole, default) = match &parameter {
            ast::Param::IdentParam(param) if is_first(param.ident()) => (true, None),
            ast::Param::IdentParam(_) => return Lookup::Absent,
            ast::Param::Pattern(pattern) => {
                if is_first(pattern.pat_bind().and_then(|bind| bind.ident())) {
                    (true, None)
                } else {
                    match pattern.pat_entries().find(|entry| is_first(entry.ident())) {
                        Some(entry) => (false, entry.default()),
                        None => return Lookup::Absent,
                    }
                }
            }
        };
        let given = argument.and_then(|argument| {
            let argument = self.value_of(&argument)?;
            self.member(&argument, if is_whole { &path[1..] } else { path })
        });
        let own = || is_whole.then(|| fixpoint(lambda)).flatten();
        let found = given.or_else(|| {
            let value = match own() {
                Some(body) => body,
                None => self.value_of(&default?)?,
            };
            self.member(&value, &path[1..])
        });
        found.map_or_else(
            || {
                self.open.push(lambda.syntax().clone());
                Lookup::Unknown
            },
            Lookup::Found,
        )
    }
}

fn contains(outer: &ast::Expr, inner: &SyntaxNode) -> bool {
    tree::span(outer.syntax()).contains(tree::span(inner))
}
