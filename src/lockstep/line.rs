//! Lines of versions (`1.88`, `22`) against one version.

use crate::config::{Policy, Rule};
use crate::site::Kind;
use crate::value::Version;

/// How a line of versions stands to the wanted version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// As the rule and the policy ask for it.
    Fine,
    /// The wanted version is one of them, and so are others.
    Floats,
    /// The wanted version is none of them.
    Differs,
}

/// Returns how the line stands to the wanted version under the rule and the policy.
///
/// As a bound that a repository declares, a line is as good as a version: `rust-version = "1.88"`
/// is at most 1.88.0. A policy that leaves the last number open accepts a line that does so.
pub(crate) fn judge(kind: Kind, line: &str, wanted: &Version, rule: Rule, policy: Policy) -> Line {
    let is_admitted = wanted.is_admitted_by(line);
    let obeys = |test: fn(&Version, &Version) -> bool| {
        let lowest = Version::parse_own(line).map(|version| version.base());
        is_admitted || lowest.is_some_and(|lowest| test(&lowest, &wanted.base()))
    };
    match rule {
        Rule::Ignore => Line::Fine,
        Rule::AtMost if kind == Kind::Custom && obeys(|line, wanted| line <= wanted) => Line::Fine,
        Rule::AtLeast if kind == Kind::Custom && obeys(|line, wanted| line >= wanted) => Line::Fine,
        _ if !is_admitted => Line::Differs,
        _ if policy == Policy::Minor && line.contains('.') => Line::Fine,
        _ => Line::Floats,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_judged_by_rule_and_policy() {
        let (exact, minor) = (Policy::Exact, Policy::Minor);
        for (line, wanted, rule, policy, expect) in [
            ("1.88", "1.88.0", Rule::Equal, exact, Line::Floats),
            ("1.88", "1.88.0", Rule::Equal, minor, Line::Fine),
            ("1", "1.88.0", Rule::Equal, minor, Line::Floats),
            ("1.87", "1.88.0", Rule::Equal, minor, Line::Differs),
            ("1.88", "1.88.3", Rule::AtMost, exact, Line::Fine),
            ("1.85", "1.88.3", Rule::AtMost, exact, Line::Fine),
            ("1.89", "1.88.3", Rule::AtMost, exact, Line::Differs),
            ("1.88", "1.88.3", Rule::AtLeast, exact, Line::Fine),
            ("1.89", "1.88.3", Rule::AtLeast, exact, Line::Fine),
            ("1.85", "1.88.3", Rule::AtLeast, exact, Line::Differs),
            ("16", "16.4", Rule::Equal, exact, Line::Floats),
            ("17", "16.4", Rule::Equal, exact, Line::Differs),
            ("17", "16.4", Rule::Ignore, exact, Line::Fine),
        ] {
            let wanted = Version::parse_own(wanted).unwrap();
            assert_eq!(judge(Kind::Custom, line, &wanted, rule, policy), expect, "{line} {wanted} {rule:?}");
        }
        let wanted = Version::new(0, 21, 8);
        assert_eq!(judge(Kind::ModuleSdk, "0.21", &wanted, Rule::AtMost, exact), Line::Floats);
    }
}
