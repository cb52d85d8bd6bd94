use super::Lack;
use super::assignment::{self, Assignment};
use super::path::{KeyPath, Part};
use super::shape::Shape;
use crate::document::{self, Node, SyntaxError};
use crate::site::dockerfile;
use crate::site::nix::Bindings;
use crate::text::Fragment;

/// A `*` leads to so many places; an alias may stand for as many others as one likes.
const MAX_VISITS: usize = 1 << 20;

/// At most so many names are listed where a path ends.
const MAX_SHOWN: usize = 6;

/// Returns the texts at the path in a file, or why there are none.
///
/// In data files (JSON, TOML, YAML, HCL) a path is one of keys; an HCL block stands under its type
/// and labels. In Nix it is one of attributes, and functions, `let`, `with` and calls add nothing
/// to it. A Dockerfile has the names of its `ARG` and `ENV`, or `ARG.NAME` for one of them only;
/// `go.mod` has `go`, `toolchain` and `require."module"`; `.tool-versions` its tools; other files
/// the names that they assign, below `[section]` where they have sections.
pub(super) fn find<'a>(
    key: &KeyPath,
    path: &str,
    text: &'a str,
) -> Result<Result<Vec<Fragment<'a>>, Lack>, SyntaxError> {
    let roots = match Shape::of(path, text) {
        Shape::Toml => vec![document::parse_toml(text)?],
        Shape::Yaml => document::parse_yaml(text)?,
        Shape::Json => vec![document::parse_json(text)?],
        Shape::Hcl => vec![document::parse_hcl(text)?],
        Shape::Nix => return Ok(in_nix(key, path, &Bindings::parse(text)?)),
        Shape::Dockerfile => return Ok(by_name(key, path, dockerfile::assignments(text))),
        Shape::GoMod => return Ok(by_name(key, path, assignment::go_mod(text))),
        Shape::ToolVersions => return Ok(by_name(key, path, assignment::tool_versions(text))),
        Shape::Assignments | Shape::Prose => return Ok(by_name(key, path, assignment::lines(text))),
    };
    let mut search = Search { key, values: Vec::new(), miss: None, visits: 0 };
    for root in &roots {
        search.look(root, 0);
    }
    Ok(search.end(path))
}

struct Search<'k, 'a> {
    key: &'k KeyPath,
    values: Vec<Fragment<'a>>,
    /// The longest beginning of the path that is there, with what is found instead of the rest.
    miss: Option<(usize, Instead)>,
    visits: usize,
}

enum Instead {
    /// A map with these keys.
    Keys(Vec<String>),
    /// A list of so many.
    Items(usize),
    /// A single value, where a map or a list was wanted.
    Value,
    /// A map or a list, where a value was wanted.
    Collection(&'static str),
}

impl<'a> Search<'_, 'a> {
    fn look(&mut self, node: &Node<'a>, depth: usize) {
        self.visits += 1;
        if self.visits > MAX_VISITS {
            return;
        }
        let Some(part) = self.key.parts().get(depth) else {
            match node.resolve() {
                Node::Scalar(scalar) => self.values.push(scalar.content.clone()),
                Node::List(_) => self.miss(depth, Instead::Collection("a list")),
                _ => self.miss(depth, Instead::Collection("a table")),
            }
            return;
        };
        match (node.resolve(), part) {
            (Node::Map(map), Part::Any) => {
                for (_, value) in &map.entries {
                    self.look(value, depth + 1);
                }
            }
            (Node::Map(map), Part::Name(name)) => match map.get(name) {
                Some(value) => self.look(value, depth + 1),
                None => {
                    let keys = map.entries.iter().map(|(key, _)| key.text().to_owned());
                    self.miss(depth, Instead::Keys(keys.collect()));
                }
            },
            (Node::List(list), Part::Any) => {
                for item in &list.items {
                    self.look(item, depth + 1);
                }
            }
            (Node::List(list), Part::Name(name)) => {
                match name.parse().ok().and_then(|index: usize| list.items.get(index)) {
                    Some(item) => self.look(item, depth + 1),
                    None => self.miss(depth, Instead::Items(list.items.len())),
                }
            }
            _ => self.miss(depth, Instead::Value),
        }
    }

    fn miss(&mut self, depth: usize, instead: Instead) {
        if self.miss.as_ref().is_none_or(|(known, _)| *known < depth) {
            self.miss = Some((depth, instead));
        }
    }

    fn end(self, path: &str) -> Result<Vec<Fragment<'a>>, Lack> {
        if !self.values.is_empty() {
            return Ok(self.values);
        }
        let key = self.key;
        let absent = format!("`{key}` is not in `{path}`");
        Err(match self.miss {
            None => Lack::new(absent),
            Some((depth, Instead::Keys(keys))) => Lack { reason: absent, hint: suggest(key, depth, &keys) },
            Some((depth, Instead::Items(count))) => {
                Lack::new(format!("{absent}: {} is a list of {count}", before(key, depth)))
            }
            Some((depth, Instead::Value)) => {
                Lack::new(format!("{absent}: {} is a single value", before(key, depth)))
            }
            Some((_, Instead::Collection(what))) => {
                Lack::new(format!("`{key}` in `{path}` is {what}, not a version"))
            }
        })
    }
}

fn before(key: &KeyPath, depth: usize) -> String {
    let parts: Vec<String> = key.parts().iter().take(depth).map(Part::to_string).collect();
    if parts.is_empty() { "the file".to_owned() } else { format!("`{}`", parts.join(".")) }
}

/// Returns what the path could have been: the nearest name, or all of a few.
fn suggest(key: &KeyPath, depth: usize, names: &[String]) -> Option<String> {
    let Some(Part::Name(wanted)) = key.parts().get(depth) else { return None };
    nearest(wanted, names)
        .map(|name| format!("did you mean `{}`?", key.with(depth, name)))
        .or_else(|| known(names))
}

/// Returns the name that is most like the wanted one, when one is like it at all.
fn nearest<'n>(wanted: &str, names: &'n [String]) -> Option<&'n str> {
    let rated = names.iter().map(|name| (strsim::damerau_levenshtein(wanted, name), name.as_str()));
    rated.min().filter(|(distance, _)| *distance <= 1 + wanted.len() / 3).map(|(_, name)| name)
}

fn known(names: &[String]) -> Option<String> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    let shown = names.iter().take(MAX_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        count if count > MAX_SHOWN => Some(format!("known there: {shown}, …")),
        _ => Some(format!("known there: {shown}")),
    }
}

/// Names are compared as a whole: they may have dots.
fn by_name<'a>(
    key: &KeyPath,
    path: &str,
    assignments: Vec<Assignment<'a>>,
) -> Result<Vec<Fragment<'a>>, Lack> {
    let wanted = key.joined();
    let is_wanted = |name: &str| wanted.as_deref() == Some(name);
    let (found, others): (Vec<_>, Vec<_>) = assignments
        .into_iter()
        .partition(|one| is_wanted(&one.name) || one.also.as_deref().is_some_and(is_wanted));
    if !found.is_empty() {
        return Ok(found.into_iter().map(|one| one.value).collect());
    }
    let names: Vec<String> = others.into_iter().map(|one| one.name).collect();
    let hint = nearest(&key.to_string(), &names).map(|name| format!("did you mean `{name}`?"));
    Err(Lack { reason: format!("`{key}` is not in `{path}`"), hint: hint.or_else(|| known(&names)) })
}

fn in_nix(key: &KeyPath, path: &str, bindings: &Bindings) -> Result<Vec<Fragment<'static>>, Lack> {
    let parts = key.parts();
    let begins = |names: &[String], depth: usize| {
        names.len() >= depth && names.iter().zip(&parts[..depth]).all(|(name, part)| part.is(name))
    };
    let whole = |names: &[String]| names.len() == parts.len() && begins(names, parts.len());
    let (mut found, mut is_bound) = (Vec::new(), false);
    for (index, _) in bindings.paths().enumerate().filter(|(_, names)| whole(names)) {
        is_bound = true;
        found.extend(bindings.text(index));
    }
    if !found.is_empty() {
        return Ok(found);
    }
    if is_bound {
        return Err(Lack::new(format!("`{key}` in `{path}` is no string that the file itself tells")));
    }
    let goes_on = |names: &[String], depth: usize| names.len() > depth && begins(names, depth);
    let depth = (0..parts.len()).rev().find(|depth| bindings.paths().any(|names| goes_on(names, *depth)));
    let hint = depth.and_then(|depth| {
        let names = bindings.paths().filter(|names| goes_on(names, depth));
        suggest(key, depth, &names.map(|names| names[depth].clone()).collect::<Vec<_>>())
    });
    Err(Lack { reason: format!("`{key}` is not in `{path}`"), hint })
}
