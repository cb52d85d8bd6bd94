//! Any YAML: images, split repository and tag, charts, variables, scripts, whatever tool reads the
//! file. What a place means is told by its keys, never by a list of tools.

mod argo;
mod chart;
mod dialect;
mod embedded;
mod input;
mod keys;
mod matrix;
mod split_image;
mod tekton;
#[cfg(test)]
mod tests;
mod variable;
mod walk;

use std::rc::Rc;

use super::format::Spec;
use super::scope::Scope;
use super::{Format, Scan, gitlab, lines, workflow};
use crate::document::{self, Node};
use crate::text::{Fragment, Source};

pub(super) use chart::{
    is_dependency as chart_dependency, is_named as is_chart, is_version as is_chart_version,
};
pub(super) use dialect::{Declared, Dialect, Given, Place};

/// Any YAML that no other format claims; templates that are none are read line by line.
pub(super) const FORMAT: Spec = Spec {
    extensions: &["yml", "yaml"],
    is_looked_up: |path| {
        path.file.contains("values")
            || path.file.starts_with("Chart.")
            || path.file.starts_with(".gitlab-ci.")
    },
    ..Spec::of(|source, scan| {
        read(source, &Dialect::ANY, scan);
        Ok(())
    })
};

/// Adds the sites of a YAML file in a tool's dialect; one that is no YAML is read line by line.
pub(super) fn read(source: &Source, dialect: &'static Dialect, scan: &mut Scan<'_>) {
    match document::parse_yaml(source.text()) {
        Ok(documents) => {
            find_nested(&documents, dialect, 0, scan);
            if documents.iter().any(is_filled_in) {
                lines::find(source.text(), scan);
            }
        }
        Err(_) => lines::find(source.text(), scan),
    }
}

/// Returns whether a value is `{{ … }}` without quotes, which YAML takes for a map in a map.
fn is_filled_in(document: &Node<'_>) -> bool {
    let mut found = false;
    document.walk(&mut |node| {
        found |= node.as_map().is_some_and(|map| {
            map.entries.iter().any(|(key, _)| key.text().is_empty() && !key.is_text && !key.span.is_empty())
        });
    });
    found
}

/// Adds the sites of YAML that stands in a string of another language.
pub(super) fn find_embedded(fragment: &Fragment<'_>, scan: &mut Scan<'_>) -> bool {
    embedded::find(fragment, 0, scan)
}

/// Adds the sites of a tree of data in another format; `given` is visible in all of it.
pub(super) fn find_data(document: &Node<'_>, given: &Rc<Scope>, scan: &mut Scan<'_>) {
    walk::find(document, &Dialect::ANY, 0, given, scan);
}

/// Adds the sites of documents that stand `depth` levels deep in the strings of other ones.
fn find_nested(documents: &[Node<'_>], dialect: &'static Dialect, depth: usize, scan: &mut Scan<'_>) {
    let mut given = Rc::default();
    let is_unnamed = depth == 0 && Format::of(scan.path) == Some(Format::Yaml);
    let is_gitlab = is_unnamed && gitlab::is_included(documents);
    let dialect = if is_gitlab { &gitlab::DIALECT } else { dialect };
    if is_gitlab {
        scan.reader = Some(Format::Gitlab);
    }
    for document in documents {
        if workflow::is_workflow(document) {
            workflow::find(document, scan);
        } else if workflow::is_action(document) {
            workflow::find_action(document, scan);
        } else if !keys::is_ignored_file(scan.path) {
            walk::find(document, dialect_of(document, dialect), depth, &given, scan);
            // GitLab declares the inputs of a pipeline in a document before it.
            let header = document.as_map().filter(|header| header.entries.len() == 1);
            if let Some(spec) = header.and_then(|header| header.get("spec")).and_then(Node::as_map) {
                let place = Place { path: scan.path, document, key: "spec", above: "" };
                given = walk::names(spec, &place, dialect, &given, scan);
            }
        }
    }
}

/// Objects of Kubernetes say what reads them, wherever their file stands.
fn dialect_of(document: &Node<'_>, dialect: &'static Dialect) -> &'static Dialect {
    let group = document.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
    match group.split('/').next() {
        Some("tekton.dev" | "triggers.tekton.dev") => &tekton::DIALECT,
        Some("argoproj.io") => &argo::DIALECT,
        _ => dialect,
    }
}
