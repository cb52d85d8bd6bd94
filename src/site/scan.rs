use std::collections::BTreeMap;

use crate::catalog::Catalog;

use super::chart_lock::{Dependencies, LockDigest};
use super::name;
use super::overrides::{Load, Override};
use super::{Class, DAGGER, Format, Kind, Stated};
use crate::text::{Fragment, Span};
use crate::value::{NarHash, Rev};

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
    /// Which of the toolchain's declarations in `pin.toml` found it, by index.
    pub declared: Option<usize>,
    /// The repository of the image or chart whose tag it is, when that does not stand right before it.
    pub repository: Option<String>,
}

impl Site {
    /// Returns whether it states a commit of the flake that packages the CLI, or the hash of its tree, by
    /// which one can ask what it is.
    pub fn names_whole_revision(&self) -> bool {
        let is_whole = |pin: &str| Rev::parse(pin).is_some() || NarHash::parse(pin).is_some();
        self.kind.is_flake_pin() && matches!(&self.stated, Stated::Revision(pin) if is_whole(pin))
    }

    /// Returns whether the site has a say in what the truth is, where nothing else says it.
    pub fn decides(&self) -> bool {
        matches!(self.kind.class(), Class::Cli | Class::Engine) || super::is_own(&self.toolchain)
    }
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
    /// Every role, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::Source, Self::Mirror, Self::Derived, Self::Generated, Self::Intended, Self::Shadowed];

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
    /// The digest of a chart's lock.
    LockDigest(LockDigest),
    /// A hash that no table knows: of an archive made from source, of vendored dependencies.
    OpaqueHash,
    /// `narHash` of the locked flake.
    LockNarHash,
    /// `lastModified` of the locked flake.
    LockModified,
    /// The same moment as a date: `2026-06-17T17:43:00Z`.
    LockDate,
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

impl Companionship {
    /// Returns what it is, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Mention => "the same version".to_owned(),
            Self::ImageDigest => "image digest".to_owned(),
            Self::Commit => "commit".to_owned(),
            Self::Archive(Some(system)) => format!("archive hash for {system}"),
            Self::Archive(None) => "archive hash".to_owned(),
            Self::OpaqueHash => "hash".to_owned(),
            Self::LockDigest(_) => "digest of the lock".to_owned(),
            Self::LockNarHash => "narHash".to_owned(),
            Self::LockModified => "lastModified".to_owned(),
            Self::LockDate => "lastModified".to_owned(),
            Self::RevCount => "revCount".to_owned(),
            Self::LockOriginal => "original.rev".to_owned(),
            Self::NixpkgsRev => "rev of its nixpkgs".to_owned(),
            Self::NixpkgsNarHash => "narHash of its nixpkgs".to_owned(),
            Self::NixpkgsModified => "lastModified of its nixpkgs".to_owned(),
        }
    }
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
    /// A package's entry in a workspace's catalog of that name (pnpm.io, "Catalogs").
    Catalog(String),
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
    /// Other places that have the text of the literal at a place because it is one of them: the
    /// values that an input may have.
    pub copies: Vec<(Span, Span)>,
    /// The format of the tool that reads the file, when its content shows that and not its name.
    pub reader: Option<Format>,
    /// What the chart described here depends on.
    pub requirements: Option<Dependencies>,
    /// Directories whose packages a module's code generator writes.
    pub generated: Vec<String>,
    /// Where the file sets a variable that chooses what runs, for good.
    pub overrides: Vec<Override>,
    /// Files that it makes a shell read.
    pub(super) loads: Vec<Load>,
    /// Values that are sites when nothing else turns out to stand there.
    suggestions: Vec<Site>,
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
            copies: Vec::new(),
            reader: None,
            requirements: None,
            suggestions: Vec::new(),
            generated: Vec::new(),
            overrides: Vec::new(),
            loads: Vec::new(),
            taken: BTreeMap::new(),
        }
    }

    /// Returns the same scan with its path borrowed from elsewhere.
    #[must_use]
    pub fn at(self, path: &str) -> Scan<'_> {
        let Self {
            path: _,
            sites,
            definitions,
            deciders,
            copies,
            reader,
            requirements,
            generated,
            overrides,
            loads,
            suggestions,
            taken,
        } = self;
        Scan {
            path,
            sites,
            definitions,
            deciders,
            copies,
            reader,
            requirements,
            generated,
            overrides,
            loads,
            suggestions,
            taken,
        }
    }

    /// Gives the sites that state an unknown revision the version that `catalog` has learnt of it.
    pub fn learn(&mut self, catalog: &Catalog) {
        let sites = self.sites.iter_mut().map(|(site, _)| (site.kind, &mut site.stated));
        for (kind, stated) in
            sites.chain(self.suggestions.iter_mut().map(|site| (site.kind, &mut site.stated)))
        {
            let Stated::Revision(revision) = &*stated else { continue };
            if kind.is_flake_pin()
                && let Some(known) = catalog.pinned(revision)
            {
                *stated = Stated::of_revision(known);
            }
        }
    }

    /// Returns whether nothing was seen that could matter to anybody.
    pub fn is_empty(&self) -> bool {
        let Self {
            path: _,
            sites,
            definitions,
            deciders,
            copies,
            reader,
            requirements,
            generated,
            overrides,
            loads,
            suggestions,
            taken: _,
        } = self;
        (sites.is_empty() && requirements.is_none() && reader.is_none())
            && definitions.is_empty()
            && (deciders.is_empty() && copies.is_empty())
            && generated.is_empty()
            && (overrides.is_empty() && loads.is_empty())
            && suggestions.is_empty()
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
        let site = self.site(kind, span, text, stated, role);
        self.adopt(site, follow)
    }

    fn site(&self, kind: Kind, span: Span, text: &str, stated: Stated, role: Role) -> Site {
        Site {
            path: self.path.to_owned(),
            span,
            toolchain: DAGGER.to_owned(),
            kind,
            role,
            stated,
            text: text.to_owned(),
            origin: None,
            companions: Vec::new(),
            declared: None,
            repository: None,
        }
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

    /// Takes over what was found in the same text under another path; nothing was found here yet.
    pub fn absorb(&mut self, other: Scan<'_>) {
        *self = other.at(self.path);
        // No shell reads it as it stands.
        self.overrides.clear();
        self.loads.clear();
        for (site, _) in &mut self.sites {
            self.path.clone_into(&mut site.path);
        }
    }

    /// Returns whether a site already covers some of the same bytes.
    pub fn covers(&self, span: Span) -> bool {
        let before = self.taken.range(..=span.start).next_back();
        let after = self.taken.range(span.start..).next();
        before.into_iter().chain(after).any(|(start, end)| Span::new(*start, *end).overlaps(span))
    }

    /// Records a value that is a site when nothing else turns out to stand there.
    pub fn suggest(
        &mut self,
        kind: Kind,
        span: Span,
        text: &str,
        stated: Stated,
        companions: Vec<Companion>,
    ) {
        self.suggestions.push(Site { companions, ..self.site(kind, span, text, stated, Role::Mirror) });
    }

    /// Returns the suggestions that share no bytes with any of the sites, nor with what belongs to
    /// one.
    pub fn suggestions(&self, sites: &[Site]) -> impl Iterator<Item = &Site> {
        self.suggestions.iter().filter(move |suggested| {
            let is_free = |span: Span| !span.overlaps(suggested.span);
            sites.iter().filter(|site| site.path == self.path).all(|site| {
                is_free(site.span) && site.companions.iter().all(|companion| is_free(companion.span))
            })
        })
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

    /// Returns the places that have to change with the literal at `span`.
    pub fn copies(&self, span: Span) -> impl Iterator<Item = Companion> {
        let own = self.copies.iter().filter(move |(own, _)| *own == span);
        own.map(|(_, copy)| Companion { span: *copy, what: Companionship::Mention })
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
            Name::Variable(variable) if variable == name::ENGINE_TAG => Kind::ImageEngineTag,
            Name::Variable(variable)
                if name::is_environment(variable) && name::says_dagger_version(variable) =>
            {
                Kind::EnvVersion
            }
            // Only actions and workflows are called by their file alone.
            Name::Input { file, .. } if !file.contains('#') && !self.is_called(file) => Kind::ActionVersion,
            _ => Kind::Variable,
        }
    }

    /// Returns whether this is the workflow at `path` or the action in that directory.
    fn is_called(&self, path: &str) -> bool {
        let (directory, file) = self.path.rsplit_once('/').unwrap_or(("", self.path));
        self.path == path || (directory == path && matches!(file, "action.yml" | "action.yaml"))
    }
}
