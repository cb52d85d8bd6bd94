use super::assignment;
use super::shape::Shape;
use crate::document::{self, Node};
use crate::site::dockerfile;
use crate::site::nix::Bindings;
use crate::text::Fragment;

/// Keys whose value is an image as a whole, tag or not.
const IMAGE_KEYS: [&str; 6] = ["image", "container", "baseImage", "base_image", "docker_image", "imageName"];

/// Keys of an image's tag where its name stands beside it.
const TAG_KEYS: [&str; 5] = ["tag", "imageTag", "newTag", "finalImageTag", "image_tag"];

/// The texts of a file in which an image may be named; comments are none.
#[derive(Debug, Default)]
pub(super) struct Texts<'a> {
    /// Each text, and whether it is an image as a whole.
    pub(super) texts: Vec<(Fragment<'a>, bool)>,
    /// Maps that have the key of a tag, by key.
    pub(super) maps: Vec<Vec<(String, Fragment<'a>)>>,
}

impl<'a> Texts<'a> {
    /// Returns the texts of a file that have `word` in them, more or less.
    ///
    /// A file that its format's parser refuses, a template say, is looked at line by line.
    pub(super) fn of(path: &str, text: &'a str, word: &str) -> Self {
        let shape = Shape::of(path, text);
        let mut texts = Self::default();
        let parsed = match shape {
            Shape::Yaml => document::parse_yaml(text).ok(),
            Shape::Json => document::parse_json(text).ok().map(|root| vec![root]),
            Shape::Toml => document::parse_toml(text).ok().map(|root| vec![root]),
            Shape::Hcl => document::parse_hcl(text).ok().map(|root| vec![root]),
            Shape::Dockerfile => {
                texts.texts = dockerfile::image_texts(text);
                return texts;
            }
            Shape::Nix => match Bindings::parse(text) {
                Ok(bindings) => {
                    let strings = bindings.strings_with(word).into_iter();
                    texts.texts = strings.map(|string| (string, false)).collect();
                    texts.maps = bindings.sets_with(&TAG_KEYS);
                    return texts;
                }
                Err(_) => None,
            },
            Shape::GoMod | Shape::ToolVersions | Shape::Assignments | Shape::Prose => None,
        };
        match parsed {
            Some(roots) => roots.iter().for_each(|root| texts.tree(root)),
            None => texts.lines(text, shape),
        }
        texts
    }

    fn tree(&mut self, root: &Node<'a>) {
        root.walk(&mut |node| match node {
            Node::Scalar(scalar) => self.texts.push((scalar.content.clone(), false)),
            Node::Map(map) => {
                for (key, value) in &map.entries {
                    if let Node::Scalar(value) = value
                        && IMAGE_KEYS.contains(&key.text())
                    {
                        self.texts.push((value.content.clone(), true));
                    }
                }
                if TAG_KEYS.iter().any(|key| map.get(key).is_some()) {
                    let entry = |key: &str| map.get(key).and_then(Node::as_scalar);
                    let keys = map.entries.iter().map(|(key, _)| key.text());
                    let entries = keys.filter_map(|key| Some((key.to_owned(), entry(key)?.content.clone())));
                    self.maps.push(entries.collect());
                }
            }
            Node::List(_) | Node::Alias(_) => {}
        });
    }

    fn lines(&mut self, text: &'a str, shape: Shape) {
        for line in assignment::ranges(text) {
            let whole = &text[line.clone()];
            let trimmed = whole.trim_start();
            let is_comment = trimmed.starts_with('#') || trimmed.starts_with("//");
            let end = match shape {
                Shape::Prose => whole.len(),
                _ if is_comment => continue,
                _ => whole.find(" #").unwrap_or(whole.len()),
            };
            self.texts.push((Fragment::verbatim(&whole[..end], line.start), false));
        }
    }
}
