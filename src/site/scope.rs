use std::collections::BTreeMap;

use super::scan::{Follow, Name};

/// The names visible at one point of a file, and what each holds.
///
/// Keys are spelled as the file's own language spells a look-up: a shell, Dockerfile or compose
/// variable is its bare name (`DAGGER_VERSION`), a GitHub context is a dotted path (`env.X`,
/// `inputs.X`, `matrix.X`, `steps.ID.outputs.X`, `needs.JOB.outputs.X`).
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    names: BTreeMap<String, Follow>,
    /// Whether a name that the file does not set is given when it runs, and not by another file.
    is_closed: bool,
}

impl Scope {
    /// Returns a scope whose names nothing outside the file sets.
    pub(super) fn closed() -> Self {
        Self { is_closed: true, ..Self::default() }
    }

    /// Makes `key` visible, hiding an earlier meaning.
    pub(super) fn set(&mut self, key: impl Into<String>, follow: Follow) {
        self.names.insert(key.into(), follow);
    }

    /// Makes `key` mean nothing again.
    pub(super) fn remove(&mut self, key: &str) {
        self.names.remove(key);
    }

    /// Returns what `key` holds, if the file defines it.
    pub(super) fn get(&self, key: &str) -> Option<&Follow> {
        self.names.get(key)
    }

    /// Returns where the variable's value comes from: this file, or wherever the environment does.
    pub(super) fn variable(&self, name: &str) -> Follow {
        let elsewhere = || {
            if self.is_closed {
                Follow::Outside(format!("`{name}`, which is given when it runs"))
            } else {
                Follow::There(Name::Variable(name.to_owned()))
            }
        };
        self.get(name).cloned().unwrap_or_else(elsewhere)
    }
}
