use std::collections::BTreeMap;

use super::name;
use super::{DAGGER, Kind, Stated};
use crate::text::{Fragment, Span};

/// A place that states a toolchain's version, or where one is missing or floating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Path relative to the repository root, with `/`.
    pub path: String,
    /// The version's own bytes; of a missing one, its parent key's.
    pub span: Span,
    /// The toolchain it speaks of.
    pub toolchain: String,
    /// What sort of place it is.
    pub kind: Kind,
    /// How it relates to the truth.
    pub role: Role,
    /// What it states, after indirections were followed.
    pub stated: Stated,
    /// The covered bytes as written.
    pub text: String,
    /// Where the value really stands, for a derived site that was followed.
    pub origin: Option<(String, Span)>,
    /// What has to move together with the version.
    pub companions: Vec<Companion>,
}

/// How a site relates to the truth (design.md §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The truth itself.
    Source,
    /// Must equal the truth.
    Mirror,
    /// Reads another site when it is used.
    Derived,
    /// Written by a code generator or by another flake's lock.
    Generated,
    /// One of several versions on purpose.
    Intended,
    /// Present, but overridden by another site.
    Shadowed,
}

impl Role {
    /// Returns the word of the JSON contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Mirror => "mirror",
            Self::Derived => "derived",
            Self::Generated => "generated",
            Self::Intended => "intended",
            Self::Shadowed => "shadowed",
        }
    }
}

/// Bytes that belong to a site's version and have to change with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// Where they stand, in the same file as the site.
    pub span: Span,
    /// What they are.
    pub what: Companionship,
}

/// What a companion is, which decides how it is rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Companionship {
    /// The same version once more, such as in the file name of a URL.
    Mention,
    /// An image digest: unknown for another version.
    ImageDigest,
    /// The git commit of a module reference: unknown for another version.
    Commit,
    /// SHA-256 of the CLI's release archive for one system (`x86_64-linux`), `None` when the file
    /// does not say for which.
    Archive(Option<String>),
    /// A hash that no table knows: of an archive made from source, of vendored dependencies.
    OpaqueHash,
    /// `narHash` of the locked flake.
    LockNarHash,
    /// `lastModified` of the locked flake.
    LockModified,
    /// `revCount` of a flake locked through git: the number of commits up to the revision.
    RevCount,
    /// `original.rev` of the lock node: the pin as the flake's own text has it.
    LockOriginal,
    /// `rev` of the nixpkgs that the locked flake locks itself.
    NixpkgsRev,
    /// `narHash` of that nixpkgs.
    NixpkgsNarHash,
    /// `lastModified` of that nixpkgs.
    NixpkgsModified,
}

/// Where an expression takes its value from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follow {
    /// A definition in the same file, by its index in [`Scan::definitions`].
    Here(usize),
    /// A name that is defined outside this file.
    There(Name),
    /// `engineVersion` of a module file, at the path given there or, without one, of the only one.
    Module(Option<String>),
    /// Something that no file of the repository can tell, with the words for it.
    Outside(String),
}

/// A name that can be looked up across files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// An environment or build variable.
    Variable(String),
    /// An input of the workflow or action in the file at this path.
    Input {
        /// Path of the workflow or of the action's directory.
        file: String,
        /// Name of the input.
        name: String,
    },
    /// A key path in the values of the chart whose directory is given: `engine.image.tag`.
    ChartValue {
        /// The chart's directory.
        chart: String,
        /// Keys joined by dots.
        key: String,
    },
}

impl Name {
    /// Returns a word that stands in every file which defines the name: what need not be parsed is
    /// told by it.
    pub fn word(&self) -> &str {
        let (Self::Variable(name) | Self::Input { name, .. } | Self::ChartValue { key: name, .. }) = self;
        // A chart's own `@version` is the `version` of its metadata.
        name.rsplit(['.', '@']).next().unwrap_or(name)
    }
}

/// A name that holds a version. It is a site when its name says so, or when a site follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name, as other files would look it up.
    pub name: Name,
    /// The value's bytes.
    pub span: Span,
    /// The value as written.
    pub text: String,
    /// What it states.
    pub stated: Stated,
    /// What it follows itself, if it is an expression.
    pub follows: Option<Follow>,
    /// One of several values on purpose (a matrix).
    pub is_intended: bool,
}

/// What has been seen in one file so far.
#[derive(Debug)]
pub struct Scan<'a> {
    /// Path of the file.
    pub path: &'a str,
    /// Sites, with what a derived one follows.
    pub sites: Vec<(Site, Option<Follow>)>,
    /// Definitions; a follower names them by index.
    pub definitions: Vec<Definition>,
    /// What is taken instead of the literal at a place, when it is given: the `inputs.x` of
    /// `inputs.x || '0.21.8'`.
    pub deciders: Vec<(Span, Follow)>,
    /// Directories whose packages a module's code generator writes.
    pub generated: Vec<String>,
    /// End of each site by its start; sites never share bytes.
    taken: BTreeMap<usize, usize>,
}

impl<'a> Scan<'a> {
    /// Returns an empty scan of the file at `path`.
    pub fn new(path: &'a str) -> Self {
        Self {
            path,
            sites: Vec::new(),
            definitions: Vec::new(),
            deciders: Vec::new(),
            generated: Vec::new(),
            taken: BTreeMap::new(),
        }
    }

    /// Returns the same scan with its path borrowed from elsewhere.
    #[must_use]
    pub fn at(self, path: &str) -> Scan<'_> {
        let Self { path: _, sites, definitions, deciders, generated, taken } = self;
        Scan { path, sites, definitions, deciders, generated, taken }
    }

    /// Returns whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
            && self.definitions.is_empty()
            && self.deciders.is_empty()
            && self.generated.is_empty()
    }

    /// Returns the names that other files may define: those that are followed, and the inputs that
    /// callers give.
    pub fn asks(&self) -> impl Iterator<Item = &Name> {
        let sites = self.sites.iter().filter_map(|(_, follow)| follow.as_ref());
        let definitions = self.definitions.iter().filter_map(|definition| definition.follows.as_ref());
        let deciders = self.deciders.iter().map(|(_, follow)| follow);
        let follows = sites.chain(definitions).chain(deciders);
        let followed = follows.filter_map(|follow| match follow {
            Follow::There(name) => Some(name),
            Follow::Here(_) | Follow::Module(_) | Follow::Outside(_) => None,
        });
        let inputs = self.definitions.iter().map(|definition| &definition.name);
        followed.chain(inputs.filter(|name| matches!(name, Name::Input { .. })))
    }

    /// Adds a site that stands by itself; a place that is already a site stays what it is.
    pub fn add(&mut self, kind: Kind, span: Span, text: &str, stated: Stated) -> Option<&mut Site> {
        self.insert(kind, span, text, stated, Role::Mirror, None)
    }

    /// Adds the site that `range` of the fragment is; `None` when the bytes have no single place.
    pub fn add_in(
        &mut self,
        kind: Kind,
        fragment: &Fragment<'_>,
        range: std::ops::Range<usize>,
        stated: Stated,
    ) -> Option<&mut Site> {
        let span = fragment.span(range.clone())?;
        self.add(kind, span, &fragment.text()[range], stated)
    }

    /// Adds a site whose value stands elsewhere.
    pub fn add_derived(&mut self, kind: Kind, span: Span, text: &str, follow: Follow) -> Option<&mut Site> {
        let stated = Stated::Unresolved(String::new());
        self.insert(kind, span, text, stated, Role::Derived, Some(follow))
    }

    fn insert(
        &mut self,
        kind: Kind,
        span: Span,
        text: &str,
        stated: Stated,
        role: Role,
        follow: Option<Follow>,
    ) -> Option<&mut Site> {
        let site = Site {
            path: self.path.to_owned(),
            span,
            toolchain: DAGGER.to_owned(),
            kind,
            role,
            stated,
            text: text.to_owned(),
            origin: None,
            companions: Vec::new(),
        };
        self.adopt(site, follow)
    }

    /// Adds a site that was found in a text of its own inside this one.
    pub fn adopt(&mut self, site: Site, follow: Option<Follow>) -> Option<&mut Site> {
        if self.covers(site.span) {
            return None;
        }
        self.taken.insert(site.span.start, site.span.end);
        self.sites.push((site, follow));
        self.sites.last_mut().map(|(site, _)| site)
    }

    /// Returns whether a site already covers some of the same bytes.
    pub fn covers(&self, span: Span) -> bool {
        let before = self.taken.range(..=span.start).next_back();
        let after = self.taken.range(span.start..).next();
        before.into_iter().chain(after).any(|(start, end)| Span::new(*start, *end).overlaps(span))
    }

    /// Records that a name holds a value, and returns its index.
    pub fn define(&mut self, definition: Definition) -> usize {
        self.definitions.push(definition);
        self.definitions.len() - 1
    }

    /// Records what is taken instead of the literal at `span`, when the file itself says what: a
    /// variable of the environment may be anybody's.
    pub fn decide(&mut self, span: Span, follow: Option<Follow>) {
        let follow =
            follow.filter(|follow| matches!(follow, Follow::Here(_) | Follow::There(Name::Input { .. })));
        self.deciders.extend(follow.map(|follow| (span, follow)));
    }

    /// Returns what is taken instead of the literal at `span`.
    pub fn deciders(&self, span: Span) -> impl Iterator<Item = &Follow> {
        self.deciders.iter().filter(move |(own, _)| *own == span).map(|(_, follow)| follow)
    }

    /// Makes a definition that states a version a site by itself, and returns the site's index:
    /// something uses it that is no site, or has companions for it.
    pub fn promote(&mut self, definition: usize) -> Option<usize> {
        let definition = self.definitions.get(definition)?.clone();
        let known = self.sites.iter().position(|(site, _)| site.span == definition.span);
        if known.is_none() {
            let kind = self.kind_of(&definition);
            self.add(kind, definition.span, &definition.text, definition.stated)?;
        }
        known.or(self.sites.len().checked_sub(1))
    }

    /// Returns the kind of the site that a definition is: by the spelling of its name, and whether
    /// an input is declared here or given to an action elsewhere.
    pub fn kind_of(&self, definition: &Definition) -> Kind {
        match &definition.name {
            Name::Variable(variable)
                if name::is_environment(variable) && name::says_dagger_version(variable) =>
            {
                Kind::EnvVersion
            }
            Name::Input { file, .. } if !self.is_called(file) => Kind::ActionVersion,
            _ => Kind::Variable,
        }
    }

    /// Returns whether this is the workflow at `path` or the action in that directory.
    fn is_called(&self, path: &str) -> bool {
        let (directory, file) = self.path.rsplit_once('/').unwrap_or(("", self.path));
        self.path == path || (directory == path && matches!(file, "action.yml" | "action.yaml"))
    }
}
