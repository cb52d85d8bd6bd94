use super::Bench;
use crate::finding::Finding;

/// Returns whether pin.toml or a comment on the line says that the finding is known and accepted.
pub(super) fn is_ignored(finding: &Finding, bench: &Bench<'_>) -> bool {
    let configured = bench.toolchain.ignore.iter().any(|ignore| {
        ignore.code == Some(finding.code) && ignore.matches(&finding.primary.path, finding.kind)
    });
    configured || is_ignored_in_line(finding, bench)
}

/// `pin: ignore[code]`, with several codes separated by commas, after `#`, `//` or `/*`.
fn is_ignored_in_line(finding: &Finding, bench: &Bench<'_>) -> bool {
    let Some(source) = bench.repository.sources.get(&finding.primary.path) else { return false };
    let (start, line) = source.line_at(finding.primary.span.start);
    let after = (finding.primary.span.end - start).min(line.len());
    let Some(rest) = line.get(after..) else { return false };
    let Some(comment) = ["#", "//", "/*"].iter().filter_map(|mark| rest.find(mark)).min() else {
        return false;
    };
    let Some((_, codes)) = rest[comment..].split_once("pin: ignore[") else { return false };
    let codes = codes.split_once(']').map_or("", |(codes, _)| codes);
    codes.split(',').any(|code| code.trim() == finding.code.as_str())
}
