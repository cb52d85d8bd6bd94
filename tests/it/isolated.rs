//! The verbs that look at a repository and write it need nothing but the repository: no network, no other program.

use crate::support::trace::Strace;
use crate::support::{Project, Run, Tree, binary, tool};

const FILES: [(&str, &str); 4] = [
    ("ci/dagger.json", "{\n  \"name\": \"ci\",\n  \"engineVersion\": \"v0.20.8\"\n}\n"),
    ("deploy/engine.yaml", "image: registry.dagger.io/engine:v0.20.8\n"),
    ("flake.nix", FLAKE),
    ("flake.lock", LOCK),
];

const FLAKE: &str = "{\n  inputs.dagger.url = \"github:dagger/nix\";\n  outputs = _: { };\n}\n";

const LOCK: &str = r#"{
  "nodes": {
    "dagger": {
      "inputs": {
        "nixpkgs": "nixpkgs"
      },
      "locked": {
        "lastModified": 1778107833,
        "narHash": "sha256-q5XQep2mpgTPiWwuYB1+L2dsFeACT6sHx8J939iM+HE=",
        "owner": "dagger",
        "repo": "nix",
        "rev": "873cc22ba46b73d4a6c1aa6c102ef3aabc736496",
        "type": "github"
      },
      "original": {
        "owner": "dagger",
        "repo": "nix",
        "type": "github"
      }
    },
    "nixpkgs": {
      "locked": {
        "lastModified": 1758416067,
        "narHash": "sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "51c8f9cfaae8306d135095bcdb3df9027f95542d",
        "type": "github"
      },
      "original": {
        "owner": "NixOS",
        "ref": "nixpkgs-unstable",
        "repo": "nixpkgs",
        "type": "github"
      }
    },
    "root": {
      "inputs": {
        "dagger": "dagger"
      }
    }
  },
  "root": "root",
  "version": 7
}
"#;

/// One after the other in the same repository.
const COMMANDS: [&[&str]; 5] =
    [&["check"], &["list"], &["list", "--format", "json"], &["sync", "--to", "0.21.7"], &["check"]];

/// Runs every command in a fresh copy of the project and keeps what it said and what it left.
fn everything(run: impl Fn(&Project, &[&str]) -> Run) -> (Vec<Run>, Tree) {
    let project = Project::new(&FILES).with_git();
    let runs = COMMANDS.iter().map(|command| run(&project, command)).collect();
    (runs, project.tree())
}

fn outside(project: &Project, arguments: &[&str]) -> Run {
    let mut command = project.command(binary(), arguments);
    command.env("PATH", std::env::var_os("PATH").expect("the tests run with a path"));
    project.run(&mut command)
}

#[test]
fn without_a_network_and_without_a_path_the_answers_are_the_same() {
    let Some(mut wrapper) = tool::without_network("isolated: no network") else { return };
    let Some(env) = tool::find("env") else { return };
    wrapper.extend([env.into(), "PATH=".into()]);
    let (wanted, tree) = everything(outside);
    assert_eq!(wanted.last().map(|run| run.exit.as_str()), Some("0"), "{wanted:?}");
    let (found, found_tree) =
        everything(|project, arguments| project.run(&mut project.pin_under(&wrapper, arguments)));
    assert_eq!(found, wanted);
    assert_eq!(tree.diff(&found_tree), None);
}

#[test]
fn no_other_program_is_started_and_no_socket_is_opened() {
    let Some(strace) = Strace::find("isolated: system calls") else { return };
    everything(|project, arguments| {
        // A full path to search, so that a program could be found if one were looked for.
        let log = project.home().join("strace");
        let words = strace.words("execve,execveat,socket,socketpair,connect,bind,sendto,recvfrom", &log);
        let mut command = project.pin_under(&words, arguments);
        command.env("PATH", std::env::var_os("PATH").expect("the tests run with a path"));
        let run = project.run(&mut command);
        let calls: Vec<String> = Strace::read(&log).into_iter().map(|call| call.text).collect();
        assert_eq!(calls.len(), 1, "pin {}:\n{}", arguments.join(" "), calls.join("\n"));
        assert!(calls[0].starts_with("execve(") && calls[0].contains("/pin"), "{}", calls[0]);
        run
    });
}
