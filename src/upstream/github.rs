//! What the API of GitHub says about repositories (docs.github.com, "REST API").

use serde::Deserialize;

use crate::value::{Rev, Version, parse_moment};

/// The most bytes of one page.
pub(super) const MAX_SIZE: usize = 8 << 20;

/// A commit of the flake's repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub rev: Rev,
    /// The first line of its message.
    pub subject: String,
    /// When it was committed, in seconds since 1970.
    pub committed: u64,
}

/// A reference ("List matching references").
#[derive(Deserialize)]
pub(super) struct RefRow {
    #[serde(rename = "ref")]
    name: String,
}

/// A commit ("List commits").
#[derive(Deserialize)]
pub(super) struct CommitRow {
    sha: String,
    commit: CommitDetail,
}

#[derive(Deserialize)]
struct CommitDetail {
    message: String,
    committer: Option<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    date: String,
}

impl RefRow {
    /// Returns the version of `refs/tags/vVERSION`; a tag with a build is no release.
    pub(super) fn version(&self) -> Option<Version> {
        let digits = self.name.strip_prefix("refs/tags/v").filter(|tag| !tag.starts_with('v'))?;
        Version::parse(digits).filter(|_| !digits.contains('+'))
    }
}

impl CommitRow {
    /// Returns the commit, or what is wrong with it.
    pub(super) fn commit(self) -> Result<Commit, String> {
        let Self { sha, commit: CommitDetail { message, committer } } = self;
        let rev = Rev::parse(&sha).ok_or_else(|| format!("`{sha}` is no commit"))?;
        let date = committer.map(|committer| committer.date).unwrap_or_default();
        let committed =
            parse_moment(&date).ok_or_else(|| format!("`{date}` is no date of the commit {rev}"))?;
        Ok(Commit { rev, subject: message.lines().next().unwrap_or_default().to_owned(), committed })
    }
}

/// Returns the commits that may package the version, newest first. A commit that says it packages it is
/// one, until it was taken back: what was before that is none, and neither is anything when the newest
/// commit about the version takes it back.
pub fn commits_for(commits: &[Commit], version: &Version) -> Vec<Rev> {
    let mentions = commits.iter().filter_map(|commit| {
        let (is_revert, packaged) = subject(&commit.subject)?;
        (packaged == *version).then_some((is_revert, commit.rev))
    });
    mentions.take_while(|(is_revert, _)| !is_revert).map(|(_, rev)| rev).collect()
}

/// Returns whether a commit takes something back, and the version that it is about: `dagger:  -> v0.21.9`,
/// `Revert "dagger: v0.21.8 -> v0.21.9" (#40)`.
fn subject(text: &str) -> Option<(bool, Version)> {
    let mut rest = text.trim();
    let mut is_revert = false;
    loop {
        if let Some(inner) = rest.strip_prefix("Revert \"") {
            is_revert = !is_revert;
            rest = inner;
        } else if let Some(inner) = rest.strip_prefix("Reapply \"") {
            rest = inner;
        } else {
            break;
        }
    }
    let (_, target) = rest.strip_prefix("dagger:")?.split_once("->")?;
    let word = target.split_whitespace().next()?.trim_end_matches('"');
    Version::parse(word).map(|version| (is_revert, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_subject_says_what_is_packaged() {
        for (text, expect) in [
            ("dagger:  -> v0.21.9", Some((false, "0.21.9"))),
            ("dagger: v0.19.1 -> v0.19.2", Some((false, "0.19.2"))),
            ("dagger: modules/evaluator/v0.1.0 -> v0.18.17", Some((false, "0.18.17"))),
            ("dagger:  -> v0.21.9 (#39)", Some((false, "0.21.9"))),
            ("Revert \"dagger:  -> v0.21.9\" (#40)", Some((true, "0.21.9"))),
            ("Revert \"Revert \"dagger:  -> v0.21.9\"\"", Some((false, "0.21.9"))),
            ("Reapply \"dagger:  -> v0.21.9\"", Some((false, "0.21.9"))),
            ("container-use: v0.4.1 -> v0.4.2", None),
            ("update dagger to 0.9.6 (#12)", None),
            ("dagger: bump", None),
            ("", None),
        ] {
            let found = subject(text);
            let expect = expect.map(|(is_revert, version)| (is_revert, Version::parse(version).unwrap()));
            assert_eq!(found, expect, "{text}");
        }
    }

    #[test]
    fn what_was_taken_back_is_no_candidate() {
        let commit = |n: u8, subject: &str| Commit {
            rev: Rev::from_bytes([n; 20]),
            subject: subject.to_owned(),
            committed: 0,
        };
        let commits = [
            commit(9, "dagger:  -> v0.21.10"),
            commit(8, "Revert \"dagger:  -> v0.21.9\" (#40)"),
            commit(7, "dagger:  -> v0.21.9"),
            commit(6, "update the README"),
            commit(5, "dagger:  -> v0.20.7"),
            commit(4, "dagger:  -> v0.20.7"),
            commit(3, "Revert \"dagger:  -> v0.20.7\""),
            commit(2, "dagger:  -> v0.20.7"),
        ];
        let check = |version: &str, expect: &[u8]| {
            let found = commits_for(&commits, &Version::parse(version).unwrap());
            let expect: Vec<Rev> = expect.iter().map(|n| Rev::from_bytes([*n; 20])).collect();
            assert_eq!(found, expect, "{version}");
        };
        check("0.21.10", &[9]);
        check("0.21.9", &[]);
        check("0.20.7", &[5, 4]);
        check("0.20.8", &[]);
    }

    #[test]
    fn only_tags_of_releases_are_versions() {
        for (name, expect) in [
            ("refs/tags/v0.21.9", Some("0.21.9")),
            ("refs/tags/v1.0.0-beta.3", Some("1.0.0-beta.3")),
            ("refs/tags/v0.21.9+x", None),
            ("refs/tags/vv0.21.9", None),
            ("refs/tags/v0.21", None),
            ("refs/heads/v0.21.9", None),
            ("refs/tags/sdk/go/v0.21.9", None),
        ] {
            let found = RefRow { name: name.to_owned() }.version();
            assert_eq!(found, expect.and_then(Version::parse), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(Revert \"){0,3}(dagger:)?.{0,12}(->)?.{0,12}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z") {
            drop(subject(&text));
            let _seconds = parse_moment(&text);
        }
    }
}
