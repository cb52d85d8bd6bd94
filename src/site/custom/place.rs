use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::Declaration;
use super::names::Names;
use super::shape;
use crate::site::expression::{self, Found, Syntax};
use crate::site::{Companion, Companionship, Kind, Role, Site, Stated, is_own};
use crate::text::{Fragment, Span};
use crate::value::{Grammar, Version};

/// Expressions inside expressions are read this deep.
const MAX_DEPTH: usize = 16;

/// How a literal is read where a version belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// Only a version, or a word like `latest`, may stand here.
    Version,
    /// Any image tag may stand here.
    Tag,
}

/// The sites that one declaration finds in one file.
pub(super) struct Places<'a> {
    declaration: &'a Declaration<'a>,
    path: &'a str,
    text: &'a str,
    /// Whose rules the ranges of the file are written by.
    grammar: Option<Grammar>,
    names: OnceCell<Names<'a>>,
    /// What each name that was followed comes to; nothing while it is being followed.
    followed: BTreeMap<String, Option<Vec<End>>>,
    /// By place; sites never share bytes.
    sites: BTreeMap<Span, Site>,
}

/// What a name or a text comes to: what it states, and where that stands.
type End = (Stated, Option<Span>);

impl<'a> Places<'a> {
    pub(super) fn new(declaration: &'a Declaration<'a>, path: &'a str, text: &'a str) -> Self {
        Self {
            declaration,
            path,
            text,
            grammar: shape::grammar(path),
            names: OnceCell::new(),
            followed: BTreeMap::new(),
            sites: BTreeMap::new(),
        }
    }

    pub(super) fn into_sites(self) -> Vec<Site> {
        self.sites.into_values().collect()
    }

    /// Adds the site of a value that is a version as a whole.
    pub(super) fn add_value(&mut self, value: &Fragment<'_>) {
        match value.text().trim() {
            "" => self.add_missing(value, 0..value.text().len()),
            _ => drop(self.add(value, 0..value.text().len(), Position::Version)),
        }
    }

    /// Adds what the range of the text states, and returns its place.
    pub(super) fn add(
        &mut self,
        content: &Fragment<'_>,
        range: Range<usize>,
        position: Position,
    ) -> Option<Span> {
        let range = expression::unquoted(content.text(), range);
        self.end_of(content, range, position, 0)?.1
    }

    /// Adds the place of an image that has no tag, or of a value that is empty.
    pub(super) fn add_missing(&mut self, content: &Fragment<'_>, range: Range<usize>) {
        if let Some(span) = content.span(range) {
            self.insert(span, Role::Mirror, Stated::Missing, None);
        }
    }

    /// Adds the place of an image that only a digest pins.
    pub(super) fn add_digest(&mut self, content: &Fragment<'_>, range: Range<usize>) {
        if let Some(span) = content.span(range.clone()) {
            self.insert(span, Role::Mirror, Stated::Revision(content.text()[range].to_owned()), None);
        }
    }

    /// Records that the digest stands beside the site at `site`.
    pub(super) fn join_digest(&mut self, site: Span, digest: Option<Span>) {
        let Some(site) = self.sites.get_mut(&site).filter(|site| site.role == Role::Mirror) else { return };
        if let Some(span) = digest.filter(|span| !span.overlaps(site.span)) {
            site.companions.push(Companion { span, what: Companionship::ImageDigest });
        }
    }

    fn end_of(
        &mut self,
        content: &Fragment<'_>,
        range: Range<usize>,
        position: Position,
        depth: usize,
    ) -> Option<End> {
        let text = &content.text()[range.clone()];
        if text.is_empty() {
            return None;
        }
        let start = usize::from(text.starts_with('v') && expression::find_at(text, 1).is_some());
        if let Some(found) = expression::find_at(text, start) {
            return self.expression(content, &range, &found, position, depth);
        }
        if self.names().knows(text) {
            let span = content.span(range.clone())?;
            return Some(self.named(span, text, depth));
        }
        let (stated, len) = self.read(text, position);
        let span = content.span(range.start..range.start + len)?;
        self.insert(span, Role::Mirror, stated.clone(), None);
        Some((stated, Some(span)))
    }

    /// Returns what a literal states, and how much of it is that: a variant stays what it is.
    fn read(&self, text: &str, position: Position) -> (Stated, usize) {
        let whole = |stated| (stated, text.len());
        let of = if position == Position::Tag { Stated::of_tag } else { Stated::of };
        if !is_own(self.declaration.toolchain) {
            return whole(of(text));
        }
        if let Some((version, len)) = Version::leading(text) {
            return (Stated::Version(version), len);
        }
        if let Some(grammar) = self.grammar.filter(|_| position == Position::Version) {
            return whole(Stated::of_requirement(grammar, text));
        }
        // `lts-slim` moves, and is slim.
        match text.split_once('-') {
            Some((word, _)) if position == Position::Tag && crate::site::stated::is_moving(word) => {
                (Stated::Floating(word.to_owned()), word.len())
            }
            _ => whole(of(text)),
        }
    }

    /// Reads an expression: a default in it is a site of its own, a name leads to where it is set.
    fn expression(
        &mut self,
        content: &Fragment<'_>,
        range: &Range<usize>,
        found: &Found,
        position: Position,
        depth: usize,
    ) -> Option<End> {
        let text = &content.text()[range.clone()];
        let span = content.span(range.start..range.start + found.end);
        let rest = &text[found.end..];
        if !(rest.is_empty() || rest.starts_with('-')) || depth >= MAX_DEPTH {
            let whole = content.span(range.clone()).or(span)?;
            return Some(self.unresolved(whole, "text that is put together of several parts"));
        }
        let operands = operands(text, found);
        let mut end = None;
        for literal in operands.literals {
            let literal = range.start + literal.start..range.start + literal.end;
            let literal = expression::unquoted(content.text(), literal);
            end = self.end_of(content, literal, position, depth + 1).or(end);
        }
        let Some(name) = operands.name else {
            return end
                .or_else(|| Some(self.unresolved(span?, "an expression that this file does not tell")));
        };
        if end.is_some() {
            // What is taken instead when it is given.
            self.values_of(name, depth);
            return end;
        }
        Some(self.named(span?, name, depth))
    }

    /// Adds the derived site of an expression that is a name.
    fn named(&mut self, span: Span, name: &str, depth: usize) -> End {
        let Some(ends) = self.values_of(name, depth) else {
            return self.unresolved(span, "the indirection goes in a circle");
        };
        match ends.split_first() {
            Some((first, rest)) if rest.iter().all(|other| other.0 == first.0) => {
                let (stated, origin) = first.clone();
                self.insert(span, Role::Derived, stated.clone(), origin);
                (stated, origin)
            }
            Some(_) => self.unresolved(span, &format!("`{name}` has different values in this file")),
            None => self.unresolved(span, &format!("`{name}` is not set in this file")),
        }
    }

    /// Adds the places where the name is set, and returns what they state; `None` when that leads
    /// back to the name.
    fn values_of(&mut self, name: &str, depth: usize) -> Option<Vec<End>> {
        if let Some(known) = self.followed.get(name) {
            return known.clone();
        }
        if depth >= MAX_DEPTH {
            return None;
        }
        self.followed.insert(name.to_owned(), None);
        let values = self.names().values_of(name).to_vec();
        let end = |value: &Fragment<'_>| {
            let range = expression::unquoted(value.text(), 0..value.text().len());
            self.end_of(value, range, Position::Tag, depth + 1)
        };
        let ends: Vec<End> = values.iter().filter_map(end).collect();
        self.followed.insert(name.to_owned(), Some(ends.clone()));
        Some(ends)
    }

    fn unresolved(&mut self, span: Span, words: &str) -> End {
        let stated = Stated::Unresolved(words.to_owned());
        self.insert(span, Role::Derived, stated.clone(), None);
        (stated, Some(span))
    }

    fn names(&self) -> &Names<'a> {
        self.names.get_or_init(|| Names::of(self.path, self.text))
    }

    fn insert(&mut self, span: Span, role: Role, stated: Stated, origin: Option<Span>) {
        let before = self.sites.range(..=span).next_back().map(|(span, _)| *span);
        let after = self.sites.range(span..).next().map(|(span, _)| *span);
        if before.into_iter().chain(after).any(|known| known == span || known.overlaps(span)) {
            return;
        }
        let site = Site {
            path: self.path.to_owned(),
            span,
            toolchain: self.declaration.toolchain.to_owned(),
            kind: Kind::Custom,
            role,
            stated,
            text: self.text[span.range()].to_owned(),
            origin: origin.map(|origin| (self.path.to_owned(), origin)),
            companions: Vec::new(),
            declared: Some(self.declaration.index),
            repository: None,
        };
        self.sites.insert(span, site);
    }
}

/// What an expression can be: literals in it, or a name.
#[derive(Debug, Default, PartialEq, Eq)]
struct Operands<'t> {
    literals: Vec<Range<usize>>,
    name: Option<&'t str>,
}

fn operands<'t>(text: &'t str, found: &Found) -> Operands<'t> {
    let inner = &text[found.inner.clone()];
    match found.syntax {
        Syntax::Parameter => {
            let inner = inner.strip_prefix("env:").unwrap_or(inner);
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte);
            let len = inner.bytes().take_while(is_name).count();
            let start = found.inner.end - inner.len();
            let default = [":-", ":=", "-", "="].iter().find(|sign| inner[len..].starts_with(**sign));
            let literals = default.map(|sign| start + len + sign.len()..found.inner.end);
            let name = (len > 0 && !inner[len..].starts_with('(')).then(|| &inner[..len]);
            Operands { literals: literals.into_iter().collect(), name }
        }
        Syntax::Variable => Operands { literals: Vec::new(), name: Some(inner) },
        Syntax::Github => {
            let name = inner.split("||").next().unwrap_or_default().trim();
            let name = name.strip_prefix("env.").filter(|name| !name.contains(['.', ' ', '(']));
            let mut literals = Vec::new();
            let mut at = found.inner.start;
            for part in inner.split("||") {
                let word = part.trim();
                if word.len() > 2 && word.starts_with('\'') && word.ends_with('\'') {
                    literals.push(at..at + part.len());
                }
                at += part.len() + 2;
            }
            Operands { literals, name }
        }
        Syntax::Command | Syntax::Template | Syntax::Dotted => Operands::default(),
    }
}
