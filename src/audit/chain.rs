use super::entry::{Entry, Event};
use super::head::Head;
use crate::value::Digest;

/// The end of a chain: its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its sequence number; 0 when there is none yet.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
}

impl Link {
    /// Returns the end of the chain that has no entries yet.
    pub fn none() -> Self {
        Self { seq: 0, hash: Digest::of(b"") }
    }
}

/// Where the log goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// What the next entry stands behind.
    pub link: Link,
    /// Whether the last entry is one that [`Head`] does not know yet: its writer was killed in between.
    pub is_head_behind: bool,
    /// Bytes that were never finished, with the line break that ends them now.
    unfinished: Option<Digest>,
    /// Whether the last line has no end yet.
    needs_line_break: bool,
}

impl Resume {
    /// Returns the bytes to be added to the file, and the end of the chain afterwards.
    pub fn line(&self, event: &Event, now: u64) -> (String, Link) {
        let entry = Entry::after(&self.link, event, now, self.unfinished.as_ref());
        let (line, hash) = entry.line();
        let before = if self.needs_line_break { "\n" } else { "" };
        (format!("{before}{line}\n"), Link { seq: entry.seq, hash })
    }

    /// Returns whether everything before is finished, so that the file may be left for a new one.
    pub const fn is_clean(&self) -> bool {
        self.unfinished.is_none() && !self.needs_line_break
    }
}

/// Returns where the log goes on behind `tail`, the last lines of the file that is written to, from the start of a line
/// on. `None` when no entry is in it: then more of the file is needed, or with all of it in hand, [`Resume::at_head`].
pub fn resume(tail: &[u8], head: Option<&Head>) -> Option<Resume> {
    let mut end = tail.len();
    while end > 0 {
        let start = tail[..end - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = &tail[start..end];
        if let Some((entry, hash)) = Entry::parse(line.strip_suffix(b"\n").unwrap_or(line)) {
            let link = Link { seq: entry.seq, hash };
            return Some(Resume::behind(Some(link), &tail[end..], line.ends_with(b"\n"), head));
        }
        end = start;
    }
    None
}

impl Resume {
    /// Returns where the log goes on when the file that is written to has no entry at all.
    pub fn at_head(file: &[u8], head: Option<&Head>) -> Self {
        Self::behind(None, file, true, head)
    }

    /// The last entry that was acknowledged is gone, or another one: the chain goes on behind it nevertheless, so that it
    /// stays missing for ever.
    fn behind(found: Option<Link>, rest: &[u8], is_ended: bool, head: Option<&Head>) -> Self {
        let known = head.map(|head| head.last);
        let link = match (found, known) {
            (Some(found), Some(known)) if found.seq > known.seq || found == known => found,
            (_, Some(known)) => known,
            (Some(found), None) => found,
            (None, None) => Link::none(),
        };
        let needs_line_break = !is_ended || rest.last().is_some_and(|last| *last != b'\n');
        let unfinished = (!rest.is_empty()).then(|| {
            let line_break: &[u8] = if needs_line_break { b"\n" } else { b"" };
            Digest::of(&[rest, line_break].concat())
        });
        Self { link, is_head_behind: known != Some(link) && link.seq > 0, unfinished, needs_line_break }
    }
}
