use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

/// The variables that a process was started with. It has no printed form beyond their names: values may be secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Returns the variables; of several with one name, the last.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// Returns a variable's value, if it is set to something.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Returns whether a variable is set, if only to nothing.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(OsStr::new(name))
    }

    /// Returns a variable's value, if it is set to some text.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str()
    }

    /// Returns the absolute path that a variable holds; relative ones mean nothing (XDG Base Directory
    /// Specification).
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// Returns the user's home directory.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME")
    }

    /// Returns where `pin` keeps what it knows between runs, of this machine only.
    pub fn state(&self) -> Option<PathBuf> {
        self.own("XDG_STATE_HOME", ".local/state")
    }

    /// Returns where `pin` keeps what it has downloaded and cannot do without.
    pub fn data(&self) -> Option<PathBuf> {
        self.own("XDG_DATA_HOME", ".local/share")
    }

    /// Returns where `pin` keeps what can be had again.
    pub fn cache(&self) -> Option<PathBuf> {
        self.own("XDG_CACHE_HOME", ".cache")
    }

    /// Returns where the user's own settings are.
    pub fn config(&self) -> Option<PathBuf> {
        self.own("XDG_CONFIG_HOME", ".config")
    }

    /// Returns every variable, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    fn own(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let base = self.path(variable).or_else(|| Some(self.home()?.join(below_home)))?;
        Some(base.join(Path::new("pin")))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))
    }

    #[test]
    fn directories_are_those_of_the_specification() {
        let check = |variables: &[(&str, &str)], state: Option<&str>, data: Option<&str>| {
            let environment = environment(variables);
            assert_eq!(environment.state().as_deref(), state.map(Path::new), "{variables:?}");
            assert_eq!(environment.data().as_deref(), data.map(Path::new), "{variables:?}");
        };
        check(&[], None, None);
        check(&[("HOME", "/h")], Some("/h/.local/state/pin"), Some("/h/.local/share/pin"));
        check(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")], Some("/s/pin"), Some("/h/.local/share/pin"));
        check(
            &[("HOME", "/h"), ("XDG_STATE_HOME", "")],
            Some("/h/.local/state/pin"),
            Some("/h/.local/share/pin"),
        );
        check(&[("HOME", "h"), ("XDG_DATA_HOME", "d")], None, None);
    }

    #[test]
    fn values_are_not_printed() {
        let environment = environment(&[("TOKEN", "canary"), ("EMPTY", "")]);
        assert_eq!(format!("{environment:?}"), r#"{"EMPTY", "TOKEN"}"#);
        assert_eq!(environment.word("TOKEN"), Some("canary"));
        assert_eq!(environment.word("EMPTY"), None);
        assert!(environment.has("EMPTY") && !environment.has("ABSENT"));
    }
}
