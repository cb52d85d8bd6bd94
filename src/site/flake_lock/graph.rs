use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Map, Node};

/// The nodes of a lock and what refers to what.
pub(super) struct Graph<'n, 'a> {
    nodes: BTreeMap<&'n str, &'n Node<'a>>,
    root: &'n str,
}

/// A node that some chain of inputs leads to.
pub(super) struct Reachable<'n> {
    pub(super) name: &'n str,
    /// Whether the root's own inputs lead there in one step.
    pub(super) is_own: bool,
}

impl<'n, 'a> Graph<'n, 'a> {
    /// Returns the graph, or `None` when the file has none.
    pub(super) fn of(lock: &'n Node<'a>) -> Option<Self> {
        let nodes: BTreeMap<_, _> = entries(lock.get("nodes")?).collect();
        let root = lock.get("root").and_then(Node::as_str).unwrap_or("root");
        Some(Self { nodes, root })
    }

    /// Returns the node called `name`.
    pub(super) fn node(&self, name: &str) -> Option<&'n Node<'a>> {
        self.nodes.get(name).copied()
    }

    /// Returns every node that the root leads to, in the order of their names.
    pub(super) fn reachable(&self) -> Vec<Reachable<'n>> {
        let own: BTreeSet<&str> = self.targets(self.root).collect();
        let mut seen = BTreeSet::from([self.root]);
        let mut pending = vec![self.root];
        while let Some(name) = pending.pop() {
            for target in self.targets(name) {
                if seen.insert(target) {
                    pending.push(target);
                }
            }
        }
        seen.into_iter().map(|name| Reachable { name, is_own: own.contains(name) }).collect()
    }

    /// Returns the node that this one's `nixpkgs` input is, when it was locked for it: not taken
    /// from another flake, not shared, and asked for by the words of dagger/nix's own `flake.nix`,
    /// which never changed. Another one is the repository's own choice.
    pub(super) fn own_nixpkgs(&self, node: &'n Node<'a>) -> Option<&'n Node<'a>> {
        let name = node.get("inputs")?.get("nixpkgs")?.as_str()?;
        let users =
            self.nodes.values().flat_map(|node| inputs(node)).filter(|(_, to)| to.as_str() == Some(name));
        if users.count() != 1 {
            return None;
        }
        let nixpkgs = self.node(name)?;
        let original = nixpkgs.get("original")?;
        let is = |key: &str, wanted: &str| {
            original.get(key).and_then(Node::as_str).is_some_and(|text| text.eq_ignore_ascii_case(wanted))
        };
        let is_its_own = is("type", "github")
            && is("owner", "NixOS")
            && is("repo", "nixpkgs")
            && is("ref", "nixpkgs-unstable");
        is_its_own.then_some(nixpkgs)
    }

    /// Returns the names of the nodes that this node's inputs are.
    fn targets(&self, name: &str) -> impl Iterator<Item = &'n str> {
        let inputs: Vec<_> = self.node(name).into_iter().flat_map(inputs).collect();
        inputs.into_iter().filter_map(|(_, to)| self.resolve(to))
    }

    /// Returns the node that an input is: by name, or at the end of a path of input names from the
    /// root. A step of a path can be a path again; one that takes more steps than any lock needs
    /// goes in circles.
    fn resolve(&self, input: &'n Node<'a>) -> Option<&'n str> {
        let mut steps = Vec::new();
        let follow = |input: &'n Node<'a>, steps: &mut Vec<&'n str>| match input.resolve() {
            Node::Scalar(name) => Some(name.text()),
            Node::List(path) => {
                steps.extend(path.items.iter().rev().filter_map(Node::as_str));
                Some(self.root)
            }
            Node::Map(_) | Node::Alias(_) => None,
        };
        let mut at = follow(input, &mut steps)?;
        for _ in 0..MAX_STEPS {
            let Some(step) = steps.pop() else {
                return self.nodes.get_key_value(at).map(|(name, _)| *name);
            };
            let (_, next) = inputs(self.node(at)?).find(|(name, _)| *name == step)?;
            at = follow(next, &mut steps)?;
        }
        None
    }
}

/// More steps than the deepest chain of flakes that follow each other takes.
const MAX_STEPS: usize = 1000;

/// Returns the inputs of a node, each with what the lock says it is.
fn inputs<'n, 'a>(node: &'n Node<'a>) -> impl Iterator<Item = (&'n str, &'n Node<'a>)> {
    node.get("inputs").into_iter().flat_map(entries)
}

fn entries<'n, 'a>(node: &'n Node<'a>) -> impl Iterator<Item = (&'n str, &'n Node<'a>)> {
    node.as_map().into_iter().flat_map(|map: &Map<'_>| &map.entries).map(|(name, node)| (name.text(), node))
}
