//! `Cargo.toml` and `Cargo.lock` (The Cargo Book, "Specifying Dependencies"): the Rust SDK.

use super::format::{FilePath, Spec};
use super::package;
use super::{Kind, Scan};
use crate::document::{self, Node};
use crate::value::Grammar;

/// The crate that Rust programs depend on.
const SDK: &str = "dagger-sdk";

/// Manifests and locks.
pub(super) const FORMAT: Spec = Spec {
    names: &["Cargo.toml", "Cargo.lock"],
    ..Spec::of(|source, scan| {
        let Ok(root) = document::parse_toml(source.text()) else { return Ok(()) };
        if FilePath::new(scan.path).extension == "lock" {
            package::find_locked(&root, SDK, Kind::SdkRustLock, scan);
        } else {
            find(&root, scan);
        }
        Ok(())
    })
};

/// Adds the requirement of every table of dependencies, wherever it stands: of a target, of the
/// workspace.
fn find(root: &Node<'_>, scan: &mut Scan<'_>) {
    let Some(root) = root.as_map() else { return };
    let mut pending: Vec<&Node<'_>> = root.entries.iter().map(|(_, value)| value).collect();
    let mut tables: Vec<(&str, &Node<'_>)> =
        root.entries.iter().map(|(key, value)| (key.text(), value)).collect();
    while let Some(node) = pending.pop() {
        let Some(map) = node.as_map() else { continue };
        tables.extend(map.entries.iter().map(|(key, value)| (key.text(), value)));
        pending.extend(map.entries.iter().map(|(_, value)| value));
    }
    for (_, table) in tables.iter().filter(|(key, _)| key.ends_with("dependencies")) {
        for (name, value) in table.as_map().into_iter().flat_map(|map| &map.entries) {
            let package = value.get("package").and_then(Node::as_str).unwrap_or(name.text());
            if package == SDK {
                package::require_value(Kind::SdkRust, Grammar::Cargo, name, value, scan);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    #[test]
    fn every_table_of_dependencies_counts() {
        for text in [
            "[dependencies]\ndagger-sdk = \"0.18.2\"\n",
            "[dev-dependencies]\ndagger-sdk = { version = \"0.18.2\", features = [] }\n",
            "[workspace.dependencies.dagger-sdk]\nversion = '0.18.2'\n",
            "[target.'cfg(unix)'.build-dependencies]\nsdk = { package = \"dagger-sdk\", version = \"0.18.2\" }\n",
        ] {
            check_at("Cargo.toml", text, &["sdk.rust 0.18.2 mirror 0.18.2"]);
        }
        check_at("Cargo.toml", "[dependencies]\ndagger-sdk = \"*\"\n", &["sdk.rust * mirror -"]);
    }

    #[test]
    fn what_is_no_release_is_none() {
        for text in [
            "[dependencies]\ndagger-sdk = { path = \"../sdk\" }\n",
            "[dependencies]\ndagger-sdk = { workspace = true }\n",
            "[dependencies]\ndagger-sdk = { git = \"https://example.com/x\", rev = \"1\" }\n",
            "[package]\nname = \"dagger-sdk\"\nversion = \"0.18.2\"\n",
            "[dependencies]\ncuenv-dagger = \"0.54.0\"\n",
            "not toml [",
        ] {
            check_at("Cargo.toml", text, &[]);
        }
    }

    #[test]
    fn the_lock_states_what_was_chosen() {
        check_at(
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"dagger-sdk\"\nversion = \"0.18.2\"\nsource = \"registry+https://example.com\"\nchecksum = \"00\"\n",
            &["sdk.rust.lock 0.18.2 mirror 0.18.2"],
        );
        check_at("Cargo.lock", "[[package]]\nname = \"dagger-sdk\"\nversion = \"0.18.2\"\n", &[]);
    }
}
