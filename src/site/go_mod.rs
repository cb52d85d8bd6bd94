//! `go.mod` (go.dev, "Go Modules Reference"): the Go SDK that a module requires or is given instead.

use std::ops::Range;

use super::format::Spec;
use super::{Kind, Role, Scan, Stated};
use crate::text::Span;

/// The module that Go programs import.
const SDK: &str = "dagger.io/dagger";

/// Module files.
pub(super) const FORMAT: Spec = Spec {
    names: &["go.mod"],
    ..Spec::of(|source, scan| {
        find(source.text(), scan);
        Ok(())
    })
};

/// Adds the version that is required, and the one that replaces it. Where a replacement has a
/// version or a directory of its own, the requirement is not what is built.
fn find(text: &str, scan: &mut Scan<'_>) {
    let mut block = None;
    let mut start = 0;
    let mut required = Vec::new();
    let mut is_replaced = false;
    for line in text.split_inclusive('\n') {
        let words = words(line, start);
        start += line.len();
        let text_of = |word: &Range<usize>| &text[word.clone()];
        match words.as_slice() {
            [directive, open] if text_of(open) == "(" => block = Some(text_of(directive)),
            [close] if text_of(close) == ")" => block = None,
            [first, rest @ ..] => {
                let (directive, rest) = match block {
                    Some(directive) => (directive, words.as_slice()),
                    None => (text_of(first), rest),
                };
                match directive {
                    "require" => required.extend(requirement(text, rest)),
                    "replace" if rest.first().is_some_and(|module| text_of(module) == SDK) => {
                        is_replaced = true;
                        replacement(text, rest, scan);
                    }
                    _ => {}
                }
            }
            [] => {}
        }
    }
    for version in required {
        let stated = Stated::of(&text[version.clone()]);
        let site = scan.add(Kind::SdkGo, Span::new(version.start, version.end), &text[version], stated);
        if let Some(site) = site.filter(|_| is_replaced) {
            site.role = Role::Shadowed;
        }
    }
}

fn requirement(text: &str, words: &[Range<usize>]) -> Option<Range<usize>> {
    match words {
        [module, version, ..] if unquoted(&text[module.clone()]) == SDK => Some(version.clone()),
        _ => None,
    }
}

/// `dagger.io/dagger => github.com/dagger/dagger/sdk/go v0.15.3`; a directory states no version.
fn replacement(text: &str, words: &[Range<usize>], scan: &mut Scan<'_>) {
    let Some(arrow) = words.iter().position(|word| &text[word.clone()] == "=>") else { return };
    let [_, version, ..] = &words[arrow + 1..] else { return };
    let stated = Stated::of(&text[version.clone()]);
    scan.add(Kind::SdkGo, Span::new(version.start, version.end), &text[version.clone()], stated);
}

/// Returns the places of the words of a line up to its comment; a parenthesis is a word.
fn words(line: &str, start: usize) -> Vec<Range<usize>> {
    let line = line.split("//").next().unwrap_or(line);
    let mut words = Vec::new();
    let mut word: Option<usize> = None;
    for (at, character) in line.char_indices() {
        let is_parenthesis = matches!(character, '(' | ')');
        if character.is_whitespace() || is_parenthesis {
            words.extend(word.take().map(|begin| start + begin..start + at));
        } else {
            word = word.or(Some(at));
        }
        if is_parenthesis {
            words.push(start + at..start + at + 1);
        }
    }
    words.extend(word.map(|begin| start + begin..start + line.len()));
    words
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '`'])
}

#[cfg(test)]
mod tests {
    use crate::site::shown;

    fn check(text: &str, expect: &[&str]) {
        shown::check_at("go.mod", text, expect);
    }

    #[test]
    fn what_is_required_is_a_site() {
        check("module m\nrequire dagger.io/dagger v0.18.2\n", &["sdk.go v0.18.2 mirror 0.18.2"]);
        check(
            "module m\n\nrequire (\n\tgolang.org/x/sync v0.1.0\n\tdagger.io/dagger v0.18.2 // indirect\r\n)\n",
            &["sdk.go v0.18.2 mirror 0.18.2"],
        );
        let pseudo = "v0.20.6-0.20260415192040-7058e9313c72";
        check(
            &format!("require(\n\tdagger.io/dagger {pseudo}\n)\n"),
            &[&format!("sdk.go {pseudo} mirror {}", &pseudo[1..])],
        );
    }

    #[test]
    fn a_replacement_is_what_is_built() {
        check(
            "require dagger.io/dagger v0.18.2\nreplace dagger.io/dagger v0.18.2 => github.com/dagger/dagger/sdk/go v0.15.3\n",
            &["sdk.go v0.18.2 shadowed 0.18.2", "sdk.go v0.15.3 mirror 0.15.3"],
        );
        check(
            "require dagger.io/dagger v0.18.2\nreplace dagger.io/dagger => ./sdk\n",
            &["sdk.go v0.18.2 shadowed 0.18.2"],
        );
    }

    #[test]
    fn other_modules_are_none() {
        check("module dagger.io/dagger\n", &[]);
        check("require github.com/dagger/otel-go v1.43.0\n// require dagger.io/dagger v0.18.2\n", &[]);
        check("require (\n\tgithub.com/dagger/dagger v0.19.7\n", &[]);
        check("exclude dagger.io/dagger v0.18.2\nretract v0.1.0\nreplace dagger.io/dagger =>\n(", &[]);
    }
}
