use std::collections::BTreeMap;

use super::assignment;
use super::shape::Shape;
use crate::document::{self, Node};
use crate::site::dockerfile;
use crate::text::Fragment;

/// What a file gives names to, so that an expression in it can be followed.
///
/// Only the file itself is looked at: a name means something else in every other one.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    values: BTreeMap<String, Vec<Fragment<'a>>>,
    /// Whether names stand as they are, without `$` before them.
    is_bare: bool,
}

impl<'a> Names<'a> {
    pub(super) fn of(path: &str, text: &'a str) -> Self {
        let mut names = Self::default();
        match Shape::of(path, text) {
            Shape::Hcl => {
                names.is_bare = true;
                if let Ok(root) = document::parse_hcl(text) {
                    names.hcl(&root);
                }
            }
            Shape::Yaml => {
                for root in document::parse_yaml(text).unwrap_or_default() {
                    names.keys(&root);
                }
            }
            Shape::Json | Shape::Toml => {
                let root = document::parse_json(text).or_else(|_| document::parse_toml(text));
                if let Ok(root) = root {
                    names.keys(&root);
                }
            }
            Shape::Dockerfile => names.extend(dockerfile::assignments(text)),
            Shape::Assignments | Shape::Prose => names.extend(assignment::lines(text)),
            // A binding of Nix is followed where it is read; the others have no expressions.
            Shape::Nix | Shape::GoMod | Shape::ToolVersions => {}
        }
        names
    }

    /// Returns whether the text is a name that the file sets, where names stand as they are.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.is_bare && self.values.contains_key(text)
    }

    pub(super) fn values_of(&self, name: &str) -> &[Fragment<'a>] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    fn extend(&mut self, assignments: Vec<assignment::Assignment<'a>>) {
        for one in assignments {
            self.values.entry(one.name).or_default().push(one.value);
        }
    }

    /// Any key may be a variable: `env:`, `variables:`, `x-versions:`.
    fn keys(&mut self, root: &Node<'a>) {
        root.walk(&mut |node| {
            let Node::Map(map) = node else { return };
            for (key, value) in &map.entries {
                if let Node::Scalar(value) = value {
                    self.values.entry(key.text().to_owned()).or_default().push(value.content.clone());
                }
            }
        });
    }

    /// `var.NAME` is the default of the variable, `local.NAME` the local value.
    fn hcl(&mut self, root: &Node<'a>) {
        let entries = |node: Option<&Node<'a>>| {
            node.and_then(Node::as_map).map(|map| map.entries.clone()).unwrap_or_default()
        };
        for (name, variable) in entries(root.get("variable")) {
            if let Some(default) = variable.get("default").and_then(Node::as_scalar) {
                self.values.entry(format!("var.{}", name.text())).or_default().push(default.content.clone());
            }
        }
        let locals: Vec<&Node<'a>> = match root.get("locals") {
            Some(Node::List(blocks)) => blocks.items.iter().collect(),
            block => block.into_iter().collect(),
        };
        for block in locals {
            for (name, value) in entries(Some(block)) {
                if let Some(value) = value.as_scalar() {
                    self.values
                        .entry(format!("local.{}", name.text()))
                        .or_default()
                        .push(value.content.clone());
                }
            }
        }
    }
}
