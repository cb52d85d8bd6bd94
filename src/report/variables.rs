//! Variables in the words of whoever reads them: shells, dotenv files, a CI runner, scripts.

/// Who reads variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// bash, and every other shell that speaks POSIX.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// A `.env` file.
    Dotenv,
    /// The file that `$GITHUB_ENV` names.
    Github,
    /// Scripts.
    Json,
}

impl Shell {
    /// Returns the shell that a path such as `$SHELL` names; one that nobody knows speaks POSIX.
    pub fn of(path: Option<&str>) -> Self {
        match path.and_then(|path| path.rsplit('/').next()) {
            Some("zsh") => Self::Zsh,
            Some("fish") => Self::Fish,
            _ => Self::Bash,
        }
    }
}

/// A variable that is set only where nobody else has set it, and the marker that says who did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name of the marker, which gets the same value.
    pub marker: &'a str,
    /// The value.
    pub value: &'a str,
    /// Variables that have to be there beside it, unless they are: names and values.
    pub beside: &'a [(&'a str, &'a str)],
}

/// A value that a reader cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot be printed: {why}")]
pub struct Unprintable {
    /// The variable.
    name: String,
    /// What stands in the way.
    why: &'static str,
}

/// Returns the lines that set a variable. A shell that evaluates them keeps what somebody else has set, and replaces
/// what `pin` itself has set before; the others have no conditions.
pub fn variables(shell: Shell, exported: Option<Exported<'_>>) -> Result<String, Unprintable> {
    let Some(Exported { name, marker, value, beside }) = exported else {
        return Ok(if shell == Shell::Json { super::json::env(&[]) } else { String::new() });
    };
    let all: Vec<(&str, &str)> =
        [(name, value), (marker, value)].into_iter().chain(beside.iter().copied()).collect();
    let refuse = |name: &str, why| Unprintable { name: name.to_owned(), why };
    if let Some((name, _)) = all.iter().find(|(_, value)| value.contains(char::is_control)) {
        return Err(refuse(name, "its value has a control character"));
    }
    Ok(match shell {
        Shell::Bash | Shell::Zsh => {
            let value = posix_quoted(value);
            let beside = beside.iter().map(|(name, value)| {
                format!("  [ -n \"${{{name}:-}}\" ] || export {name}={}\n", posix_quoted(value))
            });
            format!(
                "if [ -z \"${{{name}:-}}\" ] || [ \"${{{name}:-}}\" = \"${{{marker}:-}}\" ]; then\n\
                 \x20 {name}={value} {marker}={value}\n  export {marker}\n{}fi\nexport {name}\n",
                beside.collect::<String>()
            )
        }
        Shell::Fish => {
            let value = fish(value);
            let beside = beside
                .iter()
                .map(|(name, value)| format!("  test -n \"${name}\"; or set -gx {name} {}\n", fish(value)));
            format!(
                "if test -z \"${name}\"; or test \"${name}\" = \"${marker}\"\n\
                 \x20 set -gx {name} {value}\n  set -gx {marker} {value}\n{}else\n  set -gx {name} ${name}\nend\n",
                beside.collect::<String>()
            )
        }
        Shell::Dotenv => {
            let why = "its value has what readers of dotenv files expand, and no two of them agree on that";
            let line = |(name, value): &(&str, &str)| {
                Ok(format!("{name}={}\n", dotenv(value).ok_or_else(|| refuse(name, why))?))
            };
            all.iter().map(line).collect::<Result<String, Unprintable>>()?
        }
        // What stands behind the first `=` is taken as it is (actions/runner `FileCommandManager.cs`).
        Shell::Github => all.iter().map(|(name, value)| format!("{name}={value}\n")).collect(),
        Shell::Json => super::json::env(&all),
    })
}

/// Returns a value as a word of a shell that speaks POSIX: between `'` nothing means anything (POSIX.1-2024, Shell Command
/// Language, 2.2.2).
pub fn posix_quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Between `'` only `\\` and `\'` mean anything (fish, "Quotes").
fn fish(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// Returns a value as every reader of such files takes it, if there is a form for it.
fn dotenv(value: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@,+=".contains(c);
    if value.chars().all(is_plain) {
        Some(value.to_owned())
    } else if value.contains("${") {
        // python-dotenv expands that between `'`, too.
        None
    } else if !value.contains('\'') {
        Some(format!("'{value}'"))
    } else if !value.contains(['"', '\\', '$', '`']) {
        Some(format!("\"{value}\""))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(value: &str) -> Exported<'_> {
        Exported { name: "HOST", marker: "PIN_ENGINE", value, beside: &[] }
    }

    #[test]
    fn each_reader_gets_its_own_form() {
        let check = |shell, value, expect: &str| {
            assert_eq!(variables(shell, Some(exported(value))).as_deref(), Ok(expect), "{shell:?} {value}");
        };
        let posix = "if [ -z \"${HOST:-}\" ] || [ \"${HOST:-}\" = \"${PIN_ENGINE:-}\" ]; then\n  \
                     HOST='unix:///it'\\''s' PIN_ENGINE='unix:///it'\\''s'\n  export PIN_ENGINE\nfi\nexport HOST\n";
        check(Shell::Bash, "unix:///it's", posix);
        check(Shell::Zsh, "unix:///it's", posix);
        check(
            Shell::Fish,
            r"unix:///it's\",
            "if test -z \"$HOST\"; or test \"$HOST\" = \"$PIN_ENGINE\"\n  set -gx HOST 'unix:///it\\'s\\\\'\n  \
             set -gx PIN_ENGINE 'unix:///it\\'s\\\\'\nelse\n  set -gx HOST $HOST\nend\n",
        );
        check(Shell::Dotenv, "unix:///a.sock", "HOST=unix:///a.sock\nPIN_ENGINE=unix:///a.sock\n");
        check(Shell::Dotenv, "unix:///$a #b", "HOST='unix:///$a #b'\nPIN_ENGINE='unix:///$a #b'\n");
        check(Shell::Dotenv, "unix:///it's", "HOST=\"unix:///it's\"\nPIN_ENGINE=\"unix:///it's\"\n");
        check(Shell::Github, "unix:///a b=$c", "HOST=unix:///a b=$c\nPIN_ENGINE=unix:///a b=$c\n");
        check(
            Shell::Json,
            "unix:///\"",
            "{\"version\":1,\"variables\":[{\"name\":\"HOST\",\"value\":\"unix:///\\\"\"},\
             {\"name\":\"PIN_ENGINE\",\"value\":\"unix:///\\\"\"}]}\n",
        );
    }

    #[test]
    fn what_is_needed_beside_it_is_set_with_it() {
        let check = |shell, expect: &str| {
            let beside = [("DOCKER_HOST", "unix:///d")];
            let printed = variables(shell, Some(Exported { beside: &beside, ..exported("x") }));
            let printed = printed.unwrap();
            assert!(printed.contains(expect), "{shell:?}\n{printed}");
        };
        check(
            Shell::Zsh,
            "  export PIN_ENGINE\n  [ -n \"${DOCKER_HOST:-}\" ] || export DOCKER_HOST='unix:///d'\nfi\n",
        );
        check(Shell::Fish, "  test -n \"$DOCKER_HOST\"; or set -gx DOCKER_HOST 'unix:///d'\nelse\n");
        check(Shell::Dotenv, "PIN_ENGINE=x\nDOCKER_HOST=unix:///d\n");
        check(Shell::Github, "PIN_ENGINE=x\nDOCKER_HOST=unix:///d\n");
        check(Shell::Json, "[{\"name\":\"DOCKER_HOST\",\"value\":\"unix:///d\"},{\"name\":\"HOST\"");
    }

    #[test]
    fn what_a_reader_cannot_be_told_is_refused() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Dotenv, Shell::Github, Shell::Json] {
            for value in ["a\nb", "a\rb", "a\0b", "\u{1b}[2J"] {
                assert!(variables(shell, Some(exported(value))).is_err(), "{shell:?} {value:?}");
            }
        }
        for value in ["${HOME}", "it's $HOME", "'\"'", "'`'", r"'\'"] {
            assert!(variables(Shell::Dotenv, Some(exported(value))).is_err(), "{value}");
        }
    }

    #[test]
    fn nothing_to_set_is_nothing_to_print() {
        assert_eq!(variables(Shell::Bash, None).as_deref(), Ok(""));
        assert_eq!(variables(Shell::Json, None).as_deref(), Ok("{\"version\":1,\"variables\":[]}\n"));
    }

    #[test]
    fn the_shell_is_known_by_its_name() {
        for (path, expect) in [
            (Some("/usr/bin/fish"), Shell::Fish),
            (Some("/bin/zsh"), Shell::Zsh),
            (Some("/bin/sh"), Shell::Bash),
            (Some("zsh"), Shell::Zsh),
            (Some(""), Shell::Bash),
            (None, Shell::Bash),
        ] {
            assert_eq!(Shell::of(path), expect, "{path:?}");
        }
    }
}
