use std::fmt;
use std::ops::Range;

use super::place::{Places, Position};
use super::texts::Texts;
use crate::site::image::{Start, repository_start};
use crate::site::{expression, stated};
use crate::text::Fragment;
use crate::value::{Digest, ImageRef, Version};

/// Hosts that are one registry, the one that is used where none is named (distribution/reference,
/// "familiar" names).
const DEFAULT_HOSTS: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// An image by its registry and path: `postgres`, `library/postgres` and
/// `docker.io/library/postgres` are one, and a mirror's is another.
#[derive(Debug, Clone)]
pub struct Repository {
    text: String,
    canonical: String,
    /// The last part of the path, which every mention ends with.
    last: String,
}

impl Repository {
    /// Returns the image that `text` names without tag and digest, or what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:".contains(&byte);
        match ImageRef::parse(text) {
            Some(ImageRef { repository, tag: None, digest: None }) if repository.bytes().all(is_name) => {
                Ok(Self {
                    text: text.to_owned(),
                    canonical: canonical(repository),
                    last: repository.rsplit('/').next().unwrap_or(repository).to_owned(),
                })
            }
            Some(ImageRef { repository, .. }) if repository.bytes().all(is_name) => {
                Err(format!("an image is named without its tag: `{repository}`"))
            }
            _ => Err(format!("`{text}` is no image, wanted one like `docker.io/library/rust`")),
        }
    }

    pub(super) fn last(&self) -> &str {
        &self.last
    }

    /// Returns whether the text names this image.
    fn is(&self, repository: &str) -> bool {
        repository.ends_with(&self.last) && canonical(repository) == self.canonical
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the name with its registry and all of its path.
pub(in crate::site) fn canonical(repository: &str) -> String {
    let is_host = |first: &&str| first.contains(['.', ':']) || *first == "localhost";
    let (host, path) = match repository.split_once('/') {
        Some((first, rest)) if is_host(&first) => (first, rest),
        _ => (DEFAULT_HOSTS[0], repository),
    };
    if !DEFAULT_HOSTS.contains(&host) {
        return format!("{host}/{path}");
    }
    let library = if path.contains('/') { "" } else { "library/" };
    format!("{}/{library}{path}", DEFAULT_HOSTS[0])
}

/// Adds the tags of the image in the file.
pub(super) fn find(repository: &Repository, path: &str, text: &str, places: &mut Places<'_>) {
    let texts = Texts::of(path, text, &repository.last);
    for (content, is_whole) in &texts.texts {
        in_text(repository, content, *is_whole, places);
    }
    for map in &texts.maps {
        split(repository, map, places);
    }
}

/// Looks at a text that may name the image anywhere in it; as a whole it may do so without a tag.
fn in_text(repository: &Repository, content: &Fragment<'_>, is_whole: bool, places: &mut Places<'_>) {
    let text = content.text();
    for at in memchr::memmem::find_iter(text.as_bytes(), &repository.last) {
        let end = at + repository.last.len();
        let Start { at: start, has_scheme, is_continued } = repository_start(text, end);
        if is_continued || !repository.is(&text[start..end]) {
            continue;
        }
        // A host in an address: `postgres://user@postgres:5432`.
        let is_host = (text[..start].ends_with("//") && !has_scheme) || text[..start].ends_with('@');
        match text.as_bytes().get(end) {
            Some(b':') if !is_host => tagged(content, end + 1, is_whole || has_scheme, places),
            Some(b'@') if !is_host => {
                if let Some(digest) = digest_at(text, end) {
                    places.add_digest(content, digest);
                }
            }
            None if is_whole && start == text.len() - text.trim_start().len() => {
                places.add_missing(content, start..end);
            }
            _ => {}
        }
    }
}

fn tagged(content: &Fragment<'_>, start: usize, is_certain: bool, places: &mut Places<'_>) {
    let text = content.text();
    let is_tag = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let end = expression::end_of(text, start, is_tag);
    let end = start + text[start..end].trim_end_matches('.').len();
    let tag = &text[start..end];
    // A name and a port are written like an image and a tag.
    let is_port = tag.len() > 2 && tag.len() < 6 && tag.bytes().all(|byte| byte.is_ascii_digit());
    let goes_on = text[end..].starts_with(['/', '$', '{', '*', '%', '<']);
    if tag.is_empty() || goes_on || (!is_certain && (is_port || !looks_like_tag(tag))) {
        return;
    }
    if let Some(site) = places.add(content, start..end, Position::Tag) {
        places.join_digest(site, digest_at(text, end).and_then(|digest| content.span(digest)));
    }
}

/// Returns whether nothing else is written like the tag: `node:fs` is a module, `postgres:secret` a
/// user and a password, while versions, moving names and expressions stand behind images.
fn looks_like_tag(tag: &str) -> bool {
    let word = tag.split('-').next().unwrap_or_default();
    Version::leading(tag).is_some()
        || stated::is_moving(word)
        || expression::find_at(tag, usize::from(tag.starts_with('v'))).is_some()
}

/// Keys of an image's name and of its tag where they stand apart: values of charts, kustomize,
/// `dockerTools.pullImage`, arguments of modules.
const NAMES: [&str; 6] = ["repository", "image", "imageName", "name", "newName", "image_name"];
const TAGS: [&str; 5] = ["tag", "imageTag", "newTag", "finalImageTag", "image_tag"];
const DIGESTS: [&str; 3] = ["digest", "imageDigest", "image_digest"];

/// `repository:` and `tag:` in one map, and `registry:` where that stands apart, too.
fn split(repository: &Repository, map: &[(String, Fragment<'_>)], places: &mut Places<'_>) {
    let value = |keys: &[&str]| {
        keys.iter().find_map(|key| map.iter().find(|(name, _)| name == key).map(|(_, value)| value))
    };
    let Some(tag) = value(&TAGS) else { return };
    let registry = value(&["registry"]).map(|registry| registry.text().trim()).filter(|it| !it.is_empty());
    let is_it = |name: &str| match registry {
        Some(registry) => repository.is(&format!("{registry}/{name}")) || repository.is(name),
        None => repository.is(name),
    };
    // What replaces a name counts, not the name.
    let is_named = match value(&["newName"]) {
        Some(new) => is_it(new.text().trim()),
        None => NAMES.iter().any(|key| value(&[key]).is_some_and(|name| is_it(name.text().trim()))),
    };
    if !is_named {
        return;
    }
    if let Some(site) = places.add(tag, 0..tag.text().len(), Position::Tag) {
        let digest = value(&DIGESTS).filter(|digest| Digest::parse(digest.text()).is_some());
        places.join_digest(site, digest.and_then(|digest| digest.span(0..digest.text().len())));
    }
}

/// Returns the digest after the `@` at `at`.
fn digest_at(text: &str, at: usize) -> Option<Range<usize>> {
    const LEN: usize = "sha256:".len() + 64;
    let digest = text.get(at..)?.strip_prefix('@')?.get(..LEN)?;
    Digest::parse(digest).map(|_| at + 1..at + 1 + LEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_image_has_several_names() {
        for (text, other, expect) in [
            ("postgres", "docker.io/library/postgres", true),
            ("docker.io/library/postgres", "library/postgres", true),
            ("docker.io/postgres", "index.docker.io/library/postgres", true),
            ("bitnami/postgresql", "docker.io/bitnami/postgresql", true),
            ("postgres", "bitnami/postgres", false),
            ("postgres", "ghcr.io/library/postgres", false),
            ("localhost:5000/postgres", "localhost:5000/postgres", true),
            ("localhost:5000/postgres", "postgres", false),
            ("mirror.example/postgres", "mirror.example/library/postgres", false),
        ] {
            assert_eq!(Repository::parse(text).unwrap().is(other), expect, "{text} {other}");
        }
        for text in ["postgres:16", "a@sha256:b", "", "a b", "rust/"] {
            assert!(Repository::parse(text).is_err(), "{text}");
        }
    }
}
