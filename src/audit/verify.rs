use super::chain::Link;
use super::entry::Entry;
use super::head::Head;
use super::{FILE, HEAD_FILE};
use crate::value::Digest;

/// A file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Its name.
    pub name: String,
    /// The sequence number that its name has; none of the one that is written to.
    pub first: Option<u64>,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A log that is what was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many entries there are.
    pub entries: u64,
    /// How many files there are.
    pub files: usize,
    /// Lines that were never finished, as the entry behind each says.
    pub unfinished: Vec<Unfinished>,
}

/// A line whose writer was killed, or had no space left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The file.
    pub file: String,
    /// The line, from 1 on.
    pub line: usize,
}

/// The first place where a log is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sequence {seq} in {file}:{line} {why}")]
pub struct Broken {
    /// The first sequence number that is not to be trusted.
    pub seq: u64,
    /// The file.
    pub file: String,
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Returns what a log holds, or the first place where it is not what was written. The files are given oldest first, the
/// last is the one that is written to; `head` is the text of [`HEAD_FILE`].
pub fn verify(files: &[LogFile], head: Option<&[u8]>) -> Result<Verified, Broken> {
    let head = head.map(|text| Head::parse(text).ok_or(()));
    let oldest = head.as_ref().and_then(|head| Some(head.as_ref().ok()?.oldest));
    let first = files.first().and_then(|file| file.first).or(oldest).unwrap_or(1);
    let mut reading = Reading {
        next: first,
        link: (first <= 1).then(Link::none),
        head,
        verified: Verified { files: files.len(), ..Verified::default() },
    };
    reading.check_oldest(files)?;
    for file in files {
        reading.file(file)?;
    }
    reading.check_last(files)?;
    Ok(reading.verified)
}

struct Reading {
    /// The sequence number that comes next.
    next: u64,
    /// What it stands behind; unknown where older files were removed.
    link: Option<Link>,
    head: Option<Result<Head, ()>>,
    verified: Verified,
}

impl Reading {
    fn known(&self) -> Option<&Head> {
        self.head.as_ref()?.as_ref().ok()
    }

    fn broken(&self, file: &str, line: usize, why: &'static str) -> Broken {
        Broken { seq: self.next, file: file.to_owned(), line, why }
    }

    fn check_oldest(&self, files: &[LogFile]) -> Result<(), Broken> {
        match (self.known(), files.first()) {
            (Some(head), Some(file)) if self.next > head.oldest => {
                Err(Broken { seq: head.oldest, ..self.broken(&file.name, 1, "is missing") })
            }
            _ => Ok(()),
        }
    }

    fn file(&mut self, file: &LogFile) -> Result<(), Broken> {
        if file.first.is_some_and(|first| first != self.next) {
            return Err(self.broken(&file.name, 1, "is missing"));
        }
        let (mut at, mut line) = (0, 1);
        while at < file.bytes.len() {
            let end = line_end(&file.bytes, at);
            match self.entry(&file.bytes[at..end], None) {
                Ok(()) => (at, line) = (end, line + 1),
                Err(why) => {
                    let broken = self.broken(&file.name, line, why);
                    let (after, lines) = self.unfinished(&file.bytes, at).ok_or(broken)?;
                    let unfinished =
                        (line..line + lines).map(|line| Unfinished { file: file.name.clone(), line });
                    self.verified.unfinished.extend(unfinished);
                    (at, line) = (after, line + lines + 1);
                }
            }
        }
        Ok(())
    }

    /// Takes what stands at `at` as lines that were never finished, if an entry behind them says so; returns where that
    /// entry ends, and how many lines there are before it.
    fn unfinished(&mut self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let (mut start, mut lines) = (line_end(bytes, at), 1);
        while start < bytes.len() {
            let end = line_end(bytes, start);
            if self.entry(&bytes[start..end], Some(&bytes[at..start])).is_ok() {
                return Some((end, lines));
            }
            (start, lines) = (end, lines + 1);
        }
        None
    }

    /// Takes a line as the next entry.
    fn entry(&mut self, line: &[u8], before: Option<&[u8]>) -> Result<(), &'static str> {
        let line = line.strip_suffix(b"\n").ok_or("is not finished")?;
        let (entry, hash) = Entry::parse(line).ok_or("is not what was written")?;
        let link = self.link;
        let is_next = match link {
            Some(link) => entry.follows(&link),
            None => entry.seq == self.next,
        };
        if !is_next {
            return Err("does not come after the one before it");
        }
        // What is not finished may be large: it is hashed only for an entry that speaks of it.
        let is_told = match (&entry.unfinished, before) {
            (None, None) => true,
            (Some(told), Some(before)) => *told == Digest::of(before).to_string(),
            _ => false,
        };
        if !is_told {
            return Err("does not come after the line before it");
        }
        if self.known().is_some_and(|head| head.last.seq == entry.seq && head.last.hash != hash) {
            return Err("is not the one that audit.head knows");
        }
        self.link = Some(Link { seq: entry.seq, hash });
        self.next = entry.seq.saturating_add(1);
        self.verified.entries += 1;
        Ok(())
    }

    /// The entry that was written last may be one that the head does not know yet.
    fn check_last(&self, files: &[LogFile]) -> Result<(), Broken> {
        let lines = |file: &LogFile| memchr::memchr_iter(b'\n', &file.bytes).count();
        let end = files.last().map_or((FILE, 1), |file| (file.name.as_str(), lines(file) + 1));
        let last = self.next.saturating_sub(1);
        match &self.head {
            Some(Err(())) => {
                Err(Broken { seq: last, ..self.broken(HEAD_FILE, 1, "is not what was written") })
            }
            Some(Ok(head)) if head.last.seq > last => Err(self.broken(end.0, end.1, "is missing")),
            Some(Ok(head)) if last > head.last.seq.saturating_add(1) => {
                Err(Broken { seq: last, ..self.broken(HEAD_FILE, 1, "is not known") })
            }
            None if self.verified.entries > 1 => {
                Err(Broken { seq: last, ..self.broken(HEAD_FILE, 1, "is not known") })
            }
            _ => Ok(()),
        }
    }
}

/// Returns where the line that begins at `at` ends, behind its line break.
fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length + 1)
}
