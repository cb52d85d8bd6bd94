use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};

use memchr::memmem::Finder;
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

use super::listing::{Kind, Listing};
use super::{FOREIGN, Seen, WalkError, Want};
use crate::world::git::WorkTree;
use crate::world::pool;
use crate::world::read::{Failure, Sieve};
use crate::world::rules::{self, Rules};

/// Of a directory with more wanted files than this, other threads read some.
const BLOCK: usize = 64;

/// What is made of a file takes so many times as long as reading one of which nothing is made.
const HANDED: usize = 4;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A file that has become a pipe since its directory was listed must not be waited for.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// One way through a repository.
///
/// Paths inside are relative to the top of the git work tree, for that is what its rules speak of;
/// outside git, to the root.
pub(super) struct Visit<'a, W, M> {
    pub(super) root: &'a Path,
    directory: OwnedFd,
    pub(super) work_tree: Option<WorkTree>,
    markers: &'a [Finder<'a>],
    /// Held by whoever has all of a large file in memory.
    large: Mutex<()>,
    pub(super) wants: W,
    make: M,
}

/// What a thread has found.
pub(super) struct Found<T> {
    pub(super) made: Vec<(String, T)>,
    /// What the rules leave out, and what another repository holds: files, and directories with a
    /// `/` after them.
    pub(super) skipped: Vec<String>,
    /// How many files were handed over with what is in them.
    handed: usize,
    /// The first of the directories that could not be listed.
    failed: Option<WalkError>,
}

/// A piece of work.
enum Job {
    /// A directory, with a `/` after it, and the rules that hold in it besides its own.
    Directory(String, Option<Arc<Rules>>),
    /// Wanted files, and the rules that hold for them.
    Files(Vec<String>, Option<Arc<Rules>>),
}

/// What a thread keeps from one job to the next.
struct State<'a, T> {
    sieve: Sieve<'a>,
    listing: Listing,
    found: Found<T>,
}

/// A file on the way to being read.
struct Candidate<'c> {
    /// An open directory, and the file's name from there.
    from: BorrowedFd<'c>,
    name: &'c str,
    path: &'c str,
    want: Want,
    rules: Option<&'c Arc<Rules>>,
}

impl<'a, T, W, M> Visit<'a, W, M>
where
    T: Send,
    W: Fn(&str) -> Option<Want> + Sync,
    M: Fn(&str, Seen) -> Option<T> + Sync,
{
    pub(super) fn begin(
        root: &'a Path,
        markers: &'a [Finder<'a>],
        wants: W,
        make: M,
    ) -> Result<Self, WalkError> {
        let directory = rustix::fs::open(root, DIRECTORY, Mode::empty())
            .map_err(|error| WalkError { path: root.to_owned(), source: error.into() })?;
        let work_tree = WorkTree::around(root);
        Ok(Self { root, directory, work_tree, markers, large: Mutex::new(()), wants, make })
    }

    /// Walks through the whole repository.
    pub(super) fn everything(&self) -> Result<Found<T>, WalkError> {
        let rules = self.work_tree.as_ref().and_then(Rules::around);
        let mut found = self.run(vec![Job::Directory(self.prefix().to_owned(), rules)]);
        found.failed.take().map_or(Ok(found), Err)
    }

    /// Reads files by their paths from the root.
    pub(super) fn files(&self, paths: &[String]) -> Vec<(String, T)> {
        let full = |path: &String| format!("{}{path}", self.prefix());
        let blocks = paths.chunks(BLOCK).map(|block| Job::Files(block.iter().map(full).collect(), None));
        self.run(blocks.collect()).made
    }

    /// Where the root is in its work tree: nothing, or a path with a `/` after it.
    fn prefix(&self) -> &str {
        self.work_tree.as_ref().map_or("", |tree| &tree.prefix)
    }

    /// Returns the path from the root.
    fn relative<'p>(&self, path: &'p str) -> &'p str {
        &path[self.prefix().len()..]
    }

    fn run(&self, jobs: Vec<Job>) -> Found<T> {
        let start = || State {
            sieve: Sieve::new(self.markers, &self.large),
            listing: Listing::default(),
            found: Found::default(),
        };
        let work = |job, state: &mut State<'_, T>, more: &mut Vec<Job>| match job {
            Job::Directory(path, rules) => self.directory(path, rules, state, more),
            Job::Files(paths, rules) => {
                let before = state.found.handed;
                for path in &paths {
                    let name = self.relative(path);
                    let Some(want) = (self.wants)(name) else { continue };
                    let from = self.directory.as_fd();
                    self.file(
                        &Candidate { from, name, path, want, rules: rules.as_ref() },
                        &mut state.sieve,
                        &mut state.found,
                    );
                }
                paths.len() + HANDED * (state.found.handed - before)
            }
        };
        pool::run(jobs, start, work).into_iter().fold(Found::default(), |found, state| found.and(state.found))
    }

    /// Looks into a directory: what is in it is read now, or further work. Returns how much was
    /// done.
    fn directory(
        &self,
        mut path: String,
        above: Option<Arc<Rules>>,
        state: &mut State<'_, T>,
        more: &mut Vec<Job>,
    ) -> usize {
        let State { sieve, listing, found } = state;
        let name = self.relative(&path);
        let is_root = name.is_empty();
        let open = if is_root {
            openat(&self.directory, ".", DIRECTORY, Mode::empty())
        } else {
            openat(&self.directory, name.trim_end_matches('/'), DIRECTORY | OFlags::NOFOLLOW, Mode::empty())
        };
        let directory = match open.and_then(|directory| listing.read(directory.as_fd()).map(|()| directory)) {
            Ok(directory) => directory,
            // It has gone since the directory above was listed, or become something else.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) if !is_root => return 1,
            Err(error) => {
                found.fail(WalkError { path: self.root.join(name), source: error.into() });
                return 1;
            }
        };
        if listing.has_repository && !is_root {
            found.skipped.push(path);
            return 1;
        }
        let own_rules = listing.has_rules && self.work_tree.is_some();
        let rules = if own_rules { read_rules(directory.as_fd(), &path, above, sieve) } else { above };
        let (depth, before) = (path.len(), found.handed);
        let mut wanted = 0;
        let mut block = Vec::new();
        for (name, kind) in listing.entries() {
            path.truncate(depth);
            path.push_str(name);
            if kind == Kind::Directory {
                if FOREIGN.contains(&name) {
                    continue;
                }
                let is_ignored = rules::is_ignored(rules.as_ref(), &path, true);
                path.push('/');
                if is_ignored {
                    found.skipped.push(path.clone());
                } else {
                    more.push(Job::Directory(path.clone(), rules.clone()));
                }
                continue;
            }
            let Some(want) = (self.wants)(self.relative(&path)) else { continue };
            wanted += 1;
            if wanted <= BLOCK {
                let from = directory.as_fd();
                self.file(&Candidate { from, name, path: &path, want, rules: rules.as_ref() }, sieve, found);
                continue;
            }
            block.push(path.clone());
            if block.len() == BLOCK {
                more.push(Job::Files(std::mem::take(&mut block), rules.clone()));
            }
        }
        if !block.is_empty() {
            more.push(Job::Files(block, rules));
        }
        1 + wanted.min(BLOCK) + HANDED * (found.handed - before)
    }

    /// Reads a file and makes of it what is made.
    ///
    /// Whether the rules leave it out is asked last: most files are of no use to anybody, and to see
    /// that takes less time.
    fn file(&self, candidate: &Candidate<'_>, sieve: &mut Sieve<'_>, found: &mut Found<T>) {
        let Candidate { from, name, path, want, rules } = *candidate;
        let read = open_file(from, name).and_then(|file| match want {
            Want::Bytes => sieve.whole(file).map(Some),
            Want::Marked | Want::MarkedOrThere => sieve.marked(file),
        });
        let (seen, turn) = match read {
            Ok(Some(content)) => (Seen::Bytes(content.bytes), content.turn),
            Ok(None) if want == Want::MarkedOrThere => (Seen::There, None),
            Ok(None) => return,
            Err(error) if error.is_not_there() => return,
            Err(error) => (Seen::Failed(error.at(&self.root.join(self.relative(path)))), None),
        };
        if rules::is_ignored(rules, path, false) {
            found.skipped.push(path.to_owned());
            return;
        }
        found.handed += usize::from(matches!(seen, Seen::Bytes(_)));
        let path = self.relative(path);
        found.made.extend((self.make)(path, seen).map(|made| (path.to_owned(), made)));
        drop(turn);
    }
}

impl<T> Found<T> {
    /// Keeps the first of the errors, so that the same one is told whichever thread met it first.
    fn fail(&mut self, error: WalkError) {
        match &self.failed {
            Some(known) if known.path <= error.path => {}
            _ => self.failed = Some(error),
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.made.extend(other.made);
        self.skipped.extend(other.skipped);
        if let Some(error) = other.failed {
            self.fail(error);
        }
        self
    }
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { made: Vec::new(), skipped: Vec::new(), handed: 0, failed: None }
    }
}

fn open_file(from: BorrowedFd<'_>, name: &str) -> Result<File, Failure> {
    openat(from, name, FILE, Mode::empty()).map(File::from).map_err(|error| Failure::Io(error.into()))
}

/// A file of rules that cannot be read leaves nothing out.
fn read_rules(
    directory: BorrowedFd<'_>,
    path: &str,
    above: Option<Arc<Rules>>,
    sieve: &mut Sieve<'_>,
) -> Option<Arc<Rules>> {
    match open_file(directory, rules::FILE).and_then(|file| sieve.whole(file)) {
        Ok(lines) => Rules::below(path, &lines.bytes, above),
        Err(_) => above,
    }
}
