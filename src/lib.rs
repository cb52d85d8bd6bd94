pub mod document;
pub mod text;
pub mod value;
