//! Labels of CI runners that bring an engine along: `depot-ubuntu-24.04,dagger=0.21.8`,
//! `dagger-v0.20.5`, `dagger-g3-v0-20-1-4c`, `namespace-profile-x;dagger.version=0.21.7`.

use std::ops::Range;

use crate::document::{Map, Node, Scalar};
use crate::site::expression::{self, Position};
use crate::site::scope::Scope;
use crate::site::{Kind, Scan, Stated, assignment};
use crate::value::Version;

const WORD: &str = "dagger";

/// Adds the sites in the labels of a job's `runs-on`: a label, a list, or a group with labels.
pub(super) fn find(runs_on: &Node<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    runs_on.walk(&mut |node| {
        if let Node::Scalar(label) = node {
            find_label(label, scope, scan);
        }
    });
}

/// Adds the sites of a text that is known to be a label.
pub(super) fn find_label(label: &Scalar<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    for after in mentions(label.text()) {
        if let Some(range) = assigned(label.text(), after) {
            expression::add(Kind::RunnerLabel, Position::Version, &label.content, range, scope, scan);
        } else if let Some((range, stated)) = dashed(label.text(), after) {
            scan.add_in(Kind::RunnerLabel, &label.content, range, stated);
        } else if let Some(range) = named_expression(label.text(), after) {
            expression::add(Kind::RunnerLabel, Position::Version, &label.content, range, scope, scan);
        }
    }
}

/// Adds the sites of a text that may be a label: those of the unmistakable form `dagger=0.21.8`.
pub(super) fn find_assigned(text: &Scalar<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    for after in mentions(text.text()) {
        if let Some(range) = assigned(text.text(), after) {
            expression::add(Kind::RunnerLabel, Position::Version, &text.content, range, scope, scan);
        }
    }
}

/// Returns the keys of the matrix that the job's `runs-on` takes labels from.
pub(super) fn matrix_keys<'n>(job: &'n Map<'_>) -> Vec<&'n str> {
    let mut keys = Vec::new();
    let Some(runs_on) = job.get("runs-on") else { return keys };
    runs_on.walk(&mut |node| {
        let Node::Scalar(label) = node else { return };
        for (at, prefix) in label.text().match_indices("matrix.") {
            let rest = &label.text()[at + prefix.len()..];
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)));
            keys.push(&rest[..end.unwrap_or(rest.len())]);
        }
    });
    keys
}

/// Returns where the text goes on after each mention of the tool as a word of its own.
fn mentions(text: &str) -> Vec<usize> {
    let lower = text.to_ascii_lowercase();
    let starts_word = |at: usize| !text[..at].ends_with(|before: char| before.is_ascii_alphanumeric());
    lower.match_indices(WORD).filter(|(at, _)| starts_word(*at)).map(|(at, _)| at + WORD.len()).collect()
}

/// `dagger=…`, `dagger.version=…`, `dagger:…`, as far as the label goes.
fn assigned(text: &str, after: usize) -> Option<Range<usize>> {
    let rest = &text[after..];
    let rest = [".version", "-version", "_version"]
        .iter()
        .find_map(|suffix| rest.strip_prefix(suffix))
        .unwrap_or(rest);
    let rest = rest.strip_prefix(['=', ':'])?;
    let start = text.len() - rest.len();
    let len = match rest.strip_prefix("${{") {
        Some(inner) => 5 + inner.find("}}")?,
        None => rest.find(|c: char| ",;'\"]})".contains(c) || c.is_whitespace()).unwrap_or(rest.len()),
    };
    let value = &rest[..len];
    let is_version = assignment::could_be_version(value) && (len < 40 || value.starts_with("${{"));
    is_version.then_some(start..start + len)
}

/// A version among words joined by dashes, dots kept or written as dashes too; the sizes and
/// generations around it are short words that no version begins with.
fn dashed(text: &str, after: usize) -> Option<(Range<usize>, Stated)> {
    let rest = &text[after..];
    let end = rest.find(|c: char| ",;'\"]} $".contains(c)).unwrap_or(rest.len());
    let rest = &rest[..end];
    let mut at = 0;
    while let Some(separator) = rest[at..].find(['-', '_', '.']) {
        at += separator + 1;
        let word = &rest[at..];
        for separator in ['.', '-'] {
            let Some((len, version)) = numbers(word, separator) else { continue };
            let stated = if expression::states_version(&version) { Stated::of(&version) } else { continue };
            return Some((after + at..after + at + len, stated));
        }
        if let Some(len) = moving_line(word).or_else(|| newest(rest, word)) {
            let range = after + at..after + at + len;
            return Some((range, Stated::Floating(word[..len].to_owned())));
        }
    }
    None
}

/// Returns the length of the version at the start of `word`, and the version with its dots.
fn numbers(word: &str, separator: char) -> Option<(usize, String)> {
    let digits = word.strip_prefix(['v', 'V']);
    let has_v = digits.is_some();
    let digits = digits.unwrap_or(word);
    let mut parts = Vec::new();
    let mut rest = digits;
    loop {
        let len = rest.bytes().take_while(u8::is_ascii_digit).count();
        if len == 0 || len > 9 {
            return None;
        }
        parts.push(&rest[..len]);
        rest = &rest[len..];
        match rest.strip_prefix(separator) {
            Some(next) if parts.len() < 3 && next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    // What is written with dashes, or is not whole, is taken for a version only after a `v`.
    let is_sure = has_v || (separator == '.' && parts.len() == 3);
    if !is_sure || parts.len() < 2 || rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let version = parts.join(".");
    let pre = if parts.len() == 3 { prerelease(rest) } else { "" };
    let version = format!("{version}{pre}");
    Version::parse(&version).map(|_| ()).or((parts.len() == 2).then_some(()))?;
    Some((word.len() - rest.len() + pre.len(), version))
}

/// Returns the pre-release at the start of `rest`, `-beta.3`, and not the size of a machine.
fn prerelease(rest: &str) -> &str {
    let known = ["-alpha.", "-beta.", "-rc."].into_iter().find(|known| rest.starts_with(known));
    let len = known.map_or(0, |known| {
        let digits = rest[known.len()..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 { 0 } else { known.len() + digits }
    });
    &rest[..len]
}

/// `06x`: a line of versions that the runners' owner moves.
fn moving_line(word: &str) -> Option<usize> {
    let digits = word.strip_prefix('v').unwrap_or(word);
    let n_digits = digits.bytes().take_while(u8::is_ascii_digit).count();
    let rest = digits[n_digits..].strip_prefix('x')?;
    let ends = n_digits > 0 && !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    ends.then(|| word.len() - rest.len())
}

/// `dagger-latest`: the word right after the tool's name, and not after another one.
fn newest(rest: &str, word: &str) -> Option<usize> {
    const LATEST: &str = "latest";
    (rest.len() == 1 + LATEST.len() && word == LATEST).then_some(LATEST.len())
}

/// `dagger-v${{ inputs.dagger-version }}`: an expression that says it is a version.
fn named_expression(text: &str, after: usize) -> Option<Range<usize>> {
    let rest = text[after..].strip_prefix('-')?;
    let rest = rest.strip_prefix('v').unwrap_or(rest);
    let inner = rest.strip_prefix("${{")?;
    let len = inner.find("}}")?;
    let start = text.len() - rest.len();
    inner[..len].to_ascii_lowercase().contains("version").then_some(start..start + len + 5)
}
