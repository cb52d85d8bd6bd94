use crate::site::Kind;
use crate::value::Version;

/// Returns `version` written as `old` is: with or without `v`, and in a runner's label dashes for
/// dots. A word says nothing about that, so the kind of the site does.
pub(super) fn like(old: &str, kind: Kind, version: &Version) -> String {
    let digits = old.strip_prefix('v').unwrap_or(old);
    let is_version = digits.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let has_v = if is_version { digits.len() < old.len() } else { kind.is_written_with_v() };
    let text = version.to_string();
    let text = if kind == Kind::RunnerLabel && is_dashed(digits) { text.replace('.', "-") } else { text };
    if has_v { format!("v{text}") } else { text }
}

/// Returns whether numbers are joined with dashes, as labels of CI runners do: `0-21-4`.
fn is_dashed(digits: &str) -> bool {
    let mut parts = digits.split('-');
    let is_number = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    !digits.contains('.') && is_number(parts.next()) && is_number(parts.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_of_the_old_text_is_kept() {
        let (new, beta) = (Version::new(0, 21, 8), Version::parse("1.0.0-beta.3").unwrap());
        for (old, with_v, version, expect) in [
            ("v0.21.4", false, &new, "v0.21.8"),
            ("0.21.4", true, &new, "0.21.8"),
            ("v0.21", false, &new, "v0.21.8"),
            ("0", true, &new, "0.21.8"),
            ("latest", true, &new, "v0.21.8"),
            ("latest", false, &new, "0.21.8"),
            ("vnext", true, &new, "v0.21.8"),
            ("", false, &new, "0.21.8"),
            ("v0-21-4", false, &new, "v0-21-8"),
            ("0-21", false, &new, "0-21-8"),
            ("v1.0.0-beta.2", false, &beta, "v1.0.0-beta.3"),
            ("0.21.4", false, &beta, "1.0.0-beta.3"),
            ("0-21-4", false, &beta, "1-0-0-beta-3"),
            ("4b825dc642cb6eb9a060e54bf8d69288fbee4904", false, &new, "0.21.8"),
        ] {
            assert_eq!(
                like(old, if with_v { Kind::ImageEngine } else { Kind::RunnerLabel }, version),
                expect,
                "{old}"
            );
        }
    }
}
