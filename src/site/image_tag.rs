use super::{Site, image, parse_version, write};
use crate::value::Version;

/// The tags of one image or chart that hold releases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageTag {
    /// `registry.dagger.io/engine`
    pub repository: String,
    /// What stands before the version: `v`.
    pub before: String,
    /// What stands behind it: `-gpu`.
    pub after: String,
}

impl ImageTag {
    /// Returns the tags of the image whose tag the site is, when the file tells which image that is.
    pub fn of(site: &Site, text: &str) -> Option<Self> {
        let repository = site.repository.as_deref().or_else(|| image::name_before(text, site.span))?;
        let is_tag = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
        let behind = &text[site.span.end..];
        let after = &behind[..behind.bytes().take_while(is_tag).count()];
        let before = if write::has_v(site) { "v" } else { "" };
        Some(Self { repository: repository.to_owned(), before: before.to_owned(), after: after.to_owned() })
    }

    /// Returns the reference of a version: `registry.dagger.io/engine:v0.21.8`.
    pub fn reference(&self, version: &Version) -> String {
        format!("{}:{}{version}{}", self.repository, self.before, self.after)
    }

    /// Returns the version that a tag states, when it is one of these.
    pub fn version(&self, tag: &str, toolchain: &str) -> Option<Version> {
        let text = tag.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        if text.starts_with('v') {
            return None;
        }
        parse_version(toolchain, text)
    }
}
