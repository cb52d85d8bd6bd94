use std::fmt;

/// Which side of the wire a site speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Decides which CLI runs.
    Cli,
    /// Decides which engine runs.
    Engine,
    /// A module's requirement.
    Module,
    /// A module's reference into the engine's own repository.
    ModuleReference,
    /// An application's dependency on an SDK.
    Sdk,
    /// What a package manager has chosen for such a dependency.
    SdkLock,
    /// Neither: judged only against the truth.
    Other,
}

macro_rules! kinds {
    ($($name:ident $word:literal $class:ident $explanation:literal;)*) => {
        /// What sort of place states the version; the word is part of the JSON contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $explanation] $name),*
        }

        impl Kind {
            /// Every kind, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the word of the JSON contract.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// Returns which side of the wire the kind speaks for.
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class),* }
            }

            /// Returns what sort of place it is, as a sentence.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation),* }
            }
        }
    };
}

// The one table of kinds.
kinds! {
    ModuleEngineVersion "module.engine-version" Module
        "`engineVersion` of a module file.";
    ModuleDependency "module.dependency" ModuleReference
        "A module's dependency inside the engine's own repository.";
    ModuleSdk "module.sdk" ModuleReference
        "A module's SDK inside the engine's own repository.";
    NixInput "nix.input" Cli
        "A flake input's pin in `flake.nix`.";
    NixLock "nix.lock" Cli
        "The locked revision in `flake.lock`.";
    NixInline "nix.inline" Cli
        "A version that a Nix expression gives the CLI's derivation.";
    Devenv "devenv" Cli
        "An input in `devenv.yaml`, or its locked revision in `devenv.lock`.";
    Devbox "devbox" Cli
        "A package in `devbox.json`, or what `devbox.lock` resolves it to.";
    ImageEngine "image.engine" Engine
        "A whole engine image reference.";
    ImageEngineTag "image.engine.tag" Engine
        "The tag of an engine image whose repository stands elsewhere.";
    ImageCli "image.cli" Cli
        "A CLI image reference.";
    ChartVersion "chart.version" Engine
        "Version of the engine's Helm chart.";
    ActionVersion "action.version" Cli
        "The version input of a CI action.";
    EnvVersion "env.version" Cli
        "An environment variable.";
    RunnerLabel "runner.label" Engine
        "A version in a CI runner's label.";
    InstallScript "install.script" Cli
        "The version given to the installer script.";
    ReleaseUrl "release.url" Cli
        "A release download address.";
    SdkGo "sdk.go" Sdk
        "The Go SDK that `go.mod` requires.";
    SdkNpm "sdk.npm" Sdk
        "The TypeScript SDK that a package or a Deno project depends on.";
    SdkPython "sdk.python" Sdk
        "The Python SDK that a project depends on.";
    SdkRust "sdk.rust" Sdk
        "The Rust SDK that a crate depends on.";
    SdkElixir "sdk.elixir" Sdk
        "The Elixir SDK that a Mix project depends on.";
    SdkPhp "sdk.php" Sdk
        "The PHP SDK that a Composer package requires.";
    SdkNpmLock "sdk.npm.lock" SdkLock
        "The TypeScript SDK in the lock of npm, pnpm, Yarn, Bun or Deno.";
    SdkPythonLock "sdk.python.lock" SdkLock
        "The Python SDK in the lock of uv, Poetry, PDM or Pipenv.";
    SdkRustLock "sdk.rust.lock" SdkLock
        "The Rust SDK in `Cargo.lock`.";
    SdkElixirLock "sdk.elixir.lock" SdkLock
        "The Elixir SDK in `mix.lock`.";
    SdkPhpLock "sdk.php.lock" SdkLock
        "The PHP SDK in `composer.lock`.";
    ToolMise "tool.mise" Cli
        "A tool's version in the configuration of mise, or in its lock.";
    ToolAsdf "tool.asdf" Cli
        "A tool's version in `.tool-versions`.";
    ToolAqua "tool.aqua" Cli
        "A package's version in the configuration of aqua.";
    Variable "variable" Other
        "Any other variable, input or value that holds the version.";
    Assertion "assertion" Other
        "A version that code compares the running one with.";
    Hint "hint" Other
        "A value that a comment for an update bot marks as the version.";
    Custom "custom" Other
        "A site declared in `pin.toml`.";
}

impl Kind {
    /// Returns the kind that the word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }

    /// Returns whether a version is written with `v` there when nothing says otherwise.
    pub const fn is_written_with_v(self) -> bool {
        matches!(
            self,
            Self::ModuleEngineVersion
                | Self::ModuleDependency
                | Self::ModuleSdk
                | Self::ImageEngine
                | Self::ImageEngineTag
                | Self::ImageCli
                | Self::SdkGo
                | Self::ToolAqua
        )
    }

    /// Returns whether a revision there is one of the flake that packages the CLI.
    pub const fn is_flake_pin(self) -> bool {
        matches!(self, Self::NixInput | Self::NixLock | Self::NixInline | Self::Devenv | Self::Devbox)
    }

    /// Returns the lock's kind of a dependency's kind, and the other way round.
    pub const fn counterpart(self) -> Option<Self> {
        Some(match self {
            Self::SdkNpm => Self::SdkNpmLock,
            Self::SdkPython => Self::SdkPythonLock,
            Self::SdkRust => Self::SdkRustLock,
            Self::SdkElixir => Self::SdkElixirLock,
            Self::SdkPhp => Self::SdkPhpLock,
            Self::SdkNpmLock => Self::SdkNpm,
            Self::SdkPythonLock => Self::SdkPython,
            Self::SdkRustLock => Self::SdkRust,
            Self::SdkElixirLock => Self::SdkElixir,
            Self::SdkPhpLock => Self::SdkPhp,
            _ => return None,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
