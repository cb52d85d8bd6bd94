use crate::document::{Map, Node, Scalar};
use crate::site::expression::{self, Position};
use crate::site::scope::Scope;
use crate::site::{Companion, Companionship, Kind, Scan, Site, Stated, image, name};
use crate::value::ImageRef;

/// Adds the tag of an image whose repository stands under another key of the same map; returns
/// where the scalars begin that are settled by that.
///
/// In the values of a chart an absent tag is no site: by convention the template then takes the
/// chart's own version.
pub(super) fn find(map: &Map<'_>, is_chart_values: bool, scope: &Scope, scan: &mut Scan<'_>) -> Vec<usize> {
    let mut done = Vec::new();
    for (key, value) in &map.entries {
        let Some(image) = value.as_scalar().and_then(|value| Image::of(key, value, map)) else { continue };
        let tag = image.sibling(map, |words| words.iter().any(|word| word == "tag" || word == "version"));
        let digest = image.sibling(map, |words| words.iter().any(|word| word == "digest"));
        let is_repository = image.noun == "repository" || image.noun == "repo";
        if tag.is_none() && digest.is_none() && !is_repository {
            continue;
        }
        done.push(image.value.span.start);
        let added = match (tag, digest) {
            (Some((tag_key, tag)), _) if !tag.text().is_empty() => {
                done.push(tag.span.start);
                add_tag(image.kind, tag_key, tag, scope, scan)
            }
            (_, Some((_, digest))) if !digest.text().is_empty() => {
                let stated = Stated::Revision(digest.text().to_owned());
                scan.add_in(image.kind, &digest.content, 0..digest.text().len(), stated);
                continue;
            }
            _ if is_chart_values => None,
            (Some((tag_key, _)), _) => {
                scan.add(image.kind, tag_key.text_span(), tag_key.text(), Stated::Missing)
            }
            (None, _) => scan.add(image.whole(), key.text_span(), key.text(), Stated::Missing),
        };
        let companion = digest.and_then(|(_, digest)| digest.content.span(0..digest.text().len()));
        let Some(site) = added else { continue };
        site.repository = Some(image.repository);
        if let Some(span) = companion.filter(|span| !span.is_empty()) {
            site.companions.push(Companion { span, what: Companionship::ImageDigest });
        }
    }
    done
}

/// A repository without a tag, and the words that its key shares with the keys of its tag.
struct Image<'n> {
    kind: Kind,
    value: &'n Scalar<'n>,
    /// The registry, when it stands under a key of its own, and the repository.
    repository: String,
    /// The last word of the key.
    noun: String,
    prefix: Vec<String>,
}

impl<'n> Image<'n> {
    fn of(key: &Scalar<'_>, value: &'n Scalar<'n>, map: &Map<'_>) -> Option<Self> {
        let mut words = words(key.text());
        let noun = words.pop()?;
        if !matches!(noun.as_str(), "repository" | "repo" | "image" | "name" | "newname") {
            return None;
        }
        let reference = ImageRef::parse(value.text())?;
        if reference.tag.is_some() || reference.digest.is_some() {
            return None;
        }
        let registry = map.get("registry").or_else(|| map.get("imageRegistry")).and_then(Node::as_str);
        let repository = match registry {
            Some(registry) if !registry.is_empty() => format!("{registry}/{}", value.text()),
            _ => value.text().trim_start_matches("oci://").to_owned(),
        };
        let kind = image::kind_of(&repository)?;
        let kind = if kind == Kind::ImageEngine { Kind::ImageEngineTag } else { kind };
        let is_filler = |word: &String| matches!(word.as_str(), "image" | "new");
        let prefix = words.into_iter().filter(|word| !is_filler(word)).collect();
        Some(Self { kind, value, repository, noun, prefix })
    }

    /// Returns the entry whose key has the same first words and then only those that name a part
    /// of an image, the wanted one among them.
    fn sibling<'m>(
        &self,
        map: &'m Map<'m>,
        is_wanted: impl Fn(&[String]) -> bool,
    ) -> Option<(&'m Scalar<'m>, &'m Scalar<'m>)> {
        map.entries.iter().find_map(|(key, value)| {
            let words = words(key.text());
            let rest = words.strip_prefix(self.prefix.as_slice())?;
            let is_part =
                |word: &String| matches!(word.as_str(), "image" | "new" | "tag" | "version" | "digest");
            (rest.iter().all(is_part) && is_wanted(rest)).then_some(())?;
            Some((key, value.as_scalar()?))
        })
    }

    /// A repository alone is a whole reference without a tag.
    fn whole(&self) -> Kind {
        if self.kind == Kind::ImageCli { Kind::ImageCli } else { Kind::ImageEngine }
    }
}

fn add_tag<'s>(
    kind: Kind,
    key: &Scalar<'_>,
    tag: &Scalar<'_>,
    scope: &Scope,
    scan: &'s mut Scan<'_>,
) -> Option<&'s mut Site> {
    let text = tag.text();
    if !tag.is_text && matches!(text, "null" | "~") {
        return scan.add(kind, key.text_span(), key.text(), Stated::Missing);
    }
    let end = text.find('@').unwrap_or(text.len());
    let version = &text[..end];
    let len = version.strip_suffix("-gpu").unwrap_or(version).len();
    let digest = tag.content.span((end + 1).min(text.len())..text.len());
    let site = expression::add(kind, Position::Tag, &tag.content, 0..len, scope, scan)?;
    if let Some(span) = digest.filter(|digest| !digest.is_empty()) {
        site.companions.push(Companion { span, what: Companionship::ImageDigest });
    }
    Some(site)
}

fn words(key: &str) -> Vec<String> {
    let mut words = name::words(key);
    // `newName` and `imagename` are one noun.
    if words.ends_with(&["new".to_owned(), "name".to_owned()]) {
        words.truncate(words.len() - 2);
        words.push("newname".to_owned());
    }
    words
}
