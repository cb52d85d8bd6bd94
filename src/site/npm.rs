//! The TypeScript SDK in packages of npm, pnpm, Yarn, Bun and Deno: manifests, catalogs and locks
//! (docs.npmjs.com, "package.json"; pnpm.io, "Catalogs"; docs.deno.com, "Modules and dependencies").

mod lock;
mod manifest;

use super::format::{FilePath, Spec};
use super::{Scan, script};
use crate::document::{self, Node};

/// The package that TypeScript programs depend on.
const SDK: &str = "@dagger.io/dagger";

/// Manifests, workspaces with catalogs, and locks.
pub(super) const FORMAT: Spec = Spec {
    names: &[
        "package.json",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-workspace.yaml",
        "pnpm-lock.yaml",
        "yarn.lock",
        "bun.lock",
        "deno.json",
        "deno.jsonc",
        "import_map.json",
        "deno.lock",
    ],
    ..Spec::of(|source, scan| {
        let text = source.text();
        let file = FilePath::new(scan.path).file;
        match file {
            "pnpm-workspace.yaml" | "pnpm-lock.yaml" => {
                for root in document::parse_yaml(text).into_iter().flatten() {
                    if file == "pnpm-lock.yaml" {
                        lock::find_pnpm(&root, scan);
                    } else {
                        manifest::find_workspace(&root, scan);
                    }
                }
            }
            "yarn.lock" => lock::find_yarn(text, scan),
            _ => {
                if let Ok(root) = document::parse_json(text) {
                    find_json(file, &root, scan);
                }
            }
        }
        Ok(())
    })
};

fn find_json(file: &str, root: &Node<'_>, scan: &mut Scan<'_>) {
    match file {
        "package-lock.json" | "npm-shrinkwrap.json" => lock::find_npm(root, scan),
        "bun.lock" => lock::find_bun(root, scan),
        "deno.lock" => lock::find_deno(root, scan),
        "package.json" => {
            manifest::find(root, scan);
            scripts(root.get("scripts"), scan);
        }
        _ => {
            manifest::find_imports(root, scan);
            scripts(root.get("tasks"), scan);
        }
    }
}

/// Scripts are run by a shell.
fn scripts(scripts: Option<&Node<'_>>, scan: &mut Scan<'_>) {
    let map = scripts.and_then(Node::as_map);
    for line in map.into_iter().flat_map(|map| &map.entries).filter_map(|(_, line)| line.as_scalar()) {
        script::find(&line.content, &mut super::scope::Scope::default(), scan);
    }
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    #[test]
    fn every_sort_of_dependency_counts() {
        let expect = ["sdk.npm ^0.18.2 mirror 0.18.2"];
        for text in [
            r#"{"dependencies":{"@dagger.io/dagger":"^0.18.2"}}"#,
            r#"{"devDependencies":{"@dagger.io/dagger":"^0.18.2"}}"#,
            r#"{"peerDependencies":{"@dagger.io/dagger":"^0.18.2"}}"#,
            r#"{"dependencies":{"sdk":"npm:@dagger.io/dagger@^0.18.2"}}"#,
            r#"{"overrides":{"x":{"@dagger.io/dagger":"^0.18.2"}}}"#,
            r#"{"resolutions":{"**/@dagger.io/dagger":"^0.18.2"}}"#,
            r#"{"pnpm":{"overrides":{"@dagger.io/dagger":"^0.18.2"}}}"#,
            r#"{"workspaces":{"packages":[],"catalog":{"@dagger.io/dagger":"^0.18.2"}}}"#,
        ] {
            check_at("package.json", text, &expect);
        }
        for text in ["0.18.2", "=0.18.2", "v0.18.2"] {
            let json = format!(r#"{{"dependencies":{{"@dagger.io/dagger":"{text}"}}}}"#);
            check_at("package.json", &json, &[&format!("sdk.npm {text} mirror 0.18.2")]);
        }
        for text in ["latest", "*"] {
            let json = format!(r#"{{"dependencies":{{"@dagger.io/dagger":"{text}"}}}}"#);
            check_at("package.json", &json, &[&format!("sdk.npm {text} mirror -")]);
        }
    }

    #[test]
    fn what_comes_from_elsewhere_is_none() {
        for text in [
            "./sdk",
            "file:sdk",
            "link:../sdk",
            "workspace:*",
            "github:dagger/dagger",
            "https://x/y.tgz",
            "",
            "$x",
        ] {
            let json = format!(r#"{{"dependencies":{{"@dagger.io/dagger":"{text}"}}}}"#);
            check_at("package.json", &json, &[]);
        }
        check_at("package.json", r#"{"name":"@dagger.io/dagger","version":"0.18.2"}"#, &[]);
        check_at("package.json", r#"{"dependencies":{"dagger":"^0.8.5"}}"#, &[]);
        check_at("package.json", "{", &[]);
    }

    #[test]
    fn a_catalog_is_where_the_version_stands() {
        check_at(
            "pnpm-workspace.yaml",
            "packages: [a]\ncatalog:\n  '@dagger.io/dagger': ^0.18.2\ncatalogs:\n  old:\n    \"@dagger.io/dagger\": 0.17.0\n",
            &["sdk.npm ^0.18.2 mirror 0.18.2", "sdk.npm 0.17.0 mirror 0.17.0"],
        );
        check_at(
            "package.json",
            r#"{"workspaces":{"catalogs":{"a":{"@dagger.io/dagger":"^0.18.2"}}},"dependencies":{"@dagger.io/dagger":"catalog:a"}}"#,
            &["sdk.npm ^0.18.2 mirror 0.18.2", "sdk.npm catalog:a derived 0.18.2"],
        );
        check_at(
            "package.json",
            r#"{"dependencies":{"@dagger.io/dagger":"catalog:"}}"#,
            &["sdk.npm catalog: derived -"],
        );
    }

    #[test]
    fn imports_of_deno_are_requirements() {
        check_at(
            "deno.json",
            r#"{"imports":{"@dagger.io/dagger":"npm:@dagger.io/dagger@^0.18.2","x":"https://esm.sh/v128/*@dagger.io/dagger@0.8.4/a"}}"#,
            &["sdk.npm ^0.18.2 mirror 0.18.2", "sdk.npm 0.8.4 mirror 0.8.4"],
        );
        check_at("deno.json", r#"{"imports":{"@dagger.io/dagger":"./sdk/index.ts"}}"#, &[]);
    }

    #[test]
    fn a_script_s_images_are_sites() {
        check_at(
            "package.json",
            r#"{"scripts":{"ci":"docker run registry.dagger.io/engine:v0.18.2"}}"#,
            &["image.engine v0.18.2 mirror 0.18.2"],
        );
    }

    #[test]
    fn every_lock_states_one_version_per_entry() {
        let expect = ["sdk.npm.lock 0.18.2 mirror 0.18.2"];
        for (path, text) in [
            (
                "package-lock.json",
                r#"{"packages":{"":{"dependencies":{"@dagger.io/dagger":"^0.18.2"}},"node_modules/@dagger.io/dagger":{"version":"0.18.2"}},"dependencies":{"@dagger.io/dagger":{"version":"0.18.2"}}}"#,
            ),
            ("package-lock.json", r#"{"dependencies":{"@dagger.io/dagger":{"version":"0.18.2"}}}"#),
            (
                "pnpm-lock.yaml",
                "importers:\n  .:\n    dependencies:\n      '@dagger.io/dagger':\n        specifier: ^0.18.2\n        version: 0.18.2\npackages:\n  '@dagger.io/dagger@0.18.2':\n    resolution: {}\nsnapshots:\n  '@dagger.io/dagger@0.18.2': {}\n",
            ),
            ("pnpm-lock.yaml", "packages:\n  /@dagger.io/dagger@0.18.2(graphql@16):\n    dev: true\n"),
            ("pnpm-lock.yaml", "packages:\n  /@dagger.io/dagger/0.18.2:\n    dev: true\n"),
            ("yarn.lock", "\"@dagger.io/dagger@^0.18.2\":\n  \"resolved\" \"x\"\n  \"version\" \"0.18.2\"\n"),
            (
                "yarn.lock",
                "\"@dagger.io/dagger@^0.18.2\", \"@dagger.io/dagger@^0.18.0\":\n  version \"0.18.2\"\n  resolved \"x\"\n",
            ),
            (
                "yarn.lock",
                "\"@dagger.io/dagger@npm:^0.18.2\":\n  version: 0.18.2\n  resolution: \"@dagger.io/dagger@npm:0.18.2\"\n",
            ),
            (
                "bun.lock",
                "{\"packages\": {\"@dagger.io/dagger\": [\"@dagger.io/dagger@0.18.2\", \"\", {}],}}",
            ),
            (
                "deno.lock",
                r#"{"specifiers":{"npm:@dagger.io/dagger@^0.18.2":"0.18.2"},"npm":{"@dagger.io/dagger@0.18.2":{"integrity":"x"}}}"#,
            ),
        ] {
            check_at(path, text, &expect);
        }
        for (path, text) in [
            (
                "package-lock.json",
                r#"{"packages":{"node_modules/@dagger.io/dagger":{"resolved":"sdk","link":true},"sdk":{"name":"@dagger.io/dagger","version":"0.0.0"}}}"#,
            ),
            ("yarn.lock", "\"@dagger.io/dagger@./sdk\":\n  version \"0.0.0\"\n"),
            (
                "yarn.lock",
                "x@1:\n  version \"0.18.2\"\n  dependencies:\n    \"@dagger.io/dagger\" \"^0.18.2\"\n",
            ),
            ("bun.lock", "{\"packages\": {\"@dagger.io/dagger\": [\"@dagger.io/dagger@file:sdk\", {}]}}"),
        ] {
            check_at(path, text, &[]);
        }
    }
}
