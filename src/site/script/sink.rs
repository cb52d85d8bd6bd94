//! What a script writes to the files by which a CI system takes outputs and variables
//! (docs.github.com, "Workflow commands"): `echo "NAME=value" >> "$GITHUB_OUTPUT"`.

use std::ops::Range;

use super::lexer::{self, Command, Joint};
use super::simple::{inner, name};
use crate::site::scan::{Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Scan, expression};
use crate::text::Fragment;

/// Ends of files that shells and CI systems take variables from.
const ENVIRONMENTS: [&str; 8] = [
    "BASH_ENV",
    "BUILDKITE_ENV_FILE",
    ".env",
    "/etc/environment",
    ".bashrc",
    ".zshrc",
    ".profile",
    ".bash_profile",
];

/// Where values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sink {
    /// `$GITHUB_ENV`: variables of later steps.
    Environment,
    /// `$GITHUB_OUTPUT`: outputs of the step.
    Output,
}

/// One `NAME=value` that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) sink: Sink,
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Returns the names that the script writes to the sink, and what each follows.
pub(super) fn written(
    fragment: &Fragment<'_>,
    sink: Sink,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> Vec<(String, Follow)> {
    let text = fragment.text();
    // What Azure's scripts set is taken up by `Walker::export`.
    if !text.contains("_OUTPUT") && !text.contains("_ENV") && !text.contains("::set-output") {
        return Vec::new();
    }
    let commands = lexer::commands(text, 0..text.len());
    let written = find_all(text, &commands).into_iter().flatten();
    let mut found = Vec::new();
    for written in written.filter(|written| written.sink == sink) {
        let name = &text[written.name.clone()];
        let follow = follow(fragment, &format!("outputs.{name}"), written.value, scope, scan);
        found.push((name.to_owned(), follow));
    }
    found
}

/// Returns what a value follows: where it stands, when it is a literal.
pub(super) fn follow(
    fragment: &Fragment<'_>,
    name: &str,
    value: Range<usize>,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> Follow {
    let text = fragment.text();
    expression::follow(text, value.clone(), scope, scan.path)
        .or_else(|| {
            expression::define(&Name::Variable(name.to_owned()), fragment, value.clone(), scope, scan)
        })
        .unwrap_or_else(|| Follow::Outside(format!("`{}`", text[value].chars().take(40).collect::<String>())))
}

/// Returns what each command writes.
pub(super) fn find_all(text: &str, commands: &[Command]) -> Vec<Vec<Written>> {
    let sinks = sinks(text, commands);
    let written = |(command, sink): (&Command, Option<Sink>)| match name_of(text, command) {
        Some("echo" | "printf" | "Write-Output" | "Write-Host") => echoed(text, command, sink),
        _ => {
            let lines =
                sink.map(|sink| command.bodies.iter().flat_map(move |body| lines(text, body.clone(), sink)));
            lines.into_iter().flatten().collect()
        }
    };
    commands.iter().zip(sinks).map(written).collect()
}

fn name_of<'t>(text: &'t str, command: &Command) -> Option<&'t str> {
    let is_bracket = |word: &&Range<usize>| matches!(&text[(*word).clone()], "{" | "then" | "else" | "do");
    command.words.iter().find(|word| !is_bracket(word)).map(|word| name(text, word))
}

/// Returns where each command's output goes: its own redirection, that of the brackets around it,
/// or the command it is piped into.
fn sinks(text: &str, commands: &[Command]) -> Vec<Option<Sink>> {
    let mut sinks: Vec<Option<Sink>> = commands
        .iter()
        .map(|command| command.redirects.iter().find_map(|target| sink(text, target)))
        .collect();
    let mut open = Vec::new();
    for (index, command) in commands.iter().enumerate() {
        match command.words.first().map(|word| &text[word.clone()]) {
            Some("{") => open.push(index),
            Some("}") => {
                let start = open.pop().unwrap_or(index);
                let target = sinks[index];
                sinks[start..index].iter_mut().for_each(|sink| *sink = sink.or(target));
            }
            _ => {}
        }
    }
    for (index, pair) in commands.windows(2).enumerate() {
        if pair[0].joint == Joint::Pipe {
            let target = pair[1].words.iter().find_map(|word| sink(text, word)).or(sinks[index + 1]);
            sinks[index] = sinks[index].or(target);
        }
    }
    sinks
}

fn sink(text: &str, word: &Range<usize>) -> Option<Sink> {
    let word = &text[word.clone()];
    let is_of = |what: &str| {
        ["GITHUB", "GITEA", "FORGEJO"].iter().any(|forge| word.contains(&format!("{forge}_{what}")))
    };
    // Others read what the next shell, job or container begins with.
    let is_read = |end: &str| word.trim_matches(['"', '\'', '}']).ends_with(end);
    if is_of("ENV") || ENVIRONMENTS.iter().any(|file| is_read(file)) {
        Some(Sink::Environment)
    } else if is_of("OUTPUT") {
        Some(Sink::Output)
    } else {
        None
    }
}

fn echoed(text: &str, command: &Command, sink: Option<Sink>) -> Vec<Written> {
    let first = command
        .words
        .iter()
        .position(|word| matches!(name(text, word), "echo" | "printf" | "Write-Output" | "Write-Host"));
    let mut words = command.words.iter().skip(first.map_or(0, |first| first + 1));
    let Some(word) = words.find(|word| !text[(*word).clone()].starts_with('-')) else { return Vec::new() };
    let range = inner(text, word);
    let inner = &text[range.clone()];
    if let Some(rest) = inner.strip_prefix("::set-output name=") {
        let Some((name, value)) = rest.split_once("::") else { return Vec::new() };
        let start = range.end - rest.len();
        let value = range.end - value.len()..range.end;
        return vec![Written { sink: Sink::Output, name: start..start + name.len(), value }];
    }
    if let Some(written) = azure(text, range.clone()) {
        return vec![written];
    }
    let Some(sink) = sink else { return Vec::new() };
    let mut written = lines(text, range, sink);
    // `printf 'NAME=%s\n' "$X"`.
    if let ([only], Some(next)) = (written.as_mut_slice(), words.next())
        && text[only.value.clone()].starts_with("%s")
    {
        only.value = next.clone();
    }
    written
}

/// `##vso[task.setvariable variable=NAME;isOutput=true]VALUE` (learn.microsoft.com, "Logging
/// commands").
fn azure(text: &str, range: Range<usize>) -> Option<Written> {
    let rest = text[range.clone()].strip_prefix("##vso[task.setvariable ")?;
    let (properties, value) = rest.split_once(']')?;
    let at = properties.find("variable=")? + "variable=".len();
    let name_start = range.end - rest.len() + at;
    let name = properties[at..].split(';').next()?;
    let value = range.end - value.len()..range.end;
    Some(Written { sink: Sink::Environment, name: name_start..name_start + name.len(), value })
}

fn lines(text: &str, range: Range<usize>, sink: Sink) -> Vec<Written> {
    let mut written = Vec::new();
    let mut start = range.start;
    for line in text[range].split_inclusive('\n') {
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        let trimmed = line.trim();
        let given = trimmed.strip_prefix("export ").unwrap_or(trimmed).trim_start();
        if let Some((name, value)) = given.split_once('=').filter(|(name, _)| is_name(name)) {
            let name_start = start + line.trim_end().len() - given.len();
            let value_start = name_start + name.len() + 1;
            written.push(Written {
                sink,
                name: name_start..name_start + name.len(),
                value: value_start..value_start + value.len(),
            });
        }
        start += line.len();
    }
    written
}
