//! What tests compare the version of the engine with.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Reader;
use crate::site::{Kind, Scan, Stated, expression, name};
use crate::text::Span;

/// Functions that compare two values, or look one up in the other.
const COMPARISONS: [&str; 24] = [
    "Equal",
    "Equalf",
    "EqualValues",
    "Contains",
    "Containsf",
    "Is",
    "assertEqual",
    "assertEquals",
    "assertIn",
    "assertSame",
    "assertContains",
    "assertStringContainsString",
    "assert_eq",
    "assert_equal",
    "assert_includes",
    "toBe",
    "toEqual",
    "toStrictEqual",
    "toContain",
    "toMatch",
    "strictEqual",
    "equal",
    "shouldBe",
    "isEqualTo",
];

/// The subject of a comparison stands so many tokens from the version at most.
const MAX_BETWEEN: usize = 12;

/// How many bytes before the version say what is compared.
const WINDOW: usize = 240;

impl Reader<'_> {
    /// Adds the versions that the running one, or that of a module, is compared with. Several in
    /// one file are cases of a table.
    pub(super) fn assertions(&self, scan: &mut Scan<'_>) {
        let mut found: Vec<Range<usize>> = Vec::new();
        for (index, token) in self.tokens.iter().enumerate() {
            let Some(part) = token.as_text() else { continue };
            let inner = &self.text[part.inner.clone()];
            if expression::states_version(inner) {
                if self.is_compared(index) {
                    found.push(part.inner.clone());
                }
            } else if inner.contains("dagger version") {
                let compared = compared(inner);
                found.extend(
                    compared.map(|range| part.inner.start + range.start..part.inner.start + range.end),
                );
            }
        }
        let version = |range: &Range<usize>| self.text[range.clone()].trim_start_matches('v').to_owned();
        if found.iter().map(version).collect::<BTreeSet<_>>().len() != 1 {
            return;
        }
        for range in found {
            let text = &self.text[range.clone()];
            scan.add(Kind::Assertion, Span::new(range.start, range.end), text, Stated::of(text));
        }
    }

    fn is_compared(&self, index: usize) -> bool {
        let is_operator = |at: usize| ["==", "!=", "===", "!=="].iter().any(|symbol| self.is(at, symbol));
        let before = index.checked_sub(1);
        if before.is_some_and(is_operator) {
            return self.is_subject(index.saturating_sub(2));
        }
        if is_operator(index + 1) {
            return (index + 2..index + 2 + MAX_BETWEEN)
                .take_while(|at| self.word(*at).is_some() || self.is(*at, "."))
                .last()
                .is_some_and(|last| self.is_subject(last));
        }
        // Python's `assert "…" in out`.
        if before.is_some_and(|at| self.word(at) == Some("assert")) && self.word(index + 1) == Some("in") {
            return self.is_spoken_of(index);
        }
        let Some(open) = self.call(index) else { return false };
        let names = (open..index + MAX_BETWEEN).take_while(|at| *at <= index || !self.is(*at, ")"));
        names.into_iter().any(|at| self.is_subject(at)) || self.is_spoken_of(index)
    }

    /// Returns where the comparison is called among whose arguments the text is.
    fn call(&self, index: usize) -> Option<usize> {
        let first = index.saturating_sub(MAX_BETWEEN);
        (first..index).rev().find(|at| {
            self.is(at + 1, "(") && self.word(*at).is_some_and(|word| COMPARISONS.contains(&word))
                || (self.is(at + 1, "!") && self.word(*at).is_some_and(|word| COMPARISONS.contains(&word)))
        })
    }

    /// Returns whether the word at `at` names the version of the engine, or the one that a module
    /// requires.
    fn is_subject(&self, at: usize) -> bool {
        let Some(word) = self.word(at) else { return false };
        name::says_dagger_version(word) || name::words(word) == ["engine", "version"]
    }

    /// Returns whether the lines before the text speak of the engine's version.
    fn is_spoken_of(&self, index: usize) -> bool {
        let start = self.tokens[index].range.start;
        let from = (start.saturating_sub(WINDOW)..=start)
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or(start);
        let lines: Vec<&str> = self.text[from..start].lines().collect();
        let near = lines[lines.len().saturating_sub(4)..].join("\n").to_ascii_lowercase();
        ["dagger version", "dagger\", \"version", "dagger', 'version", "dagger_version", "daggerversion"]
            .iter()
            .any(|words| near.contains(words))
    }
}

/// Returns the version that a shell compares with the output of `dagger version`.
fn compared(script: &str) -> Option<Range<usize>> {
    let at = script.find("dagger version")?;
    let rest = &script[at..];
    let line = rest.lines().next().unwrap_or(rest);
    let operator =
        [" = ", " == ", " != "].iter().find_map(|word| line.rfind(word).map(|at| at + word.len()))?;
    let value = line[operator..].trim_start_matches(['"', '\'']);
    let start = at + line.len() - value.len();
    let is_version = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+".contains(byte);
    let end = start + value.bytes().take_while(is_version).count();
    expression::states_version(&script[start..end]).then_some(start..end)
}
