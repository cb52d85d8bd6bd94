use std::fmt;
use std::ops::Range;

use super::Lack;
use super::assignment::ranges;
use super::place::{Places, Position};
use crate::text::Fragment;
use crate::value::Version;

/// What begins a comment in the languages that have them.
const COMMENTS: [&str; 9] = ["#", "//", "/*", "<!--", "--", ";", "%", "{{/*", "{{- /*"];

/// What a comment may go on with behind a marker.
const ENDS: [&str; 4] = ["*/", "-->", ",", ";"];

/// Words in a comment that mark the version on their line, or on the next one when the comment
/// has a line of its own: `pin: rust`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker(String);

impl Marker {
    /// Returns the marker, or what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = text.trim();
        let is_comment = COMMENTS.iter().any(|comment| words.starts_with(comment));
        if words.is_empty() || words.contains('\n') {
            return Err("a marker is the words of a comment, such as `pin: rust`".to_owned());
        }
        if is_comment {
            return Err(format!(
                "a marker is what stands in the comment, so without `{}`",
                words.split(' ').next().unwrap_or_default()
            ));
        }
        // That comment accepts a finding.
        if words.starts_with("pin: ignore") {
            return Err("`pin: ignore[…]` accepts a finding and marks nothing".to_owned());
        }
        Ok(Self(words.to_owned()))
    }

    pub(super) fn words(&self) -> &str {
        &self.0
    }

    /// Adds the site of every marker in the text.
    pub(super) fn find(&self, path: &str, text: &str, places: &mut Places<'_>) -> Result<(), Lack> {
        let content = Fragment::verbatim(text, 0);
        let lines: Vec<Range<usize>> = ranges(text).collect();
        let mut is_marked = false;
        for (index, line) in lines.iter().enumerate() {
            let Some(comment) = self.comment_in(&text[line.clone()]) else { continue };
            is_marked = true;
            let before = line.start..line.start + comment;
            let below = || lines[index + 1..].iter().find(|line| !text[(*line).clone()].trim().is_empty());
            let place = if text[before.clone()].trim().is_empty() { below().cloned() } else { Some(before) };
            let found: Vec<Range<usize>> = place.map(|place| versions(text, place)).unwrap_or_default();
            match found.as_slice() {
                [one] => drop(places.add(&content, one.clone(), Position::Tag)),
                found => {
                    let what = if found.is_empty() { "no version" } else { "several versions" };
                    return Err(Lack {
                        reason: format!("{what} at the marker `{self}` in `{path}`, line {}", index + 1),
                        hint: Some("mark a line that has one version, or use `pattern`".to_owned()),
                    });
                }
            }
        }
        if is_marked {
            Ok(())
        } else {
            Err(Lack::new(format!("no comment in `{path}` has the marker `{self}`")))
        }
    }

    /// Returns where the comment begins that has the marker in it as words of their own.
    fn comment_in(&self, line: &str) -> Option<usize> {
        let mut found = line.match_indices(&self.0).filter(|(at, marker)| {
            let rest = &line[at + marker.len()..];
            let is_end = rest.trim_start().is_empty()
                || rest.starts_with(char::is_whitespace)
                || ENDS.iter().any(|end| rest.starts_with(end));
            is_end && !line[..*at].ends_with(|before: char| before.is_alphanumeric())
        });
        let (at, _) = found.next()?;
        let opens = |at: usize| line[..at].is_empty() || line[..at].ends_with(char::is_whitespace);
        let comments = COMMENTS.iter().flat_map(|comment| line[..at].match_indices(comment));
        comments.map(|(at, _)| at).filter(|at| opens(*at)).min()
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the versions in a part of the text; where one has a dot, numbers without are none.
fn versions(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = range.start;
    let is_word = |character: char| character.is_alphanumeric() || "_.".contains(character);
    while at < range.end {
        let rest = &text[at..range.end];
        let Some(next) = rest.chars().next() else { break };
        let begins = !text[range.start..at].ends_with(|before: char| is_word(before) || before == '-');
        if begins && is_word(next) {
            let len = rest.find(|c: char| !(is_word(c) || "+-".contains(c))).unwrap_or(rest.len());
            let word = rest[..len].trim_end_matches('.');
            if Version::leading(word).is_some() {
                found.push(at..at + word.len());
            }
            at += len;
        } else {
            at += next.len_utf8();
        }
    }
    if found.iter().any(|word| text[word.clone()].contains('.')) {
        found.retain(|word| text[word.clone()].contains('.'));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_words_of_a_comment() {
        let marker = Marker::parse("pin: rust").unwrap();
        for (line, expect) in [
            ("V = 1 # pin: rust", Some(6)),
            ("V = 1 // see below, pin: rust (all of them)", Some(6)),
            ("x <!-- pin: rust -->", Some(2)),
            ("x /* pin: rust*/", Some(2)),
            ("# pin: rust", Some(0)),
            ("https://x.y # pin: rust, pin: ignore[version-drift]", Some(12)),
            ("V = 1 # pin: rusty", None),
            ("V = 1 # pin: rust[x]", None),
            ("V = 1 # spin: rust", None),
            ("V = \"pin: rust\"", None),
            ("https://pin: rust", None),
        ] {
            assert_eq!(marker.comment_in(line), expect, "{line}");
        }
        for text in ["", " ", "# pin: rust", "pin: ignore[x]", "a\nb"] {
            assert!(Marker::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_line_has_versions() {
        for (text, expect) in [
            ("RUST = \"1.88.0\"", &["1.88.0"][..]),
            ("image: postgres:16.4-alpine3.20", &["16.4-alpine3.20"]),
            ("NODE = 22", &["22"]),
            ("timeout(30, \"22.11.0\")", &["22.11.0"]),
            ("f(\"1.2.3\", '4.5.6')", &["1.2.3", "4.5.6"]),
            ("v1.2.3 é", &["v1.2.3"]),
            ("Rust 1.88.", &["1.88"]),
            ("a1.2 b-3.4 x_5.6", &[]),
        ] {
            let found: Vec<&str> =
                versions(text, 0..text.len()).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expect, "{text}");
        }
    }
}
