//! `{{ … }}` of Helm charts, Taskfiles and goreleaser (Go `text/template`), and of Ansible (Jinja).

use std::ops::Range;

use super::{Context, Operands};
use crate::site::scan::{Follow, Name};

/// Returns what the template expression between the brackets can be.
pub(super) fn read(context: Context<'_>, range: Range<usize>) -> Operands {
    let words = words(context.text, range);
    let is_go = words.iter().any(|word| matches!(word, Word::Field(_)));
    let mut operands = Operands::default();
    let mut names = Vec::new();
    for word in words {
        match word {
            Word::Literal(range) => operands = operands.or(Operands::literal(range)),
            Word::Field(path) => operands = operands.or(Operands::follow(field(context, path))),
            Word::Name(name) => names.push(name),
        }
    }
    if is_go {
        // In Go's templates a name is a function.
        let unknown = names.into_iter().find(|name| !FUNCTIONS.contains(name));
        return match unknown {
            Some(name) => {
                Operands { follow: None, ..operands }.or(Operands::outside(format!("what `{name}` returns")))
            }
            None => operands,
        };
    }
    // In Jinja's the first is the variable, the others are filters.
    match names.first() {
        Some(variable) => operands.or(Operands::follow(context.variable(variable))),
        None => operands,
    }
}

/// Functions that hand a value through.
const FUNCTIONS: [&str; 15] = [
    "default",
    "quote",
    "squote",
    "trimPrefix",
    "trimSuffix",
    "trimAll",
    "trim",
    "toString",
    "required",
    "coalesce",
    "replace",
    "printf",
    "print",
    "tpl",
    "or",
];

enum Word<'a> {
    /// A quoted text, without its quotes.
    Literal(Range<usize>),
    /// `.Values.a.b`, `$.Values.a.b`: the path without the leading dot.
    Field(&'a str),
    /// A function, a filter or a variable.
    Name(&'a str),
}

fn words(text: &str, range: Range<usize>) -> Vec<Word<'_>> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = &text.as_bytes()[..range.end];
    let take = |from: usize, is_part: &dyn Fn(u8) -> bool| {
        from + bytes[from..].iter().take_while(|byte| is_part(**byte)).count()
    };
    let mut words = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let byte = bytes[at];
        match byte {
            b'"' | b'\'' | b'`' => {
                let end = take(at + 1, &|other| other != byte);
                words.push(Word::Literal(at + 1..end));
                at = end + 1;
            }
            // Jinja's slice, `[1:]`.
            b'[' => at = take(at, &|other| other != b']') + 1,
            b'.' | b'$' => {
                let start = at + 1 + usize::from(byte == b'$' && bytes.get(at + 1) == Some(&b'.'));
                let end = take(start, &|other| is_name(other) || other == b'.' || other == b'-');
                let is_field = byte == b'.' || start > at + 1;
                if end > start {
                    let path = text[start..end].trim_matches(['.', '-']);
                    words.push(if is_field { Word::Field(path) } else { Word::Name(path) });
                }
                at = end.max(at + 1);
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                // A Jinja variable may have attributes, and one of just dashes, which are followed
                // as one name.
                let end = take(at, &|other| is_name(other) || other == b'.' || other == b'-');
                let end = at + text[at..end].trim_end_matches('-').len();
                words.push(Word::Name(&text[at..end]));
                at = end;
            }
            _ => at += 1,
        }
    }
    words
}

fn field(context: Context<'_>, path: &str) -> Follow {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match (first, rest) {
        ("Values", key) if !key.is_empty() => chart_value(context.path, key),
        ("Chart", "Version") => chart_value(context.path, "@version"),
        ("Chart", "AppVersion") => chart_value(context.path, "@appVersion"),
        ("Env", name) if !name.is_empty() => context.variable(name),
        // A Taskfile's variables are fields of the template's data.
        (name, "") if !matches!(name, "Values" | "Chart" | "Release" | "Capabilities" | "Files") => {
            context.variable(name)
        }
        _ => Follow::Outside(format!("`.{path}`")),
    }
}

/// Returns the value of the chart that the template at `path` belongs to: `templates/` stands in
/// the chart's directory.
fn chart_value(path: &str, key: &str) -> Follow {
    let directories: Vec<&str> = path.split('/').collect();
    let depth = directories.iter().rposition(|directory| *directory == "templates");
    let chart = directories[..depth.unwrap_or(directories.len().saturating_sub(1))].join("/");
    Follow::There(Name::ChartValue { chart, key: key.to_owned() })
}
