use super::*;
use crate::config;
use crate::site::Role;

fn find(site: &str, path: &str, text: &str) -> Result<Found, SyntaxError> {
    let text_of_config = format!("[toolchain.t]\nsite = [{{ file = '**', {site} }}]\n");
    let text_of_config = text_of_config.replace(", }", " }");
    let config = config::parse("pin.toml", &text_of_config).unwrap_or_else(|error| panic!("{site}: {error}"));
    let declared = &config.toolchains["t"].sites[0];
    Declaration { toolchain: "t", index: 0, selector: &declared.selector }
        .find(path, &Source::new(text.as_bytes().to_vec()))
}

/// Expects `text value` of every site: a derived one's value in brackets, what is no version in
/// words.
#[track_caller]
fn check(site: &str, path: &str, text: &str, expect: &[&str]) {
    let sites =
        find(site, path, text).expect("it parses").unwrap_or_else(|lack| panic!("{text}: {}", lack.reason));
    let source = Source::new(text.as_bytes().to_vec());
    let shown: Vec<String> = sites
        .iter()
        .map(|site| {
            assert_eq!(source.slice(site.span), site.text);
            let value = match &site.stated {
                Stated::Missing => "missing".to_owned(),
                Stated::Floating(_) => "floating".to_owned(),
                Stated::Revision(_) => "revision".to_owned(),
                Stated::Unresolved(words) => words.clone(),
                stated => stated.value().unwrap_or_else(|| format!("{stated:?}")),
            };
            let value = if site.role == Role::Derived { format!("({value})") } else { value };
            let digest = if site.companions.is_empty() { "" } else { " digest" };
            format!("{} {value}{digest}", site.text)
        })
        .collect();
    assert_eq!(shown, expect, "{text}");
}

#[track_caller]
fn lacks(site: &str, path: &str, text: &str, reason: &str, hint: Option<&str>) {
    let lack = find(site, path, text).expect("it parses").expect_err("nothing is there");
    assert_eq!((lack.reason.as_str(), lack.hint.as_deref()), (reason, hint), "{text}");
}

#[test]
fn a_key_is_found_in_every_format() {
    check(
        "key = 'package.rust-version'",
        "Cargo.toml",
        "[package]\nrust-version = \"1.95\" # c\n",
        &["1.95 1.95"],
    );
    check("key = 'engines.node'", "package.json", r#"{"engines":{"node":"22.1.0"}}"#, &["22.1.0 22.1.0"]);
    check("key = 'a[1].b'", "x.yaml", "a:\n  - b: 1\n  - b: v2.3 # c\n", &["v2.3 2.3"]);
    check(
        "key = 'a.*.\"b.c\"'",
        "x.yml",
        "a: {x: {b.c: 1.2.3}, y: {b.c: 1.2.4}, z: 1}",
        &["1.2.3 1.2.3", "1.2.4 1.2.4"],
    );
    check("key = 'python'", "x.yaml", "python: 3.10\n---\npython: 3.9\n", &["3.10 3.10", "3.9 3.9"]);
    check("key = 'x.v'", "x.yaml", "b: &b {v: 1.2}\nx: {<<: *b}\n", &["1.2 1.2"]);
    check(
        "key = 'variable.rust.default'",
        "a.tf",
        "variable \"rust\" {\n  default = \"1.88.0\"\n}\n",
        &["1.88.0 1.88.0"],
    );
    check(
        "key = 'resource.helm_release.pg.set.1.value'",
        "a.tf",
        "resource \"helm_release\" \"pg\" {\n set {\n }\n set {\n value = \"16.4\"\n }\n}\n",
        &["16.4 16.4"],
    );
    check(
        "key = 'RUST'",
        "Dockerfile",
        "ARG RUST=1.88.0\nFROM x\nENV A=1 RUST=\"1.88.1\"\n",
        &["1.88.0 1.88.0", "1.88.1 1.88.1"],
    );
    check("key = 'ENV.RUST'", "Dockerfile", "ARG RUST=1.88.0\nFROM x\nENV RUST 1.88.1\n", &["1.88.1 1.88.1"]);
    check("key = 'RUST'", ".env", "A=1\r\nexport RUST='1.88.0' # c\r\n", &["1.88.0 1.88.0"]);
    check(
        "key = 'GO_VERSION'",
        "Makefile",
        "GO_VERSION := 1.24.2\nall:\n\techo $(GO_VERSION)\n",
        &["1.24.2 1.24.2"],
    );
    check("key = 'tool.node'", "a.ini", "[tool]\nnode = 22.11.0\n[x]\nnode = 1\n", &["22.11.0 22.11.0"]);
    check("key = 'go'", "go.mod", "module x\n\ngo 1.24.2\ntoolchain go1.24.3\n", &["1.24.2 1.24.2"]);
    check("key = 'toolchain'", "go.mod", "module x\n\ngo 1.24.2\ntoolchain go1.24.3\n", &["1.24.3 1.24.3"]);
    check("key = 'require.\"a.b/c\"'", "go.mod", "require (\n\ta.b/c v1.2.3\n)\n", &["v1.2.3 1.2.3"]);
    check("key = 'nodejs'", ".tool-versions", "nodejs 22.11.0\npython 3.12.7\n", &["22.11.0 22.11.0"]);
}

#[test]
fn a_key_in_nix_is_a_path_of_attributes() {
    let check = |text: &str, expect: &[&str]| check("key = 'packages.rust.version'", "a.nix", text, expect);
    for text in [
        "{ packages.rust.version = \"1.88.0\"; }",
        "{ pkgs }: let x = 1; in rec { packages = { rust = { version = \"1.88.0\"; }; }; }",
        "let packages.rust.version = \"1.88.0\"; in {}",
        "{ packages.rust = mkDerivation rec { version = \"1.88.0\"; }; }",
        "{ packages = with x; assert y; { inherit z; rust = { a = 1; } // { version = (\"1.88.0\"); }; }; }",
        "let v = \"1.88.0\"; in { packages.rust.version = v; }",
    ] {
        check(text, &["1.88.0 1.88.0"]);
    }
    lacks(
        "key = 'rust.verison'",
        "a.nix",
        "{ rust = { version = \"1.88.0\"; }; }",
        "`rust.verison` is not in `a.nix`",
        Some("did you mean `rust.version`?"),
    );
    lacks(
        "key = 'rust.version'",
        "a.nix",
        "{ x }: { rust = { version = x.y; }; }",
        "`rust.version` in `a.nix` is no string that the file itself tells",
        None,
    );
    assert!(find("key = 'a'", "a.nix", "{ a = ").is_err());
}

#[test]
fn a_key_that_is_not_there_is_said_with_its_neighbour() {
    let toml = "[toolchain]\nchannel = \"1.88.0\"\nprofile = 'x'\n";
    let file = "rust-toolchain.toml";
    lacks(
        "key = 'toolchain.chanel'",
        file,
        toml,
        "`toolchain.chanel` is not in `rust-toolchain.toml`",
        Some("did you mean `toolchain.channel`?"),
    );
    lacks(
        "key = 'toolchain.zzzzzz'",
        file,
        toml,
        "`toolchain.zzzzzz` is not in `rust-toolchain.toml`",
        Some("known there: channel, profile"),
    );
    lacks(
        "key = 'toolchain'",
        file,
        toml,
        "`toolchain` in `rust-toolchain.toml` is a table, not a version",
        None,
    );
    lacks(
        "key = 'toolchain.channel.x'",
        file,
        toml,
        "`toolchain.channel.x` is not in `rust-toolchain.toml`: `toolchain.channel` is a single value",
        None,
    );
    lacks("key = 'a[3]'", "a.yaml", "a: [1, 2]", "`a[3]` is not in `a.yaml`: `a` is a list of 2", None);
    lacks("key = 'a'", "a.yaml", "a: [1, 2]", "`a` in `a.yaml` is a list, not a version", None);
    lacks(
        "key = 'NODE_VERSON'",
        ".env",
        "NODE_VERSION=1\n",
        "`NODE_VERSON` is not in `.env`",
        Some("did you mean `NODE_VERSION`?"),
    );
    lacks("key = 'go'", "go.mod", "module x\n", "`go` is not in `go.mod`", None);
    assert!(find("key = 'a'", "a.yaml", "a: [").is_err());
}

#[test]
fn a_pattern_is_looked_for_anywhere_or_at_a_key() {
    check(
        "pattern = 'Rust (?<version>[0-9.]+[0-9])'",
        "a.md",
        "Rust 1.88.0.\nRust 1.87.0",
        &["1.88.0 1.88.0", "1.87.0 1.87.0"],
    );
    check(
        "key = 'packageManager', pattern = 'pnpm@(?<version>.+)'",
        "package.json",
        r#"{"packageManager": "pnpm@9.12.3"}"#,
        &["9.12.3 9.12.3"],
    );
    lacks(
        "pattern = 'Rust (?<version>1)'",
        "a.md",
        "x",
        "`Rust (?<version>1)` matches nothing in `a.md`",
        None,
    );
    lacks(
        "key = 'a', pattern = 'x(?<version>1)'",
        "a.yaml",
        "a: 1",
        "`x(?<version>1)` matches nothing at `a` in `a.yaml`",
        None,
    );
}

#[test]
fn a_whole_file_may_be_a_version() {
    check("", ".node-version", "v22.11.0\n", &["v22.11.0 22.11.0"]);
    check("", ".python-version", "# c\n 3.12.7 # d\r\n", &["3.12.7 3.12.7"]);
    check("", ".nvmrc", "lts/*", &["lts/* floating"]);
    lacks("", "a", "\n", "`a` states nothing", None);
    lacks(
        "",
        "a",
        "1\n2\n",
        "`a` is more than a version",
        Some("say where in it with `key`, `image`, `pattern` or `marker`"),
    );
}

#[test]
fn an_image_is_found_wherever_it_is_named() {
    let check = |path: &str, text: &str, expect: &[&str]| {
        check("image = 'docker.io/library/postgres'", path, text, expect);
    };
    check(
        "Dockerfile",
        "FROM --platform=x postgres:16.4-alpine3.20 AS db\nFROM xpostgres:1\nCOPY --from=library/postgres:16.3 /a /b\n",
        &["16.4 16.4", "16.3 16.3"],
    );
    check(
        "Dockerfile",
        "FROM postgres AS postgres\nFROM postgres\n# FROM postgres:1\nRUN docker pull postgres:17beta1",
        &["postgres missing", "17beta1 17beta1"],
    );
    check(
        "Dockerfile",
        "FROM postgres:latest\nFROM postgres:bookworm\nFROM postgres:lts-slim",
        &["latest floating", "bookworm floating", "lts floating"],
    );
    check(
        "compose.yml",
        "services:\n  db:\n    image: \"docker.io/postgres:16.4\" # postgres:1\n  other:\n    image: postgres\n",
        &["16.4 16.4", "postgres missing"],
    );
    check(
        "k8s.yaml",
        "spec:\n  containers:\n  - image: index.docker.io/library/postgres:16.4-alpine\n",
        &["16.4 16.4"],
    );
    check(
        "values.yaml",
        "image:\n  registry: docker.io\n  repository: library/postgres\n  tag: 16.4-debian\n",
        &["16.4 16.4"],
    );
    check(
        "kustomization.yaml",
        "images:\n  - name: postgres\n    newTag: \"16.4\"\n  - name: postgres\n    newName: mirror/postgres\n    newTag: \"16.5\"\n",
        &["16.4 16.4"],
    );
    check("a.json", r#"{"image": "postgres:16.4", "x": "say postgres:16.3"}"#, &["16.4 16.4", "16.3 16.3"]);
    check(
        "main.tf",
        "resource \"docker_image\" \"a\" {\n  name = \"postgres:16.4\" # postgres:1\n}\n",
        &["16.4 16.4"],
    );
    check("run.sh", "# postgres:1\ndocker run --rm postgres:16.4-alpine psql\n", &["16.4 16.4"]);
    check("README.md", "Run `postgres:16.4`.", &["16.4 16.4"]);
    check("a.nix", "{ v = \"16.4\"; image = \"docker.io/postgres:16.4\"; # postgres:1\n }", &["16.4 16.4"]);
    check("a.nix", "let v = \"16.4\"; in { image = \"postgres:${v}-alpine\"; }", &["16.4 16.4"]);
    check("a.nix", "pullImage { imageName = \"postgres\"; finalImageTag = \"16.4\"; }", &["16.4 16.4"]);
    check("t.yaml", "{{ if x }}\n  image: postgres:16.4\n{{ end }}", &["16.4 16.4"]);
}

#[test]
fn a_digest_stands_beside_its_tag() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let image = "image = 'postgres'";
    check(image, "Dockerfile", &format!("FROM postgres:16.4-alpine@{digest}\n"), &["16.4 16.4 digest"]);
    check(image, "Dockerfile", &format!("FROM postgres@{digest}\n"), &[&format!("{digest} revision")]);
    check(
        image,
        "v.yaml",
        &format!("repository: postgres\ntag: '16.4'\ndigest: {digest}\n"),
        &["16.4 16.4 digest"],
    );
}

#[test]
fn what_only_looks_like_the_image_is_none() {
    for text in [
        "url: postgres://user:pw@postgres:5432/db",
        "host: postgres:5432",
        "a: http://postgres:80/x",
        "a: ${MIRROR}/postgres:16.4",
        "a: ghcr.io/library/postgres:16.4",
        "a: bitnami/postgres:16.4",
        "a: postgres-exporter:1.2",
        "postgres: 16.4",
        "a: postgres:$",
        "a: postgres:v*",
        "a: import fs from 'postgres:fs'",
        "a: postgres:secret@host/db",
        "a: postgres:alpine",
    ] {
        lacks("image = 'postgres'", "a.yaml", text, "no image `postgres` is in `a.yaml`", None);
    }
}

#[test]
fn an_expression_is_followed_inside_its_file() {
    let image = "image = 'rust'";
    check(
        image,
        "Dockerfile",
        "ARG RUST_VERSION=1.88.0\nFROM rust:${RUST_VERSION}-slim AS b\n",
        &["1.88.0 1.88.0", "${RUST_VERSION} (1.88.0)"],
    );
    check(image, "Dockerfile", "FROM rust:$V\n", &["$V (`V` is not set in this file)"]);
    check(
        image,
        "Dockerfile",
        "ARG A=1\nARG B=2\nFROM rust:$A.$B\n",
        &["$A.$B (text that is put together of several parts)"],
    );
    check(
        image,
        "Dockerfile",
        "ARG A=$B\nARG B=$A\nFROM rust:$A\n",
        &[
            "$B (the indirection goes in a circle)",
            "$A (the indirection goes in a circle)",
            "$A (the indirection goes in a circle)",
        ],
    );
    check(image, "compose.yaml", "a:\n  image: rust:${V:-1.88.0}-slim\n", &["1.88.0 1.88.0"]);
    check(
        image,
        "ci.yml",
        "variables:\n  V: 1.88.0\njob:\n  image: rust:$V\n",
        &["1.88.0 1.88.0", "$V (1.88.0)"],
    );
    check(
        image,
        ".github/workflows/ci.yml",
        "env:\n  V: 1.88.0\njobs:\n  a:\n    container: rust:${{ env.V }}\n",
        &["1.88.0 1.88.0", "${{ env.V }} (1.88.0)"],
    );
    check(
        image,
        "a.tf",
        "variable \"v\" {\n  default = \"1.88.0\"\n}\nx = \"rust:${var.v}\"\n",
        &["1.88.0 1.88.0", "${var.v} (1.88.0)"],
    );
    check(
        "key = 'x'",
        "a.tf",
        "locals {\n  v = \"1.88.0\"\n}\nx = local.v\n",
        &["1.88.0 1.88.0", "local.v (1.88.0)"],
    );
    check("key = 'V'", ".env", "W=1.88.0\nV=${W}\n", &["1.88.0 1.88.0", "${W} (1.88.0)"]);
    check("key = 'V'", "run.sh", "V=${V:-1.88.0}\n", &["1.88.0 1.88.0"]);
}

#[test]
fn a_marker_marks_its_line_or_the_next() {
    let marker = "marker = 'pin: rust'";
    check(marker, "a.py", "RUST = '1.88.0'  # pin: rust\nX = '1.2.3'\n", &["1.88.0 1.88.0"]);
    check(
        marker,
        "a.go",
        "// pin: rust, see CONTRIBUTING\n\nconst Rust = \"v1.88.0\"\n",
        &["v1.88.0 1.88.0"],
    );
    check(marker, "a.html", "<p>Rust 1.88.0 <!-- pin: rust --></p>\n", &["1.88.0 1.88.0"]);
    check(marker, "a.sql", "SELECT '16.4' -- pin: rust", &["16.4 16.4"]);
    lacks(marker, "a.py", "X = 1", "no comment in `a.py` has the marker `pin: rust`", None);
    let hint = Some("mark a line that has one version, or use `pattern`");
    lacks(marker, "a.py", "# pin: rust\n", "no version at the marker `pin: rust` in `a.py`, line 1", hint);
    lacks(
        marker,
        "a.py",
        "\nx('1.2', '3.4') # pin: rust\n",
        "several versions at the marker `pin: rust` in `a.py`, line 2",
        hint,
    );
}

#[test]
fn dagger_keeps_its_own_versions() {
    let text = "[toolchain.dagger]\nsite = [{ file = '**', key = 'v' }]\n";
    let config = config::parse("pin.toml", text).unwrap();
    let selector = &config.toolchains["dagger"].sites[0].selector;
    let stated = |text: &str| {
        let declaration = Declaration { toolchain: "dagger", index: 0, selector };
        let found = declaration.find("a.yaml", &Source::new(text.as_bytes().to_vec()));
        found.unwrap().unwrap()[0].stated.clone()
    };
    assert_eq!(stated("v: '0.21'"), Stated::Partial("0.21".to_owned()));
    assert_eq!(stated("v: 16.4-alpine"), Stated::Invalid("16.4-alpine".to_owned()));
    assert!(matches!(stated("v: v0.21.8"), Stated::Version(_)));
}
