use std::collections::BTreeSet;

use crate::document::{Map, Node};
use crate::site::scope::Scope;
use crate::site::{Scan, assignment, image};

use super::{environment, matrix, runner, step, uses, working_directory};

/// Jobs may stand in any order; after this many rounds of looking for one whose needs are known,
/// the rest is read as it stands.
const MAX_ROUNDS: usize = 50;

/// Adds the sites of all jobs, those that others need first, so that their outputs are known.
pub(super) fn find_all(root: &Map<'_>, scope: &mut Scope, scan: &mut Scan<'_>) {
    let jobs = root.get("jobs").and_then(Node::as_map);
    let mut pending: Vec<(&str, &Map<'_>)> = jobs
        .into_iter()
        .flat_map(|jobs| &jobs.entries)
        .filter_map(|(name, job)| Some((name.text(), job.as_map()?)))
        .collect();
    let mut done = BTreeSet::new();
    for round in 0.. {
        let (mut now, mut later): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(|(_, job)| needs(job).iter().all(|need| done.contains(need)));
        if now.is_empty() || round == MAX_ROUNDS {
            now.append(&mut later);
        }
        if now.is_empty() {
            break;
        }
        for (name, job) in now {
            find(name, job, working_directory(root), scope, scan);
            done.insert(name);
        }
        pending = later;
    }
}

/// A container is its image, or a map with the image and its environment.
fn container(node: &Node<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let image = node.as_scalar().or_else(|| node.get("image")?.as_scalar());
    if let Some(image) = image {
        image::find_whole(&image.content, 0..image.text().len(), scope, scan);
    }
    environment::declare(node.get("env"), &mut scope.clone(), scan);
}

fn needs<'n>(job: &'n Map<'_>) -> Vec<&'n str> {
    match job.get("needs").map(Node::resolve) {
        Some(Node::List(list)) => list.items.iter().filter_map(Node::as_str).collect(),
        Some(node) => node.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}

/// Adds the sites of one job and makes its outputs visible to the others.
fn find(name: &str, job: &Map<'_>, directory: Option<&str>, outer: &mut Scope, scan: &mut Scan<'_>) {
    let mut scope = outer.clone();
    matrix::declare(job, &mut scope, scan);
    environment::declare(job.get("env"), &mut scope, scan);
    if let Some(runs_on) = job.get("runs-on") {
        runner::find(runs_on, &scope, scan);
    }
    let services = job.get("services").and_then(Node::as_map);
    let services = services.into_iter().flat_map(|services| &services.entries).map(|(_, service)| service);
    job.get("container").into_iter().chain(services).for_each(|one| container(one, &scope, scan));
    uses::find_job(job, &scope, scan);
    if let Some(steps) = job.get("steps").and_then(Node::as_list) {
        step::find_all(steps, working_directory(job).or(directory), &mut scope, scan);
    }
    let outputs = job.get("outputs").and_then(Node::as_map);
    for (output, value) in outputs.into_iter().flat_map(|outputs| &outputs.entries) {
        let follow = value.as_scalar().and_then(|value| assignment::follow(value, &scope, scan));
        if let Some(follow) = follow {
            outer.set(format!("needs.{name}.outputs.{}", output.text()), follow);
        }
    }
}
