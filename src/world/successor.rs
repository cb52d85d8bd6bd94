use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

/// A program that takes the place of this process: its terminal, its signals and its end are then the kernel's
/// business and that of whoever waits, and nothing of `pin` is left.
#[derive(Clone, PartialEq, Eq)]
pub struct Successor {
    /// Its name, looked up in the `PATH` that it gets, or its path.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Where it is started, and its own relative path is looked up; without one, where this process is.
    pub directory: Option<PathBuf>,
    /// Variables that it gets beside those of this process, which may be secret: they have no printed form.
    pub set: Vec<(OsString, OsString)>,
    /// Variables of this process that it does not get.
    pub unset: Vec<OsString>,
}

impl Successor {
    /// Becomes the program; returns only when that fails, and why.
    ///
    /// Caught signals go back to their defaults as in every `execve`; `SIGPIPE`, which Rust ignores, the standard
    /// library puts back. Files are closed, none of ours is without `O_CLOEXEC`.
    #[expect(clippy::disallowed_methods, reason = "this process ends here, so there is nothing to bound")]
    pub fn replace(self) -> io::Error {
        let mut command = Command::new(self.program);
        command.args(self.arguments);
        self.unset.into_iter().for_each(|name| {
            command.env_remove(name);
        });
        command.envs(self.set);
        if let Some(directory) = self.directory {
            // Whoever believes `PWD` unseen, as make does, would stay where the user is.
            match directory.canonicalize() {
                Ok(directory) => command.env("PWD", &directory).current_dir(directory),
                Err(error) => return error,
            };
        }
        command.exec()
    }
}

impl std::fmt::Debug for Successor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = |(name, _): &(OsString, OsString)| name.clone();
        f.debug_struct("Successor")
            .field("program", &self.program)
            .field("directory", &self.directory)
            .field("set", &self.set.iter().map(names).collect::<Vec<_>>())
            .field("unset", &self.unset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_arguments_are_not_printed() {
        let successor = Successor {
            program: "tool".into(),
            arguments: vec!["--token=canary".into()],
            directory: Some("/d".into()),
            set: vec![("TOKEN".into(), "canary".into())],
            unset: vec!["OTHER".into()],
        };
        let printed = format!("{successor:?}");
        let expect =
            r#"Successor { program: "tool", directory: Some("/d"), set: ["TOKEN"], unset: ["OTHER"], .. }"#;
        assert_eq!(printed, expect);
    }
}
