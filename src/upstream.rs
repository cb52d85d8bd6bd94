//! Who publishes releases: the server of the CLI's archives, and the repository of the flake that
//! packages the CLI.

mod addresses;

pub use addresses::{Addresses, Secret};
