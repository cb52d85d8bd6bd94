//! Text as bytes with places: a file's content ([`Source`]), byte ranges ([`Span`]), decoded
//! pieces that know where their bytes stand ([`Fragment`]), and [`Edits`], the only code that
//! changes text.

mod edits;
mod fragment;
mod source;
mod span;

pub use edits::{Edit, Edits, OverlapError};
pub use fragment::{Escapes, Fragment};
pub use source::{Place, Source};
pub use span::Span;
