//! The rows of `catalog.json` as constants, made by `build.rs`.
#![expect(clippy::unreadable_literal, reason = "generated, read by nobody")]

use std::borrow::Cow;

use super::{Archives, Boundary, Broken, BrokenPair, Gap, Minima, Nixpkgs, Range, Revision};
use crate::value::{NarHash, Rev, Sha256, Version};

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
