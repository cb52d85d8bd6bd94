//! A program at a terminal, and the person in front of it.

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

/// A program whose stdin and stderr are a terminal.
#[derive(Debug)]
pub(crate) struct Terminal {
    near: File,
    child: Child,
    said: Vec<u8>,
}

impl Terminal {
    pub(crate) fn start(mut command: Command) -> Self {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&near).and_then(|()| unlockpt(&near)).expect("it is ours");
        let name = ptsname(&near, Vec::new()).expect("it has a name").into_string().expect("a plain one");
        let far = || OpenOptions::new().read(true).write(true).open(&name).expect("its other end");
        command.stdin(Stdio::from(far())).stderr(Stdio::from(far())).stdout(Stdio::null());
        let child = command.spawn().expect("pin starts");
        Self { near: near.into(), child, said: Vec::new() }
    }

    /// Types something.
    pub(crate) fn types(&mut self, words: &str) {
        self.near.write_all(words.as_bytes()).expect("it takes what is typed");
    }

    /// Waits until these words stand on the terminal; fails when the program ends before.
    #[track_caller]
    pub(crate) fn shows(&mut self, words: &str) {
        let mut bytes = [0; 256];
        while !self.said().contains(words) {
            // A terminal whose other end is closed cannot be read.
            let count = self.near.read(&mut bytes).unwrap_or_default();
            assert!(count > 0, "no `{words}` in {}", self.said());
            self.said.extend_from_slice(&bytes[..count]);
        }
    }

    /// What stands on the terminal, as far as it was read.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&self.said).into_owned()
    }

    /// What the terminal does when Ctrl-C is pressed.
    pub(crate) fn interrupts(&self) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(id, Signal::INT).expect("it runs");
    }

    /// Waits until it ends; returns its exit code, and all that it has said.
    pub(crate) fn ends(mut self) -> (Option<i32>, String) {
        let mut bytes = [0; 256];
        while let Ok(count @ 1..) = self.near.read(&mut bytes) {
            self.said.extend_from_slice(&bytes[..count]);
        }
        (self.child.wait().expect("pin ends").code(), self.said())
    }
}
