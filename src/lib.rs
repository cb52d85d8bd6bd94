//! Keeps one version of a build engine true everywhere it is written down.
//!
//! # The map
//!
//! ```text
//! main → cli → command → { engine, upstream, registry, packages, nix } → world → report → { lockstep, plan, channel } → { site, catalog, finding, config, audit, lock, nar } → { document, text, value }
//! ```
//!
//! Modules look down only; a test holds them to it.
//!
//! | module | what it is | what it must not know |
//! |---|---|---|
//! | [`value`] | versions, revisions, digests, references: parsed once, cannot be wrong | files, clocks, the environment |
//! | [`text`] | bytes with places, and the edits that are the only code to change text | formats |
//! | [`document`] | JSON, TOML, YAML and HCL as one tree whose scalars know their bytes | versions |
//! | [`catalog`] | what is known about releases | repositories |
//! | [`site`] | finds every place that states a version, and writes another one there | which version is right |
//! | [`finding`] | what can be wrong, as data, and the one table of codes | how it is found |
//! | [`config`] | `pin.toml`, the user's own `config.toml`, and which engine they mean | what it is used for |
//! | [`lock`] | `pin.lock`: what a repository has learnt about releases | how it is learnt |
//! | [`audit`] | the audit log as text: its lines, and whether they are what was written | where it is kept |
//! | [`nar`] | a file tree as Nix archives it, and its hash | where the tree comes from |
//! | [`lockstep`] | the truth, and what disagrees with it | the disk |
//! | [`plan`] | what `sync` would write, as values | how it is written |
//! | [`channel`] | where versions of what a repository uses are to be had, and the newest that all have | how they are asked |
//! | [`report`] | words for people and JSON for scripts | the terminal |
//! | [`world`] | listing, reading, replacing several files or none; asking servers, running programs | versions |
//! | [`nix`] | asks a real Nix | what it is asked for |
//! | [`packages`] | asks package managers which versions they have | why |
//! | [`registry`] | asks OCI registries | why |
//! | [`upstream`] | who publishes releases: the archives' server, the flake's repository | what a repository uses |
//! | [`engine`] | the one engine that matches: the daemon it runs on, its container, its cache, how it is reached | which version is pinned |
//! | [`command`] | one verb a file: options in, outcome out | clap, the environment, stdout |
//! | [`cli`] | the grammar of the command line | everything but options |
//!
//! # The words
//!
//! | word | meaning |
//! |---|---|
//! | toolchain | a named thing with one version: `dagger`, or one that `pin.toml` declares |
//! | site | the bytes in a file that state a toolchain's version, or where one is missing or floating |
//! | companion | other bytes that must change with a site's version: a checksum, a second mention |
//! | definition | a name that holds a version; a site when its name says so or a site follows it |
//! | catalog | facts about releases: those that are built in, and those that a repository has learnt |
//! | channel | who has versions, or has them not: archives, the flake, a registry, a package manager |
//! | role | source, mirror, derived, generated, intended or shadowed |
//! | rule | how a site must relate to the truth: equal, at-most, at-least, admits, ignore |
//! | truth | the version that a toolchain's sites are measured against |
//! | lockstep | every site obeys its rule |
//! | finding | what is wrong, as data |
//! | edit | a replacement of one span |
//! | engine | the daemon that executes: Dagger's, or `buildkitd` |
//! | mode | where it is: isolated, remote or host |
//! | cache epoch | engine versions that can share one cache |
//! | endpoint | where clients reach an engine; a way is how `pin` itself does |
//! | plan, step | what would be done to a daemon, as a value: printed by `--dry-run`, executed by the same object |
//!
//! # What always holds
//!
//! 1. Without edits the bytes that come out are those that went in; with edits, every byte outside
//!    their spans is.
//! 2. Edits come from spans that a scan of the same text found; the edited text is scanned again
//!    and must read the wanted version at the same places before a file is touched.
//! 3. Writing the same version twice is writing it once.
//! 4. Below `world` nothing reads the disk, the clock or the environment, and nothing fails.
//! 5. All contents are computed before the first file is written; all are written or none.
//! 6. An engine is up when it has answered itself, with the pinned version. What a run has made and cannot finish
//!    it takes back; what it could not take back the next one finds.
//! 7. `check`, `list`, `why` and `sync` use neither the network nor another program, unless asked to.

pub mod value;

pub mod text;

pub mod document;

pub mod catalog;

pub mod site;

pub mod finding;

pub mod config;

pub mod audit;

pub mod lock;

pub mod nar;

pub mod lockstep;

pub mod channel;

pub mod plan;

pub mod report;

pub mod world;

pub mod nix;

pub mod packages;

pub mod registry;

pub mod upstream;

pub mod engine;

pub mod command;

pub mod cli;
