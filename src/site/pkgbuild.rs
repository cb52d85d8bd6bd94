//! Packages of the CLI for Arch and Alpine: `pkgver` and the sums of what is downloaded for it
//! (man.archlinux.org, "PKGBUILD(5)"; wiki.alpinelinux.org, "APKBUILD Reference").

use std::ops::Range;

use super::format::Spec;
use super::scan::{Companion, Companionship};
use super::{Kind, Role, Scan, Stated, expression, release};
use crate::text::Span;

/// Build files, and what `makepkg` writes of them.
pub(super) const FORMAT: Spec = Spec {
    names: &["PKGBUILD", "APKBUILD", ".SRCINFO"],
    ..Spec::of(|source, scan| {
        let file = scan.path.rsplit('/').next().unwrap_or(scan.path);
        if file == ".SRCINFO" {
            find_written(source.text(), scan);
        } else {
            find(source.text(), scan);
        }
        Ok(())
    })
};

/// What stands for the version in a source.
const VERSION: char = '\0';

/// Places of the engine's project.
const PLACES: [&str; 4] = [
    "dl.dagger.io/dagger/",
    "github.com/dagger/dagger/",
    "github.com/dagger/dagger.git",
    "github.com/dagger/dagger#",
];

/// `NAME=value` or `NAME=(values)` at the start of a line.
struct Variable<'t> {
    name: &'t str,
    values: Vec<Range<usize>>,
}

/// Adds the version of a build file, when its sources are the engine's.
fn find(text: &str, scan: &mut Scan<'_>) {
    let variables = variables(text);
    let sources: Vec<(&str, Vec<String>)> = variables
        .iter()
        .filter_map(|variable| Some((variable.name.strip_prefix("source")?, variable)))
        .map(|(suffix, variable)| {
            (suffix, variable.values.iter().map(|value| expanded(text, value.clone(), &variables)).collect())
        })
        .collect();
    let is_ours =
        |source: &String| source.contains(VERSION) && PLACES.iter().any(|place| source.contains(place));
    if !sources.iter().flat_map(|(_, sources)| sources).any(is_ours) {
        return;
    }
    let Some(version) = version(text, &variables) else { return };
    let stated = Stated::of(&text[version.clone()]);
    let mut companions = Vec::new();
    for variable in &variables {
        let Some((algorithm, suffix)) = variable.name.split_once("sums") else { continue };
        let of_suffix =
            || sources.iter().filter(|(other, _)| *other == suffix).flat_map(|(_, sources)| sources);
        let is_listed = variable.values.len() == of_suffix().count();
        for (index, sum) in variable.values.iter().enumerate() {
            if !is_sum(&text[sum.clone()]) {
                continue;
            }
            let source = of_suffix().nth(index).filter(|_| is_listed);
            // Alpine writes a sum and a name; whichever file it is of, its name may have the version.
            let moves = source.is_none_or(|source| source.contains(VERSION));
            let system =
                source.filter(|source| is_ours(source)).and_then(|source| release::system_in(source));
            let what = match system {
                Some(system) if algorithm == "sha256" => Companionship::Archive(Some(system.to_owned())),
                _ => Companionship::OpaqueHash,
            };
            if moves {
                companions.push(Companion { span: Span::new(sum.start, sum.end), what });
            }
        }
    }
    let span = Span::new(version.start, version.end);
    if let Some(site) = scan.add(Kind::Variable, span, &text[version], stated) {
        site.companions = companions;
    }
}

/// Adds the version of a `.SRCINFO`, which `makepkg --printsrcinfo` writes.
fn find_written(text: &str, scan: &mut Scan<'_>) {
    let value = |line: &Range<usize>, key: &str| {
        let (name, value) = text[line.clone()].split_once('=')?;
        (name.trim() == key).then(|| {
            let end = line.start + text[line.clone()].trim_end().len();
            end - value.trim().len()..end
        })
    };
    let lines = lines(text);
    let is_ours = |line: &Range<usize>| {
        let line = text[line.clone()].trim();
        line.starts_with("source") && PLACES.iter().any(|place| line.contains(place))
    };
    let version = lines.iter().find_map(|line| value(line, "pkgver"));
    let Some(version) = version.filter(|_| lines.iter().any(is_ours)) else { return };
    let stated = Stated::of(&text[version.clone()]);
    if stated.version().is_some() {
        let span = Span::new(version.start, version.end);
        if let Some(site) = scan.add(Kind::Variable, span, &text[version], stated) {
            site.role = Role::Generated;
        }
    }
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let range = start..start + line.len();
            start = range.end;
            range
        })
        .collect()
}

/// Returns the assignments that stand at the start of a line.
fn variables(text: &str) -> Vec<Variable<'_>> {
    let mut variables = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let len = expression::name_len(rest);
        let operator = rest[len..].strip_prefix('+').map_or(0, |_| 1);
        if len > 0 && rest[len + operator..].starts_with('=') {
            let start = at + len + operator + 1;
            let (values, end) = values(text, start);
            variables.push(Variable { name: &rest[..len], values });
            at = end.max(start);
        }
        at = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |newline| at + newline + 1);
    }
    variables
}

/// Returns the words of the value at `start`, and where it ends.
fn values(text: &str, start: usize) -> (Vec<Range<usize>>, usize) {
    let bytes = text.as_bytes();
    let is_list = bytes.get(start) == Some(&b'(');
    let mut at = start + usize::from(is_list);
    let mut values = Vec::new();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b')' if is_list => return (values, at + 1),
            b'#' if is_list => at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at),
            b'"' | b'\'' => {
                let Some(len) = memchr::memchr(*byte, &bytes[at + 1..]) else { return (values, bytes.len()) };
                let inner = at + 1..at + 1 + len;
                at = inner.end + 1;
                // Alpine keeps lists in one text.
                let mut word = inner.start;
                for part in text[inner.clone()].split(char::is_whitespace) {
                    if !part.is_empty() {
                        values.push(word..word + part.len());
                    }
                    word += part.len() + text[word + part.len()..].chars().next().map_or(0, char::len_utf8);
                }
            }
            byte if byte.is_ascii_whitespace() || *byte == b';' => {
                if !is_list {
                    break;
                }
                at += 1;
            }
            _ => {
                let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\"');".contains(byte);
                let len = bytes[at..].iter().position(is_end).unwrap_or(bytes.len() - at);
                values.push(at..at + len.max(1));
                at += len.max(1);
            }
        }
    }
    (values, at)
}

/// Returns the value with the other variables of the file in it, and [`VERSION`] for `pkgver`.
fn expanded(text: &str, range: Range<usize>, variables: &[Variable<'_>]) -> String {
    let mut made = String::new();
    let mut at = range.start;
    let text = &text[..range.end];
    while let Some(len) = text[at..].find('$') {
        made.push_str(&text[at..at + len]);
        at += len;
        let Some(found) = expression::find_at(text, at) else {
            made.push('$');
            at += 1;
            continue;
        };
        let name = &text[found.inner.clone()];
        let name = &name[..expression::name_len(name)];
        let known = variables.iter().find(|variable| variable.name == name);
        match known.and_then(|variable| variable.values.first()) {
            _ if matches!(name, "pkgver" | "_pkgver") => made.push(VERSION),
            Some(value) if !text[value.clone()].contains('$') => made.push_str(&text[value.clone()]),
            _ => made.push_str(&text[at..found.end]),
        }
        at = found.end;
    }
    made.push_str(&text[at..]);
    made
}

/// Returns where the version stands: the value of `pkgver`, or of the variable it is made from.
fn version(text: &str, variables: &[Variable<'_>]) -> Option<Range<usize>> {
    let value = |name: &str| variables.iter().find(|variable| variable.name == name)?.values.first().cloned();
    let mut found = value("pkgver")?;
    if let Some(inner) = text[found.clone()].strip_prefix('$') {
        let name = inner.trim_start_matches('{');
        found = value(&name[..expression::name_len(name)])?;
    }
    expression::states_version(&text[found.clone()]).then_some(found)
}

fn is_sum(word: &str) -> bool {
    word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
