use crate::document::{Node, Scalar};
use crate::site::scan::{Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Kind, Scan, Stated, assignment, image, name};

use super::runner;

/// Makes the declared inputs of the workflow or action called `file` visible: as their default,
/// or, without one, as whatever a caller gives them.
pub(super) fn declare(inputs: Option<&Node<'_>>, file: &str, scope: &mut Scope, scan: &mut Scan<'_>) {
    let Some(map) = inputs.and_then(Node::as_map) else { return };
    for (key, input) in &map.entries {
        let name = Name::Input { file: file.to_owned(), name: key.text().to_owned() };
        let default = input.get("default").and_then(Node::as_scalar);
        if let Some(default) = default {
            image::find(&default.content, scope, scan);
            runner::find_assigned(default, scope, scan);
            if is_described(key.text(), input) {
                described(default, scan);
            }
        }
        let defined = default.and_then(|default| assignment::define(name.clone(), default, scope, scan));
        let follow = defined.unwrap_or(Follow::There(name));
        set(key.text(), &follow, scope);
    }
}

/// An input that two triggers declare keeps the meaning that has a value.
fn set(name: &str, follow: &Follow, scope: &mut Scope) {
    // `github.event.inputs` is the older spelling of a dispatch's inputs.
    for context in ["inputs", "github.event.inputs"] {
        let key = format!("{context}.{name}");
        let has_value = matches!(scope.get(&key), Some(Follow::Here(_)));
        if !has_value || matches!(follow, Follow::Here(_)) {
            scope.set(key, follow.clone());
        }
    }
}

/// Returns whether an input called `version` says in its description whose version it is.
fn is_described(key: &str, input: &Node<'_>) -> bool {
    let description = input.get("description").and_then(Node::as_str);
    key.eq_ignore_ascii_case("version")
        && description.is_some_and(|text| text.len() < 120 && name::says_dagger_version(text))
}

fn described(default: &Scalar<'_>, scan: &mut Scan<'_>) {
    let text = default.text();
    if assignment::could_be_version(text) && !assignment::is_expression(text) {
        scan.add_in(Kind::Variable, &default.content, 0..text.len(), Stated::of(text));
    }
}
