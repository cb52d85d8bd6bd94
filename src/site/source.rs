//! Source code: constants and arguments that are called the engine's version, images, addresses and
//! scripts in texts, and what tests compare the version with.
//!
//! Nothing is parsed: tokens and what stands before a text tell what it is. Code is full of
//! versions, so a text is a site only when its surroundings leave no doubt; comments, generated
//! code and test data are none.

mod assertion;
mod file;
mod named;

use std::ops::Range;

use super::checksum::{self, Checksums};
use super::code::{self, Token};
use super::format::{FilePath, Spec};
use super::scan::Follow;
use super::scope::Scope;
use super::{Kind, Scan, Stated, expression, image, name, release, script};
use crate::text::Fragment;

/// Files of the languages that the lexer knows.
pub(super) const FORMAT: Spec = Spec {
    claims: file::is_source,
    max_size: 1 << 20,
    ..Spec::of(|source, scan| {
        find(source.text(), scan);
        Ok(())
    })
};

/// What is known of the file while its texts are looked at.
struct Reader<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// Whether it is a test, in which texts are data more often than not.
    is_test: bool,
}

/// Adds the sites of a source file.
fn find(text: &str, scan: &mut Scan<'_>) {
    let Some(language) = file::language(scan.path) else { return };
    if !file::may_state_version(text) || file::is_generated(text) {
        return;
    }
    let tokens = code::tokens(text, 0..text.len(), language);
    let reader = Reader { text, tokens, is_test: file::is_test(scan.path) };
    let mut scope = Scope::closed();
    reader.named(&mut scope, scan);
    let mut checksums = Checksums::default();
    let mut next = 0;
    while next < reader.tokens.len() {
        let index = next;
        next += 1;
        if let Some(part) = reader.tokens[index].as_text()
            && part.inner.len() == checksum::LEN
            && let Some((name, _)) = reader.name(index)
        {
            checksums.note(text, &name, part.inner.clone());
        }
        if reader.tokens[index].as_text().is_none() || !reader.speaks_of_us(index) || reader.is_prose(index) {
            continue;
        }
        let (content, end) = code::joined(text, &reader.tokens, index, language);
        next = end.max(next);
        reader.references(&content, &mut scope, &mut checksums, scan);
    }
    checksums.attach(&Fragment::verbatim(text, 0), scan);
    if reader.is_test {
        reader.assertions(scan);
    }
    if text.contains("/install.ps1") && FilePath::new(scan.path).extension.starts_with("ps") {
        script::find(&without_comments(text), &mut scope, scan);
    }
}

impl Reader<'_> {
    fn word(&self, index: usize) -> Option<&str> {
        self.tokens.get(index)?.as_word(self.text)
    }

    fn is(&self, index: usize, symbol: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is(self.text, symbol))
    }

    /// Returns what the text token says as it stands.
    fn raw(&self, index: usize) -> Option<&str> {
        self.tokens.get(index)?.as_text().map(|part| &self.text[part.inner.clone()])
    }

    fn speaks_of_us(&self, index: usize) -> bool {
        self.raw(index).is_some_and(|inner| inner.contains("dagger") || inner.contains("DAGGER"))
    }

    /// Returns whether the text at `index` is read by people: a documentation string, a help text.
    fn is_prose(&self, index: usize) -> bool {
        const PROSE: [&str; 9] =
            ["doc", "moduledoc", "typedoc", "shortdoc", "help", "description", "desc", "summary", "usage"];
        let before = |back: usize| index.checked_sub(back);
        let named = |back: usize| {
            before(back).and_then(|at| self.word(at)).is_some_and(|word| {
                let lower = word.to_ascii_lowercase();
                PROSE.contains(&lower.as_str())
            })
        };
        let gives = before(1).is_some_and(|at| ["=", ":", "("].iter().any(|symbol| self.is(at, symbol)));
        named(1) || (gives && named(2)) || self.is_statement(index)
    }

    /// Returns whether a text stands alone on its lines, as documentation strings do.
    fn is_statement(&self, index: usize) -> bool {
        let Some(token) = self.tokens.get(index).filter(|token| {
            token
                .as_text()
                .is_some_and(|part| part.quote.open.len() > 1 || self.text[part.inner.clone()].contains('\n'))
        }) else {
            return false;
        };
        let starts_line =
            self.text[..token.range.start].rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
        let ends_line =
            self.text[token.range.end..].split('\n').next().is_some_and(|line| line.trim().is_empty());
        let goes_on = index.checked_sub(1).is_some_and(|at| {
            ["(", "[", "{", ",", "=", "+", "=>", "<>", "return"]
                .iter()
                .any(|symbol| self.is(at, symbol) || self.word(at) == Some(symbol))
        });
        starts_line && ends_line && !goes_on
    }

    /// Adds images, addresses and scripts in a text.
    fn references(
        &self,
        content: &Fragment<'_>,
        scope: &mut Scope,
        checksums: &mut Checksums,
        scan: &mut Scan<'_>,
    ) {
        let text = content.text();
        if let Some(value) = assignment(text) {
            self.assignment(content, value, scope, scan);
            return;
        }
        if !self.is_test && is_reference(text) && is_certain(content, scope, scan) {
            image::find(content, scope, scan);
        }
        checksums.releases.extend(release::find_in(content, 0..text.len(), scope, scan));
        if !is_script(text) {
            return;
        }
        let mut environment = scope.clone();
        // A value in it, or what the text is added to, may be the assignment.
        let is_part =
            text.contains("${") || text.trim_end().ends_with('|') || text.trim_start().starts_with('|');
        if is_part && environment.get("DAGGER_VERSION").is_none() {
            environment
                .set("DAGGER_VERSION", Follow::Outside("what the text is put together from".to_owned()));
        }
        let script = quoted(text);
        script::find(&content.part(script), &mut environment, scan);
    }

    /// Adds the version in a text that is one variable and its value: given to a process, or wanted
    /// in a script by its test.
    fn assignment(
        &self,
        content: &Fragment<'_>,
        value: Range<usize>,
        scope: &mut Scope,
        scan: &mut Scan<'_>,
    ) {
        let stated = &content.text()[value.clone()];
        if self.is_test && expression::states_version(stated) {
            scan.add_in(Kind::Assertion, content, value, Stated::of(stated));
            return;
        }
        let known = expression::follow(content.text(), value, scope, scan.path);
        if !self.is_test && !matches!(known, Some(Follow::Outside(_) | Follow::There(_))) {
            script::find(content, scope, scan);
        }
    }
}

/// Returns where the value stands when the text is `NAME=value` of a name that says it holds the
/// engine's version.
fn assignment(text: &str) -> Option<Range<usize>> {
    let (name, value) = text.split_once('=')?;
    let inner = value.trim_matches(['"', '\'']);
    let start = name.len() + 1 + (value.len() - value.trim_start_matches(['"', '\'']).len());
    let is_one = !inner.is_empty() && !inner.contains([' ', '\n']);
    (is_one && name::says_dagger_version(name) && expression::name_len(name) == name.len())
        .then(|| start..start + inner.len())
}

/// Returns the text without the quotes around all of it, which another shell takes away.
fn quoted(text: &str) -> Range<usize> {
    let trimmed = text.trim();
    let start = text.len() - text.trim_start().len();
    let is_quoted = trimmed.len() > 1 && trimmed.starts_with('"') && trimmed.ends_with('"');
    let n_quotes = usize::from(is_quoted);
    start + n_quotes..start + trimmed.len() - n_quotes
}

/// Returns whether the images in a text of several words are versions: what moves or comes from
/// elsewhere is one only when it is the whole text.
fn is_certain(content: &Fragment<'_>, scope: &Scope, scan: &Scan<'_>) -> bool {
    if !content.text().contains(char::is_whitespace) {
        return true;
    }
    let mut probe = Scan::new(scan.path);
    image::find(content, scope, &mut probe);
    probe.sites.iter().all(|(site, follow)| match follow {
        Some(follow) => matches!(follow, Follow::Here(_)),
        None => site.stated.version().is_some(),
    })
}

/// Returns whether an image in the text is meant: an example in a sentence is not.
fn is_reference(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    !lower.contains("example") && !lower.contains("e.g.")
}

/// Returns a script of PowerShell without its block comments.
fn without_comments(text: &str) -> Fragment<'static> {
    let mut code = Fragment::empty();
    let mut at = 0;
    while let Some(len) = text[at..].find("<#") {
        code.push(&text[at..at + len], at);
        at = text[at + len..].find("#>").map_or(text.len(), |end| at + len + end + 2);
    }
    code.push(&text[at..], at);
    code
}

/// Returns whether a shell runs the text.
fn is_script(text: &str) -> bool {
    let is_address = |text: &str| {
        ["dl.dagger.io", "/install.sh", "/dagger/releases/"].iter().any(|mark| text.contains(mark))
    };
    text.contains("DAGGER_VERSION=") || (text.contains(' ') && is_address(text))
}

#[cfg(test)]
mod tests;
