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

/// Returns the file as either branch had it, each byte where it stands in the text: markers, and the lines
/// of the other branch and of their common ancestor, are blank.
pub(super) fn sides(text: &str) -> [String; 2] {
    let (mut ours, mut theirs) = (String::with_capacity(text.len()), String::with_capacity(text.len()));
    let (mut is_ours, mut is_theirs) = (true, true);
    for line in text.split_inclusive('\n') {
        let marker = marker(line);
        match marker {
            Some('<') => (is_ours, is_theirs) = (true, false),
            Some('|') => (is_ours, is_theirs) = (false, false),
            Some('=') => (is_ours, is_theirs) = (false, true),
            Some(_) => (is_ours, is_theirs) = (true, true),
            None => {}
        }
        let keep = |side: &mut String, is_kept: bool| {
            if is_kept && marker.is_none() {
                side.push_str(line);
            } else {
                let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
                side.extend(line.bytes().map(|byte| if is_break(&byte) { char::from(byte) } else { ' ' }));
            }
        };
        keep(&mut ours, is_ours);
        keep(&mut theirs, is_theirs);
    }
    [ours, theirs]
}

fn marker(line: &str) -> Option<char> {
    let line = line.trim_end_matches(['\r', '\n']);
    ['<', '|', '=', '>'].into_iter().find(|marker| {
        let rest = line.trim_start_matches(*marker);
        line.len() - rest.len() == 7 && (rest.is_empty() || rest.starts_with(' '))
    })
}
