//! Lines of a makefile put together to statements: what goes on with a backslash, what belongs to
//! a recipe, what a comment hides.

use crate::site::expression;
use crate::text::Fragment;

/// What the reader looks at; everything else of a makefile names no version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement<'t> {
    /// A name that is given a value, for all targets or for some.
    Variable(Variable<'t>),
    /// The lines of one recipe.
    Recipe(Fragment<'t>),
    /// `export X Y`; without names, everything.
    Export(Vec<String>),
}

/// `NAME := value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable<'t> {
    pub(super) name: String,
    pub(super) operator: Operator,
    pub(super) value: Fragment<'t>,
    pub(super) is_exported: bool,
}

/// What an assignment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`, `:=`, `::=`, `?=`.
    Set,
    /// `+=`.
    Append,
    /// `!=`: the value is what the command prints.
    Command,
}

/// Operators, the longer ones first.
const OPERATORS: [(&str, Operator); 7] = [
    (":::=", Operator::Set),
    ("::=", Operator::Set),
    (":=", Operator::Set),
    ("?=", Operator::Set),
    ("+=", Operator::Append),
    ("!=", Operator::Command),
    ("=", Operator::Set),
];

/// Words before an assignment.
const MODIFIERS: [&str; 3] = ["export", "override", "private"];

/// Directives that may stand between the lines of a recipe.
const CONDITIONALS: [&str; 6] = ["ifeq", "ifneq", "ifdef", "ifndef", "else", "endif"];

/// Returns whether the makefile takes variables from others.
pub(super) fn has_include(text: &str) -> bool {
    text.lines().any(|line| {
        let word = line.split_whitespace().next();
        matches!(word, Some("include" | "-include" | "sinclude"))
    })
}

/// Returns the statements of a makefile, in order.
pub(super) fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut reader = Reader { text, statements: Vec::new(), recipe: None, prefix: '\t' };
    let mut lines = physical(text).peekable();
    while let Some(first) = lines.next() {
        let mut last = first.clone();
        while text[last.clone()].trim_end_matches('\r').ends_with('\\') {
            let Some(next) = lines.next() else { break };
            last = next;
        }
        let whole = first.start..last.end;
        let line = &text[whole.clone()];
        if reader.recipe.is_some() && line.starts_with(reader.prefix) {
            reader.command(whole.start + reader.prefix.len_utf8()..whole.end);
        } else if line.split_whitespace().next() == Some("define") {
            let start = lines.peek().map_or(text.len(), |next| next.start);
            let mut end = start;
            for body in lines.by_ref() {
                if text[body.clone()].split_whitespace().next() == Some("endef") {
                    break;
                }
                end = body.end;
            }
            reader.define(line, start..end);
        } else {
            reader.line(whole);
        }
    }
    reader.end_recipe();
    reader.statements
}

/// Returns the lines without their ends.
fn physical(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = start..start + line.trim_end_matches('\n').len();
        start += line.len();
        range
    })
}

struct Reader<'t> {
    text: &'t str,
    statements: Vec<Statement<'t>>,
    /// The recipe of the rule that is read.
    recipe: Option<Fragment<'t>>,
    /// What the lines of recipes begin with.
    prefix: char,
}

impl Reader<'_> {
    fn end_recipe(&mut self) {
        let recipe = self.recipe.take().filter(|recipe| !recipe.text().is_empty());
        self.statements.extend(recipe.map(Statement::Recipe));
    }

    /// Adds a line to the recipe, continuations included.
    fn command(&mut self, range: std::ops::Range<usize>) {
        let text = self.text;
        let line = text[range.clone()].trim_start_matches(['@', '-', '+', ' ', '\t']);
        if let Some(recipe) = &mut self.recipe {
            recipe.push(line, range.end - line.len());
            recipe.push_unplaced("\n");
        }
    }

    fn define(&mut self, line: &str, body: std::ops::Range<usize>) {
        self.end_recipe();
        let name = line.split_whitespace().nth(1).unwrap_or_default();
        let value = &self.text[body.clone()];
        if value.contains('\n') {
            self.statements.push(Statement::Recipe(Fragment::verbatim(value, body.start)));
        } else if !name.is_empty() {
            self.statements.push(Statement::Variable(Variable {
                name: name.to_owned(),
                operator: Operator::Set,
                value: Fragment::verbatim(value, body.start),
                is_exported: false,
            }));
        }
    }

    /// Reads a line that is not of a recipe.
    fn line(&mut self, range: std::ops::Range<usize>) {
        let line = joined(self.text, range);
        let text = line.text();
        let word = text.split_whitespace().next().unwrap_or_default();
        if word.is_empty() || word.starts_with('#') || CONDITIONALS.contains(&word) {
            return;
        }
        let end = comment(text);
        let Some((at, is_rule)) = operator(&text[..end]) else {
            self.end_recipe();
            if word == "export" {
                let names = text[..end].split_whitespace().skip(1).map(str::to_owned);
                self.statements.push(Statement::Export(names.collect()));
            }
            return;
        };
        self.end_recipe();
        if !is_rule {
            self.variable(&line, 0, at, end);
            return;
        }
        // `target: NAME = value` is an assignment, `target: needs ; command` begins a recipe.
        let after = at + 1 + usize::from(text[at + 1..end].starts_with(':'));
        if let Some((second, false)) = operator(&text[after..end])
            && self.variable(&line, after, after + second, end)
        {
            return;
        }
        let mut recipe = Fragment::empty();
        if let Some(command) = text[after..end].find(';') {
            recipe.append(&line.part(after + command + 1..text.len()));
            recipe.push_unplaced("\n");
        }
        self.recipe = Some(recipe);
    }

    /// Records the assignment whose operator stands at `at`; returns whether it is one.
    fn variable(&mut self, line: &Fragment<'_>, start: usize, at: usize, end: usize) -> bool {
        let text = line.text();
        let Some((operator, what)) = OPERATORS.iter().find(|(word, _)| text[at..].starts_with(word)) else {
            return false;
        };
        let mut words: Vec<&str> = text[start..at].split_whitespace().collect();
        let is_exported = words.contains(&"export");
        let Some(name) = words.pop() else { return false };
        if !words.iter().all(|word| MODIFIERS.contains(word)) {
            return false;
        }
        let from = (at + operator.len()).min(end);
        let value = &text[from..end];
        let value = end - value.trim_start().len()..end - (value.len() - value.trim_end().len());
        let value = value.start.min(value.end)..value.end;
        if name == ".RECIPEPREFIX" {
            self.prefix = text[value].chars().next().unwrap_or('\t');
            return true;
        }
        let mut content = Fragment::empty();
        content.append(&line.part(value));
        let name = name.to_owned();
        let variable = Variable { name, operator: *what, value: content, is_exported };
        self.statements.push(Statement::Variable(variable));
        true
    }
}

/// Returns the text of a statement with its continuations joined by a space.
fn joined(text: &str, range: std::ops::Range<usize>) -> Fragment<'static> {
    let mut line = Fragment::empty();
    for part in physical(&text[range.clone()]) {
        let start = range.start + part.start;
        let part = text[range.start + part.start..range.start + part.end].trim_end_matches('\r');
        match part.strip_suffix('\\') {
            Some(part) => {
                line.push(part, start);
                line.push_unplaced(" ");
            }
            None => line.push(part, start),
        }
    }
    line
}

/// Returns where the comment of a line begins, or its end.
fn comment(text: &str) -> usize {
    outside(text, |rest, before| rest.starts_with('#') && !before.ends_with('\\')).unwrap_or(text.len())
}

/// Returns where the operator of an assignment stands, or the colon of a rule and that it is one.
fn operator(text: &str) -> Option<(usize, bool)> {
    let is_operator = |rest: &str| OPERATORS.iter().any(|(word, _)| rest.starts_with(word));
    let at = outside(text, |rest, _| rest.starts_with(':') || is_operator(rest))?;
    Some((at, !is_operator(&text[at..])))
}

/// Returns the first place outside `$(…)` that `is_it` accepts, given what follows and what stands
/// before it.
fn outside(text: &str, is_it: impl Fn(&str, &str) -> bool) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        if text.as_bytes()[at] == b'$'
            && let Some(found) = expression::find_at(text, at)
        {
            at = found.end;
            continue;
        }
        if text.is_char_boundary(at) && is_it(&text[at..], &text[..at]) {
            return Some(at);
        }
        at += 1;
    }
    None
}
