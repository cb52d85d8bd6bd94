//! Domain values: parsed once into types that cannot be wrong, printed back exactly.
//!
//! Nothing here reads a file, a clock or the environment.

mod bytes;
mod date;
mod digest;
mod duration;
mod endpoint;
mod environment;
mod flake_ref;
mod image_name;
mod image_ref;
mod moment;
mod nar_hash;
mod range;
mod rev;
mod version;

pub use bytes::parse_bytes;
pub use date::date;
pub use digest::Digest;
pub use duration::{parse_duration, whole_seconds};
pub use endpoint::{Endpoint, OtherEndpoint, Runtime, Spelling, TlsFiles};
pub use environment::Environment;
pub use flake_ref::FlakeRef;
pub use image_name::{ImageName, Tag};
pub use image_ref::ImageRef;
pub use moment::parse_moment;
pub use nar_hash::{HashEncoding, NarHash, Sha256};
pub use range::{Grammar, VersionRange};
pub use rev::Rev;
pub use version::{Version, VersionParts};
