//! Ranges of other package managers in the words of npm, which differ in details only.

use super::numbers;
use crate::value::Version;

/// Returns a Composer constraint as an npm range (getcomposer.org, "Versions and constraints").
///
/// Stability flags are left out, `,` and `|` are npm's blank and `||`, and the tilde lets the last
/// number given go up: `~0.18` is `>=0.18.0 <1.0.0`.
pub(super) fn composer(text: &str) -> Option<String> {
    let mut alternatives = Vec::new();
    for alternative in text.split('|').filter(|part| !part.trim().is_empty()) {
        let constraints = alternative.split([',', ' ']).filter(|part| !part.is_empty());
        let mut words = Vec::new();
        for constraint in constraints {
            let plain = constraint.split('@').next().unwrap_or(constraint);
            words.push(match plain.strip_prefix('~') {
                Some(version) => tilde(version)?,
                None => plain.replace("==", "="),
            });
        }
        alternatives.push(words.join(" "));
    }
    Some(alternatives.join(" || "))
}

/// Returns a Mix requirement as an npm range (Elixir `Version`, "Requirements").
pub(super) fn hex(text: &str) -> Option<String> {
    let mut alternatives = Vec::new();
    for alternative in text.split(" or ") {
        let mut words = Vec::new();
        for requirement in alternative.split(" and ") {
            let requirement: String = requirement.split_whitespace().collect();
            words.push(match requirement.strip_prefix("~>") {
                Some(version) => tilde(version)?,
                None if requirement.starts_with("!=") => return None,
                None => requirement.replace("==", "="),
            });
        }
        alternatives.push(words.join(" "));
    }
    Some(alternatives.join(" || "))
}

/// Returns the range from a version up to the next change of the number before the last one given.
fn tilde(version: &str) -> Option<String> {
    let low = numbers::padded(version)?;
    let n_numbers = version.trim_start_matches('v').split(['-', '+']).next()?.split('.').count();
    let high = match n_numbers {
        0..=2 => Version::new(low.major() + 1, 0, 0),
        _ => Version::new(low.major(), low.minor() + 1, 0),
    };
    Some(format!(">={low} <{high}"))
}
