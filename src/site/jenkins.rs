//! Pipelines of Jenkins (jenkins.io/doc, "Pipeline Syntax"), which are programs in Groovy.
//!
//! Read tolerantly, from top to bottom: what a block gives a name is visible in the block, nothing
//! runs, and a program that is half written is read as far as it goes.

mod token;

use std::ops::Range;

use super::code::Text;
use super::format::{FilePath, Spec};
use super::scan::{Definition, Follow, Name};
use super::scope::Scope;
use super::{Scan, Stated, expression, image, name, release, script, yaml};
use crate::text::Fragment;
use token::{Kind, Token};

/// Pipelines, and the libraries they load.
pub(super) const FORMAT: Spec = Spec {
    claims: is_pipeline,
    ..Spec::of(|source, scan| {
        find(source.text(), scan);
        Ok(())
    })
};

fn is_pipeline(path: &FilePath<'_>) -> bool {
    match path.extension {
        "groovy" | "jenkinsfile" | "Jenkinsfile" => true,
        "md" | "txt" | "yml" | "yaml" | "json" | "html" => false,
        _ => path.file.starts_with("Jenkinsfile") || path.file.starts_with("jenkinsfile"),
    }
}

/// Steps that run a script.
const SHELLS: [&str; 4] = ["sh", "bat", "powershell", "pwsh"];

/// Blocks deeper than this share the names of the block around them.
const MAX_DEPTH: usize = 64;

/// So many tokens may stand between a name and the string that it is given.
const MAX_VALUE: usize = 40;

/// Arguments that are handed to `docker run` and `docker build`.
const OPTIONS: [&str; 5] = ["additionalBuildArgs", "args", "inside", "runArgs", "withRun"];

/// Steps and arguments whose text is read by people.
const PROSE: [&str; 7] = ["description", "echo", "error", "label", "message", "print", "println"];

fn find(text: &str, scan: &mut Scan<'_>) {
    let tokens = token::tokens(text);
    let scope = Scope::default();
    let mut reader = Reader { text, tokens: &tokens, scope, outer: Vec::new(), depth: 0, scan };
    // The agent may stand before what its image is called by.
    for block in reader.ahead() {
        block.for_each(|at| reader.read(at));
        reader.outer.clear();
        reader.depth = 0;
    }
    for at in 0..tokens.len() {
        reader.read(at);
    }
}

/// What was visible before a block.
struct Outer {
    scope: Scope,
    /// Whether the block gives names to everything around it.
    is_environment: bool,
}

struct Reader<'t, 's, 'p> {
    text: &'t str,
    tokens: &'t [Token],
    /// What is visible.
    scope: Scope,
    outer: Vec<Outer>,
    depth: usize,
    scan: &'s mut Scan<'p>,
}

impl<'t> Reader<'t, '_, '_> {
    fn read(&mut self, at: usize) {
        match &self.tokens[at].kind {
            Kind::Mark(b'{') => self.open(at),
            Kind::Mark(b'}') => self.close(),
            Kind::Mark(b'=') => self.assign(at),
            Kind::Mark(b':') => self.named_argument(at),
            Kind::Text(_) => self.string(at),
            _ => {}
        }
    }

    /// Returns the blocks of the pipeline itself that give names values, from word to brace.
    fn ahead(&self) -> Vec<Range<usize>> {
        let mut blocks = Vec::new();
        let (mut depth, mut start, mut is_pipeline) = (0_usize, None, false);
        for at in 0..self.tokens.len() {
            match self.mark(at) {
                b'{' => {
                    let word = self.word(at.wrapping_sub(1));
                    if depth == 0 {
                        is_pipeline = word == "pipeline";
                    } else if depth == 1 && is_pipeline && matches!(word, "environment" | "parameters") {
                        start = Some(at - 1);
                    }
                    depth += 1;
                }
                b'}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 1 {
                        blocks.extend(start.take().map(|start| start..at + 1));
                    }
                }
                _ => {}
            }
        }
        blocks
    }

    fn open(&mut self, at: usize) {
        if self.depth < MAX_DEPTH {
            let is_environment = self.word(at.wrapping_sub(1)) == "environment";
            self.outer.push(Outer { scope: self.scope.clone(), is_environment });
        }
        self.depth += 1;
    }

    fn close(&mut self) {
        if self.depth <= MAX_DEPTH
            && let Some(outer) = self.outer.pop()
        {
            self.scope = outer.scope;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn set(&mut self, variable: &str, follow: &Follow) {
        let around = self.outer.last_mut().filter(|outer| outer.is_environment);
        let around = around.map(|outer| &mut outer.scope);
        for scope in around.into_iter().chain([&mut self.scope]) {
            for key in [variable.to_owned(), format!("env.{variable}"), format!("params.{variable}")] {
                scope.set(key, follow.clone());
            }
        }
    }

    fn word(&self, at: usize) -> &'t str {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Word);
        token.map_or("", |token| &self.text[token.range.clone()])
    }

    fn mark(&self, at: usize) -> u8 {
        match self.tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Mark(mark)) => *mark,
            _ => 0,
        }
    }

    fn fragment(&self, at: usize) -> Option<Fragment<'t>> {
        Some(self.string_at(at)?.content(self.text))
    }

    fn string_at(&self, at: usize) -> Option<&'t Text> {
        match &self.tokens.get(at)?.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a string as it is written.
    fn raw(&self, at: usize) -> Option<&'t str> {
        Some(&self.text[self.string_at(at)?.inner.clone()])
    }

    /// `NAME = value`, whatever stands before the name.
    fn assign(&mut self, at: usize) {
        let is_comparison = [at.wrapping_sub(1), at + 1]
            .iter()
            .any(|near| matches!(self.mark(*near), b'=' | b'!' | b'<' | b'>' | b'~' | b'+'));
        let full = self.word(at.wrapping_sub(1));
        let variable = full.strip_prefix("env.").unwrap_or(full);
        if !is_comparison && !variable.is_empty() {
            self.give(variable, at + 1);
        }
    }

    /// Gives a name the value that begins at a token: a string, another name, what a step returns.
    fn give(&mut self, variable: &'t str, at: usize) {
        let name = Name::Variable(variable.to_owned());
        let value = self.value(at);
        // `condition ? '0.21.8' : '0.20.8'`
        let question = |at: &usize| self.mark(*at) == b'?' && !matches!(self.mark(at + 1), b':' | b'.');
        if let Some(question) = value.clone().find(question) {
            for text in question..value.end {
                self.define(variable, &name, text);
            }
            return;
        }
        let ends_with_default = value.clone().rev().find(|at| self.is_text(*at)).filter(|text| {
            // `params.x ?: '0.21.8'`
            *text > at + 1 && self.mark(text - 1) == b':' && self.mark(text - 2) == b'?'
        });
        if let Some(default) = ends_with_default {
            let speaks_of = |word: &str| word.rsplit('.').next().is_some_and(name::says_dagger_version);
            let own = value.map(|at| self.word(at)).find(|word| speaks_of(word));
            let own = own.and_then(|own| own.rsplit('.').next()).unwrap_or(variable);
            let own = if name::says_dagger_version(variable) { variable } else { own };
            self.define(variable, &Name::Variable(own.to_owned()), default);
            return;
        }
        match self.tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Text(_)) => self.define(variable, &name, at),
            Some(Kind::Word) => {
                let follow = self.called(variable, value);
                if let Some(follow) = follow {
                    self.set(variable, &follow);
                }
            }
            _ => {}
        }
    }

    fn define(&mut self, variable: &'t str, name: &Name, at: usize) {
        let Some(fragment) = self.fragment(at) else { return };
        let range = 0..fragment.text().len();
        if let Some(follow) = self.interpolated(fragment.text()) {
            self.set(variable, &follow);
            return;
        }
        match expression::define(name, &fragment, range, &self.scope, self.scan) {
            Some(follow) => self.set(variable, &follow),
            // A value that is no version still hides an outer one.
            None if self.scope.get(variable).is_some() => {
                let words = format!("`{variable}`, which is set to something else");
                self.set(variable, &Follow::Outside(words));
            }
            None => {}
        }
    }

    /// Returns what a call inside `${…}` follows: that of a step which runs a command.
    fn interpolated(&self, text: &str) -> Option<Follow> {
        let inner = text.strip_prefix("${")?.strip_suffix('}')?.trim_start();
        let is_call = ["sh(", "sh ", "readJSON"].iter().any(|call| inner.starts_with(call));
        let command = format!("$({inner})");
        is_call.then(|| expression::follow(&command, 0..command.len(), &self.scope, self.scan.path))?
    }

    /// Returns what the value of a name, of a call or of a file's field follows.
    fn called(&mut self, variable: &str, value: Range<usize>) -> Option<Follow> {
        let first = self.word(value.start);
        let is_module = |reader: &Self, at: usize| {
            let path = reader.raw(at).unwrap_or_default();
            matches!(path.rsplit('/').next(), Some("dagger.json" | "dagger-module.toml"))
        };
        if let Some(path) = value.clone().find(|at| is_module(self, *at)).and_then(|at| self.raw(at)) {
            let path = path.trim_start_matches("./").to_owned();
            let is_field = value.clone().any(|at| self.word(at).ends_with("engineVersion"));
            let follow = Follow::Module(Some(path));
            if is_field || SHELLS.contains(&first) {
                return Some(follow);
            }
            self.set(&format!("{variable}.engineVersion"), &follow);
            return None;
        }
        if SHELLS.contains(&first) {
            let script = value.clone().rev().find(|at| self.is_text(*at))?;
            let fragment = self.fragment(script)?;
            let text = format!("$({})", fragment.text());
            let follows = expression::follow(&text, 0..text.len(), &self.scope, self.scan.path);
            let span = fragment.span(0..fragment.text().len())?;
            let definition = Definition {
                name: Name::Variable(variable.to_owned()),
                span,
                text: fragment.text().to_owned(),
                stated: Stated::Unresolved(String::new()),
                follows,
                is_intended: false,
            };
            return Some(Follow::Here(self.scan.define(definition)));
        }
        let known = self.scope.get(first).cloned();
        let name = first.strip_prefix("env.").or_else(|| first.strip_prefix("params."));
        known.or_else(|| Some(Follow::There(Name::Variable(name?.to_owned()))))
    }

    fn is_text(&self, at: usize) -> bool {
        self.string_at(at).is_some()
    }

    /// Returns the tokens of the value that begins at one: up to the end of the line, of the
    /// argument or of the block.
    fn value(&self, at: usize) -> Range<usize> {
        let mut depth = 0_usize;
        let mut end = at;
        while let Some(token) = self.tokens.get(end).filter(|_| end < at + MAX_VALUE) {
            match &token.kind {
                Kind::Mark(b'(' | b'[') => depth += 1,
                Kind::Mark(b')' | b']') if depth > 0 => depth -= 1,
                Kind::Mark(b')' | b']' | b'}' | b'{') => break,
                Kind::End | Kind::Mark(b',' | b';') if depth == 0 => break,
                _ => {}
            }
            end += 1;
        }
        at..end
    }

    /// `key: value` of a call or a map: the version under a name that says so, and the parameter
    /// that `name:` declares.
    fn named_argument(&mut self, at: usize) {
        let key = self.word(at.wrapping_sub(1));
        match key {
            "defaultValue" => {
                if let Some(parameter) = self.sibling(at, "name") {
                    self.give(parameter, at + 1);
                }
            }
            // The first choice is the default.
            "choices" if self.mark(at + 1) == b'[' => {
                if let Some(parameter) = self.sibling(at, "name") {
                    self.give(parameter, at + 2);
                }
            }
            key if name::says_dagger_version(key) => self.give(key, at + 1),
            _ => {}
        }
    }

    /// Returns the string that another named argument of the same call has.
    fn sibling(&self, at: usize, key: &str) -> Option<&'t str> {
        let is_key = |near: usize| self.word(near) == key && self.mark(near + 1) == b':';
        let before = (at.saturating_sub(MAX_VALUE)..at).rev();
        let before = before.take_while(|near| !matches!(self.mark(*near), b'(' | b'{'));
        let after = (at..at + MAX_VALUE).take_while(|near| !matches!(self.mark(*near), b')' | b'}'));
        let found = before.chain(after).find(|near| is_key(*near))?;
        self.raw(found + 2)
    }

    /// A string by itself: a script, an image, variables of a `withEnv`, a manifest.
    fn string(&mut self, at: usize) {
        let Some(fragment) = self.fragment(at) else { return };
        let range = 0..fragment.text().len();
        let role = self.role(at);
        match role {
            role if SHELLS.contains(&role) || OPTIONS.contains(&role) || role == "script" => {
                script::find(&fragment, &mut self.scope.clone(), self.scan);
            }
            role if PROSE.contains(&role) => {}
            "image" | "docker.image" => {
                image::find_whole(&fragment, range, &self.scope, self.scan);
            }
            "yaml" => {
                yaml::find_embedded(&fragment, self.scan);
            }
            _ => {
                if let Some((variable, _)) =
                    fragment.text().split_once('=').filter(|(variable, _)| is_name(variable))
                {
                    self.variable(&fragment, variable.len(), variable);
                }
                image::find(&fragment, &self.scope, self.scan);
                release::find_in(&fragment, range, &self.scope, self.scan);
            }
        }
    }

    /// `"NAME=value"` of a `withEnv`: visible in the block that follows.
    fn variable(&mut self, fragment: &Fragment<'_>, len: usize, variable: &str) {
        let range = len + 1..fragment.text().len();
        let name = Name::Variable(variable.to_owned());
        if let Some(follow) = expression::define(&name, fragment, range, &self.scope, self.scan) {
            self.set(variable, &follow);
        }
    }

    /// Returns the word that says what a string is for: the named argument's, else the call's.
    fn role(&self, at: usize) -> &'t str {
        let before = at.wrapping_sub(1);
        match self.mark(before) {
            b':' | b'(' => self.word(at.wrapping_sub(2)),
            _ => self.word(before),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests;
