//! Which channel has which version, as a table for people.

use std::fmt::Write as _;

use crate::channel::{Answer, Candidate, Table};
use crate::lockstep::Repository;
use crate::value::Version;

/// More versions than these are not shown side by side.
const MAX_COLUMNS: usize = 8;

/// Returns the table of channels and versions, newest first, and below it every reason for what is not
/// a plain yes or no. The chosen version is always among those shown.
pub fn table(table: &Table, chosen: Option<&Version>, repository: &Repository) -> String {
    let shown = columns(&table.candidates, chosen);
    if shown.is_empty() || table.channels.is_empty() {
        return reasons(table, &shown);
    }
    let mut header = vec!["channel".to_owned()];
    header.extend(shown.iter().map(|candidate| candidate.version.to_string()));
    header.push("where".to_owned());
    let mut rows = vec![header];
    for (index, channel) in table.channels.iter().enumerate() {
        let mut row = vec![channel.channel.to_string()];
        row.extend(shown.iter().map(|candidate| word(candidate.answers.get(index)).to_owned()));
        row.push(match channel.places(repository).as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        });
        rows.push(row);
    }
    aligned(&rows) + &reasons(table, &shown)
}

fn columns<'t>(candidates: &'t [Candidate], chosen: Option<&Version>) -> Vec<&'t Candidate> {
    let mut shown: Vec<&Candidate> = candidates.iter().take(MAX_COLUMNS).collect();
    let chosen = candidates.iter().skip(MAX_COLUMNS).find(|candidate| Some(&candidate.version) == chosen);
    shown.extend(chosen);
    shown
}

fn word(answer: Option<&Answer>) -> &'static str {
    match answer {
        Some(Answer::Has) => "yes",
        Some(Answer::Lacks) => "no",
        Some(Answer::NotNeeded) => "-",
        Some(Answer::Unknown(_)) | None => "?",
    }
}

fn aligned(rows: &[Vec<String>]) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// Returns a line for every version that is barred, and for every channel that did not answer.
fn reasons(table: &Table, shown: &[&Candidate]) -> String {
    let mut out = String::new();
    for candidate in shown {
        if let Some(bar) = &candidate.bar {
            let _ = writeln!(out, "{}: {bar}", candidate.version);
        }
    }
    for (index, channel) in table.channels.iter().enumerate() {
        let said: Vec<&String> = shown
            .iter()
            .filter_map(|candidate| match candidate.answers.get(index) {
                Some(Answer::Unknown(why)) => Some(why),
                _ => None,
            })
            .collect();
        // Who does not answer one question does not answer the others, in nearly the same words.
        if let Some(first) = said.first() {
            let others = said.iter().filter(|why| *why != first).count();
            let more = if others == 0 { String::new() } else { format!(" (and {others} more like it)") };
            let _ = writeln!(out, "{}: {first}{more}", channel.channel);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Channel, Use};

    #[test]
    fn who_holds_the_others_back_is_seen_at_once() {
        let candidate = |patch, bar: Option<&str>, answers: [Answer; 2]| Candidate {
            version: Version::new(0, 21, patch),
            bar: bar.map(str::to_owned),
            published: None,
            answers: answers.to_vec(),
        };
        let channels = [Channel::Releases, Channel::Flake];
        let silent = || Answer::Unknown("no answer".to_owned());
        let table_of = Table {
            channels: channels.map(|channel| Use { channel, sites: Vec::new() }).to_vec(),
            candidates: vec![
                candidate(11, None, [Answer::Has, Answer::Lacks]),
                candidate(10, None, [Answer::Has, silent()]),
                candidate(9, Some("taken back"), [silent(), silent()]),
                candidate(8, None, [Answer::NotNeeded, Answer::Has]),
            ],
        };
        let expect = "\
channel            0.21.11  0.21.10  0.21.9  0.21.8  where
release archives   yes      yes      ?       -
github:dagger/nix  no       ?        ?       yes
0.21.9: taken back
release archives: no answer
github:dagger/nix: no answer
";
        assert_eq!(table(&table_of, Some(&Version::new(0, 21, 8)), &Repository::default()), expect);
    }

    #[test]
    fn the_chosen_version_is_always_shown() {
        let candidates: Vec<Candidate> = (0..20)
            .rev()
            .map(|patch| Candidate {
                version: Version::new(0, 21, patch),
                bar: None,
                published: None,
                answers: Vec::new(),
            })
            .collect();
        let shown = columns(&candidates, Some(&Version::new(0, 21, 3)));
        assert_eq!(shown.len(), MAX_COLUMNS + 1);
        assert_eq!(shown.last().unwrap().version, Version::new(0, 21, 3));
    }
}
