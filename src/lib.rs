//! Keeps one version of a build engine true everywhere it is written down.

pub mod catalog;
pub mod document;
pub mod site;
pub mod text;
pub mod value;
