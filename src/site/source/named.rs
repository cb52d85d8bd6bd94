//! Texts that are given names: constants, fields, keys, arguments, defaults.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Reader;
use crate::site::expression;
use crate::site::scan::{Definition, Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Kind, Scan, Stated, name};
use crate::text::Span;

/// Types and calls between a name and its value have so many tokens at most.
const MAX_BETWEEN: usize = 12;

/// A text that a name is given.
struct Value {
    /// The version's own bytes.
    range: Range<usize>,
    name: String,
    place: Place,
    /// The name that is given what the variable `name` of the environment holds, else this.
    holder: Option<String>,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `NAME = "…"` as a statement.
    Statement,
    /// `NAME: "…"`, `NAME="…"` among others: a field, a keyword argument, a parameter.
    Member,
    /// `"NAME": "…"`, `f("NAME", "…")`.
    Key,
    /// `WithEnvVariable("NAME", "…")`: of a container that is really run.
    Environment,
    /// One of several in a list.
    List,
}

impl Reader<'_> {
    /// Adds the sites of texts whose names say that they hold the engine's version, and makes the
    /// names of all versions visible.
    pub(super) fn named(&self, scope: &mut Scope, scan: &mut Scan<'_>) {
        let mut values: BTreeMap<(String, bool), Vec<Value>> = BTreeMap::new();
        for index in 0..self.tokens.len() {
            if let Some(value) = self.value(index) {
                let is_item = value.place == Place::List;
                values.entry((value.name.clone(), is_item)).or_default().push(value);
            }
        }
        for ((name, is_list), values) in values {
            self.define(&name, is_list, &values, scope, scan);
        }
        self.handed_on(scope, scan);
    }

    fn define(&self, name: &str, is_list: bool, values: &[Value], scope: &mut Scope, scan: &mut Scan<'_>) {
        let version = |value: &Value| {
            let text = &self.text[value.range.clone()];
            text.strip_prefix('v').unwrap_or(text).to_owned()
        };
        let distinct: BTreeSet<String> = values.iter().map(version).collect();
        // Different versions under one name are a table, or of several things.
        if distinct.len() > 1 && !is_list {
            scope.set(name, Follow::Outside(format!("`{name}`, which has several values")));
            return;
        }
        for value in values {
            let text = &self.text[value.range.clone()];
            let span = Span::new(value.range.start, value.range.end);
            let says = name::says_dagger_version(name);
            let is_key = matches!(value.place, Place::Key | Place::Environment);
            let is_environment = is_key && name::is_environment(name);
            // What a test gives others is data.
            if self.is_test && matches!(value.place, Place::Member | Place::Key) {
                continue;
            }
            // Other names are only followed.
            if !says && value.place != Place::Statement {
                continue;
            }
            if is_environment && says {
                scan.add(Kind::EnvVersion, span, text, Stated::of(text));
            }
            let definition = Definition {
                // Not the name of an environment's variable that other files could mean.
                name: Name::Variable(format!("const.{name}")),
                span,
                text: text.to_owned(),
                stated: Stated::of(text),
                follows: None,
                is_intended: is_list && values.len() > 1,
            };
            let index = scan.define(definition);
            if !is_list {
                scope.set(name, Follow::Here(index));
            }
            if let Some(holder) = &value.holder {
                scope.set(holder.as_str(), Follow::Here(index));
            }
        }
    }

    /// Returns the name that the text at `index` is given, when it states a version.
    fn value(&self, index: usize) -> Option<Value> {
        let part = self.tokens[index].as_text()?;
        let inner = &self.text[part.inner.clone()];
        let is_latest = inner == "latest";
        if part.is_command() || !(is_latest || expression::states_version(inner)) {
            return None;
        }
        let (name, place) = self.name(index)?;
        let says = name::says_dagger_version(&name);
        if is_latest && (!says || self.is_test) {
            return None;
        }
        let is_formula = || index.checked_sub(1).and_then(|at| self.word(at)) == Some("version");
        let holder = match place {
            Place::Key => self.holder(index),
            Place::Statement if is_formula() => Some("version".to_owned()),
            _ => None,
        };
        Some(Value { range: part.inner.clone(), name, place, holder })
    }

    /// Returns whether the file is the engine's formula or cask.
    fn is_formula(&self) -> bool {
        ["class Dagger < Formula", "cask \"dagger"].iter().any(|mark| self.text.contains(mark))
    }

    /// Returns the name that a statement gives the value at `index`, whatever it is called.
    fn holder(&self, index: usize) -> Option<String> {
        let first = index.saturating_sub(MAX_BETWEEN);
        let line = self.text[..self.tokens[index].range.start].rfind('\n').unwrap_or(0);
        let on_line = (first..index).rev().take_while(|at| self.tokens[*at].range.start >= line);
        let equals = on_line.into_iter().find(|at| self.is(*at, "=") || self.is(*at, ":="))?;
        self.assigned(equals).map(|(name, _)| name)
    }

    pub(super) fn name(&self, index: usize) -> Option<(String, Place)> {
        let before = index.checked_sub(1)?;
        if self.is(before, "=") || self.is(before, ":=") {
            return self.assigned(before);
        }
        if self.is(before, ":") || self.is(before, "=>") {
            return self.key(before);
        }
        // `version "…"` of a Homebrew formula.
        if self.word(before) == Some("version") && self.is_formula() {
            return Some(("dagger_version".to_owned(), Place::Statement));
        }
        // Elixir's `@name "…"`.
        if self.word(before).is_some() && before.checked_sub(1).is_some_and(|at| self.is(at, "@")) {
            return self.word(before).map(|name| (name.to_owned(), Place::Statement));
        }
        if ["||", "??", "?:"].iter().any(|symbol| self.is(before, symbol)) || self.word(before) == Some("or")
        {
            return self.fallback(before);
        }
        if self.is(before, ",")
            && let Some(name) = before.checked_sub(1).and_then(|at| self.raw(at))
        {
            let opens = before.checked_sub(2).is_some_and(|at| self.is(at, "(") || self.is(at, "{"));
            let name = name.trim_start_matches('-');
            if opens && name::says_dagger_version(name) {
                // `env.get("X", "…")` as the value of something is that one's default.
                let call = before.saturating_sub(3);
                let sets = |word: &str| name::words(word).concat().contains("withenvvariable");
                let is_set = self.word(call).is_some_and(sets);
                let place = if is_set { Place::Environment } else { Place::Key };
                return self.statement(call).filter(|_| !is_set).or_else(|| Some((name.to_owned(), place)));
            }
        }
        if self.is(before, "(") && self.is_default(before) {
            return self.fallback(before);
        }
        self.list(index)
    }

    /// Returns the name before the `=` at `at`, over a type between them.
    fn assigned(&self, at: usize) -> Option<(String, Place)> {
        let last = at.checked_sub(1)?;
        if let Some(key) = last.checked_sub(1).filter(|_| self.is(last, "]")).and_then(|at| self.raw(at)) {
            return Some((key.to_owned(), Place::Key));
        }
        let direct = self.word(last);
        let name = match direct {
            // `NAME string = "…"`, `NAME: &str = "…"`.
            Some(word) if !name::says_dagger_version(word) => {
                let typed =
                    last.checked_sub(1).filter(|at| self.word(*at).is_some_and(name::says_dagger_version));
                typed.or_else(|| self.annotated(last)).unwrap_or(last)
            }
            Some(_) => last,
            None => self.annotated(last)?,
        };
        let word = self.word(name)?;
        // PowerShell's `$env:NAME`.
        let before = |back: usize| name.checked_sub(back);
        if before(1).is_some_and(|at| self.is(at, ":"))
            && before(2).and_then(|at| self.word(at)).is_some_and(|word| word.eq_ignore_ascii_case("env"))
        {
            return Some((word.to_owned(), Place::Environment));
        }
        // `const ( NAME = …` of Go is no call.
        let opens =
            |at: usize| self.is(at, "(") && !matches!(self.word(at.wrapping_sub(1)), Some("const" | "var"));
        let is_member = name.checked_sub(1).is_some_and(|at| opens(at) || self.is(at, ","));
        Some((word.to_owned(), if is_member { Place::Member } else { Place::Statement }))
    }

    /// Returns the name before the colon of a type that ends at `last`.
    fn annotated(&self, last: usize) -> Option<usize> {
        let first = last.saturating_sub(MAX_BETWEEN);
        let colon = (first..=last).rev().take_while(|at| {
            self.word(*at).is_some()
                || ["&", "'", "[", "]", "<", ">", "!", "?", ".", "|", ":"]
                    .iter()
                    .any(|symbol| self.is(*at, symbol))
        });
        let colon = colon.into_iter().find(|at| self.is(*at, ":"))?;
        let name = colon.checked_sub(1)?;
        self.word(name).map(|_| name)
    }

    /// Returns the key before the colon or arrow at `at`.
    fn key(&self, at: usize) -> Option<(String, Place)> {
        let key = at.checked_sub(1)?;
        match (self.raw(key), self.word(key)) {
            (Some(key), _) => Some((key.to_owned(), Place::Key)),
            // `a ? b : "…"` has no key.
            (None, Some(word)) => {
                let is_choice = key.checked_sub(1).is_some_and(|at| self.is(at, "?"));
                (!is_choice).then(|| (word.to_owned(), Place::Member))
            }
            _ => None,
        }
    }

    /// Returns whether the bracket at `at` is that of a call that gives a default.
    fn is_default(&self, at: usize) -> bool {
        const DEFAULTS: [&str; 6] =
            ["unwrap_or", "unwrap_or_else", "orElse", "getOrElse", "getOrDefault", "unwrapOr"];
        at.checked_sub(1).and_then(|at| self.word(at)).is_some_and(|word| DEFAULTS.contains(&word))
    }

    /// Returns the name of what is taken when nothing stands before the operator at `at`: the one
    /// that the statement gives a value, or that of the environment's variable.
    fn fallback(&self, at: usize) -> Option<(String, Place)> {
        let first = at.saturating_sub(MAX_BETWEEN);
        let variable = || {
            let name = (first..at).rev().find_map(|at| {
                self.raw(at).or_else(|| self.word(at)).filter(|name| name::says_dagger_version(name))
            });
            name.map(|name| (name.to_owned(), Place::Key))
        };
        self.statement(at).or_else(variable)
    }

    /// Returns the name that says it holds the engine's version and is given a value before `at`.
    fn statement(&self, at: usize) -> Option<(String, Place)> {
        let first = at.saturating_sub(MAX_BETWEEN);
        let equals = (first..=at).rev().find(|at| {
            self.is(*at, "=")
                || self.is(*at, ":=")
                || self.is(*at, ":")
                || self.is(*at, ";")
                || self.is(*at, "{")
        })?;
        let found = if self.is(equals, ":") { self.key(equals) } else { self.assigned(equals) };
        found.filter(|(name, _)| name::says_dagger_version(name))
    }

    /// Returns the name of the list in which the text stands among other texts.
    fn list(&self, index: usize) -> Option<(String, Place)> {
        let is_item = |at: usize| self.raw(at).is_some() || self.is(at, ",");
        let mut open = index.checked_sub(1)?;
        while is_item(open) {
            open = open.checked_sub(1)?;
        }
        if !["[", "{", "("].iter().any(|symbol| self.is(open, symbol)) {
            return None;
        }
        let first = open.saturating_sub(MAX_BETWEEN);
        let is_type = |at: &usize| {
            self.word(*at).is_some()
                || ["[", "]", "<", ">", ".", "&", "!", "::"].iter().any(|symbol| self.is(*at, symbol))
        };
        let before = (first..open).rev().find(|at| !is_type(at))?;
        let (name, _) = if self.is(before, "=") || self.is(before, ":=") {
            self.assigned(before)?
        } else if self.is(before, ":") {
            self.key(before)?
        } else {
            return None;
        };
        let singular = name.strip_suffix(['s', 'S'])?;
        name::says_dagger_version(singular).then(|| (singular.to_owned(), Place::List))
    }

    /// Adds what hands a version of this file on to the environment:
    /// `WithEnvVariable("DAGGER_VERSION", daggerVersion)`.
    fn handed_on(&self, scope: &mut Scope, scan: &mut Scan<'_>) {
        for index in 0..self.tokens.len() {
            let Some(variable) = self.raw(index) else { continue };
            let is_environment = name::is_environment(variable) && name::says_dagger_version(variable);
            let gives = self.is(index + 1, ",") || self.is(index + 1, ":") || self.is(index + 1, "=>");
            if !is_environment || !gives || scope.get(variable).is_some() {
                continue;
            }
            let Some(name) = self.word(index + 2) else { continue };
            let range = self.tokens[index + 2].range.clone();
            let is_whole = !self.is(index + 3, ".") && !self.is(index + 3, "(");
            match scope.get(name).cloned().filter(|_| is_whole) {
                Some(follow @ Follow::Here(_)) => {
                    let span = Span::new(range.start, range.end);
                    scan.add_derived(Kind::EnvVersion, span, name, follow.clone());
                    scope.set(variable, follow);
                }
                _ => {
                    let words = format!("`{variable}`, which is given when it runs");
                    scope.set(variable, Follow::Outside(words));
                }
            }
        }
    }
}
