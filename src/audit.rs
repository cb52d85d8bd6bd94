//! The audit log as text: one JSON object a line, in each the hash of the one before it, and beside it the number of the
//! last one. What a line says was true when it was written; the hashes say that nobody has changed, added or taken
//! away a line by accident since. Who may write the log can write another one: that is for permissions to keep.

mod chain;
mod entry;
mod head;
#[cfg(test)]
mod tests;
mod verify;

pub use chain::{Link, Resume, resume};
pub use entry::{Action, Entry, Event};
pub use head::Head;
pub use verify::{Broken, LogFile, Unfinished, Verified, verify};

/// Name of the file that is written to.
pub const FILE: &str = "audit.jsonl";

/// Name of the file that knows the last entry.
pub const HEAD_FILE: &str = "audit.head";

/// Returns the name of a full file, after its first sequence number.
pub fn full_file(first: u64) -> String {
    format!("audit.{first}.jsonl")
}

/// Returns the first sequence number of the full file of that name.
pub fn first_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("audit.")?.strip_suffix(".jsonl")?;
    let first = digits.parse().ok()?;
    (full_file(first) == name).then_some(first)
}

/// Returns the entry of a line, without its line break, when the line is what was written.
pub fn parse(line: &[u8]) -> Option<Entry> {
    Entry::parse(line).map(|(entry, _)| entry)
}

/// Returns the entries in the files, and the places of lines that are none, as `FILE:LINE`; whether they stand behind
/// each other is for [`verify()`] to say.
pub fn entries(files: &[LogFile]) -> (Vec<Entry>, Vec<String>) {
    let (mut entries, mut others) = (Vec::new(), Vec::new());
    for file in files {
        for (index, line) in file.bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            match parse(line.strip_suffix(b"\n").unwrap_or(line)) {
                Some(entry) => entries.push(entry),
                None => others.push(format!("{}:{}", file.name, index + 1)),
            }
        }
    }
    (entries, others)
}
