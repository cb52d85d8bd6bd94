use crate::value::Version;

/// So many lines are looked at; the CLI prints five.
const MAX_LINES: usize = 20;

/// Returns which version of the CLI prints that as `dagger version`, without the build that it was made from.
///
/// Until 1.0.0-beta.5 it is one line, `dagger v0.20.8 (image://registry.dagger.io/engine:v0.20.8) linux/amd64`
/// (dagger/dagger v0.21.8 `cmd/dagger/version.go`), since then one line a fact, `version:     v1.0.0-beta.10`.
pub fn version_in(said: &str) -> Option<Version> {
    said.lines().take(MAX_LINES).find_map(|line| {
        let mut words = line.split_whitespace();
        let word = match words.next()? {
            "dagger" | "version:" => words.next()?,
            _ => return None,
        };
        Version::parse(word.split('+').next()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(said: &str, expect: Option<&str>) {
        let found = version_in(said).map(|version| version.to_string());
        assert_eq!(found.as_deref(), expect, "{said:?}");
    }

    #[test]
    fn both_forms_are_read() {
        check("dagger v0.20.8 (image://registry.dagger.io/engine:v0.20.8) linux/amd64\n", Some("0.20.8"));
        check(
            "dagger v0.18.14 (docker-image://registry.dagger.io/engine:v0.18.14) linux/amd64\n",
            Some("0.18.14"),
        );
        check("dagger v0.17.0-llm.2 (registry.dagger.io/engine) darwin/arm64", Some("0.17.0-llm.2"));
        check(
            "version:     v1.0.0-beta.10\ncommit:      0e19eba6\ndirty:       false\nplatform:    linux/amd64\n\
             runner-host: image://registry.dagger.io/engine:v1.0.0-beta.10\n",
            Some("1.0.0-beta.10"),
        );
        check("version: v1.0.0-beta.10+0e19eba6.dirty\n", Some("1.0.0-beta.10"));
        // A build of no release is another version.
        check("dagger v0.21.9-260801000000-0e19eba6 (x) linux/amd64\n", Some("0.21.9-260801000000-0e19eba6"));
        check("a new release is available\ndagger v0.21.8 (x) linux/amd64\n", Some("0.21.8"));
    }

    #[test]
    fn nothing_is_guessed() {
        for said in [
            "",
            "dagger",
            "dagger \n",
            "dagger devel (x) linux/amd64",
            "dagger 0.21 (x) linux/amd64",
            "dagger version v0.21.8",
            "v0.21.8",
            "Docker version 26.1.5, build a72d7cd",
            "dagger-engine v0.21.8",
            "dagger v0.21.8;rm (x)",
            "version:",
            &format!("{}dagger v0.21.8", "x\n".repeat(MAX_LINES)),
        ] {
            check(said, None);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(said in "(dagger |version: |v[0-9.]{1,8}|\n|.{0,30}){0,8}") {
            drop(version_in(&said));
        }

        #[test]
        fn what_is_printed_is_read(major in 0_u64..3, minor: u16, patch: u16, pre in "(-beta\\.[0-9]{1,3})?") {
            prop_assume!(Version::parse(&format!("{major}.{minor}.{patch}{pre}")).is_some());
            let version = format!("{major}.{minor}.{patch}{pre}");
            let expect = Version::parse(&version);
            prop_assert_eq!(&version_in(&format!("dagger v{version} (image://x) linux/amd64\n")), &expect);
            prop_assert_eq!(&version_in(&format!("version:     v{version}+ab\ncommit: x\n")), &expect);
        }
    }
}
