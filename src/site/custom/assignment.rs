use std::ops::Range;

use crate::text::Fragment;

/// A name that a file gives a value.
#[derive(Debug, Clone)]
pub(in crate::site) struct Assignment<'a> {
    /// The name, below its section: `section.name`.
    pub(in crate::site) name: String,
    /// A longer name for it: `ARG.NAME` of a Dockerfile.
    pub(in crate::site) also: Option<String>,
    /// The value, without quotes.
    pub(in crate::site) value: Fragment<'a>,
}

impl<'a> Assignment<'a> {
    fn new(name: impl Into<String>, text: &'a str, range: Range<usize>) -> Self {
        let value = Fragment::verbatim(&text[range.clone()], range.start);
        Self { name: name.into(), also: None, value }
    }
}

/// Returns what lines assign: `NAME=value` of a shell, `name = value` of an ini file with its
/// `[section]`, `NAME := value` of make, `name: value` of properties.
pub(super) fn lines(text: &str) -> Vec<Assignment<'_>> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in ranges(text) {
        let whole = text[line.clone()].trim();
        if let Some(name) = whole.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let name = name.trim().trim_matches('"');
            let is_name = |c: char| c.is_alphanumeric() || " ._-:/".contains(c);
            if !name.is_empty() && name.chars().all(is_name) {
                section = format!("{name}.");
            }
            continue;
        }
        if let Some((name, value)) = assignment(text, line) {
            found.push(Assignment::new(format!("{section}{name}"), text, value));
        }
    }
    found
}

/// Words that stand before a name where it is assigned.
const BEFORE: [&str; 8] = ["export", "readonly", "local", "declare", "typeset", "set", "override", "env"];

fn assignment(text: &str, line: Range<usize>) -> Option<(&str, Range<usize>)> {
    let whole = text[line.clone()].trim_end();
    let mut rest = whole.trim_start();
    if rest.starts_with('#') || rest.starts_with(';') || rest.starts_with("//") {
        return None;
    }
    while let Some((word, after)) = rest.split_once(char::is_whitespace) {
        let is_before = BEFORE.contains(&word) || (word.starts_with('-') && word.len() > 1);
        if !is_before {
            break;
        }
        rest = after.trim_start();
    }
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
    let len = rest.bytes().take_while(is_name).count();
    let (name, after) = rest.split_at(len);
    let after = after.trim_start();
    let signs = [":=", "?=", "+=", "=", ":"];
    let sign = signs.iter().find(|sign| after.starts_with(**sign));
    let value = match sign {
        // `a == b`, `image::name` and `http://…` assign nothing.
        Some(sign) if !after[sign.len()..].starts_with(['=', ':', '/']) => &after[sign.len()..],
        // fish: `set -gx NAME value`.
        None if whole.trim_start().starts_with("set ") => after,
        _ => return None,
    };
    if name.is_empty() {
        return None;
    }
    let value = value.trim_start();
    let start = line.start + whole.len() - value.len();
    if let Some(quote) = value.chars().next().filter(|quote| "\"'`".contains(*quote)) {
        let len = value[1..].find(quote)?;
        return Some((name, start + 1..start + 1 + len));
    }
    let end = [" #", "\t#", " ;", " //"].iter().filter_map(|comment| value.find(comment)).min();
    let value = value[..end.unwrap_or(value.len())].trim_end();
    Some((name, start..start + value.len()))
}

/// Returns the directives of `go.mod` and `go.work` (go.dev/ref/mod): `go`, `toolchain` without
/// the `go` before its number, and `require.MODULE`.
pub(super) fn go_mod(text: &str) -> Vec<Assignment<'_>> {
    let mut block = String::new();
    let mut found = Vec::new();
    for line in ranges(text) {
        let words = words(text, &line, "//");
        let word = |at: usize| words.get(at).map(|range: &Range<usize>| &text[range.clone()]);
        match (word(0), word(1), words.get(1)) {
            (Some(")"), _, _) => block.clear(),
            (Some(directive), Some("("), _) => directive.clone_into(&mut block),
            (Some("go"), Some(_), Some(version)) if block.is_empty() => {
                found.push(Assignment::new("go", text, version.clone()));
            }
            (Some("toolchain"), Some(name), Some(range)) if block.is_empty() => {
                let prefix = if name.starts_with("go") { 2 } else { 0 };
                found.push(Assignment::new("toolchain", text, range.start + prefix..range.end));
            }
            (Some("require"), Some(module), _) if block.is_empty() => {
                if let Some(version) = words.get(2) {
                    found.push(Assignment::new(format!("require.{module}"), text, version.clone()));
                }
            }
            (Some(module), Some(_), Some(version)) if block == "require" => {
                found.push(Assignment::new(format!("require.{module}"), text, version.clone()));
            }
            _ => {}
        }
    }
    found
}

/// Returns the tools of a `.tool-versions` file; of several versions the first is used.
pub(super) fn tool_versions(text: &str) -> Vec<Assignment<'_>> {
    let entry = |line: Range<usize>| {
        let words = words(text, &line, "#");
        let (tool, version) = (words.first()?, words.get(1)?);
        Some(Assignment::new(&text[tool.clone()], text, version.clone()))
    };
    ranges(text).filter_map(entry).collect()
}

/// Returns the lines without their ends.
pub(super) fn ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        at..at + line.trim_end_matches(['\n', '\r']).len()
    })
}

/// Returns the words of a line before its comment.
fn words(text: &str, line: &Range<usize>, comment: &str) -> Vec<Range<usize>> {
    let whole = &text[line.clone()];
    let whole = &whole[..whole.find(comment).unwrap_or(whole.len())];
    let mut words = Vec::new();
    let mut at = 0;
    for word in whole.split(|character: char| character.is_ascii_whitespace()) {
        if !word.is_empty() {
            words.push(line.start + at..line.start + at + word.len());
        }
        at += word.len() + 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: &[Assignment<'_>], text: &str, expect: &[&str]) {
        let shown: Vec<String> = found
            .iter()
            .map(|one| {
                let span = one.value.span(0..one.value.text().len()).unwrap();
                assert_eq!(&text[span.range()], one.value.text());
                format!("{}={}", one.name, one.value.text())
            })
            .collect();
        assert_eq!(shown, expect, "{text}");
    }

    #[test]
    fn lines_assign_in_many_ways() {
        for (text, expect) in [
            ("A=1.2\r\nB = '1.3' # c\n#C=1\n", &["A=1.2", "B=1.3"][..]),
            ("  export A=\"1\" # x", &["A=1"]),
            ("GO := 1.24.2\nX ?= 2\n", &["GO=1.24.2", "X=2"]),
            ("[tool]\nnode = 22 ; c\n[x.y]\na: b\n", &["tool.node=22", "x.y.a=b"]),
            ("org.gradle.jvm=21\n", &["org.gradle.jvm=21"]),
            ("set -gx NODE 22.1.0\ndeclare -r A=1", &["NODE=22.1.0", "A=1"]),
            ("if a == b\nhttp://x\nfoo\n=1\nA=\nset x", &["A=", "x="]),
            ("A='1", &[]),
        ] {
            check(&lines(text), text, expect);
        }
    }

    #[test]
    fn go_mod_has_directives() {
        let text = "module x // go 1\n\ngo 1.24.2\r\ntoolchain go1.24.3 // c\nrequire a/b v1.0.0\nrequire (\n\tc.d/e v2.0.0+incompatible // indirect\n\tgo v1\n)\ntool x\n";
        let expect = [
            "go=1.24.2",
            "toolchain=1.24.3",
            "require.a/b=v1.0.0",
            "require.c.d/e=v2.0.0+incompatible",
            "require.go=v1",
        ];
        check(&go_mod(text), text, &expect);
        check(
            &go_mod("go\nrequire\ntoolchain default\n)"),
            "go\nrequire\ntoolchain default\n)",
            &["toolchain=default"],
        );
    }

    #[test]
    fn tool_versions_has_tools() {
        let text = "nodejs 22.11.0 20.1.0 # c\n#x 1\npython\t3.12.7\r\nalone\n";
        check(&tool_versions(text), text, &["nodejs=22.11.0", "python=3.12.7"]);
    }
}
