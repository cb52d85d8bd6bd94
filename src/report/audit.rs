use std::fmt::Write as _;

use super::count;
use crate::audit::{Entry, Verified};
use crate::value::date;

/// Returns the entries of the audit log, one a line, oldest first.
pub fn entries(entries: &[Entry]) -> String {
    let mut out = String::new();
    let number = entries.last().map_or(0, |entry| entry.seq.to_string().len());
    let action = entries.iter().map(|entry| entry.action.chars().count()).max().unwrap_or(0);
    for entry in entries {
        let (when, what) = (date(entry.time), words(entry));
        let _ = writeln!(out, "{:>number$}  {when}  {:<action$}  {what}", entry.seq, plain(&entry.action));
    }
    out
}

fn words(entry: &Entry) -> String {
    let mut words = vec![format!("{} {}", entry.toolchain, entry.version)];
    words.extend(entry.project.as_ref().map(|project| format!("project {project}")));
    words.extend(entry.mode.clone());
    words.extend(entry.privileged.then(|| "privileged".to_owned()));
    words.extend(entry.container.as_ref().map(|container| format!("container {container}")));
    words.extend(entry.image.as_ref().map(|image| format!("image {image}")));
    let reason = entry.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    plain(&(words.join(", ") + &reason))
}

/// What stands in a file may try to move the terminal's cursor.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// Returns what was verified, in words.
pub fn verified(verified: &Verified) -> String {
    let entries = match verified.entries {
        1 => "1 entry".to_owned(),
        entries => format!("{entries} entries"),
    };
    let mut out = match verified.files {
        0 => "nothing has been written down yet\n".to_owned(),
        files => format!("{entries} in {}: what was written\n", count(files, "file")),
    };
    for line in &verified.unfinished {
        let _ = writeln!(out, "{}:{} was never finished, as the entry behind it says", line.file, line.line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: u64, action: &str, reason: Option<&str>) -> Entry {
        Entry {
            seq,
            time: 1_735_689_599,
            action: action.to_owned(),
            mode: Some("isolated".to_owned()),
            toolchain: "dagger".to_owned(),
            version: "0.21.8".to_owned(),
            project: Some("shop".to_owned()),
            container: Some("pin-dagger-shop-0.21.8".to_owned()),
            image: None,
            privileged: true,
            reason: reason.map(str::to_owned),
            unfinished: None,
            previous: String::new(),
        }
    }

    #[test]
    fn an_entry_is_a_line() {
        let expect = " 9  2024-12-31T23:59:59Z  create  dagger 0.21.8, project shop, isolated, privileged, container \
                      pin-dagger-shop-0.21.8: a\u{fffd}[2Jb\n\
                      10  2024-12-31T23:59:59Z  stop    dagger 0.21.8, project shop, isolated, privileged, container \
                      pin-dagger-shop-0.21.8\n";
        assert_eq!(entries(&[entry(9, "create", Some("a\u{1b}[2Jb")), entry(10, "stop", None)]), expect);
        assert_eq!(entries(&[]), "");
    }

    #[test]
    fn entries_are_counted() {
        let said = |entries, files| verified(&Verified { entries, files, unfinished: Vec::new() });
        assert_eq!(said(0, 0), "nothing has been written down yet\n");
        assert_eq!(said(1, 1), "1 entry in 1 file: what was written\n");
        assert_eq!(said(12, 2), "12 entries in 2 files: what was written\n");
    }
}
