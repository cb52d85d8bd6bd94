//! Stands between `pin` and a real daemon: passes every byte on, knows each order (POST, PUT, DELETE) by name, and breaks
//! the run at the one that a test has picked.

use super::docker_order::{self, Request};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::VecDeque;
use std::io::{self, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// How long a test may take to do what a held order waits for.
const LONGEST: Duration = Duration::from_mins(2);

/// When an order is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The daemon has not seen it.
    Before,
    /// The daemon has done it, and its answer is here.
    After,
}

/// What happens to an order, or to who gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// `pin` gets SIGKILL, and nothing goes on.
    Kill,
    /// `pin` gets SIGINT, and the order goes on.
    Interrupt,
    /// `pin` gets SIGINT, and the order goes nowhere.
    InterruptAndHang,
    /// It goes on when the test says so, or `pin` has gone.
    Hold,
    /// It goes on: the next fault is for a later one.
    Pass,
    /// The connection ends.
    Cut,
    /// The daemon is not asked; this is its answer.
    Answer(u16, &'static str),
}

/// What is done to which order; the first of its name.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) order: String,
    pub(crate) moment: Moment,
    pub(crate) act: Act,
}

impl Fault {
    pub(crate) fn new(order: &str, moment: Moment, act: Act) -> Self {
        Self { order: order.to_owned(), moment, act }
    }
}

/// A running proxy; it ends when the value goes.
#[derive(Debug)]
pub(crate) struct Proxy {
    directory: TempDir,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    daemon: PathBuf,
    inner: Mutex<Inner>,
    changed: Condvar,
    is_over: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    orders: Vec<String>,
    faults: VecDeque<Fault>,
    target: Option<Pid>,
    is_held: bool,
    is_released: bool,
}

impl Proxy {
    /// Starts a proxy before the daemon at this address (`unix://`).
    pub(crate) fn start(daemon: &str) -> Self {
        let directory =
            tempfile::Builder::new().prefix("pin-test-").tempdir().expect("a temporary directory");
        let listener = UnixListener::bind(directory.path().join("proxy.sock")).expect("a socket");
        let shared = Arc::new(Shared {
            daemon: daemon.strip_prefix("unix://").expect("a socket").into(),
            inner: Mutex::default(),
            changed: Condvar::new(),
            is_over: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if served.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&served);
                thread::spawn(move || drop(shared.serve(&client)));
            }
        });
        Self { directory, shared }
    }

    /// What to set as `DOCKER_HOST`.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("proxy.sock")
    }

    /// From now on these orders are broken, in this order, and `pin` is who [`Proxy::aim`] says; what was asked before is
    /// forgotten.
    pub(crate) fn arm(&self, faults: &[Fault]) {
        *self.shared.lock() = Inner { faults: faults.iter().cloned().collect(), ..Inner::default() };
    }

    /// Says which process is killed or interrupted; until then a fault waits.
    pub(crate) fn aim(&self, process: u32) {
        self.shared.lock().target =
            Pid::from_raw(process.try_into().expect("a process has a positive number"));
        self.shared.changed.notify_all();
    }

    /// The orders so far, by name.
    pub(crate) fn orders(&self) -> Vec<String> {
        self.shared.lock().orders.clone()
    }

    /// Whether everything that was armed has happened.
    pub(crate) fn is_spent(&self) -> bool {
        self.shared.lock().faults.is_empty()
    }

    /// Waits until an order is held.
    pub(crate) fn wait_until_held(&self) {
        let inner = self.shared.lock();
        let (_inner, waited) = self
            .shared
            .changed
            .wait_timeout_while(inner, LONGEST, |inner| !inner.is_held)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "nothing was held");
    }

    /// Lets a held order go on.
    pub(crate) fn release(&self) {
        self.shared.lock().is_released = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.release();
        drop(UnixStream::connect(self.socket()));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries one connection; both directions end together.
    fn serve(self: &Arc<Self>, client: &UnixStream) -> io::Result<()> {
        let daemon = UnixStream::connect(Path::new(&self.daemon))?;
        // The order whose answer has not begun.
        let asked = Arc::new(Mutex::new(None));
        let back = {
            let (shared, asked) = (Arc::clone(self), Arc::clone(&asked));
            let (from, to) = (daemon.try_clone()?, client.try_clone()?);
            thread::spawn(move || {
                drop(shared.answer(&from, &to, &asked));
                let _ended = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
            })
        };
        let carried = self.ask(client, &daemon, &asked);
        if !matches!(carried, Ok(true)) {
            let _ended = (client.shutdown(Shutdown::Both), daemon.shutdown(Shutdown::Both));
        }
        drop(back.join());
        carried.map(drop)
    }

    /// From the client to the daemon. Returns whether the client has only nothing more to say.
    fn ask(
        &self,
        client: &UnixStream,
        mut daemon: &UnixStream,
        asked: &Mutex<Option<String>>,
    ) -> io::Result<bool> {
        let mut reader = BufReader::new(client);
        while let Some(request) = docker_order::read(&mut reader)? {
            if request.is_order() && !self.order(&request, client)? {
                return Ok(false);
            }
            if request.is_order() {
                *asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(request.name.clone());
            }
            daemon.write_all(&request.bytes)?;
            if request.is_upgrade {
                io::copy(&mut reader, &mut daemon)?;
                daemon.shutdown(Shutdown::Write)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Notes an order, and breaks it if that is what it is for. Returns whether it goes on.
    fn order(&self, request: &Request, mut client: &UnixStream) -> io::Result<bool> {
        self.lock().orders.push(request.name.clone());
        match self.due(&request.name, Moment::Before) {
            None | Some(Act::Pass) => Ok(true),
            Some(Act::Kill) => {
                self.signal(Signal::KILL);
                Ok(false)
            }
            Some(Act::Interrupt) => {
                self.signal(Signal::INT);
                Ok(true)
            }
            Some(Act::InterruptAndHang) => {
                self.signal(Signal::INT);
                // It ends when the client does.
                while client.read(&mut [0; 64])? > 0 {}
                Ok(false)
            }
            Some(Act::Hold) => {
                self.hold();
                Ok(true)
            }
            Some(Act::Cut) => Ok(false),
            Some(Act::Answer(status, body)) => {
                let length = body.len();
                write!(
                    client,
                    "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                )?;
                Ok(false)
            }
        }
    }

    /// From the daemon to the client.
    fn answer(
        &self,
        mut daemon: &UnixStream,
        mut client: &UnixStream,
        asked: &Mutex<Option<String>>,
    ) -> io::Result<()> {
        let mut bytes = [0; 0x4000];
        loop {
            let count = daemon.read(&mut bytes)?;
            if count == 0 {
                return Ok(());
            }
            let order = asked.lock().unwrap_or_else(PoisonError::into_inner).take();
            match order.and_then(|order| self.due(&order, Moment::After)) {
                Some(Act::Kill) => {
                    self.signal(Signal::KILL);
                    return Ok(());
                }
                Some(Act::Interrupt) => self.signal(Signal::INT),
                Some(Act::Hold) => self.hold(),
                Some(Act::Cut) => return Ok(()),
                None | Some(Act::Pass | Act::InterruptAndHang | Act::Answer(..)) => {}
            }
            client.write_all(&bytes[..count])?;
        }
    }

    /// What is to happen now, once.
    fn due(&self, order: &str, moment: Moment) -> Option<Act> {
        let mut inner = self.lock();
        let is_due = |fault: &Fault| fault.order == order && fault.moment == moment;
        let fault = if inner.faults.front().is_some_and(is_due) { inner.faults.pop_front() } else { None };
        fault.map(|fault| fault.act)
    }

    fn signal(&self, signal: Signal) {
        let inner = self.lock();
        let (inner, _) = self
            .changed
            .wait_timeout_while(inner, LONGEST, |inner| inner.target.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        // The test waits for the process later, so its number is nobody else's yet.
        let _gone = inner.target.map(|target| kill_process(target, signal));
    }

    fn hold(&self) {
        let mut inner = self.lock();
        inner.is_held = true;
        self.changed.notify_all();
        let waited = self.changed.wait_timeout_while(inner, LONGEST, |inner| !inner.is_released);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_held = false;
    }
}
