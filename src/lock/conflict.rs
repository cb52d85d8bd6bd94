/// Returns where the first line stands that git left to mark a conflict (git-merge, "How conflicts
/// are presented").
pub(super) fn first_marker(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if marker(line).is_some() {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// Returns the text with what both sides of every conflict have, and without what only their common
/// ancestor had.
pub fn resolve(text: &str) -> String {
    let mut is_ancestor = false;
    let kept = text.split_inclusive('\n').filter(|line| match marker(line) {
        Some(marker) => {
            is_ancestor = marker == '|';
            false
        }
        None => !is_ancestor,
    });
    kept.collect()
}

fn marker(line: &str) -> Option<char> {
    let line = line.trim_end_matches(['\r', '\n']);
    ['<', '|', '=', '>'].into_iter().find(|marker| {
        let rest = line.trim_start_matches(*marker);
        line.len() - rest.len() == 7 && (rest.is_empty() || rest.starts_with(' '))
    })
}
