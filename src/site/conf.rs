//! Configuration of tools that no other format knows: TOML and JSON as trees of data, everything
//! else line by line.
//!
//! JSON is mostly data that nobody writes, and every file costs a read: only names and directories
//! are claimed that configuration is called by.

use std::rc::Rc;

use super::format::{FilePath, Spec};
use super::{Scan, lines, yaml};
use crate::document::{self, Node};
use crate::text::Source;

/// TOML, units of systemd and Podman, and other lines of `key = value`; JSON by its place.
pub(super) const FORMAT: Spec = Spec {
    extensions: &[
        "toml",
        "conf",
        "cfg",
        "ini",
        "properties",
        "service",
        "container",
        "kube",
        "pod",
        "bat",
        "cmd",
    ],
    claims: is_json,
    ..Spec::of(|source, scan| {
        find(source, scan);
        Ok(())
    })
};

/// How the names of JSON files begin that deploy something, or list versions.
const NAMES: [&str; 9] = [
    "compose",
    "container-definition",
    "dagger",
    "docker-compose",
    "engine",
    "task-definition",
    "taskdef",
    "values",
    "versions",
];

/// Directories whose JSON is configuration.
const DIRECTORIES: [&str; 10] = [
    ".github",
    ".vscode",
    "deploy",
    "deployment",
    "deployments",
    "infra",
    "infrastructure",
    "k8s",
    "kubernetes",
    "manifests",
];

fn is_json(path: &FilePath<'_>) -> bool {
    if !matches!(path.extension, "json" | "jsonc") {
        return false;
    }
    let is_infrastructure = ["tf", "pkr", "nomad", "hcl"]
        .iter()
        .any(|end| path.stem.strip_suffix(end).is_some_and(|before| before.ends_with('.')));
    let is_schema = path.stem.contains("schema") || path.stem.starts_with("renovate");
    !is_schema
        && (is_infrastructure
            || NAMES.iter().any(|name| path.stem.starts_with(name))
            || DIRECTORIES.iter().any(|directory| path.is_in(directory)))
}

fn find(source: &Source, scan: &mut Scan<'_>) {
    let text = source.text();
    // Our own configuration is read for what it says.
    if FilePath::new(scan.path).file == "pin.toml" {
        return;
    }
    let document: Option<Node<'_>> = match FilePath::new(scan.path).extension {
        "toml" => document::parse_toml(text).ok(),
        "json" | "jsonc" => document::parse_json(text).ok(),
        _ => None,
    };
    match document {
        Some(document) => yaml::find_data(&document, &Rc::default(), scan),
        None => lines::find(text, scan),
    }
}

#[cfg(test)]
mod tests {
    use crate::site::{Format, shown};

    /// Expects `kind text role value` of every site.
    fn check(path: &str, text: &str, expect: &[&str]) {
        shown::check_at(path, text, expect);
    }

    #[test]
    fn data_is_read_as_in_yaml() {
        let env = ["env.version 0.21.4 mirror 0.21.4"];
        check("config.toml", "[env]\nDAGGER_VERSION = \"0.21.4\" # 0.1.0\n", &env);
        check("netlify.toml", "[build.environment]\nDAGGER_VERSION = '0.21.4'", &env);
        check(".vscode/settings.json", "{\"terminal.env\": {\"DAGGER_VERSION\": \"0.21.4\"}}", &env);
        let image = ["image.engine v0.21.4 mirror 0.21.4"];
        check("fly.toml", "[build]\nimage = \"registry.dagger.io/engine:v0.21.4\"", &image);
        check("main.tf.json", "{\"x\": [{\"image\": \"registry.dagger.io/engine:v0.21.4\"}]}", &image);
        check("k8s/pod.json", "{\"image\": \"registry.dagger.io/engine:v0.21.4\"}", &image);
        check(
            "docker-compose.json",
            "{\"image\": {\"repository\": \"registry.dagger.io/engine\", \"tag\": \"v0.21.4\"}}",
            &["image.engine.tag v0.21.4 mirror 0.21.4"],
        );
        check(
            "tasks.toml",
            "[tasks.dagger]\nrun = \"curl -L https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=0.21.4 sh\"",
            &["install.script 0.21.4 mirror 0.21.4"],
        );
    }

    #[test]
    fn units_and_other_lines_are_read_by_themselves() {
        let image = ["image.engine v0.21.4 mirror 0.21.4"];
        check(
            "dagger.container",
            "[Container]\n; Image=x\nImage=registry.dagger.io/engine:v0.21.4\n",
            &image,
        );
        check(
            "dagger.service",
            "[Service]\r\nExecStart=/usr/bin/docker run registry.dagger.io/engine:v0.21.4 --debug\r\n",
            &image,
        );
        check("a.bat", "@echo off\r\nset \"IMAGE=registry.dagger.io/engine:v0.21.4\"\r\n", &image);
        let env = ["env.version 0.21.4 mirror 0.21.4"];
        check("dagger.service", "Environment=DAGGER_VERSION=0.21.4\n", &env);
        check("dagger.service", "Environment=\"DAGGER_VERSION=0.21.4\" X=y\n", &env);
        check("a.cmd", "REM set DAGGER_VERSION=0.1.0\nset DAGGER_VERSION=0.21.4\n", &env);
        check("a.properties", "dagger.version=0.21.4\n", &["variable 0.21.4 mirror 0.21.4"]);
        check(
            "dagger.container",
            "Image=registry.dagger.io/engine\n",
            &["image.engine registry.dagger.io/engine mirror -"],
        );
    }

    #[test]
    fn other_versions_and_files_are_none() {
        for (path, text) in [
            ("a.toml", ""),
            ("gradle/libs.versions.toml", "[versions]\ndagger = \"2.59.2\"\n"),
            ("a.toml", "[plugin.dagger]\nversion = \"0.1.0\"\nsource = \"x/dagger\""),
            ("a.toml", "# image = \"registry.dagger.io/engine:v0.21.4\""),
            ("a.toml", "description = \"registry.dagger.io/engine:v0.21.4\""),
            ("gradle.properties", "daggerVersion=2.48\n#dagger.version=0.21.4\n"),
            ("a.ini", "; image = registry.dagger.io/engine:v0.21.4"),
        ] {
            check(path, text, &[]);
        }
        check("pin.toml", "[toolchain.dagger]\nversion = \"0.21.4\"\n", &[]);
        for path in ["a.json", "package-lock.json", "renovate.json", "dagger-schema.json", "src/k8s.json"] {
            assert_ne!(Format::of(path), Some(Format::Conf), "{path}");
        }
    }
}
