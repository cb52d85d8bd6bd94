//! Differences that a person can read, also when they are about bytes that no terminal shows.

use similar::TextDiff;
use std::fmt::Write as _;

/// The bytes as text in which nothing is invisible: carriage returns, other control characters, a byte order mark and
/// bytes that are no UTF-8 are written as escapes. Newlines stay newlines and tabs stay tabs.
pub(crate) fn visible(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' | '\t' => text.push(character),
                '\u{feff}' => text.push_str("\\u{feff}"),
                control if control.is_control() => text.extend(control.escape_default()),
                plain => text.push(plain),
            }
        }
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").expect("a string takes everything");
        }
    }
    text
}

/// A unified diff from what was wanted to what was found, or `None` when the bytes are equal.
pub(crate) fn of(name: &str, wanted: &[u8], found: &[u8]) -> Option<String> {
    if wanted == found {
        return None;
    }
    let (wanted, found) = (visible(wanted), visible(found));
    let diff = TextDiff::from_lines(&wanted, &found);
    let mut unified = diff.unified_diff();
    unified.context_radius(3).header(&format!("{name} (wanted)"), &format!("{name} (found)"));
    Some(unified.to_string())
}

#[test]
fn a_diff_shows_what_a_terminal_would_hide() {
    let shown = of("f", b"a\r\nb\n", b"\xef\xbb\xbfa\nb\xff").expect("they differ");
    assert_eq!(
        shown,
        "--- f (wanted)\n+++ f (found)\n@@ -1,2 +1,2 @@\n-a\\r\n-b\n+\\u{feff}a\n+b\\xff\n\\ No newline at end of file\n"
    );
    assert_eq!(of("f", b"same", b"same"), None);
}
