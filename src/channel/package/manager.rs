//! Package managers, their programs and their locks.

/// A package manager, which knows the mirrors and credentials of whoever uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    /// The `go` command.
    Go,
    /// npm.
    Npm,
    /// pnpm.
    Pnpm,
    /// Yarn 1.
    YarnClassic,
    /// Yarn from 2 on.
    YarnBerry,
    /// Bun.
    Bun,
    /// Deno.
    Deno,
    /// pip.
    Pip,
    /// uv.
    Uv,
    /// Poetry.
    Poetry,
    /// PDM.
    Pdm,
    /// Pipenv.
    Pipenv,
    /// Cargo.
    Cargo,
    /// Mix, with Hex.
    Mix,
    /// Composer.
    Composer,
}

/// Locks, whose they are, and what brings each up to date with its manifest.
pub(super) const LOCKS: &[(&str, Manager, &str)] = &[
    ("package-lock.json", Manager::Npm, "npm install"),
    ("npm-shrinkwrap.json", Manager::Npm, "npm install"),
    ("pnpm-lock.yaml", Manager::Pnpm, "pnpm install"),
    ("yarn.lock", Manager::YarnClassic, "yarn install"),
    ("bun.lock", Manager::Bun, "bun install"),
    ("bun.lockb", Manager::Bun, "bun install"),
    ("deno.lock", Manager::Deno, "deno install"),
    ("uv.lock", Manager::Uv, "uv lock"),
    ("poetry.lock", Manager::Poetry, "poetry lock"),
    ("pdm.lock", Manager::Pdm, "pdm lock"),
    ("Pipfile.lock", Manager::Pipenv, "pipenv lock"),
    ("Cargo.lock", Manager::Cargo, "cargo update --package dagger-sdk"),
    ("mix.lock", Manager::Mix, "mix deps.get"),
    ("composer.lock", Manager::Composer, "composer update dagger/dagger"),
    // Its sums follow from what it requires.
    ("go.mod", Manager::Go, "go mod tidy"),
];

impl Manager {
    /// Every manager.
    pub const ALL: [Self; 15] = [
        Self::Go,
        Self::Npm,
        Self::Pnpm,
        Self::YarnClassic,
        Self::YarnBerry,
        Self::Bun,
        Self::Deno,
        Self::Pip,
        Self::Uv,
        Self::Poetry,
        Self::Pdm,
        Self::Pipenv,
        Self::Cargo,
        Self::Mix,
        Self::Composer,
    ];

    /// Returns what people call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic | Self::YarnBerry => "Yarn",
            Self::Bun => "Bun",
            Self::Deno => "Deno",
            Self::Pip => "pip",
            Self::Uv => "uv",
            Self::Poetry => "Poetry",
            Self::Pdm => "PDM",
            Self::Pipenv => "Pipenv",
            Self::Cargo => "Cargo",
            Self::Mix => "Mix",
            Self::Composer => "Composer",
        }
    }

    /// Returns the program that is asked. PDM and Pipenv have no question for it: pip is asked for them, at
    /// the indexes that they are told.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic | Self::YarnBerry => "yarn",
            Self::Bun => "bun",
            Self::Deno => "deno",
            Self::Pip | Self::Pdm | Self::Pipenv => "pip",
            Self::Uv => "uv",
            Self::Poetry => "poetry",
            Self::Cargo => "cargo",
            Self::Mix => "mix",
            Self::Composer => "composer",
        }
    }

    /// Returns whether the client that is asked for it has to be told where packages come from.
    pub(super) const fn is_told(self) -> bool {
        matches!(self, Self::Pip | Self::Pdm | Self::Pipenv)
    }
}

/// Returns the command that brings the lock of this file name up to date with its manifest.
pub(crate) fn refresh(file: &str) -> Option<&'static str> {
    LOCKS.iter().find(|(lock, ..)| *lock == file).map(|(.., command)| *command)
}
