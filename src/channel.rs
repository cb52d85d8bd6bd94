//! Where versions of what a repository uses are to be had.

mod package;

pub(crate) use package::refresh;
pub use package::{Manager, Package, Settings, package_from, package_of};
