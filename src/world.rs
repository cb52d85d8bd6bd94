//! The file system: which files a repository has, reading them, and writing several at once or
//! none. The only layer here that can fail because of the world; every error names its path.

mod append;
mod git;
mod index;
mod journal;
mod pool;
mod read;
mod replace;
mod root;
mod rules;
mod walk;

pub use append::{AppendError, append, size};
pub use git::git_directory;
pub use index::IndexError;
pub use journal::{Journal, JournalError, Recovery};
pub use read::{MAX_FILE_SIZE, ReadError, read};
pub use replace::{ReplaceError, replace};
pub use root::{directory_in_work_tree, find_root};
pub use walk::{Looked, Seen, WalkError, Want, look, look_at};
