//! A repository of three hundred files as people have them: code, documents, manifests, and among them the places that
//! state a version, all in lockstep. The same bytes every time.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

pub(crate) const FILES: usize = 300;
/// Lower bound of what `pin list` must find.
pub(crate) const SITES: usize = 28;

/// In how many of the files that state no version the toolchain's name stands: those have to be parsed.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mentions {
    /// One in nine, as in repositories that use it.
    Some,
    /// All of them, which is the worst that a repository can do.
    All,
}

/// Writes the repository and says how many bytes it has.
pub(crate) fn generate(root: &Path, mentions: Mentions) -> usize {
    let mut files = stated();
    let mut words = Words { state: 7, name: "" };
    for index in files.len()..FILES {
        words.name = if mentions == Mentions::All || index % 9 == 0 { "dagger" } else { "docker" };
        files.push(filler(index, &mut words));
    }
    let mut size = 0;
    for (path, text) in &files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a file stands in a directory")).expect("a fresh directory");
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        size += text.len();
    }
    size
}

/// The files that state a version.
pub(crate) fn stated() -> Vec<(String, String)> {
    let mut files =
        vec![("flake.nix".to_owned(), FLAKE.to_owned()), ("flake.lock".to_owned(), LOCK.to_owned())];
    for module in ["ci", "release", "lint", "docs", "e2e", "images"] {
        files.push((
            format!("{module}/dagger.json"),
            format!(
                "{{\n  \"name\": \"{module}\",\n  \"engineVersion\": \"v0.21.7\",\n  \"sdk\": {{\n    \"source\": \"go\"\n  \
                 }},\n  \"source\": \".dagger\"\n}}\n"
            ),
        ));
    }
    for workflow in ["test", "lint", "release", "nightly", "docs", "images", "e2e", "audit"] {
        files.push((
            format!(".github/workflows/{workflow}.yml"),
            format!(
                "name: {workflow}\non:\n  push:\n    branches: [main]\n  pull_request:\npermissions:\n  contents: read\n\
                 jobs:\n  {workflow}:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 30\n    steps:\n      \
                 - uses: actions/checkout@v4\n        with:\n          fetch-depth: 0\n      \
                 - name: {workflow}\n        uses: dagger/dagger-for-github@v8.2.0\n        with:\n          \
                 version: \"0.21.7\"\n          verb: call\n          args: {workflow} --source=.\n"
            ),
        ));
    }
    for environment in ["dev", "staging", "production", "eu", "us", "apac"] {
        files.push((
            format!("deploy/{environment}/engine.yaml"),
            format!(
                "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: engine\n  namespace: {environment}\nspec:\n  \
                 serviceName: engine\n  replicas: 2\n  selector:\n    matchLabels: {{ app: engine }}\n  template:\n    \
                 metadata:\n      labels: {{ app: engine }}\n    spec:\n      containers:\n        - name: engine\n          \
                 image: registry.dagger.io/engine:v0.21.7\n          securityContext:\n            privileged: true\n"
            ),
        ));
        files.push((
            format!("deploy/{environment}/values.yaml"),
            "engine:\n  image:\n    repository: registry.dagger.io/engine\n    tag: v0.21.7\n  resources:\n    requests:\n      \
             cpu: 4\n      memory: 16Gi\n"
                .to_owned(),
        ));
    }
    files.push((
        "Dockerfile".to_owned(),
        "FROM debian:bookworm-slim AS base\nARG DAGGER_VERSION=0.21.7\nRUN apt-get update && apt-get install -y curl\nRUN \
         curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$DAGGER_VERSION sh\nCOPY . /src\n"
            .to_owned(),
    ));
    files
}

/// A file that states nothing: most of a repository.
fn filler(index: usize, words: &mut Words) -> (String, String) {
    let lines = 40 + words.below(260);
    let mut text = String::new();
    let package = ["api", "store", "web", "worker", "auth", "billing"][index % 6];
    let path = match index % 10 {
        0..=3 => {
            writeln!(text, "package {package}\n\nimport (\n\t\"context\"\n\t\"fmt\"\n)\n").expect("a string");
            for line in 0..lines / 4 {
                let name = words.name();
                writeln!(
                    text,
                    "// {name}{line} {} {}.\nfunc {name}{line}(ctx context.Context, n int) error {{\n\treturn fmt.Errorf(\"%d \
                     {}\", n+{line})\n}}\n",
                    words.word(),
                    words.word(),
                    words.word()
                )
                .expect("a string");
            }
            format!("internal/{package}/file{index}.go")
        }
        4..=6 => {
            for line in 0..lines {
                writeln!(
                    text,
                    "export const {}{line} = (n: number) => n + {};",
                    words.name(),
                    words.below(999)
                )
                .expect("a string");
            }
            format!("web/src/{package}/module{index}.ts")
        }
        7 => {
            writeln!(text, "# {package}\n").expect("a string");
            for _ in 0..lines {
                let sentence: Vec<&str> = (0..12).map(|_| words.word()).collect();
                writeln!(text, "{}.", sentence.join(" ")).expect("a string");
            }
            format!("docs/{package}-{index}.md")
        }
        8 => {
            for line in 0..lines {
                writeln!(text, "{}_{line}: {}", words.word(), words.below(9999)).expect("a string");
            }
            format!("config/{package}/settings{index}.yaml")
        }
        _ => {
            let entries: Vec<String> = (0..lines)
                .map(|line| {
                    format!("  \"{}{line}\": \"^{}.{}.0\"", words.word(), words.below(9), words.below(30))
                })
                .collect();
            write!(text, "{{\n{}\n}}\n", entries.join(",\n")).expect("a string");
            format!("web/fixtures/{package}{index}.json")
        }
    };
    (path, text)
}

/// Words in an order that looks like chance and is the same every time.
struct Words {
    state: u64,
    /// What stands for `dagger`.
    name: &'static str,
}

impl Words {
    fn below(&mut self, bound: u64) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % bound
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 16] = [
            "order", "engine", "version", "image", "client", "request", "queue", "cache", "token", "batch",
            "stream", "layer", "build", "deploy", "dagger", "module",
        ];
        match WORDS[usize::try_from(self.below(16)).expect("a small number")] {
            "dagger" => self.name,
            word => word,
        }
    }

    fn name(&mut self) -> &'static str {
        const NAMES: [&str; 8] = ["Load", "Save", "Parse", "Render", "Fetch", "Merge", "Check", "Count"];
        NAMES[usize::try_from(self.below(8)).expect("a small number")]
    }
}

const FLAKE: &str = r#"{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    dagger.url = "github:dagger/nix";
    dagger.inputs.nixpkgs.follows = "nixpkgs";
  };
  outputs =
    { nixpkgs, dagger, ... }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      devShells.${system}.default = pkgs.mkShell {
        packages = [ dagger.packages.${system}.dagger pkgs.go pkgs.nodejs ];
      };
    };
}
"#;

const LOCK: &str = r#"{
  "nodes": {
    "dagger": {
      "inputs": {
        "nixpkgs": [
          "nixpkgs"
        ]
      },
      "locked": {
        "lastModified": 1781718180,
        "narHash": "sha256-olV0eG2YQlocEIgYl/zoeXn9BYVog3oq13dwhQi3BXw=",
        "owner": "dagger",
        "repo": "nix",
        "rev": "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a",
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
        "lastModified": 1780243769,
        "narHash": "sha256-x5UQuRsH3MqI0U9afaXSNqzTPSeZlRLvFAav2Ux1pNw=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "331800de5053fcebacf6813adb5db9c9dca22a0c",
        "type": "github"
      },
      "original": {
        "owner": "NixOS",
        "ref": "nixos-unstable",
        "repo": "nixpkgs",
        "type": "github"
      }
    },
    "root": {
      "inputs": {
        "dagger": "dagger",
        "nixpkgs": "nixpkgs"
      }
    }
  },
  "root": "root",
  "version": 7
}
"#;
