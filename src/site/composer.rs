//! `composer.json` and `composer.lock` (getcomposer.org, "The composer.json schema"): the PHP SDK.

use super::format::{FilePath, Spec};
use super::package;
use super::{Kind, Scan};
use crate::document::{self, Node};
use crate::value::Grammar;

/// The package that PHP programs require.
const SDK: &str = "dagger/dagger";

/// Manifests and locks.
pub(super) const FORMAT: Spec = Spec {
    names: &["composer.json", "composer.lock"],
    ..Spec::of(|source, scan| {
        let Ok(root) = document::parse_json(source.text()) else { return Ok(()) };
        if FilePath::new(scan.path).extension == "lock" {
            find_locked(&root, scan);
        } else {
            find(&root, scan);
        }
        Ok(())
    })
};

fn find(root: &Node<'_>, scan: &mut Scan<'_>) {
    for key in ["require", "require-dev"] {
        if let Some(text) = root.get(key).and_then(|table| table.get(SDK)).and_then(Node::as_scalar) {
            package::require(Kind::SdkPhp, Grammar::Composer, text, scan);
        }
    }
}

fn find_locked(root: &Node<'_>, scan: &mut Scan<'_>) {
    for key in ["packages", "packages-dev"] {
        let packages = root.get(key).and_then(Node::as_list);
        for package in packages.into_iter().flat_map(|list| &list.items) {
            if package.get("name").and_then(Node::as_str) == Some(SDK) {
                package::locked(Kind::SdkPhpLock, package.get("version"), scan);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    #[test]
    fn a_requirement_is_a_site() {
        check_at(
            "composer.json",
            r#"{"name":"a/b","require":{"php":">=8","dagger/dagger":"^0.18.2"},"require-dev":{"dagger/dagger":"*@dev"}}"#,
            &["sdk.php ^0.18.2 mirror 0.18.2", "sdk.php *@dev mirror -"],
        );
        check_at("composer.json", r#"{"name":"dagger/dagger","version":"0.18.2"}"#, &[]);
        check_at("composer.json", "{", &[]);
    }

    #[test]
    fn the_lock_states_what_was_chosen() {
        check_at(
            "composer.lock",
            r#"{"packages":[{"name":"dagger/dagger","version":"v0.18.2"},{"name":"x/dagger","version":"v1.0.0"}],
                "packages-dev":[{"name":"dagger/dagger","version":"dev-main"}],"stability-flags":{"dagger/dagger":20}}"#,
            &["sdk.php.lock v0.18.2 mirror 0.18.2"],
        );
    }
}
