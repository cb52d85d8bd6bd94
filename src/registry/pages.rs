//! Lists of tags, which come in pages (distribution-spec, "Listing tags").

use reqwest::Url;
use reqwest::header::LINK;
use serde::Deserialize;

use crate::value::Tag;
use crate::world::http::Answer;

#[derive(Deserialize)]
struct Page {
    /// Absent or null when there are none.
    tags: Option<Vec<String>>,
}

/// Returns the tags of one page.
pub(super) fn tags(body: &[u8]) -> Result<Vec<String>, String> {
    let page: Page = super::parse(body)?;
    let tags = page.tags.unwrap_or_default();
    match tags.iter().find(|tag| Tag::parse(tag).is_none()) {
        Some(text) => Err(format!("`{}` is no tag", super::cleaned(text))),
        None => Ok(tags),
    }
}

/// Returns the address of the page that follows, if one does. It has to be where this one was.
pub(super) fn next(answer: &Answer) -> Result<Option<String>, String> {
    let links: Vec<&str> =
        answer.headers.get_all(LINK).iter().filter_map(|link| link.to_str().ok()).collect();
    follow(&answer.by, &links.join(", "))
}

fn follow(from: &str, links: &str) -> Result<Option<String>, String> {
    let Some(link) = target(links)? else { return Ok(None) };
    let from = Url::parse(from).map_err(|_| "it came from no address".to_owned())?;
    let next = from.join(link).map_err(|_| "the next page has no address".to_owned())?;
    let is_plain = next.username().is_empty() && next.password().is_none();
    if next.origin() != from.origin() || !is_plain {
        return Err(format!("the next page is at another host, {}", super::address::authority(&next)));
    }
    Ok(Some(next.to_string()))
}

/// Returns what the link of relation `next` points to (RFC 8288, §3).
fn target(links: &str) -> Result<Option<&str>, String> {
    let malformed = || format!("`{}` is no link to the next page", super::cleaned(links));
    let mut rest = links.trim_start_matches([',', ' ', '\t']);
    while !rest.is_empty() {
        let (target, after) =
            rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).ok_or_else(malformed)?;
        let end = end_of_parameters(after);
        if after[..end].split(';').any(is_next) {
            return Ok(Some(target));
        }
        rest = after[end..].trim_start_matches([',', ' ', '\t']);
    }
    Ok(None)
}

/// Returns where the comma stands that ends a link: outside quotes.
fn end_of_parameters(text: &str) -> usize {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn is_next(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| {
        let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel")
            && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FROM: &str = "https://h.io/v2/a/tags/list?n=2";

    #[test]
    fn the_next_page_is_where_its_link_points_to() {
        for (links, expect) in [
            ("", None),
            (r#"</v2/a/tags/list?last=b&n=2>; rel="next""#, Some("https://h.io/v2/a/tags/list?last=b&n=2")),
            ("</v2/a/tags/list?last=b>; rel=next", Some("https://h.io/v2/a/tags/list?last=b")),
            ("<?last=b>;rel=\"prev next\"", Some("https://h.io/v2/a/tags/list?last=b")),
            (r#"</p>; rel="prev"; title="a, <b>", </n>; rel="next""#, Some("https://h.io/n")),
            ("<https://h.io:443/n>; REL=NEXT", Some("https://h.io/n")),
            ("</n>; rel=\"first\"", None),
            ("</n>", None),
        ] {
            assert_eq!(follow(FROM, links).unwrap().as_deref(), expect, "{links}");
        }
    }

    #[test]
    fn a_next_page_elsewhere_is_refused() {
        for links in [
            "<https://evil.io/n>; rel=next",
            "<http://h.io/n>; rel=next",
            "<//evil.io/n>; rel=next",
            "<https://u:p@h.io/n>; rel=next",
            "<https://h.io:444/n>; rel=next",
            "<http://[>; rel=next",
            "</n; rel=next",
            "next",
        ] {
            assert!(follow(FROM, links).is_err(), "{links}");
        }
    }

    #[test]
    fn a_page_without_tags_has_none() {
        for (body, expect) in [
            (r#"{"name":"a","tags":["1","v2"]}"#, &["1", "v2"][..]),
            (r#"{"name":"a","tags":null}"#, &[]),
            (r#"{"name":"a"}"#, &[]),
        ] {
            assert_eq!(tags(body.as_bytes()).unwrap(), expect);
        }
        for body in ["", "[]x", r#"{"tags":"a"}"#, r#"{"tags":["../x"]}"#, r#"{"tags":[1]}"#, "<html>"] {
            assert!(tags(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_link_it_leads_nowhere_else(links in r#"[<>a-z/:;=",\\?@ .]{0,40}( ?; ?rel="?next)?"#) {
            if let Ok(Some(next)) = follow(FROM, &links) {
                prop_assert!(next.starts_with("https://h.io/"), "{}", next);
            }
        }
    }
}
