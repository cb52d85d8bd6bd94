//! Tekton (tekton.dev/docs, "Tasks", "Pipelines").

use super::dialect::{Declared, Dialect, Given, Place};
use crate::document::{Map, Node};

pub(super) const DIALECT: Dialect = Dialect { declares, gives, ..Dialect::ANY };

/// `params` of a task or a pipeline; those of a run have values and are visible below by that.
fn declares<'n>(place: &Place<'_>, map: &'n Map<'n>) -> Option<Declared<'n>> {
    let inputs = map.get("params").filter(|_| place.is_spec())?;
    let prefixes: &[&str] = match place.text_at(&["kind"]) {
        "Task" | "ClusterTask" | "StepAction" | "Pipeline" => &["params.", "inputs.params."],
        "TriggerTemplate" => &["tt.params."],
        _ => return None,
    };
    let owner = owner(place.text_at(&["kind"]), place.text_at(&["metadata", "name"]));
    Some(Declared { owner, inputs, prefixes })
}

/// `params` beside the reference to the task or the pipeline that takes them.
fn gives<'n>(_: &Place<'_>, map: &'n Map<'n>) -> Vec<Given<'n>> {
    let mut given = Vec::new();
    for (key, kind) in [("taskRef", "Task"), ("pipelineRef", "Pipeline"), ("ref", "StepAction")] {
        let Some(name) = map.get(key).and_then(|reference| reference.get("name")).and_then(Node::as_str)
        else {
            continue;
        };
        let values = [map.get("params"), map.get("matrix").and_then(|matrix| matrix.get("params"))];
        given.extend(values.into_iter().flatten().map(|values| Given { owner: owner(kind, name), values }));
    }
    given
}

/// An object is known by its kind and name in whatever file.
fn owner(kind: &str, name: &str) -> String {
    format!("{}/{name}#", kind.trim_start_matches("Cluster"))
}
