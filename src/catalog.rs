//! The embedded facts about releases: which flake revision packages which version, archive
//! hashes, compatibility minima, known-bad releases and pairs, behaviour boundaries.
//!
//! One reviewed data file, `src/catalog/catalog.json`, is turned into tables at build time, so
//! nothing is parsed when `pin` starts. What no row covers is unknown and said so.
