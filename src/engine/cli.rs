//! Finding the CLI of the pinned version: on `PATH`, among those that `pin` has installed, or where it is published.

mod genuine;
mod install;
mod remembered;
mod said;
mod unpack;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::value::{Environment, Version};
use crate::world::{self, Program, find_program};
use genuine::is_genuine;
pub use install::{Archive, InstallError, install};
use remembered::Remembered;
pub use said::version_in;

/// Its name.
pub const NAME: &str = "dagger";

/// Set while `pin` asks a CLI for its version: a `dagger` on `PATH` that runs `pin exec` would go on for ever, and is
/// no CLI.
pub const ASKING: &str = "PIN_ASKS_CLI";

/// How long the CLI may take to say its version, which needs no network.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most that it may say.
const MAX_OUTPUT: usize = 1 << 16;

/// The CLI of the pinned version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cli {
    /// Where it is, absolute.
    pub path: PathBuf,
    /// How it came there.
    pub origin: Origin,
}

/// How a CLI came to be where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is the first on `PATH`.
    Path,
    /// It is the first on `PATH`, out of a Nix store: that of a dev shell, or of a profile.
    Nix,
    /// `pin` has installed it before.
    Own,
    /// `pin` has installed it now.
    Downloaded,
}

impl Origin {
    /// Returns what the origin is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "on PATH",
            Self::Nix => "of a Nix store, on PATH",
            Self::Own => "installed by pin",
            Self::Downloaded => "downloaded",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The CLI of that version.
    Cli(Cli),
    /// None; `on_path` is the first on `PATH`, with its version if it tells one.
    None {
        /// Another CLI.
        on_path: Option<(PathBuf, Option<Version>)>,
    },
}

/// Returns the CLI of a version as far as it is on this machine: the first on `PATH`, else the one that `pin` has
/// installed. A genuine one that was once asked for its version is not run again until it changes.
pub async fn find(version: &Version, environment: &Environment, directory: &Path) -> Found {
    let mut remembered = Remembered::read(environment.state());
    let on_path = find_program(environment.get("PATH"), NAME);
    let mut other = None;
    if let Some(path) = on_path {
        let found = version_of(&path, directory, &mut remembered).await;
        if found.as_ref() == Some(version) {
            remembered.keep();
            let origin = if is_in_nix_store(&path) { Origin::Nix } else { Origin::Path };
            return Found::Cli(Cli { path, origin });
        }
        other = Some((path, found));
    }
    if let Some(path) = own_path(version, environment).filter(|path| world::may_be_run(path))
        && version_of(&path, directory, &mut remembered).await.as_ref() == Some(version)
    {
        remembered.keep();
        return Found::Cli(Cli { path, origin: Origin::Own });
    }
    remembered.keep();
    Found::None { on_path: other }
}

/// Returns where `pin` installs a CLI; never below `$XDG_CACHE_HOME/dagger`, where the Go SDK deletes what it does not
/// know (dagger/dagger `sdk/go/engineconn/cli.go`).
fn own_path(version: &Version, environment: &Environment) -> Option<PathBuf> {
    // Nothing else is a release, and nothing else belongs into a path.
    let version = Version::parse(&version.to_string())?;
    Some(environment.data()?.join("cli").join(NAME).join(version.to_string()).join(NAME))
}

async fn version_of(path: &Path, directory: &Path, remembered: &mut Remembered) -> Option<Version> {
    if let Some(version) = remembered.version(path) {
        return Some(version);
    }
    let version = ask(path, directory).await?;
    if is_genuine(path) {
        remembered.learn(path, &version);
    }
    Some(version)
}

/// Returns the version that the CLI at a path says, if it says one.
async fn ask(path: &Path, directory: &Path) -> Option<Version> {
    let run = Program {
        name: path.into(),
        args: vec!["version".into()],
        directory: directory.to_owned(),
        env: vec![("DAGGER_NO_UPDATE_CHECK", "1".into()), ("DO_NOT_TRACK", "1".into()), (ASKING, "1".into())],
        unset: super::overrides::OF_VERSION,
        input: Vec::new(),
        timeout: TIMEOUT,
        max_output: MAX_OUTPUT,
    };
    let ended = run.run().await.ok()?;
    version_in(&ended.stdout).filter(|_| ended.code == Some(0))
}

/// Returns whether the program is an object of a store, wherever that is: `HASH-NAME/…`.
fn is_in_nix_store(path: &Path) -> bool {
    let real = path.canonicalize();
    let real = real.as_deref().unwrap_or(path);
    let parts = real.iter().filter_map(|part| part.to_str()?.split_once('-'));
    let is_hash = |hash: &str| {
        hash.len() == 32
            && hash
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (byte.is_ascii_lowercase() && !b"eotu".contains(&byte)))
    };
    parts.into_iter().any(|(hash, _)| is_hash(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_known_by_its_names() {
        for (path, expect) in [
            ("/nix/store/0123456789abcdfghijklmnpqrsvwxyz-dagger-0.21.8/bin/dagger", true),
            ("/tmp/store/0123456789abcdfghijklmnpqrsvwxyz-dagger/bin/dagger", true),
            ("/nix/store/0123456789abcdfghijklmnpqrsvwxye-dagger/bin/dagger", false),
            ("/usr/local/bin/dagger", false),
        ] {
            assert_eq!(is_in_nix_store(Path::new(path)), expect, "{path}");
        }
    }

    #[test]
    fn only_a_release_has_a_place() {
        let environment = Environment::new([("HOME".into(), "/h".into())]);
        let check = |version: Version, expect: Option<&str>| {
            assert_eq!(own_path(&version, &environment).as_deref(), expect.map(Path::new));
        };
        check(Version::new(0, 21, 8), Some("/h/.local/share/pin/cli/dagger/0.21.8/dagger"));
        check(Version::parse_own("16.4").unwrap(), None);
        assert_eq!(own_path(&Version::new(0, 21, 8), &Environment::default()), None);
    }
}
