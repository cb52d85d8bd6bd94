//! Sites that a repository declares itself, in `pin.toml`: where to look, and what is found there.
//!
//! A [`Selector`] finds texts; what a text states is the same question everywhere: the version it
//! begins with, a name that moves, or an expression that takes it from elsewhere in the file.

mod assignment;
mod image;
mod key;
mod marker;
mod names;
mod path;
mod place;
mod shape;
mod texts;

use regex::Regex;

use super::{Kind, Site, Stated, stated};
use crate::document::SyntaxError;
use crate::text::{Fragment, Source};

pub(super) use assignment::Assignment;
pub use image::Repository;
pub(super) use image::canonical;
pub use marker::Marker;
pub use path::KeyPath;
use place::Places;

/// How declared sites are found in a file.
#[derive(Debug)]
pub enum Selector {
    /// The whole file is a version: `.node-version`.
    Whole,
    /// The value at a key; with a pattern, what its group `version` matches in that value.
    Key(KeyPath, Option<Regex>),
    /// The tags of an image.
    Image(Repository),
    /// The group `version` of a pattern, anywhere.
    Pattern(Regex),
    /// The version on a line that a comment marks, or on the line below the comment.
    Marker(Marker),
}

impl Selector {
    /// Returns a word that every file has in which it finds something, when there is one.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Image(repository) => Some(repository.last()),
            Self::Marker(marker) => Some(marker.words()),
            Self::Whole | Self::Key(..) | Self::Pattern(_) => None,
        }
    }
}

/// Whose sites are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Declaration<'a> {
    /// The toolchain.
    pub toolchain: &'a str,
    /// Which of its declarations.
    pub index: usize,
    /// Where to look.
    pub selector: &'a Selector,
}

/// Why a declaration finds nothing in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// What was looked for and what is there instead, as a lowercase fragment.
    pub reason: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Lack {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: None }
    }
}

/// What a declaration comes to in a file: its sites, or why there are none.
pub type Found = Result<Vec<Site>, Lack>;

impl Declaration<'_> {
    /// Returns the sites in the file at `path`, in the order of the file.
    pub fn find(&self, path: &str, source: &Source) -> Result<Found, SyntaxError> {
        let text = source.text();
        let mut places = Places::new(self, path, text);
        let lack = match self.selector {
            Selector::Whole => {
                let nothing = Lack::new(format!("`{path}` states nothing"));
                Some(whole(path, text, &mut places).err().unwrap_or(nothing))
            }
            Selector::Key(key, pattern) => match key::find(key, path, text)? {
                Ok(values) => {
                    for value in &values {
                        match pattern {
                            Some(pattern) => matches(pattern, value, &mut places),
                            None => places.add_value(value),
                        }
                    }
                    Some(Lack::new(match pattern {
                        Some(pattern) => format!("`{pattern}` matches nothing at `{key}` in `{path}`"),
                        None => format!("`{key}` in `{path}` states nothing"),
                    }))
                }
                Err(lack) => Some(lack),
            },
            Selector::Image(repository) => {
                image::find(repository, path, text, &mut places);
                Some(Lack::new(format!("no image `{repository}` is in `{path}`")))
            }
            Selector::Pattern(pattern) => {
                matches(pattern, &Fragment::verbatim(text, 0), &mut places);
                Some(Lack::new(format!("`{pattern}` matches nothing in `{path}`")))
            }
            Selector::Marker(marker) => marker.find(path, text, &mut places).err(),
        };
        let sites = places.into_sites();
        Ok(match lack {
            lack if sites.is_empty() => {
                Err(lack.unwrap_or_else(|| Lack::new(format!("nothing is stated in `{path}`"))))
            }
            _ => Ok(sites),
        })
    }
}

/// The only line that is no comment states the version.
fn whole(path: &str, text: &str, places: &mut Places<'_>) -> Result<(), Lack> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let line = line.split('#').next().unwrap_or_default();
        let inner = line.trim();
        if !inner.is_empty() {
            let from = at + line.len() - line.trim_start().len();
            lines.push(from..from + inner.len());
        }
    }
    match lines.as_slice() {
        [line] if !text[line.clone()].contains(char::is_whitespace) => {
            places.add(&Fragment::verbatim(text, 0), line.clone(), place::Position::Version);
            Ok(())
        }
        [] => Err(Lack::new(format!("`{path}` states nothing"))),
        _ => Err(Lack {
            reason: format!("`{path}` is more than a version"),
            hint: Some("say where in it with `key`, `image`, `pattern` or `marker`".to_owned()),
        }),
    }
}

fn matches(pattern: &Regex, content: &Fragment<'_>, places: &mut Places<'_>) {
    for group in pattern.captures_iter(content.text()).filter_map(|captures| captures.name("version")) {
        places.add(content, group.range(), place::Position::Version);
    }
}

/// Returns the variant of an image that stands where a version belongs (`bookworm`, `alpine`): a
/// version in its place would be another image, and how the two are joined only its owner knows.
pub(super) fn variant(site: &Site) -> Option<&str> {
    match &site.stated {
        Stated::Floating(word) if site.kind == Kind::Custom && !stated::is_moving(word) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
