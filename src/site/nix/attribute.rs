//! Attributes of a set by name.

use std::collections::BTreeMap;

use rnix::SyntaxNode;
use rnix::ast;
use rowan::ast::AstNode as _;

use super::tree::{self, Bound};
use super::value::Reader;

/// The attributes of a set that have plain names.
pub(super) type Attributes = BTreeMap<String, Attribute>;

/// An attribute of a set, wherever its value is written.
pub(super) enum Attribute {
    Value(ast::Expr),
    Outer(String),
    From(ast::Expr, String),
}

impl Attribute {
    /// Returns the attribute's expression; for an inherited one, what it stands for.
    pub(super) fn value(&self, reader: &mut Reader<'_>, set: &SyntaxNode) -> Option<ast::Expr> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::Outer(name) => reader.meaning(name, &set.parent()?),
            Self::From(source, name) => {
                // Which set it is from may be for the evaluation to say: all of them, then.
                reader.inherited(source, name).or_else(|| Some(source.clone()))
            }
        }
    }
}

/// Returns the attributes of a set that have plain names.
pub(super) fn attributes(set: &ast::AttrSet) -> Attributes {
    let mut found = BTreeMap::new();
    for (mut keys, bound) in tree::entries(set.syntax()) {
        let (1, Some(Some(name))) = (keys.len(), keys.pop()) else { continue };
        let attribute = match bound {
            Bound::Value(value) => Attribute::Value(value),
            Bound::Outer => Attribute::Outer(name.clone()),
            Bound::From(source) => Attribute::From(source, name.clone()),
        };
        found.insert(name, attribute);
    }
    found
}
