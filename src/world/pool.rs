use std::panic;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// More threads than this only wait for the disk and for each other, and each has buffers of its own.
const MOST_THREADS: usize = 8;

/// How much is done before helpers are started: less than this is over before they are there.
const ALONE: usize = 600;

/// Does every job, and those that they lead to, on as many threads as are worth it; each thread has a state of its own.
/// A job returns its size. Returns the states in no particular order.
pub(super) fn run<J: Send, S: Send>(
    jobs: Vec<J>,
    start: impl Fn() -> S + Sync,
    work: impl Fn(J, &mut S, &mut Vec<J>) -> usize + Sync,
) -> Vec<S> {
    let queue = Queue { inner: Mutex::new(Inner { jobs, working: 0, waiting: 0 }), more: Condvar::new() };
    let helpers = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS) - 1;
    thread::scope(|scope| {
        let mut started = Vec::new();
        let mut done = 0;
        let mut state = start();
        queue.drain(&mut state, &work, |size| {
            done += size;
            if done > ALONE && started.is_empty() {
                let helper = || {
                    let mut state = start();
                    queue.drain(&mut state, &work, |_| {});
                    state
                };
                started.extend((0..helpers).map(|_| scope.spawn(helper)));
            }
        });
        let others = started
            .into_iter()
            .map(|helper| helper.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        std::iter::once(state).chain(others).collect()
    })
}

struct Queue<J> {
    inner: Mutex<Inner<J>>,
    more: Condvar,
}

struct Inner<J> {
    /// The newest is taken first, so that there are never many.
    jobs: Vec<J>,
    /// Jobs that are being done and may lead to others.
    working: usize,
    waiting: usize,
}

impl<J> Queue<J> {
    fn lock(&self) -> MutexGuard<'_, Inner<J>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drain<S>(
        &self,
        state: &mut S,
        work: &impl Fn(J, &mut S, &mut Vec<J>) -> usize,
        mut after: impl FnMut(usize),
    ) {
        while let Some(job) = self.next() {
            let mut turn = Turn { queue: self, found: Vec::new() };
            let size = work(job, state, &mut turn.found);
            drop(turn);
            after(size);
        }
    }

    /// Returns the next job; waits while others work, for they may find more.
    fn next(&self) -> Option<J> {
        let mut inner = self.lock();
        loop {
            if let Some(job) = inner.jobs.pop() {
                inner.working += 1;
                return Some(job);
            }
            if inner.working == 0 {
                return None;
            }
            inner.waiting += 1;
            inner = self.more.wait(inner).unwrap_or_else(PoisonError::into_inner);
            inner.waiting -= 1;
        }
    }
}

/// A job that is being done. It ends even when the job panics: nobody waits for it for ever.
struct Turn<'q, J> {
    queue: &'q Queue<J>,
    found: Vec<J>,
}

impl<J> Drop for Turn<'_, J> {
    fn drop(&mut self) {
        let mut inner = self.queue.lock();
        inner.jobs.append(&mut self.found);
        inner.working -= 1;
        let is_news = !inner.jobs.is_empty() || inner.working == 0;
        if inner.waiting > 0 && is_news {
            self.queue.more.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_however_many_threads_there_are() {
        // Each number leads to the two below it, down to one.
        let count = |from: u32| {
            let states = run(
                vec![from],
                || 0,
                |job, seen: &mut u64, found| {
                    *seen += 1;
                    found.extend((1..job).rev().take(2));
                    1
                },
            );
            states.into_iter().sum::<u64>()
        };
        assert_eq!(count(1), 1);
        assert_eq!(count(3), 4);
        assert_eq!(count(18), 6764);
    }

    #[test]
    fn a_job_that_panics_ends_the_run() {
        let result = panic::catch_unwind(|| {
            run(
                (0..5000).collect(),
                || (),
                |job: usize, (), _| {
                    assert!(job != 17, "seventeen");
                    1
                },
            )
        });
        assert!(result.is_err());
    }
}
