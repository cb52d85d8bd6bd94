use crate::document::Node;
use crate::site::scan::{Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Kind, Scan, Stated, assignment, image, name};

use super::runner;

/// Who gives a workflow or an action its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// Another file, which may be one of this repository.
    File,
    /// Whoever starts the workflow by hand.
    Person,
}

/// Makes the declared inputs of the workflow or action called `file` visible: as their default,
/// or, without one, as whatever a caller gives them.
pub(super) fn declare(
    inputs: Option<&Node<'_>>,
    caller: Caller,
    file: &str,
    scope: &mut Scope,
    scan: &mut Scan<'_>,
) {
    let Some(map) = inputs.and_then(Node::as_map) else { return };
    for (key, input) in &map.entries {
        let name = Name::Input { file: file.to_owned(), name: key.text().to_owned() };
        let default = input.get("default").and_then(Node::as_scalar);
        if let Some(default) = default {
            image::find(&default.content, scope, scan);
            runner::find_assigned(default, scope, scan);
        }
        let defined = default.and_then(|default| assignment::define(&name, default, scope, scan));
        let follow = defined.unwrap_or_else(|| match caller {
            Caller::File => Follow::There(name),
            Caller::Person => {
                Follow::Outside(format!("input `{}`, which whoever starts the workflow gives", key.text()))
            }
        });
        set(key.text(), &follow, scope);
    }
}

/// An input that two triggers declare keeps the meaning that has a value.
fn set(name: &str, follow: &Follow, scope: &mut Scope) {
    // `github.event.inputs` is the older spelling of a dispatch's inputs.
    for context in ["inputs", "github.event.inputs"] {
        let key = format!("{context}.{name}");
        let is_better = match scope.get(&key) {
            Some(Follow::Here(_)) => false,
            Some(_) => matches!(follow, Follow::Here(_)),
            None => true,
        };
        if is_better {
            scope.set(key, follow.clone());
        }
    }
}

/// Adds the default of an action's input that is called `version` and says in its description
/// whose version it is: what the action installs with it may stand in a program.
pub(super) fn find_described(inputs: Option<&Node<'_>>, scan: &mut Scan<'_>) {
    let Some(input) = inputs.and_then(|inputs| inputs.get("version")) else { return };
    let description = input.get("description").and_then(Node::as_str).unwrap_or_default();
    let default = input.get("default").and_then(Node::as_scalar);
    let Some(default) = default.filter(|_| description.len() < 120) else { return };
    let text = default.text();
    let is_literal = assignment::could_be_version(text) && !assignment::is_expression(text);
    if is_literal && name::says_dagger_version(description) {
        scan.add_in(Kind::Variable, &default.content, 0..text.len(), Stated::of(text));
    }
}
