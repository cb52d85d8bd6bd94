//! An engine in a pod: kubectl has to be there, and Kubernetes has to let the user in, before anything hangs.

use super::{HOST, Scene};
use std::fs;

const POD: &str = "kube-pod://engine-0?context=prod&namespace=ci&container=engine";

/// A kubectl that notes its arguments, says something and ends.
fn kubectl(scene: &Scene, script: &str) {
    let log = scene.project.home().join("log");
    scene.add_program("kubectl", &format!("echo \"$*\" >> {}\n{script}", log.display()));
}

#[test]
fn who_may_is_let_in() {
    let scene = Scene::new();
    kubectl(&scene, "echo yes");
    let run = scene.pin_with(&[(HOST, POD)], &["exec", "sh", "-c", &format!("echo ${HOST}")]);
    assert_eq!(run.exits(0).stdout, format!("{POD}\n"));
    assert_eq!(
        run.stderr,
        format!("note: `{HOST}` says where the engine is: {POD}, which cannot be asked for its version\n")
    );
    let asked = fs::read_to_string(scene.project.home().join("log")).expect("kubectl was asked");
    assert_eq!(asked, "--context=prod --namespace=ci auth can-i create --subresource=exec pods/engine-0\n");
}

#[test]
fn who_may_not_is_told_what_to_ask_for() {
    let scene = Scene::new();
    for (script, words) in [
        ("echo no; exit 1", "kubectl says that this user may not: no\n"),
        ("echo 'no - no RBAC policy matched'; exit 1", "may not: no - no RBAC policy matched\n"),
        (
            "echo 'You must be logged in to the server' >&2; exit 1",
            "may not: You must be logged in to the server\n",
        ),
        ("printf '\\033[2Jno\\n'; exit 1", "may not: [2Jno\n"),
        ("exit 1", "may not: nothing\n"),
        // What it says counts, and how it ends.
        ("echo yes; exit 1", "may not: yes\n"),
        ("echo no", "may not: no\n"),
    ] {
        kubectl(&scene, script);
        let run = scene.pin_with(&[(HOST, POD)], &["exec", "cat"]);
        assert!(run.exits(4).stderr.contains(words), "{script}\n{}", run.stderr);
        assert!(run.stderr.contains("`kubectl --context=prod --namespace=ci auth can-i create --subresource=exec pods/engine-0` has to say yes"), "{}", run.stderr);
    }
}

#[test]
fn a_cluster_that_does_not_answer_is_waited_for_a_while() {
    let scene = Scene::new();
    // It reads from what never comes: no clock is needed.
    let fifo = scene.project.home().join("never");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo starts");
    assert!(made.success());
    kubectl(&scene, &format!("exec cat {}", fifo.display()));
    let run = scene.pin_with(&[(HOST, POD)], &["--timeout", "200ms", "exec", "cat"]);
    assert!(run.exits(5).stderr.contains("did not end within 0.2 s"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: run `kubectl version`"), "{}", run.stderr);
}
