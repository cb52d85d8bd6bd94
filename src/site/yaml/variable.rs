use std::rc::Rc;

use super::dialect::Dialect;
use super::{input, keys, matrix};
use crate::document::{List, Map, Node, Scalar};
use crate::site::scan::{Definition, Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Kind, Scan, Stated, aqua, assignment, expression, name, script};
use crate::text::Span;

/// Maps of variables inside maps of variables: `env: {variables: {…}}`.
const MAX_NESTING: usize = 3;

/// Makes the variables that a map gives values visible below it, and returns the scope with them:
/// its own entries whose names say what they are, and all entries of `env` and its like.
///
/// `key` is the map's own key; what stands at `read` has been looked at.
pub(super) fn declare(
    map: &Map<'_>,
    key: &str,
    read: Option<Span>,
    dialect: &'static Dialect,
    outer: &Rc<Scope>,
    scan: &mut Scan<'_>,
) -> Rc<Scope> {
    let mut made = Made { outer: outer.clone(), scope: None, environment: dialect.environment };
    for (name, value) in &map.entries {
        if keys::is_prose(name.text()) || read == Some(value.span()) {
            continue;
        }
        if keys::holds_variables(name.text()) {
            container(name.text(), value, 0, &mut made, scan);
        } else if let Some(held) = held(value) {
            let own = name.text();
            if is_name(own) {
                made.variable(own, own, held, scan);
                input::allow(held, input::options(value), scan);
            } else if is_tool(key) && matches!(own, "version" | "tag") && !is_module(map) {
                made.literal(&format!("{key}.{own}"), held, scan);
            } else if is_tool(own) && is_table_of_tools(key) {
                made.literal(&format!("{own}.version"), held, scan);
            }
        } else if let Some(list) = value.as_list() {
            several(name.text(), list, &mut made, scan);
        }
    }
    release(map, key, scan);
    if let Some((name, value)) = pair(map).filter(|(name, _)| is_name(name)) {
        made.variable(name, name, value, scan);
        input::allow(value, input::options_of(map), scan);
    }
    made.scope.map_or_else(|| outer.clone(), Rc::new)
}

/// Variables that the installer reads itself, so that a script need not mention them.
const INSTALLER: &str = "DAGGER_VERSION";

/// Returns `outer` with what holds for a whole document: what any part of it sets for the installer may reach any
/// script in it (a job extends another, a template is included), by rules that differ from tool to
/// tool.
pub(super) fn given_somewhere(document: &Node<'_>, dialect: &Dialect, outer: &Rc<Scope>) -> Rc<Scope> {
    let is_installer =
        |name: &str| name == INSTALLER || (dialect.environment)(name).as_deref() == Some(INSTALLER);
    let mut is_given = false;
    document.walk(&mut |node| {
        is_given |= match node {
            Node::Map(map) => {
                map.entries.iter().any(|(key, _)| is_installer(key.text()))
                    || pair(map).is_some_and(|(name, _)| is_installer(name))
            }
            Node::Scalar(line) => line
                .text()
                .strip_prefix(INSTALLER)
                .is_some_and(|rest| rest.starts_with('=') && !rest.contains(char::is_whitespace)),
            _ => false,
        };
    });
    if !is_given || outer.get(INSTALLER).is_some() {
        return outer.clone();
    }
    let mut scope = Scope::clone(outer);
    scope.set(INSTALLER, Follow::There(Name::Variable(INSTALLER.to_owned())));
    Rc::new(scope)
}

/// Adds the version of the engine's project in a list of tools to download, beside its name.
fn release(map: &Map<'_>, key: &str, scan: &mut Scan<'_>) {
    if let Some((place, range)) = aqua::version(map).filter(|_| key == "packages") {
        let stated = Stated::of(&place.text()[range.clone()]);
        if expression::states_version(&place.text()[range.clone()]) {
            scan.add_in(Kind::ToolAqua, &place.content, range, stated);
        }
        return;
    }
    let scalar = |key: &str| map.get(key).and_then(Node::as_scalar);
    let named = ["name", "repo", "repository", "package"].into_iter().find_map(scalar);
    let is_ours = named.is_some_and(|named| named.text() == "dagger/dagger");
    let version = ["version", "tag"].into_iter().find_map(scalar).filter(|_| is_ours);
    if let Some(version) = version.filter(|version| expression::states_version(version.text())) {
        let range = 0..version.text().len();
        scan.add_in(Kind::Variable, &version.content, range, Stated::of(version.text()));
    }
}

/// A scope that is copied when something is added to it.
struct Made {
    outer: Rc<Scope>,
    scope: Option<Scope>,
    environment: fn(&str) -> Option<String>,
}

impl Made {
    /// Records the value and makes it visible as `key`.
    fn variable(&mut self, key: &str, name: &str, value: &Scalar<'_>, scan: &mut Scan<'_>) {
        let visible = self.scope.as_ref().unwrap_or(&self.outer);
        let follow = assignment::define(&Name::Variable(name.to_owned()), value, visible, scan);
        self.set(key, name, follow, value.text());
    }

    /// Records the value of a member of `env`, `parameters`, …, which expressions call by both names.
    fn dotted(&mut self, container: &str, name: &str, value: &Scalar<'_>, scan: &mut Scan<'_>) {
        self.variable(&format!("{container}.{name}"), name, value, scan);
    }

    fn set(&mut self, key: &str, name: &str, follow: Option<Follow>, text: &str) {
        let visible = self.scope.as_ref().unwrap_or(&self.outer);
        let follow = match follow {
            Some(follow) => follow,
            // A value that is no version still hides an outer one.
            None if visible.get(name).is_some() => Follow::Outside(format!("`{name}` is set to `{text}`")),
            None => return,
        };
        let scope = self.scope.get_or_insert_with(|| Scope::clone(&self.outer));
        if key != name {
            scope.set(key, follow.clone());
        }
        if let Some(variable) = (self.environment)(name) {
            scope.set(variable, follow.clone());
        }
        scope.set(name, follow);
    }

    /// Records what a command prints (`{sh: …}` of a Taskfile), or a template without its brackets
    /// makes (`{ref: …}`).
    fn computed(
        &mut self,
        name: &str,
        command: &Scalar<'_>,
        (open, close): (&str, &str),
        scan: &mut Scan<'_>,
    ) {
        let visible = self.scope.as_ref().unwrap_or(&self.outer);
        let text = format!("{open}{}{close}", command.text());
        let follows = expression::follow(&text, 0..text.len(), visible, scan.path);
        let Some(span) = command.content.span(0..command.text().len()) else { return };
        let definition = Definition {
            name: Name::Variable(name.to_owned()),
            span,
            text: command.text().to_owned(),
            stated: Stated::Unresolved(String::new()),
            follows,
            is_intended: false,
        };
        let follow = Follow::Here(scan.define(definition));
        self.set(name, name, Some(follow), command.text());
    }

    /// Records a value under a name that only suggests what it is: expressions there are anything.
    fn literal(&mut self, name: &str, value: &Scalar<'_>, scan: &mut Scan<'_>) {
        if expression::states_version(value.text()) {
            self.variable(name, name, value, scan);
        }
    }
}

/// `dagger_versions: [0.21.8, 0.20.0]`: several versions on purpose.
fn several(key: &str, list: &List<'_>, made: &mut Made, scan: &mut Scan<'_>) {
    let Some(singular) = key.strip_suffix(['s', 'S']).filter(|key| name::says_dagger_version(key)) else {
        return;
    };
    let first = scan.definitions.len();
    for value in list.items.iter().filter_map(Node::as_scalar) {
        made.literal(singular, value, scan);
    }
    if scan.definitions.len() > first + 1 {
        scan.definitions[first..].iter_mut().for_each(|definition| definition.is_intended = true);
    }
}

/// `env` and its like: a map of names, a list of `{name, value}`, or a list of `NAME=value`.
fn container(key: &str, node: &Node<'_>, nesting: usize, made: &mut Made, scan: &mut Scan<'_>) {
    match node.resolve() {
        Node::Map(map) => {
            for (name, value) in &map.entries {
                let is_nested = name.text() == "<<" || keys::holds_variables(name.text());
                if matches!(name.text(), "global" | "jobs" | "matrix") && is_words(value) {
                    let first = scan.definitions.len();
                    words(value, made, scan);
                    if name.text() != "global" {
                        matrix::mark(&mut scan.definitions[first..]);
                    }
                } else if let Some(held) = held(value) {
                    made.dotted(key, name.text(), held, scan);
                    input::allow(held, input::options(value), scan);
                } else if let Some(command) = value.get("sh").and_then(Node::as_scalar) {
                    made.computed(name.text(), command, ("$(", ")"), scan);
                } else if let Some(other) = value.get("ref").and_then(Node::as_scalar) {
                    made.computed(name.text(), other, ("{{", "}}"), scan);
                } else if is_nested && nesting < MAX_NESTING {
                    container(name.text(), value, nesting + 1, made, scan);
                }
            }
        }
        Node::List(list) => {
            for item in &list.items {
                match item.resolve() {
                    Node::Map(map) => match pair(map) {
                        Some((name, value)) => {
                            made.dotted(key, name, value, scan);
                            input::allow(value, input::options_of(map), scan);
                        }
                        // `<<: [*a, *b]`
                        None if key == "<<" && nesting < MAX_NESTING => {
                            container(key, item, nesting + 1, made, scan);
                        }
                        None => {}
                    },
                    Node::Scalar(line) => assigned(line, made, scan),
                    _ => {}
                }
            }
        }
        Node::Scalar(_) => words(node, made, scan),
        Node::Alias(_) => {}
    }
}

/// Returns whether the node is a text, or texts.
fn is_words(node: &Node<'_>) -> bool {
    let is_text = |node: &Node<'_>| node.as_scalar().is_some();
    is_text(node) || node.as_list().is_some_and(|list| list.items.iter().all(is_text))
}

/// Several `NAME=value` in one text, as a shell takes them (Travis).
fn words(node: &Node<'_>, made: &mut Made, scan: &mut Scan<'_>) {
    let list = node.as_list().map(|list| list.items.iter().filter_map(Node::as_scalar));
    for line in node.as_scalar().into_iter().chain(list.into_iter().flatten()) {
        let mut scope = Scope::clone(made.scope.as_ref().unwrap_or(&made.outer));
        script::find(&line.content, &mut scope, scan);
        made.scope = Some(scope);
    }
}

/// `NAME=value` in a list.
fn assigned(line: &Scalar<'_>, made: &mut Made, scan: &mut Scan<'_>) {
    let Some((name, value)) = line.text().split_once('=') else { return };
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return;
    }
    let range = name.len() + 1..line.text().len();
    let visible = made.scope.as_ref().unwrap_or(&made.outer);
    let variable = Name::Variable(name.to_owned());
    let follow = expression::define(&variable, &line.content, range, visible, scan);
    made.set(name, name, follow, value);
}

/// Returns the scalar that a name is given: itself, or the `value` or `default` beside its
/// description.
fn held<'n>(node: &'n Node<'n>) -> Option<&'n Scalar<'n>> {
    match node.resolve() {
        Node::Scalar(scalar) => Some(scalar),
        Node::Map(map) => map.get("value").or_else(|| map.get("default"))?.as_scalar(),
        _ => None,
    }
}

/// `{name: X, value: Y}`, in any order; parameters have a `default` instead.
fn pair<'n>(map: &'n Map<'n>) -> Option<(&'n str, &'n Scalar<'n>)> {
    let name = map.get("name").or_else(|| map.get("key"))?.as_str()?;
    let value = map.get("value").or_else(|| map.get("default"))?.as_scalar()?;
    Some((name, value))
}

/// Returns whether a key is a variable's name wherever it stands, and not a word of some schema.
fn is_name(key: &str) -> bool {
    let speaks_of = |word: &str| key.to_ascii_lowercase().contains(word);
    name::says_dagger_version(key)
        || name::is_environment(key)
        || ((speaks_of("dagger") || speaks_of("engine")) && (speaks_of("version") || speaks_of("tag")))
}

fn is_tool(key: &str) -> bool {
    matches!(key, "dagger" | "dagger_cli" | "dagger-cli" | "dagger_engine" | "dagger-engine" | "daggerCli")
}

/// Returns whether the map takes something from elsewhere, of which a version in it is: a module, a
/// chart.
fn is_module(map: &Map<'_>) -> bool {
    ["source", "chart"].iter().any(|key| map.get(key).is_some())
}

fn is_table_of_tools(key: &str) -> bool {
    matches!(key, "tools" | "versions" | "tool_versions" | "toolVersions" | "tool-versions")
}
