//! `pin catalog`: what is known about releases, and learning what a repository needs to know.

mod ask;
mod show;
mod update;

pub use show::{CatalogShowOptions, catalog_show};
pub use update::{CatalogUpdateOptions, catalog_update};
