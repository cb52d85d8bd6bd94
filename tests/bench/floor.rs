//! The least that any program has to do to know what `pin check` knows: list every directory for files that git does not
//! know, read git's index for those that it tracks and ignores, and read every file that may state a version by its
//! name. Nothing is looked for in what was read.
//!
//! It is a program of its own, which shares nothing with `pin` but the question which names count, and does that
//! work as fast as its author knows how: directories by descriptor, each once, on as many threads as there are processors.

use std::fs::File;
use std::io::Read as _;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use pin::site::Format;
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, RawDir, openat};

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Reads the repository in the current directory, and returns the paths of the files that were read.
pub(crate) fn run() -> Vec<String> {
    let root = rustix::fs::open(".", DIRECTORY, Mode::empty()).expect("a directory");
    let queue = Queue { inner: Mutex::default(), more: Condvar::new() };
    let exclude = std::fs::read(".git/info/exclude").unwrap_or_default();
    let job = Job { path: String::new(), rules: rules("", &exclude, None) };
    queue.inner.lock().expect("no thread panics").jobs.push(job);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut found = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(|| work(&root, &queue))).collect();
        let mut found = work(&root, &queue);
        for helper in helpers {
            let other = helper.join().expect("no thread panics");
            found.read.extend(other.read);
            found.skipped.extend(other.skipped);
        }
        found
    });
    found.skipped.sort_unstable();
    let mut buffer = vec![0; 1 << 17];
    for path in tracked(&found.skipped) {
        if std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file()) {
            read(root.as_fd(), &path, &mut buffer);
            found.read.push(path);
        }
    }
    found.read
}

/// A directory, with a `/` after it, and the rules that hold in it.
struct Job {
    path: String,
    rules: Option<Arc<Rules>>,
}

struct Rules {
    matcher: Gitignore,
    depth: usize,
    above: Option<Arc<Self>>,
}

struct Queue {
    inner: Mutex<Inner>,
    more: Condvar,
}

#[derive(Default)]
struct Inner {
    jobs: Vec<Job>,
    working: usize,
    waiting: usize,
}

#[derive(Default)]
struct Found {
    read: Vec<String>,
    skipped: Vec<String>,
}

fn work(root: &OwnedFd, queue: &Queue) -> Found {
    let mut found = Found::default();
    let mut listing = vec![MaybeUninit::uninit(); 1 << 15];
    let mut buffer = vec![0; 1 << 17];
    let mut inner = queue.inner.lock().expect("no thread panics");
    loop {
        let Some(job) = inner.jobs.pop() else {
            if inner.working == 0 {
                return found;
            }
            inner.waiting += 1;
            inner = queue.more.wait(inner).expect("no thread panics");
            inner.waiting -= 1;
            continue;
        };
        inner.working += 1;
        drop(inner);
        let jobs = look(root, job, &mut listing, &mut buffer, &mut found);
        inner = queue.inner.lock().expect("no thread panics");
        inner.jobs.extend(jobs);
        inner.working -= 1;
        if inner.waiting > 0 && (!inner.jobs.is_empty() || inner.working == 0) {
            queue.more.notify_all();
        }
    }
}

fn look(
    root: &OwnedFd,
    job: Job,
    listing: &mut [MaybeUninit<u8>],
    buffer: &mut [u8],
    found: &mut Found,
) -> Vec<Job> {
    let Job { mut path, mut rules } = job;
    let name = if path.is_empty() { "." } else { path.trim_end_matches('/') };
    let directory = openat(root, name, DIRECTORY, Mode::empty()).expect("a directory that was just listed");
    let mut entries = Vec::new();
    let mut names = String::new();
    let mut has_rules = false;
    let mut raw = RawDir::new(&directory, listing);
    while let Some(entry) = raw.next() {
        let entry = entry.expect("a directory can be listed");
        let Ok(name) = entry.file_name().to_str() else { continue };
        match (name, entry.file_type()) {
            (".git", _) if !path.is_empty() => {
                found.skipped.push(path);
                return Vec::new();
            }
            ("." | ".." | ".git", _) => {}
            (name, kind @ (FileType::RegularFile | FileType::Directory)) => {
                has_rules |= name == ".gitignore";
                names.push_str(name);
                entries.push((names.len(), kind == FileType::Directory));
            }
            _ => {}
        }
    }
    if has_rules {
        let size = read(directory.as_fd(), ".gitignore", buffer);
        rules = self::rules(&path, &buffer[..size], rules);
    }
    let (mut jobs, mut start, depth) = (Vec::new(), 0, path.len());
    for (end, is_directory) in entries {
        let name = &names[start..end];
        start = end;
        path.truncate(depth);
        path.push_str(name);
        if is_directory {
            if matches!(name, "node_modules" | "vendor") {
                continue;
            }
            let is_ignored = is_ignored(rules.as_ref(), &path, true);
            path.push('/');
            if is_ignored {
                found.skipped.push(path.clone());
            } else {
                jobs.push(Job { path: path.clone(), rules: rules.clone() });
            }
        } else if Format::of(&path).is_some() {
            if is_ignored(rules.as_ref(), &path, false) {
                found.skipped.push(path.clone());
            } else {
                read(directory.as_fd(), name, buffer);
                found.read.push(path.clone());
            }
        }
    }
    jobs
}

/// Reads a file to its end and returns how much of it the buffer holds.
fn read(directory: BorrowedFd<'_>, name: &str, buffer: &mut [u8]) -> usize {
    let mut file =
        File::from(openat(directory, name, FILE, Mode::empty()).expect("a file that was just listed"));
    let mut size = 0;
    loop {
        match file.read(&mut buffer[size..]).expect("a file can be read") {
            0 => return size,
            more => size = (size + more) % buffer.len(),
        }
    }
}

fn rules(directory: &str, lines: &[u8], above: Option<Arc<Rules>>) -> Option<Arc<Rules>> {
    let mut builder = GitignoreBuilder::new("");
    for line in str::from_utf8(lines).expect("the benchmark's own file").lines() {
        builder.add_line(None, line).expect("the benchmark's own rules");
    }
    let matcher = builder.build().expect("the benchmark's own rules");
    if matcher.is_empty() { above } else { Some(Arc::new(Rules { matcher, depth: directory.len(), above })) }
}

fn is_ignored(mut rules: Option<&Arc<Rules>>, path: &str, is_directory: bool) -> bool {
    while let Some(here) = rules {
        let answer = here.matcher.matched(Path::new(&path[here.depth..]), is_directory);
        if !answer.is_none() {
            return answer.is_ignore();
        }
        rules = here.above.as_ref();
    }
    false
}

/// What the index (version 2) lists of what was skipped.
fn tracked(skipped: &[String]) -> Vec<String> {
    let mut file = File::open(".git/index").expect("the benchmark's repository has an index");
    let mut buffer = vec![0; 1 << 16];
    let (mut start, mut end, mut left, mut at) = (0, 0, None, 0);
    let mut found = Vec::new();
    loop {
        if end - start < 8192 {
            buffer.copy_within(start..end, 0);
            end -= start;
            start = 0;
            end += file.read(&mut buffer[end..]).expect("an index can be read");
        }
        let rest = &buffer[start..end];
        let number = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().expect("four bytes"));
        let Some(count) = left else {
            assert_eq!(number(4), 2, "the benchmark's repository has an index of version 2");
            left = Some(number(8));
            start += 12;
            continue;
        };
        if count == 0 {
            return found;
        }
        left = Some(count - 1);
        let length = memchr::memchr(0, &rest[62..]).expect("a name ends");
        let name = &rest[62..62 + length];
        while skipped.get(at + 1).is_some_and(|next| next.as_bytes() <= name) {
            at += 1;
        }
        let is_skipped = skipped.get(at).is_some_and(|known| {
            known.as_bytes() == name || (known.ends_with('/') && name.starts_with(known.as_bytes()))
        });
        if is_skipped {
            let name = str::from_utf8(name).expect("the benchmark's own names");
            let is_foreign = name.split('/').any(|part| matches!(part, "node_modules" | "vendor"));
            if !is_foreign && Format::of(name).is_some() {
                found.push(name.to_owned());
            }
        }
        start += (62 + length + 8) / 8 * 8;
    }
}
