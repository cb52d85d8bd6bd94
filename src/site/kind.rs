use std::fmt;

/// What sort of place states the version; the word is part of the JSON contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `engineVersion` of a module file.
    ModuleEngineVersion,
    /// A module's dependency inside the engine's own repository.
    ModuleDependency,
    /// A module's SDK inside the engine's own repository.
    ModuleSdk,
    /// A flake input's pin in `flake.nix`.
    NixInput,
    /// The locked revision in `flake.lock`.
    NixLock,
    /// A version that a Nix expression gives the CLI's derivation.
    NixInline,
    /// A whole engine image reference.
    ImageEngine,
    /// The tag of an engine image whose repository stands elsewhere.
    ImageEngineTag,
    /// A CLI image reference.
    ImageCli,
    /// Version of the engine's Helm chart.
    ChartVersion,
    /// The version input of a CI action.
    ActionVersion,
    /// An environment variable.
    EnvVersion,
    /// A version in a CI runner's label.
    RunnerLabel,
    /// The version given to the installer script.
    InstallScript,
    /// A release download address.
    ReleaseUrl,
    /// Any other variable, input or value that holds the version.
    Variable,
    /// A site declared in `pin.toml`.
    Custom,
}

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
    /// Neither: judged only against the truth.
    Other,
}

impl Kind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 17] = [
        Self::ModuleEngineVersion,
        Self::ModuleDependency,
        Self::ModuleSdk,
        Self::NixInput,
        Self::NixLock,
        Self::NixInline,
        Self::ImageEngine,
        Self::ImageEngineTag,
        Self::ImageCli,
        Self::ChartVersion,
        Self::ActionVersion,
        Self::EnvVersion,
        Self::RunnerLabel,
        Self::InstallScript,
        Self::ReleaseUrl,
        Self::Variable,
        Self::Custom,
    ];

    /// Returns the word of the JSON contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ModuleEngineVersion => "module.engine-version",
            Self::ModuleDependency => "module.dependency",
            Self::ModuleSdk => "module.sdk",
            Self::NixInput => "nix.input",
            Self::NixLock => "nix.lock",
            Self::NixInline => "nix.inline",
            Self::ImageEngine => "image.engine",
            Self::ImageEngineTag => "image.engine.tag",
            Self::ImageCli => "image.cli",
            Self::ChartVersion => "chart.version",
            Self::ActionVersion => "action.version",
            Self::EnvVersion => "env.version",
            Self::RunnerLabel => "runner.label",
            Self::InstallScript => "install.script",
            Self::ReleaseUrl => "release.url",
            Self::Variable => "variable",
            Self::Custom => "custom",
        }
    }

    /// Returns the kind that the word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Returns which side of the wire the kind speaks for.
    pub const fn class(self) -> Class {
        match self {
            Self::NixInput
            | Self::NixLock
            | Self::NixInline
            | Self::ActionVersion
            | Self::EnvVersion
            | Self::InstallScript
            | Self::ReleaseUrl
            | Self::ImageCli => Class::Cli,
            Self::ImageEngine | Self::ImageEngineTag | Self::ChartVersion | Self::RunnerLabel => {
                Class::Engine
            }
            Self::ModuleEngineVersion => Class::Module,
            Self::ModuleDependency | Self::ModuleSdk => Class::ModuleReference,
            Self::Variable | Self::Custom => Class::Other,
        }
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
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
