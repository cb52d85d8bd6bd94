//! The file system and the network: which files a repository has, reading them, writing several at
//! once or none, asking servers. The lowest layer that can fail because of the world; every error names
//! its path or address.

mod append;
mod ask;
mod clock;
mod disk;
mod git;
pub mod http;
mod index;
mod journal;
mod lock;
mod pool;
mod process;
mod programs;
mod progress;
mod read;
mod replace;
mod root;
mod rules;
mod scratch;
mod successor;
mod voice;
mod wait;
mod walk;

pub use append::{AppendError, append, size};
pub use ask::ask;
pub use clock::now;
pub use disk::free_space;
pub use git::{common_git_directory, git_directory};
pub use index::IndexError;
pub use journal::{Journal, JournalError, Recovery};
pub use lock::lock;
pub use process::{Ended, ProcessError, Program, Spoken};
pub use programs::{find_program, may_be_run};
pub use progress::Progress;
pub use read::{MAX_FILE_SIZE, ReadError, read};
pub use replace::{ReplaceError, replace};
pub use root::{directory_in_work_tree, find_root};
pub use scratch::{Scratch, ScratchError};
pub use successor::Successor;
pub use voice::{Level, Voice};
pub use wait::{Interrupted, Interruption, wait_for, wait_for_steps};
pub use walk::{Looked, Seen, WalkError, Want, look, look_at};
