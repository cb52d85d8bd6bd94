use std::time::Duration;

use super::*;
use crate::config::{Bound, EngineKind};
use crate::engine::{Image, Proxies};
use crate::value::{ImageName, Tag, Version};

pub(in crate::engine) fn wanted() -> Wanted {
    Wanted {
        kind: EngineKind::BuildKit,
        version: Version::new(0, 30, 1),
        project: "shop".to_owned(),
        image: Image {
            name: ImageName::parse("docker.io/moby/buildkit").expect("a name"),
            tag: Tag::parse("v0.30.1").expect("a tag"),
            digest: None,
        },
        gpu: false,
        memory: None,
        gc: Bound::Percent(20),
        certificates: Vec::new(),
        proxies: Proxies::default(),
        group: None,
        start_timeout: Duration::from_secs(1),
        stop_timeout: Duration::from_secs(1),
    }
}

/// A container of the wanted version as it is wanted, or of another version.
pub(in crate::engine) fn engine(version: &str, state: State) -> Container {
    let wanted = wanted();
    let name = format!("pin-buildkit-shop-{version}");
    let spec = if name == wanted.container() { wanted.spec() } else { "another".to_owned() };
    Container {
        id: "1".to_owned(),
        name,
        version: None,
        spec,
        state,
        created: 0,
        volume: None,
        sockets: None,
    }
}

/// The same name, made with something else.
pub(in crate::engine) fn changed(state: State) -> Container {
    Container { spec: "another".to_owned(), ..engine("0.30.1", state) }
}

fn check(what: &str, seen: &Seen, expect: &[&str]) {
    let plan = plan(&wanted(), seen).map_err(|obstacle| obstacle.to_string());
    let found: Vec<String> = match plan {
        Ok(plan) => plan.steps.iter().map(ToString::to_string).collect(),
        Err(obstacle) => vec![obstacle],
    };
    let expect: Vec<String> = expect
        .iter()
        .map(|step| {
            step.replace("NEW", "pin-buildkit-shop-0.30.1").replace("OLD", "pin-buildkit-shop-0.29.0")
        })
        .collect();
    assert_eq!(found, expect, "{what}");
}

const PULL: &str = "pull docker.io/moby/buildkit:v0.30.1";
const VOLUME: &str = "create the volume pin-buildkit-shop-0.30";
const CREATE: &str = "create the privileged container NEW";
const START: &str = "start NEW";
const AWAIT: &str = "wait until NEW answers with the pinned version";
const SETTLE: &str = "let the daemon restart NEW when it fails";
const STOP_OLD: &str = "stop OLD, and wait until it has ended";
const REMOVE_OLD: &str = "remove the container OLD";
const STOP: &str = "stop NEW, and wait until it has ended";
const REMOVE: &str = "remove the container NEW";

#[test]
fn what_is_there_decides_what_is_done() {
    let seen = |engines: Vec<Container>| Seen {
        engines,
        volume: Some(Owner::Ours),
        has_image: true,
        ..Seen::default()
    };
    let old = |state| engine("0.29.0", state);
    let new = |state| engine("0.30.1", state);
    check("nothing is there", &Seen::default(), &[PULL, VOLUME, CREATE, START, AWAIT, SETTLE]);
    check("only its cache", &seen(vec![]), &[CREATE, START, AWAIT, SETTLE]);
    check("it runs", &seen(vec![new(State::Running)]), &[AWAIT, SETTLE]);
    check(
        "it runs, its image is gone",
        &Seen { has_image: false, ..seen(vec![new(State::Running)]) },
        &[AWAIT, SETTLE],
    );
    check("it fails and is restarted", &seen(vec![new(State::Restarting)]), &[AWAIT, SETTLE]);
    check("it has ended", &seen(vec![new(State::Exited)]), &[START, AWAIT, SETTLE]);
    check("it was never whole", &seen(vec![new(State::Created)]), &[REMOVE, CREATE, START, AWAIT, SETTLE]);
    check("it is half gone", &seen(vec![new(State::Gone)]), &[REMOVE, CREATE, START, AWAIT, SETTLE]);
    check("it is paused", &seen(vec![new(State::Paused)]), &["`NEW` is paused"]);
    check(
        "it is made of something else",
        &seen(vec![changed(State::Running)]),
        &[STOP, REMOVE, CREATE, START, AWAIT, SETTLE],
    );
    // Until the new one is ready, the old one is only stopped; what has settled is the only one.
    check(
        "another version runs",
        &seen(vec![old(State::Running)]),
        &[STOP_OLD, CREATE, START, AWAIT, REMOVE_OLD, SETTLE],
    );
    check(
        "another version is paused",
        &seen(vec![old(State::Paused)]),
        &[STOP_OLD, CREATE, START, AWAIT, REMOVE_OLD, SETTLE],
    );
    check(
        "another version is left over",
        &seen(vec![old(State::Exited), new(State::Running)]),
        &[AWAIT, REMOVE_OLD, SETTLE],
    );
    check(
        "its socket is out of reach",
        &Seen { cut_off: vec!["pin-buildkit-shop-0.30.1".to_owned()], ..seen(vec![new(State::Running)]) },
        &[STOP, REMOVE, CREATE, START, AWAIT, SETTLE],
    );
    check(
        "both run",
        &seen(vec![old(State::Running), new(State::Running)]),
        &[STOP_OLD, AWAIT, REMOVE_OLD, SETTLE],
    );
}

#[test]
fn what_is_in_use_stays() {
    let busy = Seen { on_volume: vec!["theirs".to_owned()], ..Seen::default() };
    check("the volume is in use", &busy, &["the volume `pin-buildkit-shop-0.30` is in use by `theirs`"]);
    let foreign = Seen { volume: Some(Owner::Foreign), ..Seen::default() };
    check(
        "the volume is somebody else's",
        &foreign,
        &["the volume `pin-buildkit-shop-0.30` is not one that `pin` has made"],
    );
    let with = |clients: &[&str]| {
        let clients = clients.iter().map(|&client| client.to_owned()).collect();
        let old = engine("0.29.0", State::Running);
        let clients = vec![(old.name.clone(), Clients::Known(clients))];
        Seen { engines: vec![old], clients, volume: Some(Owner::Ours), has_image: true, ..Seen::default() }
    };
    check("it has clients", &with(&["ci", "me"]), &["`OLD` has to make way, and is in use by ci, me"]);
    let untold = Clients::Untold("it is silent".to_owned());
    let untold = Seen { clients: vec![("pin-buildkit-shop-0.29.0".to_owned(), untold)], ..with(&[]) };
    check("nobody knows", &untold, &["`OLD` has to make way, and does not say who uses it: it is silent"]);
    check("it has none", &with(&[]), &[STOP_OLD, CREATE, START, AWAIT, REMOVE_OLD, SETTLE]);
}

#[test]
fn only_an_engine_that_is_waited_for_is_up() {
    let is_up =
        |engines| plan(&wanted(), &Seen { engines, ..Seen::default() }).is_ok_and(|plan| plan.is_up());
    assert!(is_up(vec![engine("0.30.1", State::Running)]));
    assert!(!is_up(vec![engine("0.30.1", State::Exited)]));
    assert!(!is_up(vec![engine("0.30.1", State::Running), engine("0.29.0", State::Exited)]));
    assert!(!is_up(vec![]));
}
