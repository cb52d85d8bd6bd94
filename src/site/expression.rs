//! What a text in version position means: a literal, or an expression that takes it from elsewhere.
//!
//! Nothing is evaluated. An expression either holds a literal that is used when nothing else says
//! otherwise (`${X:-0.21.4}`, `inputs.x || '0.21.4'`): then that literal is the place to edit; or
//! it follows a name, and then the whole expression is a derived site.

mod command;
mod github;
mod make;
mod parameter;
mod syntax;
mod template;

use std::ops::Range;

pub(super) use syntax::{Found, Syntax, closing, end_of, find_at, name_len};

use super::scan::{Definition, Follow, Name};
use super::scope::Scope;
use super::{Kind, Scan, Site, Stated, name};
use crate::text::{Fragment, Span};
use crate::value::{Rev, Version, VersionParts};

/// Expressions inside expressions are read this deep; what lies deeper is not looked at.
const MAX_DEPTH: usize = 16;

/// Longer literals are text, not versions.
const MAX_LITERAL: usize = 128;

/// So many definitions are looked through for one that is known already.
const MAX_RECENT: usize = 256;

/// What a name follows that is only given its own old value.
const ITSELF: &str = "its own value";

/// What a text follows that is more than an expression.
const MIXED: &str = "text that is put together of several parts";

/// How a literal in version position is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// Only a version, or a word like `latest`, may stand here.
    Version,
    /// Any git name or image tag may stand here.
    Tag,
}

impl Position {
    fn read(self, text: &str) -> Stated {
        match self {
            Self::Version => Stated::of(text),
            Self::Tag => Stated::of_tag(text),
        }
    }
}

/// What a text means: where its value can come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    /// The literals at these ranges, each of which can be the value, and what is taken instead when
    /// it is given.
    Literals(Vec<Range<usize>>, Option<Follow>),
    /// Something else; the range is the whole expression.
    Follows(Range<usize>, Follow),
    /// Text that is put together of several parts.
    Mixed(Range<usize>),
}

/// Parts of an expression that can be its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Operands {
    literals: Vec<Range<usize>>,
    follow: Option<Follow>,
}

impl Operands {
    fn literal(range: Range<usize>) -> Self {
        Self { literals: vec![range], follow: None }
    }

    fn follow(follow: Follow) -> Self {
        Self { literals: Vec::new(), follow: Some(follow) }
    }

    fn outside(words: impl Into<String>) -> Self {
        Self::follow(Follow::Outside(words.into()))
    }

    /// Returns what can be the value when either side can: of two things to follow, the first that
    /// the repository may tell.
    fn or(mut self, other: Self) -> Self {
        self.literals.extend(other.literals);
        self.follow = match (self.follow, other.follow) {
            (Some(Follow::Outside(_)) | None, Some(other)) => Some(other),
            (own, _) => own,
        };
        self
    }
}

/// What is needed to look at an expression.
#[derive(Debug, Clone, Copy)]
struct Context<'a> {
    text: &'a str,
    scope: &'a Scope,
    path: &'a str,
    /// The name that is given the value, which cannot follow itself.
    own: &'a str,
    depth: usize,
}

impl<'a> Context<'a> {
    fn new(text: &'a str, scope: &'a Scope, path: &'a str) -> Self {
        Self { text, scope, path, own: "", depth: 0 }
    }
}

impl Context<'_> {
    fn deeper(self) -> Option<Self> {
        (self.depth < MAX_DEPTH).then_some(Self { depth: self.depth + 1, ..self })
    }

    /// Returns what the variable follows. A name that neither this file defines nor anything
    /// marks as the environment's is not looked for elsewhere: any file may use the same word.
    fn variable(self, variable: &str) -> Follow {
        if let Some(known) = self.scope.get(variable) {
            return known.clone();
        }
        if variable == self.own {
            return Follow::Outside(ITSELF.to_owned());
        }
        if name::is_environment(variable) || variable.to_ascii_lowercase().contains("dagger") {
            return self.scope.variable(variable);
        }
        Follow::Outside(format!("`{variable}`, which this file does not set"))
    }
}

/// Adds the site that `range` of the fragment is: a literal, the defaults inside an expression, or
/// a derived site over the whole expression. Returns the first site that was added.
pub(super) fn add<'s>(
    kind: Kind,
    position: Position,
    fragment: &Fragment<'_>,
    range: Range<usize>,
    scope: &Scope,
    scan: &'s mut Scan<'_>,
) -> Option<&'s mut Site> {
    let text = fragment.text();
    let range = unquoted(text, range);
    if range.is_empty() {
        return None;
    }
    let first = scan.sites.len();
    match read(Context::new(text, scope, scan.path), range) {
        Meaning::Literals(literals, given) => {
            for literal in literals {
                let stated = position.read(&text[literal.clone()]);
                if let Some(span) = fragment.span(literal.clone()) {
                    scan.add(kind, span, &text[literal], stated);
                    scan.decide(span, given.clone());
                }
            }
        }
        Meaning::Follows(range, follow) => match placed(fragment, range) {
            Some((range, span)) => {
                scan.add_derived(kind, span, &text[range], follow);
            }
            // What is used where no site can be is one itself.
            None => {
                if let Follow::Here(index) = follow {
                    scan.promote(index);
                }
                return None;
            }
        },
        Meaning::Mixed(range) => {
            let span = fragment.span(range.clone())?;
            scan.add_derived(kind, span, &text[range], Follow::Outside(MIXED.to_owned()));
        }
    }
    scan.sites.get_mut(first).map(|(site, _)| site)
}

/// Returns the expression's own bytes, or those of the name in it when its brackets are not in the
/// file.
fn placed(fragment: &Fragment<'_>, range: Range<usize>) -> Option<(Range<usize>, Span)> {
    let whole = fragment.span(range.clone()).map(|span| (range.clone(), span));
    let start = range.start + usize::from(fragment.text()[range.clone()].starts_with('v'));
    whole.or_else(|| fragment.only_place(start..range.end))
}

/// Records that `name` is given the value in `range` of the fragment, and returns what a mention
/// of the name follows; `None` when the value can be no version.
pub(super) fn define(
    name: &Name,
    fragment: &Fragment<'_>,
    range: Range<usize>,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> Option<Follow> {
    let text = fragment.text();
    let range = unquoted(text, range);
    if range.is_empty() {
        return None;
    }
    let own = match name {
        Name::Variable(name) => name.as_str(),
        Name::Input { .. } | Name::ChartValue { .. } | Name::Catalog(_) => "",
    };
    let meaning = read(Context { own, ..Context::new(text, scope, scan.path) }, range);
    let says = says_version(name);
    let mut given = None;
    let (ranges, follows) = match meaning {
        Meaning::Literals(literals, follow) => {
            given = follow;
            (literals, None)
        }
        Meaning::Follows(_, Follow::Outside(words)) if words == ITSELF => return None,
        Meaning::Follows(range, follow) => {
            (vec![placed(fragment, range.clone()).map_or(range, |(range, _)| range)], Some(follow))
        }
        Meaning::Mixed(_) if !says => return None,
        Meaning::Mixed(range) => (vec![range], Some(Follow::Outside(MIXED.to_owned()))),
    };
    let made = Definition {
        name: name.clone(),
        span: Span::new(0, 0),
        text: String::new(),
        stated: Stated::Unresolved(String::new()),
        follows,
        is_intended: false,
    };
    let mut first = None;
    for range in ranges {
        let value = &text[range.clone()];
        let Some(span) = fragment.span(range) else { continue };
        let stated = match &made.follows {
            Some(_) => made.stated.clone(),
            None if !can_be_value(value, says) => continue,
            None if Rev::parse(value).is_some() => Stated::Revision(value.to_owned()),
            None => Stated::of(value),
        };
        let definition = Definition { span, text: value.to_owned(), stated, ..made.clone() };
        let index = define_once(definition, scan);
        scan.decide(span, given.clone());
        first.get_or_insert(Follow::Here(index));
    }
    first
}

/// Adds the site of a value that `variable` is given where nothing else can see it, when it can be
/// a version; other files do not find it.
pub(super) fn add_named(
    variable: &str,
    fragment: &Fragment<'_>,
    range: Range<usize>,
    scope: &Scope,
    scan: &mut Scan<'_>,
) {
    let mut probe = Scan::new(scan.path);
    define(&Name::Variable(variable.to_owned()), fragment, range, scope, &mut probe);
    for definition in probe.definitions {
        let kind = scan.kind_of(&definition);
        match definition.follows {
            Some(follow) => scan.add_derived(kind, definition.span, &definition.text, follow),
            None => scan.add(kind, definition.span, &definition.text, definition.stated),
        };
    }
}

/// The same bytes may be looked at twice, once for every reader of a text.
fn define_once(definition: Definition, scan: &mut Scan<'_>) -> usize {
    let is_same = |known: &Definition| known.span == definition.span && known.name == definition.name;
    // A text is read again soon, or not at all.
    let recent = scan.definitions.len().saturating_sub(MAX_RECENT);
    let known = scan.definitions[recent..].iter().position(is_same).map(|index| recent + index);
    known.unwrap_or_else(|| scan.define(definition))
}

/// Returns what a name follows when it is given the value in `range`, without recording anything;
/// `None` for literals.
pub(super) fn follow(text: &str, range: Range<usize>, scope: &Scope, path: &str) -> Option<Follow> {
    match read(Context::new(text, scope, path), unquoted(text, range)) {
        Meaning::Literals(..) => None,
        Meaning::Follows(_, follow) => Some(follow),
        Meaning::Mixed(_) => Some(Follow::Outside(MIXED.to_owned())),
    }
}

/// Returns the literal that states the version in `range`: all of it, or the default inside it.
pub(super) fn default_of(text: &str, range: Range<usize>, scope: &Scope, path: &str) -> Option<Range<usize>> {
    match read(Context::new(text, scope, path), unquoted(text, range)) {
        Meaning::Literals(literals, _) => {
            literals.into_iter().find(|literal| Version::parse(&text[literal.clone()]).is_some())
        }
        Meaning::Follows(..) | Meaning::Mixed(_) => None,
    }
}

/// Returns whether a literal can be the value of a name: whatever it is when the name says that it
/// holds the engine's version, else only what looks like one.
fn can_be_value(value: &str, says: bool) -> bool {
    let is_word = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-\\*".contains(&byte));
    if value.len() > MAX_LITERAL {
        return false;
    }
    match Version::parts(value) {
        VersionParts::Full(_) | VersionParts::Partial(_) => states_version(value),
        VersionParts::Neither => {
            (says && is_word)
                || matches!(Stated::of(value), Stated::Floating(_))
                || Rev::parse(value).is_some()
        }
    }
}

fn says_version(name: &Name) -> bool {
    match name {
        Name::Variable(name) | Name::Input { name, .. } => name::says_dagger_version(name),
        Name::ChartValue { .. } | Name::Catalog(_) => false,
    }
}

/// Returns whether `text` states a version that the engine can have. Two and above are the Java
/// library's, a lone number is anything.
pub(super) fn states_version(text: &str) -> bool {
    match Version::parts(text) {
        VersionParts::Full(version) => version.major() < 2,
        VersionParts::Partial(partial) => partial.starts_with("0.") || partial.starts_with("1."),
        VersionParts::Neither => false,
    }
}

fn read(context: Context<'_>, range: Range<usize>) -> Meaning {
    let text = &context.text[range.clone()];
    // Whoever writes `v$X` means the version in `X`.
    let start = range.start + usize::from(text.starts_with('v') && find_at(text, 1).is_some());
    match find_at(&context.text[..range.end], start) {
        Some(found) if found.end == range.end => {
            let operands = operands(context, &found);
            settle(context, range, operands)
        }
        None if !holds_expression(text) => Meaning::Literals(vec![range], None),
        _ => Meaning::Mixed(range),
    }
}

/// Returns what one expression can be.
fn operands(context: Context<'_>, found: &Found) -> Operands {
    let Some(context) = context.deeper() else {
        return Operands::outside("an expression that is nested too deeply");
    };
    // Tekton's `$(params.x)`, Argo's `{{workflow.parameters.x}}` and Terraform's `${var.x}` are the
    // dotted names of their files, and no expression of another language.
    let name = context.text[found.inner.clone()].trim();
    // Argo's expressions begin with `=` and index as JavaScript does.
    let name = name.trim_start_matches('=').trim().replace("['", ".").replace("']", "");
    if name.contains('.')
        && matches!(found.syntax, Syntax::Command | Syntax::Template | Syntax::Parameter)
        && let Some(known) = context.scope.get(&name)
    {
        return Operands::follow(known.clone());
    }
    match found.syntax {
        Syntax::Github => github::read(context, found.inner.clone()),
        Syntax::Parameter => parameter::read(context, found.inner.clone()),
        Syntax::Variable => {
            let name = &context.text[found.inner.clone()];
            let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
            if is_name {
                Operands::follow(context.variable(name))
            } else {
                Operands::outside(format!("`${name}`, an argument"))
            }
        }
        Syntax::Command => command::read(context, found.inner.clone()),
        Syntax::Template => template::read(context, found.inner.clone()),
        Syntax::Dotted => {
            let path = context.text[found.inner.clone()].trim();
            let known = context.scope.get(path).cloned();
            Operands::follow(known.unwrap_or_else(|| Follow::Outside(format!("`{path}`"))))
        }
    }
}

/// Returns what the text in `range` can be, as a part of a larger expression.
fn nested(context: Context<'_>, range: Range<usize>) -> Operands {
    let range = unquoted(context.text, range);
    if range.is_empty() {
        return Operands::default();
    }
    let Some(context) = context.deeper() else {
        return Operands::outside("an expression that is nested too deeply");
    };
    match read(context, range) {
        Meaning::Literals(literals, follow) => Operands { literals, follow },
        Meaning::Follows(_, follow) => Operands::follow(follow),
        Meaning::Mixed(_) => Operands::outside(MIXED),
    }
}

/// A literal that states a version is the place to edit. Otherwise what is followed counts, unless
/// nothing in the repository can tell it while a word like `latest` stands right there.
fn settle(context: Context<'_>, range: Range<usize>, operands: Operands) -> Meaning {
    let Operands { literals, follow } = operands;
    let (versions, others): (Vec<_>, Vec<_>) =
        literals.into_iter().partition(|literal| states_version(&context.text[literal.clone()]));
    if !versions.is_empty() {
        return Meaning::Literals(versions, follow);
    }
    let is_moving =
        |literal: &Range<usize>| matches!(Stated::of(&context.text[literal.clone()]), Stated::Floating(_));
    let moving = others.into_iter().find(is_moving);
    match (follow, moving) {
        (None | Some(Follow::Outside(_)), Some(moving)) => Meaning::Literals(vec![moving], None),
        (Some(follow), _) => Meaning::Follows(range, follow),
        (None, None) => {
            Meaning::Follows(range, Follow::Outside("an expression that names no version".to_owned()))
        }
    }
}

fn holds_expression(text: &str) -> bool {
    let opens = |at: usize| matches!(text.as_bytes()[at], b'$' | b'{' | b'`' | b'%' | b'<');
    (0..text.len().min(1024)).any(|at| opens(at) && find_at(text, at).is_some())
}

/// Returns the range without the white space around it and one pair of matching quotes; quotes
/// inside an expression in it belong to the expression.
pub(super) fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let range = trimmed(text, range);
    let inner = &text[range.clone()];
    let Some(quote) = inner.bytes().next().filter(|first| matches!(first, b'"' | b'\'')) else {
        return range;
    };
    let bytes = inner.as_bytes();
    let mut at = 1;
    while at < bytes.len() && bytes[at] != quote {
        let skipped = match bytes[at] {
            b'\\' if quote == b'"' => Some(at + 2),
            b'$' | b'`' if quote == b'"' => find_at(inner, at).map(|found| found.end),
            _ => None,
        };
        at = skipped.unwrap_or(at + 1);
    }
    if at + 1 == bytes.len() { trimmed(text, range.start + 1..range.end - 1) } else { range }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + (inner.len() - inner.trim_start().len());
    start..start + inner.trim().len()
}

#[cfg(test)]
mod tests;
