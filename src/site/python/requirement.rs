//! One requirement: `dagger-io[extra]>=0.18.2 ; marker` (packaging.python.org, "Dependency specifiers").

use std::ops::Range;

use super::{Kind, SDK, Scan};
use crate::site::Stated;
use crate::text::Fragment;
use crate::value::Grammar;

/// Returns whether a name is the SDK's, in any of the spellings that Python takes for one
/// ("Names and normalization").
pub(super) fn is_sdk(name: &str) -> bool {
    let normal: String = name
        .chars()
        .map(|character| if matches!(character, '_' | '.') { '-' } else { character.to_ascii_lowercase() })
        .collect();
    normal == SDK
}

/// Adds the requirement that stands in a range of the fragment.
pub(super) fn find(fragment: &Fragment<'_>, range: Range<usize>, scan: &mut Scan<'_>) {
    let text = &fragment.text()[range.clone()];
    let is_name = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let start = text.len() - text.trim_start().len();
    let end = text[start..].find(|character| !is_name(character)).map_or(text.len(), |len| start + len);
    if !is_sdk(&text[start..end]) {
        return;
    }
    let name = range.start + start..range.start + end;
    let mut at = end + blank(&text[end..]);
    if text[at..].starts_with('[') {
        let Some(len) = text[at..].find(']') else { return };
        at += len + 1;
        at += blank(&text[at..]);
    }
    if text[at..].starts_with('@') {
        return;
    }
    let stop = text[at..].find([';', '#', '\\']).map_or(text.len(), |len| at + len);
    let stop = text[at..stop].find(" --").map_or(stop, |len| at + len);
    let mut specifier = at..stop;
    if text[specifier.clone()].trim_end().ends_with(')') && text[at..].starts_with('(') {
        specifier = at + 1..at + text[specifier].trim_end().len() - 1;
    }
    let specifier = trimmed(text, specifier);
    if specifier.is_empty() {
        scan.add_in(Kind::SdkPython, fragment, name, Stated::Missing);
        return;
    }
    let stated = Stated::of_requirement(Grammar::Python, &text[specifier.clone()]);
    if matches!(stated, Stated::Range(_) | Stated::Floating(_)) {
        scan.add_in(
            Kind::SdkPython,
            fragment,
            range.start + specifier.start..range.start + specifier.end,
            stated,
        );
    }
}

/// Adds the requirement of every line.
pub(super) fn find_lines(text: &str, scan: &mut Scan<'_>) {
    let fragment = Fragment::verbatim(text, 0);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        find(&fragment, range, scan);
    }
}

/// Adds the requirement of every line and of every string in one.
pub(super) fn find_quoted_or_lines(text: &str, scan: &mut Scan<'_>) {
    find_lines(text, scan);
    let fragment = Fragment::verbatim(text, 0);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = if line.trim_start().starts_with('#') { "" } else { line };
        let mut at = 0;
        while let Some(open) = code[at..].find(['"', '\'']) {
            let quote = &code[at + open..=at + open];
            let inside = at + open + 1;
            let Some(len) = code[inside..].find(quote) else { break };
            find(&fragment, start + inside..start + inside + len, scan);
            at = inside + len + 1;
        }
        start += line.len();
    }
}

fn blank(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + inner.len() - inner.trim_start().len();
    start..start + inner.trim().len()
}
