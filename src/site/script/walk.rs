use std::collections::BTreeMap;
use std::ops::Range;

use super::lexer::{self, Command};
use super::simple::{self, Assignment, Simple};
use super::{SHELLS, has_shell_line, installer, sink};
use crate::site::checksum::Checksums;
use crate::site::expression::{self, Syntax};
use crate::site::format::FilePath;
use crate::site::scan::{Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Scan, image, name, release};
use crate::text::Fragment;

/// Scripts inside scripts are read this deep.
const MAX_DEPTH: usize = 8;

/// So many substitutions are looked for in one word.
const MAX_SUBSTITUTIONS: usize = 200;

/// Commands that run a script which is given to them in quotes.
const RUNNERS: [&str; 14] = [
    "ssh",
    "su",
    "eval",
    "docker",
    "podman",
    "nerdctl",
    "kubectl",
    "nix",
    "runuser",
    "chroot",
    "timeout",
    "lima",
    "pwsh",
    "powershell",
];

/// Flags that set a variable somewhere else.
const VARIABLE_FLAGS: [&str; 3] = ["-e", "--env", "--build-arg"];

/// Reads a script from top to bottom.
pub(super) struct Walker<'f, 'w, 's> {
    pub(super) fragment: &'f Fragment<'f>,
    pub(super) scope: &'w mut Scope,
    pub(super) scan: &'w mut Scan<'s>,
    /// Variables that hold the installer's address, and where it stands.
    pub(super) installers: BTreeMap<String, Range<usize>>,
    /// Installers that were fetched into a file, by address.
    pub(super) downloads: Vec<Range<usize>>,
    /// Whether what is read is a substitution, whose output something else runs.
    pub(super) is_substituted: bool,
    checksums: Checksums,
}

impl<'f, 'w, 's> Walker<'f, 'w, 's> {
    pub(super) fn new(fragment: &'f Fragment<'f>, scope: &'w mut Scope, scan: &'w mut Scan<'s>) -> Self {
        Self {
            fragment,
            scope,
            scan,
            installers: BTreeMap::new(),
            downloads: Vec::new(),
            is_substituted: false,
            checksums: Checksums::default(),
        }
    }

    pub(super) fn text(&self) -> &'f str {
        self.fragment.text()
    }

    /// Reads all of the text.
    pub(super) fn run_all(mut self) {
        self.run(0..self.text().len(), &[], 0);
        for address in std::mem::take(&mut self.downloads) {
            self.missing(address);
        }
        self.checksums.attach(self.fragment, self.scan);
    }

    /// Reads the script in `range`, which runs with the assignments of the command around it.
    fn run(&mut self, range: Range<usize>, outer: &[Assignment], depth: usize) {
        let commands = lexer::commands(self.text(), range);
        let mut simples: Vec<Simple> =
            commands.iter().map(|command| simple::take_apart(self.text(), command)).collect();
        if FilePath::new(self.scan.path).extension == "fish" {
            for simple in &mut simples {
                simple.lasting.extend(simple::fish(self.text(), &simple.words));
            }
        }
        let written = sink::find_all(self.text(), &commands);
        for (index, (command, simple)) in commands.iter().zip(&simples).enumerate() {
            self.nested(command, simple, outer, depth);
            self.whole_references(simple);
            for word in command.words.iter().chain(&command.redirects) {
                self.references(word.clone());
            }
            self.bodies(command, simple, depth);
            self.installer(index, &commands, &simples, outer);
            self.tool(simple);
            self.assignments(simple);
            for written in written[index].iter().filter(|written| written.sink == sink::Sink::Environment) {
                self.export(written);
            }
        }
    }

    /// `docker pull IMAGE` means `latest` when the image has no tag.
    fn whole_references(&mut self, simple: &Simple) {
        let text = self.text();
        let mut words = simple.words.iter().map(|word| simple::name(text, word));
        let is_client =
            words.next().is_some_and(|name| ["docker", "podman", "nerdctl", "crane"].contains(&name));
        if is_client && words.any(|word| ["pull", "run", "create"].contains(&word)) {
            for word in &simple.words {
                let word = simple::inner(text, word);
                if image::kind_of(&text[word.clone()]).is_some() {
                    image::find_whole(self.fragment, word, self.scope, self.scan);
                }
            }
        }
    }

    /// Adds images and release addresses in a word or a here-document.
    fn references(&mut self, range: Range<usize>) {
        let text = &self.text()[range.clone()];
        if !text.contains("dagger") {
            return;
        }
        image::find_in(self.fragment, range.clone(), self.scope, self.scan);
        let releases = release::find_in(self.fragment, range, self.scope, self.scan);
        self.checksums.releases.extend(releases);
    }

    /// Reads the scripts that stand inside the command: substitutions and quoted arguments.
    fn nested(&mut self, command: &Command, simple: &Simple, outer: &[Assignment], depth: usize) {
        if depth == MAX_DEPTH {
            return;
        }
        let text = self.text();
        let runs = simple.words.iter().any(|word| {
            let name = simple::name(text, word);
            SHELLS.contains(&name) || RUNNERS.contains(&name)
        });
        for word in &command.words {
            if !mentions_us(&text[word.clone()]) {
                continue;
            }
            let given: Vec<Assignment> = simple.before.iter().chain(outer).cloned().collect();
            let script = simple::unquoted(&text[word.clone()]);
            let is_script = script.len() + 2 == word.len() && script.contains(char::is_whitespace);
            if runs && is_script && !script.starts_with("$(") {
                self.run(word.start + 1..word.end - 1, &given, depth + 1);
                continue;
            }
            let was_substituted = std::mem::replace(&mut self.is_substituted, true);
            for inner in substitutions(text, word.clone()) {
                self.run(inner, &given, depth + 1);
            }
            self.is_substituted = was_substituted;
        }
    }

    /// Reads here-documents: as scripts where a shell runs them, else as text.
    fn bodies(&mut self, command: &Command, simple: &Simple, depth: usize) {
        let text = self.text();
        for body in &command.bodies {
            let inside = &text[body.clone()];
            // `RUN <<EOF` has no command: the body is the script.
            let runs = simple.words.first().is_none_or(|word| {
                let name = simple::name(text, word);
                SHELLS.contains(&name) || matches!(name, "ssh" | "docker" | "podman" | "kubectl")
            });
            if (runs || has_shell_line(inside)) && depth < MAX_DEPTH {
                self.run(body.clone(), &simple.before, depth + 1);
                continue;
            }
            self.references(body.clone());
            let mut start = body.start;
            for line in inside.split_inclusive('\n') {
                let line_start = start + (line.len() - line.trim_start().len());
                let word = line_start..line_start + line.trim().len();
                start += line.len();
                let assignment = simple::assignment(text, &word);
                // A line of prose may begin so too.
                let is_value = |assignment: &Assignment| {
                    let value = simple::unquoted(&text[assignment.value.clone()]);
                    !value.contains(char::is_whitespace)
                };
                if let Some(assignment) = assignment.filter(is_value) {
                    self.named(&assignment);
                }
            }
        }
    }

    fn assignments(&mut self, simple: &Simple) {
        for assignment in &simple.lasting {
            self.assign(assignment);
        }
        for assignment in &simple.before {
            self.named(assignment);
        }
        let text = self.text();
        match simple.words.first().map(|word| simple::name(text, word)) {
            Some(":") => simple.words.iter().skip(1).for_each(|word| self.default(word.clone())),
            Some("echo" | "printf" | "grep" | "sed" | "test" | "[" | "[[") | None => {}
            // `docker run -e NAME=value`, `docker build --build-arg NAME=value`.
            Some(_) => {
                for (index, word) in simple.words.iter().enumerate().skip(1) {
                    let is_flag = |flag: &Range<usize>| VARIABLE_FLAGS.contains(&&text[flag.clone()]);
                    let joined = VARIABLE_FLAGS
                        .iter()
                        .find_map(|flag| text[word.clone()].strip_prefix(flag)?.strip_prefix('='));
                    let value = match joined {
                        Some(value) => word.end - value.len()..word.end,
                        None if is_flag(&simple.words[index - 1]) => word.clone(),
                        None => continue,
                    };
                    if let Some(assignment) = simple::given(text, &value) {
                        self.named(&assignment);
                    }
                }
            }
        }
    }

    /// Records an assignment that stays, and makes it visible.
    fn assign(&mut self, assignment: &Assignment) {
        let text = self.text();
        let variable = &text[assignment.name.clone()];
        let value = assignment.value.clone();
        if let Some(address) = installer::address(text, value.clone()) {
            self.installers.insert(variable.to_owned(), address);
        }
        self.checksums.note(text, variable, value.clone());
        if text[..value.start].ends_with("+=") {
            if self.scope.get(variable).is_some() {
                self.scope.set(variable, Follow::Outside(format!("`{variable}`, which is put together")));
            }
            return;
        }
        let name = Name::Variable(variable.to_owned());
        match expression::define(&name, self.fragment, value.clone(), self.scope, self.scan) {
            Some(follow) => self.scope.set(variable, follow),
            // A value that is no version still hides an outer one.
            None if !value.is_empty() && self.scope.get(variable).is_some() => {
                let words = format!("`{variable}`, which is set to something else");
                self.scope.set(variable, Follow::Outside(words));
            }
            None => {}
        }
    }

    /// Adds an assignment that only one command sees: nothing can follow it, its name alone can
    /// make it a site.
    fn named(&mut self, assignment: &Assignment) {
        let variable = &self.text()[assignment.name.clone()];
        if name::says_dagger_version(variable) {
            expression::add_named(variable, self.fragment, assignment.value.clone(), self.scope, self.scan);
        }
    }

    /// `: "${X:=0.21.8}"` gives X a value; `: "${X:?}"` wants the caller to.
    fn default(&mut self, word: Range<usize>) {
        let text = self.text();
        let Some(at) = text[word.clone()].find("${") else { return };
        let Some(found) = expression::find_at(&text[..word.end], word.start + at) else { return };
        let inner = &text[found.inner.clone()];
        let len = expression::name_len(inner);
        let (variable, operator) = inner.split_at(len);
        let name = Name::Variable(variable.to_owned());
        if operator.starts_with(":=") || operator.starts_with('=') {
            let value = found.inner.start + len + operator.find('=').map_or(0, |at| at + 1)..found.inner.end;
            if let Some(follow) = expression::define(&name, self.fragment, value, self.scope, self.scan) {
                self.scope.set(variable, follow);
            }
        } else if (operator.starts_with(":?") || operator.starts_with('?'))
            && self.scope.get(variable).is_none()
        {
            self.scope.set(variable, Follow::There(name));
        }
    }

    /// `echo "NAME=value" >> "$GITHUB_ENV"`: a literal is defined here, anything else was before.
    fn export(&mut self, written: &sink::Written) {
        let variable = &self.text()[written.name.clone()];
        let follow = sink::follow(self.fragment, variable, written.value.clone(), self.scope, self.scan);
        self.scope.set(format!("env.{variable}"), follow.clone());
        self.scope.set(variable, follow);
    }
}

fn mentions_us(text: &str) -> bool {
    text.contains("dagger") || text.contains("DAGGER")
}

/// Returns the insides of `$(…)`, backticks and `<(…)` in a word.
fn substitutions(text: &str, word: Range<usize>) -> Vec<Range<usize>> {
    let text = &text[..word.end];
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut is_quoted = false;
    let mut at = word.start;
    let mut n_tried = 0;
    while at < word.end && n_tried < MAX_SUBSTITUTIONS {
        match bytes[at] {
            b'\\' => at += 1,
            b'"' => is_quoted = !is_quoted,
            b'\'' if !is_quoted => {
                at = memchr::memchr(b'\'', &bytes[at + 1..]).map_or(at, |len| at + 1 + len);
            }
            b'<' | b'>' if bytes.get(at + 1) == Some(&b'(') => {
                n_tried += 1;
                if let Some(end) = expression::closing(text, at + 1) {
                    found.push(at + 2..end - 1);
                    at = end - 1;
                }
            }
            b'$' | b'`' => {
                n_tried += 1;
                let inner = expression::find_at(text, at).filter(|inner| inner.syntax == Syntax::Command);
                if let Some(inner) = inner {
                    at = inner.end - 1;
                    found.push(inner.inner);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}
