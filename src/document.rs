//! Data files as one tree: JSON, TOML, YAML and HCL parsed into maps, lists and scalars whose text
//! knows where it stands ([`Fragment`]).
//!
//! The formats differ in how they are written, not in what a version in them means; everything
//! above this module looks at the tree only.

mod hcl;
mod json;
#[cfg(test)]
pub(crate) mod schema;
pub(crate) mod strict;
pub(crate) mod tables;
mod toml;
mod yaml;

use std::rc::Rc;

pub use hcl::parse as parse_hcl;
pub use json::parse as parse_json;
pub use strict::Mistake;
pub use toml::parse as parse_toml;
pub(crate) use toml::toml_string;
pub use yaml::parse as parse_yaml;

use crate::text::{Fragment, Span};

/// A value in a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'a> {
    /// Keys with values, in the order of the file.
    Map(Map<'a>),
    /// Values in order.
    List(List<'a>),
    /// Text, number, boolean or null.
    Scalar(Scalar<'a>),
    /// Another mention of a value that stands earlier in the file (YAML alias).
    Alias(Rc<Self>),
}

/// A map and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map<'a> {
    /// From the first byte of the map to its last.
    pub span: Span,
    /// Keys with values; a key that stands twice stands here twice.
    pub entries: Vec<(Scalar<'a>, Node<'a>)>,
}

/// A list and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<'a> {
    /// From the first byte of the list to its last.
    pub span: Span,
    /// The values.
    pub items: Vec<Node<'a>>,
}

/// A scalar: its decoded text and the bytes of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar<'a> {
    /// The token, quotes included.
    pub span: Span,
    /// The decoded text.
    pub content: Fragment<'a>,
    /// Whether the format calls it text; a number or a boolean is not.
    pub is_text: bool,
}

/// A file that its format's parser refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What the parser says, as a lowercase fragment.
    pub message: String,
    /// Offset of the first byte it cannot accept.
    pub at: usize,
}

/// Refuses a text in which signs that begin a value stand more often than that: no person wrote it, and
/// its tree would take many times its size in memory.
fn at_most(most: usize, signs: [u8; 3], text: &str) -> Result<(), SyntaxError> {
    let [one, two, three] = signs;
    match memchr::memchr3_iter(one, two, three, text.as_bytes()).nth(most) {
        Some(at) => Err(SyntaxError { message: format!("more than {most} values"), at }),
        None => Ok(()),
    }
}

impl<'a> Node<'a> {
    /// Returns the node itself, or what the alias stands for.
    pub fn resolve(&self) -> &Self {
        match self {
            Self::Alias(target) => target.resolve(),
            node => node,
        }
    }

    /// Returns the map, through aliases.
    pub fn as_map(&self) -> Option<&Map<'a>> {
        match self.resolve() {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the list, through aliases.
    pub fn as_list(&self) -> Option<&List<'a>> {
        match self.resolve() {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// Returns the scalar, through aliases.
    pub fn as_scalar(&self) -> Option<&Scalar<'a>> {
        match self.resolve() {
            Self::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Returns the decoded text of a scalar, through aliases.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().map(Scalar::text)
    }

    /// Returns the value of `key` in a map, through aliases and YAML merge keys.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Returns the bytes of the node as it stands in the file.
    pub fn span(&self) -> Span {
        match self {
            Self::Map(map) => map.span,
            Self::List(list) => list.span,
            Self::Scalar(scalar) => scalar.span,
            Self::Alias(target) => target.span(),
        }
    }

    /// Calls `visit` for this node and all below it that stand in the file on their own: aliases
    /// are not followed, so every place is visited once however often it is mentioned.
    pub fn walk<'n>(&'n self, visit: &mut impl FnMut(&'n Self)) {
        let mut pending = vec![self];
        while let Some(node) = pending.pop() {
            visit(node);
            match node {
                Self::Map(map) => pending.extend(map.entries.iter().rev().map(|(_, value)| value)),
                Self::List(list) => pending.extend(list.items.iter().rev()),
                Self::Scalar(_) | Self::Alias(_) => {}
            }
        }
    }
}

impl<'a> Map<'a> {
    /// Returns the value of `key`; of a key that stands twice, the last, as JSON and YAML readers
    /// do. A YAML merge key (`<<`) gives what the map itself lacks.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.entry(key).map(|(_, value)| value).or_else(|| {
            let (_, merged) = self.entry("<<")?;
            match merged.resolve() {
                Node::List(list) => list.items.iter().find_map(|item| item.get(key)),
                node => node.get(key),
            }
        })
    }

    /// Returns the key's own scalar and value, merge keys aside.
    pub fn entry(&self, key: &str) -> Option<(&Scalar<'a>, &Node<'a>)> {
        let found = self.entries.iter().rev().find(|(name, _)| name.text() == key);
        found.map(|(name, value)| (name, value))
    }
}

impl Scalar<'_> {
    /// Returns the decoded text.
    pub fn text(&self) -> &str {
        self.content.text()
    }

    /// Returns the bytes of the text, quotes aside; those of the token when escapes or folding
    /// leave the text without a single place.
    pub fn text_span(&self) -> Span {
        self.content.span(0..self.text().len()).unwrap_or(self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_endless_values_is_refused() {
        let list = |item: &str, n: usize| format!("[{}]", vec![item; n].join(","));
        for (text, expect) in [
            (list("1", 1_000), None),
            (list("1", 200_000), Some("more than 150000 values")),
            (list("[[1]]", 60_000), Some("more than 150000 values")),
        ] {
            let errors = [parse_json(&text).err(), parse_yaml(&text).err()];
            for error in errors {
                assert_eq!(error.map(|error| error.message).as_deref(), expect);
            }
            let error = parse_toml(&format!("a = {text}")).err();
            assert_eq!(error.is_some(), expect.is_some());
        }
    }
}
