//! Where versions of what a repository uses are to be had.

mod package;

pub use package::{Manager, Package};
