//! Names of variables, inputs and keys that say they hold the engine's version.

/// A word beside `dagger` that says the version is another thing's: a module, an SDK, a schema, or
/// the Java library of the same name.
const OTHERS: [&str; 16] = [
    "module",
    "modules",
    "sdk",
    "java",
    "hilt",
    "android",
    "compiler",
    "kotlin",
    "daggerverse",
    "action",
    "path",
    "file",
    "url",
    "min",
    "minimum",
    "schema",
];

/// The CLI's own variable that makes it fetch and run another release, or a commit, of itself.
pub(super) const RELEASE_OVERRIDE: &str = "DAGGER_X_RELEASE";

/// The variable that names the tag of the engine image which a CLI starts (dagger/dagger
/// `engine/consts.go`).
pub(super) const ENGINE_TAG: &str = "_EXPERIMENTAL_DAGGER_TAG";

/// Returns whether a variable, input or key called `name` holds a version of the engine or its CLI:
/// it speaks of `dagger` and of a `version`, and of nothing else that has versions.
pub(super) fn says_dagger_version(name: &str) -> bool {
    if matches!(name, RELEASE_OVERRIDE | ENGINE_TAG) {
        return true;
    }
    let words = words(name);
    let has = |word: &str| words.iter().any(|known| known == word);
    has("dagger")
        && (has("version") || has("ver"))
        && !words.iter().any(|word| OTHERS.contains(&word.as_str()))
}

/// Returns whether `name` is written as environment variables are: upper case.
pub(super) fn is_environment(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && name.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Returns the lower-case words of a name in any of the usual spellings.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_is_lower = false;
    for character in name.chars() {
        let starts_word = character.is_ascii_uppercase() && previous_is_lower;
        if !character.is_ascii_alphanumeric() || starts_word {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric() {
            let lower = character.to_ascii_lowercase();
            if let Some(word) = words.last_mut() {
                word.push(lower);
            }
        }
        previous_is_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_engine_s_own_names_count() {
        for name in [
            "DAGGER_VERSION",
            "dagger-version",
            "daggerVersion",
            "DAGGER_CLI_VERSION",
            "dagger_engine_version",
            "VERSION_DAGGER",
            "dagger.version",
            "DAGGER_X_RELEASE",
            "_EXPERIMENTAL_DAGGER_TAG",
        ] {
            assert!(says_dagger_version(name), "{name}");
        }
        for name in [
            "dagger-module-version",
            "DAGGER_SDK_VERSION",
            "daggerCompilerVersion",
            "VERSION",
            "DAGGER",
            "hilt_dagger_version",
            "DAGGER_VERSION_FILE",
        ] {
            assert!(!says_dagger_version(name), "{name}");
        }
        assert!(is_environment("DAGGER_VERSION"));
        assert!(!is_environment("dagger_version"));
    }
}
