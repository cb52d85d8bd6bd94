//! A git repository of 94,000 files in 19,000 directories, as a company's whole code in one place is: source in several
//! languages, manifests, scripts, documents and pictures, some files that git does not know, more that it ignores. About
//! four hundred state the toolchain's version or name it. The same bytes every time.
//!
//! It is made once, below `target`, and used again.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Changes with everything that this file makes, so that an old repository is not taken for a new one.
const EDITION: u32 = 2;

const DIRECTORIES: usize = 17_500;
/// Files that git tracks, apart from the few hundred that state a version.
const FILES: usize = 93_600;
const UNTRACKED: usize = 3_000;
const IGNORED: usize = 6_000;

/// Returns where the repository is; makes it first when it is not there.
pub(crate) fn repository(git: &Path) -> PathBuf {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join("large");
    let (root, stamp) = (base.join("repo"), base.join("edition"));
    if fs::read_to_string(&stamp).is_ok_and(|edition| edition == EDITION.to_string()) {
        return root;
    }
    drop(fs::remove_dir_all(&base));
    fs::create_dir_all(&root).expect("a directory below target");
    generate(&root);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(git);
        command.args(["-c", "user.name=bench", "-c", "user.email=bench@example.com"]);
        // Straight into one pack, uncompressed: nobody reads the objects.
        command.args(["-c", "core.bigFileThreshold=1", "-c", "core.compression=0", "-c", "gc.auto=0"]);
        command.args(["-c", "core.fsync=none"]);
        command.args(arguments).current_dir(&root);
        let status = command.stdout(Stdio::null()).status().expect("git starts");
        assert!(status.success(), "git {}", arguments.join(" "));
    };
    run(&["init", "--quiet", "--initial-branch=main"]);
    // Some of it is ignored from now on, and tracked all the same.
    run(&["add", "--all", "--force"]);
    run(&["commit", "--quiet", "--message=all"]);
    extra(&root);
    run(&["status", "--porcelain"]);
    fs::write(&stamp, EDITION.to_string()).expect("a file below target");
    root
}

/// Everything that git will track.
fn generate(root: &Path) {
    let directories = directories();
    for directory in &directories {
        fs::create_dir_all(root.join(directory)).expect("a fresh directory");
    }
    let write = |path: &str, bytes: &[u8]| {
        let path = root.join(path);
        if let Err(error) = fs::write(&path, bytes) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{}: {error}", path.display());
            fs::create_dir_all(path.parent().expect("below the root")).expect("a fresh directory");
            fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    };
    write(".gitignore", GITIGNORE.as_bytes());
    let mut chance = Chance(11);
    let kinds = kinds();
    for index in 0..FILES {
        let directory = &directories[index % DIRECTORIES];
        let kind = pick(&kinds, chance.below(1000));
        let bytes = kind.content(index, &mut chance);
        write(&format!("{directory}/{}", kind.name(index)), &bytes);
    }
    for (path, bytes) in super::repository::stated() {
        write(&path, bytes.as_bytes());
        let is_whole = path.starts_with("flake.") || path.starts_with('.');
        for directory in directories.iter().skip(1).step_by(DIRECTORIES / 16).filter(|_| !is_whole) {
            write(&format!("{directory}/{path}"), bytes.as_bytes());
        }
    }
    // Files that name the toolchain and state no version of it.
    for (index, directory) in directories.iter().skip(7).step_by(DIRECTORIES / 100).enumerate() {
        let bytes = kinds[index % 12].content(index, &mut chance);
        let mut text = String::from_utf8(bytes).expect("text");
        writeln!(text, "{} built by dagger", kinds[index % 12].comment).expect("a string");
        write(&format!("{directory}/built-{}", kinds[index % 12].name(index)), text.as_bytes());
    }
    for directory in directories.iter().skip(3).step_by(DIRECTORIES / 40) {
        write(&format!("{directory}/.gitignore"), b"/out/\n*.generated.yaml\n!keep.generated.yaml\n");
        write(&format!("{directory}/dist/chart.yaml"), b"image: registry.dagger.io/engine:v0.21.7\n");
        write(&format!("{directory}/api.generated.yaml"), b"openapi: 3.1.0\n");
    }
}

/// What git does not know, and what it ignores.
fn extra(root: &Path) {
    let directories = directories();
    let kinds = kinds();
    let mut chance = Chance(5);
    for index in 0..UNTRACKED {
        let kind = &kinds[index % kinds.len()];
        let directory = &directories[index * 5 % DIRECTORIES];
        let bytes = kind.content(index, &mut chance);
        let name = kind.name(index).replace('/', "-");
        fs::write(root.join(directory).join(format!("new-{name}")), bytes).expect("a file");
    }
    for index in 0..IGNORED {
        let kind = &kinds[index % kinds.len()];
        let directory = root.join(&directories[index / 20 * 37 % DIRECTORIES]);
        let below = match index / 20 % 4 {
            0 => "node_modules/left-pad/lib",
            1 => "dist/assets",
            2 => "target/debug",
            _ => "",
        };
        let directory = directory.join(below);
        fs::create_dir_all(&directory).expect("a directory");
        let bytes = kind.content(index, &mut chance);
        let name =
            if below.is_empty() { format!("run-{index}.log") } else { kind.name(index).replace('/', "-") };
        fs::write(directory.join(name), bytes).expect("a file");
    }
}

/// Seven levels, four directories in each.
fn directories() -> Vec<String> {
    const WORDS: [&str; 12] = [
        "api", "internal", "billing", "web", "store", "worker", "config", "deploy", "lib", "tests", "charts",
        "tools",
    ];
    let mut directories: Vec<String> = Vec::with_capacity(DIRECTORIES);
    for index in 0..DIRECTORIES {
        let name = format!("{}-{}", WORDS[index * 7 % WORDS.len()], index % 97);
        let parent = index.checked_sub(4).map(|above| directories[above / 4].clone());
        directories.push(parent.map_or_else(|| name.clone(), |parent| format!("{parent}/{name}")));
    }
    directories
}

/// One sort of file: how many in a thousand, how it is called, what it is made of.
struct Kind {
    weight: usize,
    /// `#` stands for the number of the file.
    name: &'static str,
    comment: &'static str,
    /// The largest number of times that the body is repeated.
    most: usize,
    head: &'static str,
    bodies: Vec<String>,
}

impl Kind {
    fn name(&self, index: usize) -> String {
        self.name.replace('#', &index.to_string())
    }

    fn content(&self, index: usize, chance: &mut Chance) -> Vec<u8> {
        // Most files are small and some are large: the product of two throws.
        let times = 1 + chance.below(self.most) * chance.below(100) / 25;
        let mut text = String::with_capacity(times * 300 + 100);
        if !self.comment.is_empty() {
            writeln!(text, "{} {index}", self.comment).expect("a string");
        }
        text.push_str(self.head);
        for _ in 0..times {
            text.push_str(&self.bodies[chance.below(self.bodies.len())]);
        }
        text.into_bytes()
    }
}

/// Small numbers in an order that looks like chance and is the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound.max(1)
    }
}

/// The kind that a number below a thousand falls on.
fn pick(kinds: &[Kind], mut at: usize) -> &Kind {
    for kind in kinds {
        match at.checked_sub(kind.weight) {
            Some(rest) => at = rest,
            None => return kind,
        }
    }
    &kinds[0]
}

fn kinds() -> Vec<Kind> {
    // Weight, name, comment, most, head, body; `%` in a body is a word and `$` a number.
    const KINDS: [(usize, &str, &str, usize, &str, &str); 30] = [
        (
            70,
            "manifest-#.yaml",
            "#",
            14,
            "",
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: %-$\n  labels: { app: % }\nspec:\n  replicas: $\n  template:\n    spec:\n      containers:\n        - name: %\n          image: registry.example.com/%:1.$.0\n          env:\n            - name: %\n              value: \"$\"\n",
        ),
        (
            10,
            "values-#.yaml",
            "#",
            1,
            "image:\n  repository: registry.example.com/app\n  tag: 1.4.2\nresources:\n",
            "  requests: { cpu: $m, memory: $Mi }\n  limits: { cpu: $m, memory: $Mi }\n",
        ),
        (
            14,
            "settings-#.yml",
            "#",
            1,
            "service:\n",
            "  name: %\n  port: $\n  %: { timeout: $s, retries: $ }\n",
        ),
        (
            14,
            "task-#.sh",
            "#",
            14,
            "set -euo pipefail\n",
            "%_$() {\n  local %=\"${1:-$}\"\n  if [ -n \"$%\" ]; then\n    curl -fsSL \"https://example.com/%/$\" -o \"$%\"\n  fi\n}\n",
        ),
        (
            9,
            "Dockerfile.#",
            "#",
            3,
            "FROM debian:bookworm-slim\n",
            "RUN apt-get update && apt-get install -y % % && rm -rf /var/lib/apt/lists/*\nCOPY % /src/%\n",
        ),
        (
            5,
            "default-#.nix",
            "#",
            8,
            "{ pkgs, ... }:\n{\n",
            "  % = pkgs.mkShell { packages = [ pkgs.% pkgs.% ]; };\n",
        ),
        (3, "app-#.env", "#", 6, "", "%_$=$\n"),
        (8, "OWNERS#", "#", 4, "", "%@example.com\n"),
        (4, "Makefile#", "#", 8, "", "%-$:\n\tgo build ./%\n"),
        (
            200,
            "file_#.go",
            "//",
            30,
            "package store\n",
            "// % handles % of one %.\nfunc %$(ctx context.Context, n int) error {\n\tif n > $ {\n\t\treturn fmt.Errorf(\"%: %d %\", n+$)\n\t}\n\treturn nil\n}\n\n",
        ),
        (
            170,
            "module-#.ts",
            "//",
            34,
            "import { z } from \"zod\";\n",
            "/** % of the %. */\nexport const %$ = async (n: number): Promise<number> => {\n  const % = await %(n + $);\n  return % * $;\n};\n",
        ),
        (
            60,
            "View#.tsx",
            "//",
            20,
            "",
            "export function %$({ % }: { %: string }) {\n  return <div className=\"%-$\">{%}</div>;\n}\n",
        ),
        (
            110,
            "model_#.py",
            "#",
            30,
            "import dataclasses\n",
            "class %$:\n    \"\"\"The % of a %.\"\"\"\n\n    def %(self, n: int = $) -> int:\n        return n * $ + len(\"%\")\n\n\n",
        ),
        (
            60,
            "Service#.java",
            "//",
            30,
            "package com.example;\n",
            "/** % of the %. */\nfinal class %$ {\n    int %(int n) {\n        return n + $;\n    }\n}\n",
        ),
        (
            40,
            "module_#.rs",
            "//",
            30,
            "",
            "/// The % of a %.\npub fn %_$(n: usize) -> Option<usize> {\n    n.checked_add($)?.checked_mul($)\n}\n\n",
        ),
        (
            45,
            "guide-#.md",
            "",
            30,
            "# A guide\n",
            "The % of a % takes $ steps: % first, then %, and after that the % of every %.\n\n",
        ),
        (40, "fixture-#.json", "", 0, "{\"rows\":[", "{\"%\": $, \"%\": \"%\"}]}\n"),
        (25, "style-#.css", "", 60, "", ".%-$ { margin: $px; color: #%; }\n"),
        (15, "page-#.html", "", 40, "<!doctype html>\n", "<p class=\"%\">% and % of %, $</p>\n"),
        (
            20,
            "service-#.proto",
            "//",
            12,
            "syntax = \"proto3\";\n",
            "message %$ {\n  string % = 1;\n  int64 % = 2;\n}\n",
        ),
        (
            15,
            "step-#.sql",
            "--",
            12,
            "",
            "create table %_$ (id bigint primary key, % text not null, % bigint default $);\n",
        ),
        (8, "main-#.tf", "#", 8, "", "resource \"%\" \"%_$\" {\n  name = \"%\"\n  size = $\n}\n"),
        (
            3,
            "go-#/go.mod",
            "",
            0,
            "module example.com/%\n\ngo 1.24\n\nrequire (\n",
            "\texample.com/% v1.$.0\n)\n",
        ),
        (
            6,
            "package-#/package.json",
            "",
            0,
            "{\"name\": \"app\", \"private\": true,",
            "\"dependencies\": {\"%\": \"^1.$.0\"}}\n",
        ),
        (5, "tool-#.toml", "#", 4, "", "[%_$]\nname = \"%\"\nlimit = $\n"),
        (10, "notes-#.txt", "", 20, "", "% % % $ % %\n"),
        (10, "icon-#.svg", "", 30, "<svg xmlns=\"http://www.w3.org/2000/svg\">", "<path d=\"M$ $L$ $Z\"/>\n"),
        (15, "picture-#.png", "", 120, "\u{89}PNG\r\n\0\0\0", "\0\u{7}%\u{1}$\0\u{2}\u{3}%%%%%%%%%%%\0"),
        (
            4,
            "suite-#.feature",
            "#",
            20,
            "Feature: orders\n",
            "  Scenario: % $\n    Given a %\n    Then the % is $\n",
        ),
        (
            2,
            "yarn-#/yarn.lock",
            "#",
            120,
            "",
            "\"%@^1.$.0\":\n  version \"1.$.0\"\n  resolved \"https://registry.example.com/%/-/%-1.$.0.tgz\"\n\n",
        ),
    ];
    let mut chance = Chance(3);
    let kind =
        |(weight, name, comment, most, head, body): (usize, &'static str, _, usize, &'static str, &str)| {
            Kind {
                weight,
                name,
                comment,
                most,
                head,
                bodies: (0..64).map(|_| fill(body, &mut chance)).collect(),
            }
        };
    KINDS.map(kind).into()
}

/// Puts words and numbers into a body.
fn fill(body: &str, chance: &mut Chance) -> String {
    const WORDS: [&str; 24] = [
        "order", "engine", "version", "image", "client", "request", "queue", "cache", "token", "batch",
        "stream", "layer", "build", "deploy", "docker", "module", "daemon", "danger", "digest", "layout",
        "debug", "agent", "badge", "lodge",
    ];
    let mut text = String::new();
    for letter in body.chars() {
        match letter {
            '%' => text.push_str(WORDS[chance.below(WORDS.len())]),
            '$' => write!(text, "{}", chance.below(9000)).expect("a string"),
            other => text.push(other),
        }
    }
    text
}

const GITIGNORE: &str = "\
# dependencies\nnode_modules/\n.venv/\n__pycache__/\n*.py[cod]\n\n# builds\n/build/\ndist/\ntarget/\n*.o\n*.a\n*.so\n*.class\n\
*.jar\n*.exe\n\n# logs and local settings\n*.log\nlogs/**/*.txt\n*.local.yaml\n.env.local\n.env.*.local\n!.env.example.local\n\
.idea/\n.vscode/*\n!.vscode/settings.json\n*~\n*.swp\n.DS_Store\ncoverage/\n**/testdata/output/\n";
