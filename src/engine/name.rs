//! Names that daemons accept, made of names that people give.

use std::path::Path;

use crate::value::Digest;

/// The most characters of a name that are kept: names of containers are host names of at most 63, too.
const MAX: usize = 24;

/// Returns the project's name as it can stand in names of containers and volumes (`[a-zA-Z0-9][a-zA-Z0-9_.-]*`,
/// moby/moby `daemon/names`): what pin.toml calls it, else the name of the directory with 64 bits of a hash of the git
/// directory, so that two checkouts with one name do not meet and all work trees of one repository do.
pub fn project(name: Option<&str>, root: &Path, git: &Path) -> String {
    match name {
        Some(name) if is_plain(name) => name.to_owned(),
        // Two names that are written alike once they are cut must not meet.
        Some(name) => format!("{}-{}", slug(name), short_hash(name.as_bytes())),
        None => {
            let directory = root.file_name().unwrap_or_default().to_string_lossy();
            format!("{}-{}", slug(&directory), short_hash(git.as_os_str().as_encoded_bytes()))
        }
    }
}

/// Returns the first 64 bits of a SHA-256 in hexadecimal digits.
pub(super) fn short_hash(bytes: &[u8]) -> String {
    let digest = Digest::of(bytes).to_string();
    digest.trim_start_matches("sha256:").chars().take(16).collect()
}

fn is_plain(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    name.len() <= MAX && name.bytes().all(is_inner) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let slug: String = name.chars().map(plain).take(MAX).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "project".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_project_is_named_by_its_owner_or_by_where_it_is() {
        let check = |name: Option<&str>, root: &str, git: &str, expect: &str| {
            assert_eq!(project(name, Path::new(root), Path::new(git)), expect);
        };
        check(Some("shop"), "/a", "/a/.git", "shop");
        check(Some("The Shop"), "/a", "/a/.git", "the-shop-fc380ff3c174a1cb");
        check(None, "/src/My Shop", "/src/My Shop/.git", "my-shop-3ff19f80878edb1c");
        check(None, "/", "/", "project-8a5edab282632443");
        check(Some("--help"), "/a", "/a", "help-0bdbc8fb00a40fb6");
    }

    proptest! {
        #[test]
        fn every_name_can_be_a_containers(name in proptest::option::of(any::<String>()), root in "(/[^/]{1,40}){0,3}") {
            let name = project(name.as_deref(), Path::new(&root), Path::new(&root));
            prop_assert!(name.starts_with(|c: char| c.is_ascii_alphanumeric()), "{name}");
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)), "{name}");
            prop_assert!(name.len() <= MAX + 17, "{name}");
        }
    }
}
