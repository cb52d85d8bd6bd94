//! Which version to take: the newest that every channel in use has.

use super::Use;
use crate::value::Version;

/// What a channel said about a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    Has,
    /// The channel says that it is not there.
    Lacks,
    /// Nothing in use would take it from there.
    NotNeeded,
    /// The channel did not say, and why.
    Unknown(String),
}

/// Which versions are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// What stands in the repository now; nothing below it is wanted.
    pub current: Option<Version>,
    /// Only this one.
    pub only: Option<Version>,
    /// Only those that differ from the current one in the last number.
    pub patch: bool,
    /// Pre-releases, too.
    pub pre: bool,
}

/// A version that could be taken, and what speaks for and against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The version.
    pub version: Version,
    /// Why it is not taken, whatever the channels have: it is broken, too young, was taken back.
    pub bar: Option<String>,
    /// When it was published, in seconds since 1970, where somebody said so.
    pub published: Option<u64>,
    /// What each channel said, in the order of [`Table::channels`].
    pub answers: Vec<Answer>,
}

/// Channels and versions: who has what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The channels in use.
    pub channels: Vec<Use>,
    /// The versions that were asked for, newest first.
    pub candidates: Vec<Candidate>,
}

impl Wish {
    /// Returns which of the known versions may be wanted, newest first; of those that are equal but for
    /// their build, the first.
    pub fn candidates(&self, known: impl IntoIterator<Item = Version>) -> Vec<Version> {
        if let Some(only) = &self.only {
            return vec![only.clone()];
        }
        let mut wanted: Vec<Version> = known.into_iter().filter(|version| self.admits(version)).collect();
        wanted.sort_by(|left, right| right.cmp(left));
        wanted.dedup();
        wanted
    }

    fn admits(&self, version: &Version) -> bool {
        let is_newer = self.current.as_ref().is_none_or(|current| version > current);
        let is_in_line =
            !self.patch || self.current.as_ref().is_none_or(|current| version.same_minor(current));
        is_newer && is_in_line && (self.pre || !version.is_prerelease())
    }
}

impl Candidate {
    /// Returns whether nothing speaks against it.
    pub fn is_proved(&self) -> bool {
        self.bar.is_none()
            && self.answers.iter().all(|answer| matches!(answer, Answer::Has | Answer::NotNeeded))
    }

    /// Returns whether nothing that was said speaks against it.
    pub fn is_possible(&self) -> bool {
        self.bar.is_none() && !self.answers.contains(&Answer::Lacks)
    }
}

impl Table {
    /// Returns the newest version that every channel in use has. One that a person named is taken at
    /// their word where a channel does not say.
    pub fn choice(&self, is_named: bool) -> Option<&Candidate> {
        let is_good = |candidate: &&Candidate| {
            if is_named { candidate.is_possible() } else { candidate.is_proved() }
        };
        self.candidates.iter().find(is_good)
    }

    /// Returns the channels that said of no version whether they have it.
    pub fn silent(&self) -> impl Iterator<Item = &Use> {
        let is_silent = |index: usize| {
            let mut answers =
                self.candidates.iter().filter_map(move |candidate| candidate.answers.get(index));
            let mut said = answers.clone().filter(|answer| matches!(answer, Answer::Has | Answer::Lacks));
            said.next().is_none() && answers.any(|answer| matches!(answer, Answer::Unknown(_)))
        };
        self.channels
            .iter()
            .enumerate()
            .filter(move |(index, _)| is_silent(*index))
            .map(|(_, channel)| channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn what_is_wanted_is_newest_first() {
        let known = ["0.21.4", "0.21.8", "0.20.8", "0.22.0", "1.0.0-beta.3", "0.21.8"];
        let check = |wish: Wish, expect: &[&str]| {
            let found = wish.candidates(known.map(version));
            assert_eq!(found.iter().map(Version::to_string).collect::<Vec<_>>(), expect, "{wish:?}");
        };
        let current = Some(version("0.21.4"));
        check(Wish { current: current.clone(), ..Wish::default() }, &["0.22.0", "0.21.8"]);
        check(Wish { current: current.clone(), patch: true, ..Wish::default() }, &["0.21.8"]);
        check(
            Wish { current: current.clone(), pre: true, ..Wish::default() },
            &["1.0.0-beta.3", "0.22.0", "0.21.8"],
        );
        check(Wish { current, only: Some(version("0.9.0")), ..Wish::default() }, &["0.9.0"]);
        check(Wish::default(), &["0.22.0", "0.21.8", "0.21.4", "0.20.8"]);
        check(Wish { current: Some(version("2.0.0")), ..Wish::default() }, &[]);
    }

    fn answers() -> impl Strategy<Value = Answer> {
        prop_oneof![
            Just(Answer::Has),
            Just(Answer::Lacks),
            Just(Answer::NotNeeded),
            Just(Answer::Unknown("silent".to_owned()))
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_chosen_that_somebody_lacks(
            rows in prop::collection::vec((prop::collection::vec(answers(), 3), any::<bool>()), 0..8),
            is_named in any::<bool>(),
        ) {
            let candidates = rows.into_iter().zip((0..20).rev()).map(|((answers, barred), patch)| Candidate {
                version: Version::new(0, 21, patch),
                bar: barred.then(|| "broken".to_owned()),
                published: None,
                answers,
            });
            let table = Table { channels: Vec::new(), candidates: candidates.collect() };
            if let Some(choice) = table.choice(is_named) {
                prop_assert!(choice.bar.is_none() && !choice.answers.contains(&Answer::Lacks));
                let is_unknown = choice.answers.iter().any(|answer| matches!(answer, Answer::Unknown(_)));
                prop_assert!(is_named || !is_unknown);
                let newer = table.candidates.iter().take_while(|candidate| *candidate != choice);
                prop_assert!(newer.filter(|candidate| candidate.is_proved()).count() == 0);
            } else {
                prop_assert!(!table.candidates.iter().any(Candidate::is_proved));
            }
        }
    }
}
