//! Argo Workflows (argo-workflows.readthedocs.io, "Field Reference"), and the `ApplicationSet` of Argo CD.

use super::dialect::{Declared, Dialect, Given, Place};
use crate::document::{Map, Node};

pub(super) const DIALECT: Dialect = Dialect { declares, gives, ..Dialect::ANY };

/// `arguments` of a workflow, `inputs` of a template.
fn declares<'n>(place: &Place<'_>, map: &'n Map<'n>) -> Option<Declared<'n>> {
    if place.is_spec()
        && let Some(inputs) = elements(map).first().copied()
    {
        return Some(Declared { owner: owner(name(place), ""), inputs, prefixes: &[""] });
    }
    let parameters = |key: &str| map.get(key)?.get("parameters");
    if is_workflow(place) {
        let inputs = parameters("arguments")?;
        return Some(Declared { owner: owner(name(place), ""), inputs, prefixes: &["workflow.parameters."] });
    }
    let template = map.get("name").and_then(Node::as_str).filter(|_| place.key == "templates")?;
    let inputs = parameters("inputs")?;
    Some(Declared { owner: owner(name(place), template), inputs, prefixes: &["inputs.parameters."] })
}

/// `arguments` beside the template, or the workflow, that takes them.
fn gives<'n>(place: &Place<'_>, map: &'n Map<'n>) -> Vec<Given<'n>> {
    if place.is_spec() {
        let elements = elements(map).into_iter();
        let given: Vec<_> = elements.map(|values| Given { owner: owner(name(place), ""), values }).collect();
        if !given.is_empty() {
            return given;
        }
    }
    let Some(values) = map.get("arguments").and_then(|arguments| arguments.get("parameters")) else {
        return Vec::new();
    };
    let below = |key: &str, inner: &str| map.get(key)?.get(inner)?.as_str();
    let template = map.get("template").and_then(Node::as_str).map(|template| owner(name(place), template));
    let other = below("templateRef", "name")
        .zip(below("templateRef", "template"))
        .map(|(workflow, template)| owner(workflow, template));
    let workflow = below("workflowTemplateRef", "name").map(|workflow| owner(workflow, ""));
    template.into_iter().chain(other).chain(workflow).map(|owner| Given { owner, values }).collect()
}

/// Returns what the list generators of an `ApplicationSet` fill its template with, once each.
fn elements<'n>(map: &'n Map<'n>) -> Vec<&'n Node<'n>> {
    let items =
        |node: Option<&'n Node<'n>>| node.and_then(Node::as_list).map_or([].as_slice(), |list| &list.items);
    let lists = items(map.get("generators")).iter().filter_map(|generator| generator.get("list"));
    lists.flat_map(|list| items(list.get("elements"))).collect()
}

fn is_workflow(place: &Place<'_>) -> bool {
    place.is_spec() || place.key == "workflowSpec"
}

/// One whose name is made when it is created is known by its file.
fn name<'p>(place: &'p Place<'_>) -> &'p str {
    Some(place.text_at(&["metadata", "name"])).filter(|name| !name.is_empty()).unwrap_or(place.path)
}

/// A workflow is known by its name in whatever file.
fn owner(workflow: &str, template: &str) -> String {
    format!("workflow/{workflow}#{template}")
}
