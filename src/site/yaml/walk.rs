use std::collections::BTreeSet;
use std::rc::Rc;

use super::dialect::{Dialect, Place};
use super::{chart, embedded, input, keys, matrix, split_image, variable};
use crate::document::{Map, Node, Scalar};
use crate::site::scan::Name;
use crate::site::scope::Scope;
use crate::site::{Scan, assignment, image, script};
use crate::text::Span;

/// A node that waits for its turn, and what is known from above.
struct Waiting<'n> {
    node: &'n Node<'n>,
    /// The nearest key.
    key: &'n str,
    /// The key above it.
    above: &'n str,
    /// All keys, joined by dots; only the values of a chart are looked up by it.
    path: Option<String>,
    scope: Rc<Scope>,
}

/// Adds the sites of one document. What stands behind an alias is looked at once, at its anchor.
/// `given` is visible from elsewhere.
pub(super) fn find<'n>(
    document: &'n Node<'n>,
    dialect: &'static Dialect,
    depth: usize,
    given: &Rc<Scope>,
    scan: &mut Scan<'_>,
) {
    let directory = scan.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let is_values = keys::is_chart_values(scan.path);
    let chart = is_values.then(|| directory.to_owned());
    let mut walk = Walk {
        document,
        dialect,
        chart,
        depth,
        pending: Vec::new(),
        done: BTreeSet::new(),
        matrices: BTreeSet::new(),
    };
    chart::find_metadata(document, directory, scan);
    let path = is_values.then(String::new);
    let scope = variable::given_somewhere(document, dialect, given);
    walk.pending.push(Waiting { node: document, key: "", above: "", path, scope });
    while let Some(waiting) = walk.pending.pop() {
        match waiting.node {
            Node::Scalar(value) => walk.scalar(value, &waiting, scan),
            Node::List(list) => {
                for item in list.items.iter().rev() {
                    let (key, above, scope) = (waiting.key, waiting.above, waiting.scope.clone());
                    walk.pending.push(Waiting { node: item, key, above, path: None, scope });
                }
            }
            Node::Map(map) => walk.map(map, &waiting, scan),
            Node::Alias(_) => {}
        }
    }
}

struct Walk<'n> {
    document: &'n Node<'n>,
    pending: Vec<Waiting<'n>>,
    /// Where scalars begin whose meaning a sibling has settled.
    done: BTreeSet<usize>,
    /// Matrices, which are read together with the map they belong to.
    matrices: BTreeSet<Span>,
    dialect: &'static Dialect,
    /// The chart's directory, when the document is a chart's values.
    chart: Option<String>,
    /// How many strings the document stands in.
    depth: usize,
}

impl<'n> Walk<'n> {
    fn map(&mut self, map: &'n Map<'n>, waiting: &Waiting<'n>, scan: &mut Scan<'_>) {
        let Waiting { key, above, .. } = *waiting;
        let place = Place { path: scan.path, document: self.document, key, above };
        let scope = names(map, &place, self.dialect, &waiting.scope, scan);
        (self.dialect.find)(&place, map, &scope, scan);
        self.matrices.extend(matrix::of(map).map(|matrix| matrix.node.span()));
        self.done.extend(split_image::find(map, self.chart.is_some(), &scope, scan));
        self.done.extend(chart::find(map, &scope, scan));
        let mut below = self.scripts(map, waiting.key, &scope, scan);
        for (key, value) in &map.entries {
            let is_script = keys::is_script(key.text()) && !matches!(value, Node::Map(_));
            let is_matrix = self.matrices.contains(&value.span());
            if is_script || is_matrix || keys::is_prose(key.text()) {
                continue;
            }
            let path = waiting.path.as_deref().map(|path| join(path, key.text()));
            let (key, above) = (key.text(), waiting.key);
            below.push(Waiting { node: value, key, above, path, scope: scope.clone() });
        }
        self.pending.extend(below.into_iter().rev());
    }

    /// Scripts of one map run in one shell, one after the other; lines may be items of a list.
    /// Returns what among them is no script.
    fn scripts(
        &self,
        map: &'n Map<'n>,
        above: &'n str,
        scope: &Rc<Scope>,
        scan: &mut Scan<'_>,
    ) -> Vec<Waiting<'n>> {
        let mut below = Vec::new();
        let mut entries: Vec<_> = map.entries.iter().filter(|(key, _)| keys::is_script(key.text())).collect();
        entries.sort_by_key(|(key, _)| !(key.text().starts_with("before") || key.text().starts_with("pre")));
        let mut shell = Scope::clone(scope);
        for (key, value) in entries {
            match value {
                Node::Scalar(line) if !self.done.contains(&line.span.start) => {
                    script::find(&line.content, &mut shell, scan);
                }
                Node::List(list) => {
                    for item in &list.items {
                        match item {
                            Node::Scalar(line) => script::find(&line.content, &mut shell, scan),
                            node => below.push(Waiting {
                                node,
                                key: key.text(),
                                above,
                                path: None,
                                scope: scope.clone(),
                            }),
                        }
                    }
                }
                _ => {}
            }
        }
        below
    }

    fn scalar(&self, value: &Scalar<'_>, waiting: &Waiting<'_>, scan: &mut Scan<'_>) {
        if let (Some(chart), Some(key)) = (&self.chart, &waiting.path) {
            let name = Name::ChartValue { chart: chart.clone(), key: key.clone() };
            assignment::define(&name, value, &waiting.scope, scan);
        }
        if self.done.contains(&value.span.start) {
            return;
        }
        let text = value.text();
        if text.trim_end().contains('\n') {
            if !embedded::find(&value.content, self.depth, scan) {
                script::find(&value.content, &mut Scope::clone(&waiting.scope), scan);
            }
        } else if speaks_of_release(text) {
            script::find(&value.content, &mut Scope::clone(&waiting.scope), scan);
        } else if keys::is_image(waiting.key) || self.is_image(waiting) {
            image::find_whole(&value.content, 0..value.text().len(), &waiting.scope, scan);
        } else {
            image::find(&value.content, &waiting.scope, scan);
        }
    }
}

impl Walk<'_> {
    /// Returns whether the tool takes what stands there for an image and nothing else.
    fn is_image(&self, waiting: &Waiting<'_>) -> bool {
        let holder = if waiting.key == "name" { waiting.above } else { waiting.key };
        self.dialect.images.contains(&holder)
    }
}

/// Returns the scope with every name that the map gives a value.
pub(super) fn names(
    map: &Map<'_>,
    place: &Place<'_>,
    dialect: &'static Dialect,
    outer: &Rc<Scope>,
    scan: &mut Scan<'_>,
) -> Rc<Scope> {
    let declared = (dialect.declares)(place, map);
    let read = declared.as_ref().map(|declared| declared.inputs.span());
    let mut scope = variable::declare(map, place.key, read, dialect, outer, scan);
    if let Some(declared) = &declared {
        scope = input::declare(declared, &scope, scan);
    }
    if let Some(matrix) = matrix::of(map) {
        scope = matrix::declare(&matrix, &scope, scan);
    }
    for given in (dialect.gives)(place, map) {
        input::give(&given, &scope, scan);
    }
    scope
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A single line under a key that says nothing is a command only when it has words; the address
/// alone is a download whose version another key gives.
fn speaks_of_release(text: &str) -> bool {
    text.contains("/dagger/releases/") || (text.contains("dl.dagger.io") && text.contains(' '))
}
