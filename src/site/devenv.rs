//! `devenv.yaml` and `devenv.lock` (devenv.sh, "Inputs" and "devenv.yaml"). `devenv.nix` is Nix.

use super::format::{FilePath, Spec};
use super::{Kind, Scan, address, flake_lock};
use crate::document::{self, Map, Node, SyntaxError};
use crate::text::Source;

/// Inputs, and the lock that devenv keeps of them in Nix's own format.
pub(super) const FORMAT: Spec = Spec {
    names: &["devenv.yaml", "devenv.local.yaml", "devenv.lock"],
    is_known: true,
    ..Spec::of(find_file)
};

/// Inputs override inputs of inputs this deep.
const MAX_NESTING: usize = 16;

fn find_file(source: &Source, scan: &mut Scan<'_>) -> Result<(), SyntaxError> {
    let text = source.text();
    if FilePath::new(scan.path).extension == "lock" {
        flake_lock::find(Kind::Devenv, &document::parse_json(text)?, scan);
    } else {
        for document in &document::parse_yaml(text)? {
            inputs(document.get("inputs").and_then(Node::as_map), 0, scan);
        }
    }
    Ok(())
}

/// Adds the inputs of a map, and those that they give their own inputs.
fn inputs(map: Option<&Map<'_>>, nesting: usize, scan: &mut Scan<'_>) {
    for (_, input) in map.into_iter().flat_map(|map| &map.entries) {
        if let Some(url) = input.get("url").and_then(Node::as_scalar) {
            address::add(Kind::Devenv, &url.content, scan);
        }
        if nesting < MAX_NESTING {
            inputs(input.get("inputs").and_then(Node::as_map), nesting + 1, scan);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::shown::check_at;

    const REV: &str = "89dee52f7839a290326eb1f929a4ac99d4a1aae1";
    const UNLISTED: &str = "0000000000000000000000000000000000000001";

    #[test]
    fn an_input_s_pin_is_found_in_every_form() {
        let pinned: &[&str] = &[&format!("devenv {REV} mirror 0.21.4")];
        for text in [
            "inputs:\n  dagger:\n    url: github:dagger/nix/REV\n    overlays:\n      - default\n",
            "inputs:\r\n  cli:\r\n    # é\r\n    url: \"github:dagger/nix?rev=REV\"\r\n",
            "inputs: {dagger: {url: 'git+https://github.com/dagger/nix?rev=REV', inputs: {nixpkgs: {follows: nixpkgs}}}}",
            "inputs:\n  extras:\n    url: github:o/extras\n    inputs:\n      dagger:\n        url: github:dagger/nix/REV",
            "inputs:\n  dagger:\n    url: https://github.com/dagger/nix/archive/REV.tar.gz\n",
        ] {
            check_at("devenv.yaml", &text.replace("REV", REV), pinned);
        }
        check_at(
            "devenv.local.yaml",
            "inputs: {d: {url: 'github:dagger/nix/main'}}",
            &["devenv main mirror -"],
        );
        check_at(
            "a/devenv.yaml",
            "inputs: {d: {url: 'github:dagger/nix'}}",
            &["devenv github:dagger/nix mirror -"],
        );
        check_at(
            "devenv.yaml",
            "inputs: {d: {url: 'github:dagger/nix/v0.21.4'}}",
            &["devenv v0.21.4 mirror -"],
        );
        check_at(
            "devenv.yaml",
            &format!("inputs: {{d: {{url: 'github:dagger/nix/{UNLISTED}'}}}}"),
            &[&format!("devenv {UNLISTED} mirror -")],
        );
    }

    #[test]
    fn others_are_none() {
        for text in [
            "",
            "inputs:\n",
            "inputs: []\n",
            "inputs: {dagger: {follows: other/dagger}}",
            "inputs: {dagger: github:dagger/nix}",
            "inputs: {dagger: {url: 'github:dagger/dagger/v0.21.4'}}",
            "# inputs: {dagger: {url: github:dagger/nix}}\nimports: ['github:dagger/nix']\n",
        ] {
            check_at("devenv.yaml", text, &[]);
        }
    }

    #[test]
    fn the_lock_is_a_flake_s() {
        let lock = |inputs: &str, locked: &str| {
            format!(
                r#"{{"nodes":{{"dagger":{{"locked":{{{locked}"owner":"dagger","repo":"nix","rev":"{REV}","type":"github"}}}},
                "x":{{"inputs":{{"dagger":"dagger"}}}},"root":{{"inputs":{{{inputs}}}}}}},"root":"root","version":7}}"#
            )
        };
        let own = r#""dagger":"dagger""#;
        check_at("devenv.lock", &lock(own, ""), &[&format!("devenv {REV} mirror 0.21.4")]);
        check_at("devenv.lock", &lock(r#""x":"x""#, ""), &[&format!("devenv {REV} generated 0.21.4")]);
        check_at("devenv.lock", &lock("", ""), &[]);
        check_at("devenv.lock", "{}", &[]);
    }

    #[test]
    fn what_does_not_parse_is_an_error() {
        for (path, text) in [("devenv.yaml", "inputs: ["), ("devenv.lock", "{"), ("devenv.nix", "{ x = ")] {
            let source = Source::new(text.into());
            let mut scan = Scan::new(path);
            assert!(crate::site::Format::of(path).unwrap().find(&source, &mut scan).is_err(), "{path}");
        }
    }
}
