//! Keeps one version of a build engine true everywhere it is written down.

pub mod catalog;
pub mod cli;
pub mod command;
pub mod config;
pub mod document;
pub mod finding;
pub mod lockstep;
pub mod plan;
pub mod report;
pub mod site;
pub mod text;
pub mod value;
pub mod world;
