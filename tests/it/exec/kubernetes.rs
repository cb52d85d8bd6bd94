//! An engine in a pod: kubectl has to be there, and Kubernetes has to let the user in, before anything hangs.

use super::{HOST, Scene};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread;

const POD: &str = "kube-pod://engine-0?context=prod&namespace=ci&container=engine";

/// A kubectl that notes its arguments, says something and ends.
fn kubectl(scene: &Scene, script: &str) {
    let log = scene.project.home().join("log");
    scene.add_program("kubectl", &format!("echo \"$*\" >> {}\n{script}", log.display()));
}

/// A kubectl that says yes, and whose `exec` reaches the engine of the scene: through two pipes with names, for a shell
/// opens no socket.
fn kubectl_that_reaches(scene: &Scene) {
    let pipe = |name: &str| {
        let path = scene.project.home().join(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo starts");
        assert!(made.success());
        path
    };
    let (to, from) = (pipe("to"), pipe("from"));
    let talk = format!("cat <{} & exec cat >{}", from.display(), to.display());
    kubectl(scene, &format!("case $* in *can-i*) echo yes ;; *) {talk} ;; esac"));
    let socket = scene.project.home().join("s");
    thread::spawn(move || {
        let mut to = File::open(to).expect("kubectl comes");
        let mut stream = UnixStream::connect(socket).expect("the engine is there");
        let mut back = stream.try_clone().expect("a socket has two ends");
        thread::spawn(move || {
            let mut from = OpenOptions::new().write(true).open(from).expect("kubectl comes");
            // Either side may be gone first.
            hand_on(&mut back, &mut from);
        });
        hand_on(&mut to, &mut stream);
        let _ended = stream.shutdown(Shutdown::Both);
    });
}

/// Gives what comes on at once, until one side is gone.
fn hand_on(from: &mut impl Read, to: &mut impl Write) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
}

#[test]
fn who_may_is_let_in() {
    let scene = Scene::new();
    kubectl_that_reaches(&scene);
    let run = scene.pin_with(&[(HOST, POD)], &["exec", "sh", "-c", &format!("echo ${HOST}")]);
    assert_eq!(run.exits(0).stdout, format!("{POD}\n"), "{}", run.stderr);
    assert_eq!(run.stderr, format!("note: `{HOST}` says where the engine is: {POD}\n"));
    let asked = fs::read_to_string(scene.project.home().join("log")).expect("kubectl was asked");
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked[0], "--context=prod --namespace=ci auth can-i create --subresource=exec pods/engine-0");
    assert!(asked[1].contains("exec") && asked[1].ends_with("engine-0 -- buildctl dial-stdio"), "{asked:?}");
    assert_eq!(asked.len(), 2);
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
