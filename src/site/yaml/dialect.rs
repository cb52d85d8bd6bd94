use crate::document::{Map, Node};
use crate::site::Scan;
use crate::site::scope::Scope;

/// What one tool means by its YAML where others mean something else, or nothing.
pub(in crate::site) struct Dialect {
    /// Keys below which images stand as a whole: by themselves in a list, or under `name`.
    pub images: &'static [&'static str],
    /// Returns the name under which scripts see a variable of the file, when that is another one.
    pub environment: fn(&str) -> Option<String>,
    /// Returns the inputs that a map declares.
    pub declares: for<'n> fn(&Place<'_>, &'n Map<'n>) -> Option<Declared<'n>>,
    /// Returns the inputs that a map gives to somebody who declares them.
    pub gives: for<'n> fn(&Place<'_>, &'n Map<'n>) -> Vec<Given<'n>>,
    /// Adds the sites of a map that only this tool has.
    pub find: fn(&Place<'_>, &Map<'_>, &Scope, &mut Scan<'_>),
}

impl Dialect {
    /// YAML of no particular tool.
    pub(in crate::site) const ANY: Self = Self {
        images: &[],
        environment: |_| None,
        declares: |_, _| None,
        gives: |_, _| Vec::new(),
        find: |_, _, _, _| {},
    };
}

/// Where a map stands.
#[derive(Debug, Clone, Copy)]
pub(in crate::site) struct Place<'p> {
    /// Path of the file.
    pub path: &'p str,
    /// The document it belongs to.
    pub document: &'p Node<'p>,
    /// The nearest key; empty at the top.
    pub key: &'p str,
    /// The key above that.
    pub above: &'p str,
}

impl Place<'_> {
    /// Returns whether the map is the `spec` of a Kubernetes object.
    pub(super) fn is_spec(&self) -> bool {
        self.key == "spec" && self.above.is_empty()
    }

    /// Returns the text below the keys of the document.
    pub(super) fn text_at(&self, keys: &[&str]) -> &str {
        let node = keys.iter().try_fold(self.document, |node, key| node.get(key));
        node.and_then(Node::as_str).unwrap_or_default()
    }
}

/// Inputs with their defaults.
pub(in crate::site) struct Declared<'n> {
    /// Whose they are, by a name that is his alone: `PATH#NAME`.
    pub owner: String,
    /// A map by the inputs' names, or a list of maps with `name`.
    pub inputs: &'n Node<'n>,
    /// What stands before an input's name where it is used.
    pub prefixes: &'static [&'static str],
}

/// Values for inputs.
pub(in crate::site) struct Given<'n> {
    /// Whose inputs they are: [`Declared::owner`].
    pub owner: String,
    /// A map by the inputs' names, or a list of maps with `name` and `value`.
    pub values: &'n Node<'n>,
}
