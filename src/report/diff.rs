use similar::TextDiff;

/// Returns the unified diff of one file, with `a/` and `b/` paths as git has them, and `/dev/null` for a
/// file that is made; empty when nothing differs.
pub fn unified(path: &str, before: &[u8], after: &[u8]) -> String {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    if before == after {
        return String::new();
    }
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    let from = if before.is_empty() { "/dev/null".to_owned() } else { format!("a/{path}") };
    diff.unified_diff().context_radius(3).header(&from, &format!("b/{path}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_is_shown_with_its_neighbours() {
        let diff = unified("x", b"a\nb\nc", b"a\nB\nc");
        assert_eq!(diff, "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n\\ No newline at end of file\n");
        assert_eq!(unified("x", b"a", b"a"), "");
        assert_eq!(unified("x", b"", b"a\n"), "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n");
    }
}
