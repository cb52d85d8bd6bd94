//! `pin engine up` and `down` killed and interrupted at every order that they give to a real daemon.

use crate::support::Run;
use crate::support::daemon::{Daemon, Store};
use crate::support::docker_proxy::{Act, Fault, Moment, Proxy};
use crate::support::engine_image::Engines;
use crate::support::pinned::Pinned;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

const STOP: &str = "POST /containers/{}/stop";
const WAIT: &str = "POST /containers/{}/wait";
/// The daemon is told when to start a container again: before an engine ends, and when one is ready.
const UPDATE: &str = "POST /containers/{}/update";
const REMOVE: &str = "DELETE /containers/{}";
const REMOVE_VOLUME: &str = "DELETE /volumes/{}";
const UP: [&str; 2] = ["engine", "up"];
const DOWN: [&str; 2] = ["engine", "down"];

/// A repository whose `pin` reaches the daemon through a proxy.
struct Story {
    pinned: Pinned,
    proxy: Proxy,
    daemon: &'static Daemon,
}

impl Story {
    fn new(name: &str) -> Option<(Self, Engines)> {
        let (daemon, engines) = Daemon::shared(name, Store::Containerd)?;
        let proxy = Proxy::start(daemon.address());
        let pinned = Pinned::new(name, &engines.version, daemon).through(&proxy.address());
        Some((Self { pinned, proxy, daemon }, engines))
    }

    /// The orders that a run gives, each once.
    fn orders(&self, arguments: &[&str]) -> Vec<String> {
        self.proxy.arm(&[]);
        self.pinned.run(arguments).exits(0);
        let mut orders = Vec::new();
        for order in self.proxy.orders() {
            if !orders.contains(&order) {
                orders.push(order);
            }
        }
        orders
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.pinned.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pin starts")
    }

    /// Runs `pin` and breaks it. Returns nothing when an engine was too fast for that.
    #[expect(clippy::print_stdout, reason = "whoever sees a story fail wants to know which")]
    fn broken(&self, arguments: &[&str], faults: &[Fault]) -> Option<Run> {
        println!("{arguments:?}: {faults:?}");
        self.proxy.arm(faults);
        let child = self.spawn(arguments);
        self.proxy.aim(child.id());
        let output = child.wait_with_output().expect("it can be waited for");
        let run = self.pinned.project.outcome(&output);
        println!("{run:?}");
        let is_met = self.proxy.is_spent();
        self.proxy.arm(&[]);
        if !is_met {
            let is_sure = faults.iter().all(|fault| !fault.order.contains("exec"));
            assert!(!is_sure, "it did not come to that: {:?}", self.proxy.orders());
            run.exits(0);
        }
        is_met.then_some(run)
    }

    /// Takes away what there is, the cache too.
    fn forget(&self) {
        self.pinned.down().exits(0);
        self.daemon.ask("DELETE", &format!("/volumes/{}", self.pinned.volume()), None);
        self.pinned.assert_only(&[]);
    }

    /// The end that every story must have.
    fn heals(&self) {
        self.pinned.up().exits(0);
        self.pinned.assert_up();
    }
}

#[test]
fn an_up_that_was_killed_is_healed_by_the_next() {
    let Some((story, _)) = Story::new("killed-up") else { return };
    let orders = story.orders(&UP);
    assert!(orders.len() > 5, "{orders:?}");
    for order in &orders {
        for moment in [Moment::Before, Moment::After] {
            story.forget();
            // Whoever waits has no answer that could be met.
            if (order.as_str(), moment) == (WAIT, Moment::After) {
                continue;
            }
            if let Some(run) = story.broken(&UP, &[Fault::new(order, moment, Act::Kill)]) {
                assert_eq!(run.exit, "signal 9");
            }
            story.heals();
        }
    }
}

#[test]
fn a_down_that_was_killed_is_ended_by_the_next() {
    let Some((story, _)) = Story::new("killed-down") else { return };
    story.heals();
    let orders = story.orders(&DOWN);
    assert_eq!(orders, [UPDATE, STOP, REMOVE]);
    for order in &orders {
        for moment in [Moment::Before, Moment::After] {
            story.heals();
            let run = story.broken(&DOWN, &[Fault::new(order, moment, Act::Kill)]);
            assert_eq!(run.expect("it comes to that").exit, "signal 9");
            story.pinned.down().exits(0);
            story.pinned.assert_only(&[&story.pinned.volume()]);
            story.pinned.down().exits(0);
        }
    }
    // What is half gone is no obstacle for an engine either.
    for moment in [Moment::Before, Moment::After] {
        story.heals();
        story.broken(&DOWN, &[Fault::new(REMOVE, moment, Act::Kill)]);
        story.heals();
    }
}

#[test]
fn an_up_to_another_version_that_was_killed_is_healed_by_the_next() {
    let Some((mut story, engines)) = Story::new("killed-change") else { return };
    engines.load_others(story.daemon);
    for (order, moment) in [
        (STOP, Moment::Before),
        (STOP, Moment::After),
        ("POST /containers/create", Moment::After),
        ("POST /containers/{}/start", Moment::After),
        (REMOVE, Moment::Before),
        (REMOVE, Moment::After),
        (UPDATE, Moment::Before),
        (UPDATE, Moment::After),
    ] {
        story.pinned.pin(&engines.version);
        story.heals();
        story.pinned.pin(&engines.next);
        let mut faults = vec![Fault::new(order, moment, Act::Kill)];
        for _ in 0..2 {
            let run = story.broken(&UP, &faults);
            assert_eq!(run.expect("it comes to that").exit, "signal 9");
            story.heals();
            if order != UPDATE {
                break;
            }
            // The second one is for the new engine.
            story.pinned.pin(&engines.version);
            story.heals();
            story.pinned.pin(&engines.next);
            faults.insert(0, Fault::new(STOP, Moment::After, Act::Pass));
        }
    }
}

/// A daemon that restarts would start it again, and it would take the volume.
#[test]
fn an_engine_that_made_way_does_not_come_back_by_itself() {
    let Some((mut story, engines)) = Story::new("made-way") else { return };
    engines.load_others(story.daemon);
    story.heals();
    let policy = |story: &Story| story.pinned.inspect()["HostConfig"]["RestartPolicy"]["Name"].clone();
    assert_eq!(policy(&story), "on-failure");
    story.pinned.pin(&engines.next);
    let run = story.broken(&UP, &[Fault::new(REMOVE, Moment::Before, Act::Kill)]);
    assert_eq!(run.expect("it comes to that").exit, "signal 9");
    story.pinned.pin(&engines.version);
    assert_eq!(policy(&story), "no");
    // Who starts it himself has two of them on one cache; pin does not take the old one for the only one.
    story.daemon.post(&format!("/containers/pin-buildkit-made-way-{}/stop?t=20", engines.next), None);
    story.daemon.post(&format!("/containers/{}/start", story.pinned.container()), None);
    story.heals();
    assert_eq!(policy(&story), "on-failure");
}

/// Another version that cannot come up leaves everything as it was.
#[test]
fn an_engine_that_made_way_in_vain_runs_again() {
    let Some((mut story, engines)) = Story::new("in-vain") else { return };
    engines.load_others(story.daemon);
    story.heals();
    let old = story.pinned.container();
    let id = story.pinned.inspect()["Id"].clone();
    for (order, moment, act, exit) in [
        ("POST /containers/create", Moment::Before, Act::Answer(500, r#"{"message":"no"}"#), 4),
        ("POST /containers/{}/start", Moment::After, Act::Interrupt, 130),
        (STOP, Moment::Before, Act::Interrupt, 130),
        (STOP, Moment::After, Act::Interrupt, 130),
    ] {
        story.pinned.pin(&engines.next);
        story.broken(&UP, &[Fault::new(order, moment, act)]).expect("it comes to that").exits(exit);
        assert_eq!(story.pinned.containers(), [(old.clone(), "running".to_owned())], "{order}");
        story.pinned.pin(&engines.version);
        story.heals();
        let found = story.pinned.inspect();
        assert_eq!(
            (&found["Id"], &found["HostConfig"]["RestartPolicy"]["Name"]),
            (&id, &"on-failure".into())
        );
    }
}

/// What is in the way of a removal is in nobody's way.
#[test]
fn an_engine_that_cannot_be_removed_is_left_over_until_it_can() {
    let Some((mut story, engines)) = Story::new("left-over") else { return };
    engines.load_others(story.daemon);
    story.heals();
    story.pinned.pin(&engines.next);
    let act = Act::Answer(500, r#"{"message":"the reason of the test"}"#);
    let run = story.broken(&UP, &[Fault::new(REMOVE, Moment::Before, act)]).expect("it comes to that");
    let warning = format!("warning: pin-buildkit-left-over-{} is left over", engines.version);
    assert!(run.exits(0).stderr.contains(&warning), "{}", run.stderr);
    assert!(run.stderr.contains("the reason of the test"), "{}", run.stderr);
    assert_eq!(story.pinned.containers().len(), 2);
    story.heals();
}

/// An engine that was the only one once may have another beside it now.
#[test]
fn a_way_back_that_was_killed_is_healed_by_the_next() {
    let Some((mut story, engines)) = Story::new("killed-back") else { return };
    engines.load_others(story.daemon);
    story.heals();
    for (there, back) in [(WAIT, UPDATE), (REMOVE, UPDATE), (REMOVE, REMOVE), (REMOVE, WAIT)] {
        for (version, order) in [(&engines.next, there), (&engines.version, back)] {
            story.pinned.pin(version);
            let run = story.broken(&UP, &[Fault::new(order, Moment::Before, Act::Kill)]);
            assert_eq!(run.expect("it comes to that").exit, "signal 9");
        }
        story.heals();
    }
}

#[test]
fn an_up_that_was_interrupted_takes_back_what_it_made() {
    let Some((story, _)) = Story::new("interrupted-up") else { return };
    let orders = story.orders(&UP);
    let settled = orders.iter().position(|order| order == UPDATE).expect("it is settled");
    for (index, order) in orders.iter().enumerate() {
        for moment in [Moment::Before, Moment::After] {
            story.forget();
            if (order.as_str(), moment) == (WAIT, Moment::After) {
                continue;
            }
            let Some(run) = story.broken(&UP, &[Fault::new(order, moment, Act::Interrupt)]) else { continue };
            if index >= settled && run.exit == "0" {
                // It was ready: there was nothing to interrupt any more.
                story.pinned.assert_up();
                continue;
            }
            run.exits(130);
            story.pinned.assert_only(&[]);
        }
    }
    story.heals();
}

#[test]
fn what_was_there_before_an_interrupted_up_stays() {
    let Some((story, _)) = Story::new("interrupted-later") else { return };
    story.heals();
    story.pinned.down().exits(0);
    let run = story.broken(&UP, &[Fault::new(WAIT, Moment::Before, Act::Interrupt)]);
    run.expect("it comes to that").exits(130);
    story.pinned.assert_only(&[&story.pinned.volume()]);
}

#[test]
fn who_interrupts_twice_does_not_wait() {
    let Some((story, _)) = Story::new("interrupted-twice") else { return };
    let faults = [
        Fault::new(WAIT, Moment::Before, Act::Interrupt),
        Fault::new(STOP, Moment::Before, Act::InterruptAndHang),
    ];
    let run = story.broken(&UP, &faults).expect("it comes to that");
    assert!(run.exits(130).stderr.contains("what was made may be left"), "{}", run.stderr);
    // Had it waited for the answer, it would have gone on to this.
    assert!(!story.proxy.orders().iter().any(|order| order == REMOVE));
    story.heals();
}

#[test]
fn taking_back_that_was_killed_is_healed_by_the_next() {
    let Some((story, _)) = Story::new("killed-undo") else { return };
    for order in [STOP, REMOVE, REMOVE_VOLUME] {
        for moment in [Moment::Before, Moment::After] {
            let faults =
                [Fault::new(WAIT, Moment::Before, Act::Interrupt), Fault::new(order, moment, Act::Kill)];
            let run = story.broken(&UP, &faults).expect("it comes to that");
            assert_eq!(run.exit, "signal 9");
            story.heals();
            story.forget();
        }
    }
}

#[test]
fn an_interrupted_down_can_be_done_again() {
    let Some((story, _)) = Story::new("interrupted-down") else { return };
    for order in [STOP, REMOVE] {
        for moment in [Moment::Before, Moment::After] {
            story.heals();
            let run = story.broken(&DOWN, &[Fault::new(order, moment, Act::Interrupt)]);
            let run = run.expect("it comes to that");
            assert!(["0", "130"].contains(&run.exit.as_str()), "{run:?}");
            story.pinned.down().exits(0);
            story.pinned.assert_only(&[&story.pinned.volume()]);
        }
    }
}

#[test]
fn a_connection_that_ends_anywhere_leaves_nothing_behind() {
    let Some((story, _)) = Story::new("cut-up") else { return };
    let orders = story.orders(&UP);
    for order in &orders {
        for moment in [Moment::Before, Moment::After] {
            story.forget();
            // What is asked again and again, or cannot be told from an engine that is not there yet.
            if order.contains("exec") || order == WAIT || order == UPDATE {
                continue;
            }
            let run = story.broken(&UP, &[Fault::new(order, moment, Act::Cut)]).expect("it comes to that");
            run.exits(4);
            story.pinned.assert_only(&[]);
        }
    }
}

#[test]
fn an_order_that_is_refused_leaves_nothing_behind() {
    let Some((story, _)) = Story::new("refused-up") else { return };
    for order in [
        "POST /volumes/create",
        "POST /containers/create",
        "PUT /containers/{}/archive",
        "POST /containers/{}/start",
    ] {
        let act = Act::Answer(500, r#"{"message":"the reason of the test"}"#);
        let run = story.broken(&UP, &[Fault::new(order, Moment::Before, act)]).expect("it comes to that");
        run.exits(4);
        assert!(run.stderr.contains("the reason of the test"), "{}", run.stderr);
        story.pinned.assert_only(&[]);
    }
}

#[test]
fn two_at_once_make_one_engine() {
    let Some((story, _)) = Story::new("two-at-once") else { return };
    story.proxy.arm(&[Fault::new("POST /containers/create", Moment::Before, Act::Hold)]);
    let first = story.spawn(&UP);
    story.proxy.wait_until_held();
    let mut second = story.spawn(&UP);
    let mut lines = BufReader::new(second.stderr.take().expect("it has been asked for"));
    let mut said = String::new();
    while !said.contains("waiting for another `pin`") {
        assert!(lines.read_line(&mut said).expect("it is text") > 0, "it did not wait: {said}");
    }
    story.proxy.release();
    let first = story.pinned.project.outcome(&first.wait_with_output().expect("it ends"));
    first.exits(0);
    lines.read_to_string(&mut said).expect("it is text");
    assert!(second.wait().expect("it ends").success(), "{said}");
    let made = story.proxy.orders().iter().filter(|order| *order == "POST /containers/create").count();
    assert_eq!(made, 1);
    story.pinned.assert_up();
}

#[test]
fn ten_at_once_make_one_engine_and_one_down_ends_it() {
    let Some((story, _)) = Story::new("ten-at-once") else { return };
    let children: Vec<Child> = std::iter::repeat_with(|| story.spawn(&UP)).take(10).collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        story.pinned.project.outcome(&output).exits(0);
    }
    let made = story.proxy.orders().iter().filter(|order| *order == "POST /containers/create").count();
    assert_eq!(made, 1);
    story.pinned.assert_up();
    let children: Vec<Child> = std::iter::repeat_with(|| story.spawn(&DOWN)).take(3).collect();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        story.pinned.project.outcome(&output).exits(0);
    }
    story.pinned.assert_only(&[&story.pinned.volume()]);
}
