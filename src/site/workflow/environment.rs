use crate::document::{Node, Scalar};
use crate::site::scan::{Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Scan, assignment, image};

/// Makes the variables of an `env` map visible under both spellings that look them up: `X` in a
/// shell, `env.X` in an expression. Images in the values are sites.
pub(in crate::site) fn declare(env: Option<&Node<'_>>, scope: &mut Scope, scan: &mut Scan<'_>) {
    let Some(map) = env.and_then(Node::as_map) else { return };
    for (key, value) in &map.entries {
        match value.as_scalar() {
            Some(scalar) => declare_variable(key.text(), scalar, scope, scan),
            // Merged maps; nothing else in `env` is a map or a list.
            None if key.text() == "<<" => {
                let merged = value.as_list().map_or(std::slice::from_ref(value), |list| &list.items);
                let entries = merged.iter().filter_map(Node::as_map).flat_map(|map| &map.entries);
                for (key, value) in entries {
                    let Some(scalar) = value.as_scalar() else { continue };
                    declare_variable(key.text(), scalar, scope, scan);
                }
            }
            None => {}
        }
    }
}

/// Makes one variable visible, as [`declare`] does.
pub(in crate::site) fn declare_variable(
    name: &str,
    value: &Scalar<'_>,
    scope: &mut Scope,
    scan: &mut Scan<'_>,
) {
    image::find(&value.content, scope, scan);
    match assignment::define(&Name::Variable(name.to_owned()), value, scope, scan) {
        Some(follow) => set(name, &follow, scope),
        // A value that is no version still hides an outer one.
        None if scope.get(name).is_some() => {
            let words = format!("`{name}`, which is set to `{}`", value.text());
            set(name, &Follow::Outside(words), scope);
        }
        None => {}
    }
}

/// Makes one variable visible.
pub(super) fn set(name: &str, follow: &Follow, scope: &mut Scope) {
    scope.set(name, follow.clone());
    scope.set(format!("env.{name}"), follow.clone());
}
