use std::fmt;

use super::Severity;

macro_rules! codes {
    ($($name:ident $word:literal $severity:ident $explanation:literal;)*) => {
        /// The stable word for a sort of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $explanation] $name),*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the kebab-case word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// Returns how much a finding of this code matters unless the catalog says otherwise.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }

            /// Returns what `pin why --code` says.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation),* }
            }
        }
    };
}

// The one table of codes.
codes! {
    ModuleAheadOfEngine "module-ahead-of-engine" Breaks
        "A module's `engineVersion` is newer than the engine that will load it. Dagger refuses it: `module requires dagger X, but you have Y`. Where the repository names no engine, the CLI's own version counts, because a CLI starts an engine of its own version.";
    ModuleBelowMinimum "module-below-minimum" Breaks
        "A module's `engineVersion` is older than the engine still supports. Dagger refuses it: `support for that version has been removed`.";
    OutsideWindow "outside-window" Breaks
        "A CLI and an engine are further apart than the engine's own compatibility window allows: `incompatible engine version` or `incompatible client version`.";
    KnownBadPair "known-bad-pair" Breaks
        "This CLI and this engine are inside the documented window and still known not to work together.";
    BrokenRelease "broken-release" Breaks
        "This release itself is broken: withdrawn, or published with different contents under one version.";
    UnresolvableReference "unresolvable-reference" Breaks
        "A reference names something that cannot exist, such as a tag of a repository that has none.";
    ChecksumMismatch "checksum-mismatch" Breaks
        "The checksum beside a version is that of another release.";
    VersionDrift "version-drift" Drift
        "A place states another version than the truth, or places that must agree differ and nothing says which is right.";
    TagDigestConflict "tag-digest-conflict" Drift
        "One image tag is pinned to different digests.";
    StaleLock "stale-lock" Drift
        "A package manager's lock holds a version of the SDK that the manifest no longer admits.";
    LockAndFlakeDisagree "lock-and-flake-disagree" Drift
        "`flake.nix` pins one revision of an input and `flake.lock` another; the next Nix command rewrites the lock.";
    FloatingVersion "floating-version" Floating
        "A word that moves (`latest`, `main`, a range) stands where a version belongs, so every run may use another one.";
    MissingVersion "missing-version" Floating
        "No version is given where one belongs, so a default that moves is used.";
    UnpinnedInput "unpinned-input" Floating
        "A flake input has neither a revision nor a lock entry.";
    PartialVersion "partial-version" Floating
        "A line of versions (`0.21`) is given where one version belongs.";
    UnknownRevision "unknown-revision" Unknown
        "A revision or digest that neither the embedded catalog nor `pin.lock` lists, so its version cannot be told offline.";
    UnresolvedIndirection "unresolved-indirection" Unknown
        "The value comes from somewhere that no file of this repository tells.";
    InvalidVersion "invalid-version" Invalid
        "The text is no version, and only a version may stand there.";
    ModulesDiffer "modules-differ" Note
        "Modules ask for different engine versions in a repository that names neither a CLI nor an engine.";
    ShadowedVersion "shadowed-version" Note
        "A version that is present but overridden: what runs is another one.";
    SdkBehind "sdk-behind" Note
        "An application's SDK is older than the engine, which still serves it.";
    ToleratedVersion "tolerated-version" Note
        "Differs from the truth, but `also` in pin.toml allows it for now.";
    RunnerHostClobbered "runner-host-clobbered" Note
        "A file that a developer's shell loads sets a variable that chooses the engine (`_EXPERIMENTAL_DAGGER_RUNNER_HOST`, `DAGGER_ENGINE`, `DAGGER_CLOUD_ENGINE`, `DAGGER_SESSION_PORT`) whatever it was before. Where a pod, a CI job or `pin exec` injects an engine, that one is passed over, and with it its version and its cache. Set it only when nothing was injected.";
    EnvironmentOverride "environment-override" Note
        "A file that a developer's shell loads sets a variable by which the CLI or the SDKs stop using what the repository states: `_EXPERIMENTAL_DAGGER_CLI_BIN` makes SDKs run another CLI, `_EXPERIMENTAL_DAGGER_MIN_VERSION` moves the oldest version that CLI and engine let in.";
    MisleadingVersionAttribute "misleading-version-attribute" Note
        "A derivation's `version` says one thing and the address it is fetched from another; what runs is what is fetched.";
}

impl Code {
    /// Returns the code that the word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own_and_an_explanation() {
        let words: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL.iter().copied() {
            assert_eq!(Code::parse(code.as_str()), Some(code));
            assert!(code.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{code}");
            assert!(code.explanation().ends_with('.'), "{code}");
        }
    }
}
