//! The versions that stand in the text of a range.

use std::ops::Range;

use crate::value::Version;

/// Returns where versions stand, whole or partial, with their `v`, pre-release and wildcard.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let digits = at + usize::from(bytes[at] == b'v');
        if bytes.get(digits).is_none_or(|byte| !byte.is_ascii_digit()) {
            // A word, however many digits it has: `beta2`.
            let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
            let len = bytes[at..].iter().take_while(|byte| is_word(byte)).count();
            at += len.max(1);
            continue;
        }
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+*".contains(byte);
        at = digits + bytes[digits..].iter().take_while(|byte| is_part(byte)).count();
        found.push(start..at);
    }
    found
}

/// Returns the version that a text from [`find`] states, missing numbers and wildcards being 0.
pub(super) fn padded(text: &str) -> Option<Version> {
    if let Some(version) = Version::parse(text) {
        return Some(version);
    }
    let numbers = text.strip_prefix('v').unwrap_or(text).split('.').map(str::parse::<u64>);
    let mut numbers = numbers.map_while(Result::ok);
    Some(Version::new(numbers.next()?, numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)))
}

/// Returns `version` with the `v`, the precision and the wildcard of `old`.
pub(super) fn like(old: &str, version: &Version) -> String {
    let digits = old.strip_prefix('v').unwrap_or(old);
    let v = &old[..old.len() - digits.len()];
    let n_numbers = digits.split('.').take_while(|part| part.parse::<u64>().is_ok()).count();
    let rest = digits.split('.').nth(n_numbers).filter(|rest| matches!(*rest, "x" | "X" | "*"));
    let full = version.to_string();
    let is_whole = rest.is_none() && (n_numbers >= 3 || Version::parse(old).is_some());
    if is_whole {
        return format!("{v}{full}");
    }
    let base = version.base().to_string();
    let kept: Vec<&str> = base.split('.').take(n_numbers).chain(rest).collect();
    format!("{v}{}", kept.join("."))
}
