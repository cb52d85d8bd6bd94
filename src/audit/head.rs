use serde::{Deserialize, Serialize};

use super::Link;
use super::entry::{seal, unseal};
use crate::value::Digest;

/// What is known of the log beside it: which entry is the oldest that was kept, and which the last. Without it nobody
/// would miss the last lines of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The sequence number of the oldest entry.
    pub oldest: u64,
    /// The last entry.
    pub last: Link,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    oldest: u64,
    seq: u64,
    entry: String,
}

impl Head {
    /// Returns what the text of the file says, when that is what was written.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (object, _) = unseal(text.strip_suffix(b"\n")?)?;
        let row: Row = serde_json::from_str(&object).ok()?;
        Some(Self { oldest: row.oldest, last: Link { seq: row.seq, hash: Digest::parse(&row.entry)? } })
    }

    /// Returns the text of the file: one line.
    pub fn print(&self) -> String {
        let row = Row { oldest: self.oldest, seq: self.last.seq, entry: self.last.hash.to_string() };
        // Plain structs with string keys always serialise.
        seal(&serde_json::to_string(&row).unwrap_or_default()).0 + "\n"
    }
}
