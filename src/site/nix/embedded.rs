//! Other languages inside Nix strings: shell, image references.

use rnix::ast;
use rowan::ast::AstNode as _;

use super::file::File;
use super::value::Reader;
use super::{definition, tree};
use crate::site::scope::Scope;
use crate::site::{Follow, Scan, image, script};
use crate::text::Fragment;

/// Attributes whose strings are read by people only.
const PROSE: [&str; 4] = ["description", "longDescription", "homepage", "changelog"];

/// Adds the sites that strings hold: whole scripts, and references to images.
pub(super) fn find(text: &str, file: &File, scan: &mut Scan<'_>) {
    for string in file.root.descendants().filter_map(ast::Str::cast) {
        let at = tree::span(string.syntax());
        let quoted = &text[at.range()];
        let quote = if quoted.starts_with("''") { 2 } else { 1 };
        let Some(body) = quoted.get(quote..quoted.len().saturating_sub(quote)) else { continue };
        let speaks_of_dagger = memchr::memmem::find(body.as_bytes(), b"dagger").is_some()
            || memchr::memmem::find(body.as_bytes(), b"DAGGER").is_some();
        if !speaks_of_dagger || is_prose(&string) {
            continue;
        }
        let mut scope = scope(file, &string, scan);
        let fragment = Fragment::verbatim(body, at.start + quote);
        if body.contains(char::is_whitespace) {
            script::find(&fragment, &mut scope, scan);
        } else {
            image::find(&fragment, &scope, scan);
        }
    }
}

/// Returns what the names mean that the string takes from the expression around it.
fn scope(file: &File, string: &ast::Str, scan: &mut Scan<'_>) -> Scope {
    let mut scope = Scope::default();
    for inner in string.syntax().children().filter_map(ast::Interpol::cast) {
        let Some(expr) = inner.expr() else { continue };
        let name = expr.syntax().text().to_string();
        let fragment = Reader::new(file).text(&expr);
        let known = fragment.and_then(|fragment| {
            let is_version = crate::value::Version::parse(fragment.text()).is_some();
            is_version.then(|| definition::local(&fragment, scan)).flatten()
        });
        let follow = known.map_or_else(|| Follow::Outside("a Nix expression".to_owned()), Follow::Here);
        scope.set(name, follow);
    }
    scope
}

fn is_prose(string: &ast::Str) -> bool {
    let mut at = string.syntax().clone();
    while let Some(parent) = at.parent() {
        if let Some(entry) = ast::AttrpathValue::cast(parent.clone()) {
            let key = entry.attrpath().and_then(|path| tree::names(&path).pop().flatten());
            return key.is_some_and(|key| PROSE.contains(&key.as_str()));
        }
        if ast::AttrSet::can_cast(parent.kind()) {
            return false;
        }
        at = parent;
    }
    false
}
