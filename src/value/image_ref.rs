use std::fmt;

/// An image reference, `[HOST/]PATH[:TAG][@DIGEST]`, cut where the distribution grammar cuts it
/// (distribution/reference, "Grammar"); tag and digest keep their text, whatever it states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageRef<'a> {
    /// Host and path, as written.
    pub repository: &'a str,
    /// The text after `:`, if any.
    pub tag: Option<&'a str>,
    /// The text after `@`, if any.
    pub digest: Option<&'a str>,
}

impl<'a> ImageRef<'a> {
    /// Returns the parts of `text`, or `None` when it has no repository.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash belongs to a port.
        let path_at = name.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match name[path_at..].find(':') {
            Some(colon) => (&name[..path_at + colon], Some(&name[path_at + colon + 1..])),
            None => (name, None),
        };
        if repository.is_empty() || repository.ends_with('/') {
            return None;
        }
        Some(Self { repository, tag, digest })
    }
}

impl fmt::Display for ImageRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.repository)?;
        if let Some(tag) = self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_cut_at_tag_and_digest() {
        for (text, repository, tag, digest) in [
            ("registry.dagger.io/engine:v0.21.8", "registry.dagger.io/engine", Some("v0.21.8"), None),
            ("localhost:5000/engine", "localhost:5000/engine", None, None),
            ("localhost:5000/engine:v1@sha256:aa", "localhost:5000/engine", Some("v1"), Some("sha256:aa")),
            ("engine@sha256:aa", "engine", None, Some("sha256:aa")),
        ] {
            let found = ImageRef::parse(text).unwrap();
            assert_eq!((found.repository, found.tag, found.digest), (repository, tag, digest));
            assert_eq!(found.to_string(), text);
        }
        assert_eq!(ImageRef::parse(":v1"), None);
        assert_eq!(ImageRef::parse("registry.dagger.io/"), None);
    }
}
