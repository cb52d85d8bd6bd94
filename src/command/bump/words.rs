use super::Asked;
use crate::channel::{Answer, Channel, Table};
use crate::command::{BumpOptions, Exit, Outcome};
use crate::site::is_own;
use crate::value::Version;

/// Returns why the version stays what it is, and what a person can do.
pub(super) fn stays(
    options: &BumpOptions,
    toolchain: &str,
    current: Option<&Version>,
    asked: &Asked,
) -> Outcome {
    let table = &asked.table;
    let now = current.map_or_else(|| toolchain.to_owned(), |current| format!("{toolchain} {current}"));
    if let Some(only) = &options.to {
        return refused(only, table);
    }
    let name = if is_own(toolchain) { format!("{toolchain} ") } else { String::new() };
    if asked.is_blind {
        let message = format!("{now} stays: nobody told which versions there are");
        let hint = format!("see above why, or run `pin bump {name}--to VERSION`");
        return Outcome::error(Exit::Failure, &message, Some(&hint));
    }
    if table.candidates.is_empty() {
        let stderr = match current {
            Some(_) => format!("{now} stays: nothing newer is known\n"),
            None => format!("{now} stays as it is: no version of it is known\n"),
        };
        return Outcome { stderr, ..Outcome::default() };
    }
    let possible = table.candidates.iter().find(|candidate| candidate.is_possible());
    let Some(possible) = possible else {
        let is_barred = table.candidates.iter().all(|candidate| candidate.bar.is_some());
        let why = if is_barred { "is to be taken yet" } else { "can be had on every channel yet" };
        let stderr = format!("{now} stays: nothing newer {why}\n");
        return Outcome { stderr, ..Outcome::default() };
    };
    let silent: Vec<String> = table.silent().map(|channel| channel.channel.to_string()).collect();
    let who = if silent.is_empty() { "some channels".to_owned() } else { silent.join(", ") };
    let message = format!("{now} stays: it is unknown what {who} can give");
    // A revision of the flake cannot be taken at anybody's word: it has to be learnt.
    let must_answer = table.silent().any(|channel| channel.channel == Channel::Flake);
    let may_answer = table.silent().any(|channel| !matches!(channel.channel, Channel::Unasked(_)));
    let hint = if options.common.network.is_offline && may_answer {
        "run the same command without `--offline`".to_owned()
    } else if must_answer {
        "see above why it did not answer, and run `pin bump` again".to_owned()
    } else {
        format!("run `pin bump {name}--to {}`, which takes your word where nobody answers", possible.version)
    };
    Outcome::error(Exit::Failure, &message, Some(&hint))
}

/// Returns why the version that was asked for is not written.
fn refused(only: &Version, table: &Table) -> Outcome {
    let candidate = table.candidates.iter().find(|candidate| candidate.version == *only);
    if let Some(bar) = candidate.and_then(|candidate| candidate.bar.as_ref()) {
        let message = format!("{only} is not taken: {bar}");
        return Outcome::error(Exit::Failure, &message, Some("run `pin bump` to see what there is"));
    }
    let answers = candidate.map(|candidate| candidate.answers.as_slice()).unwrap_or_default();
    let lacking = table.channels.iter().zip(answers).filter(|(_, answer)| **answer == Answer::Lacks);
    let lacking: Vec<String> = lacking.map(|(channel, _)| channel.channel.to_string()).collect();
    let message = format!("{only} is not taken: {} lacks it", lacking.join(", "));
    let hint = "run `pin bump` for the newest version that every channel has";
    Outcome::error(Exit::Failure, &message, Some(hint))
}

/// Returns what is to be said of the version that is taken.
pub(super) fn taken(table: &Table, choice: &Version) -> String {
    let candidate = table.candidates.iter().find(|candidate| candidate.version == *choice);
    let answers = candidate.map(|candidate| candidate.answers.as_slice()).unwrap_or_default();
    let unknown =
        table.channels.iter().zip(answers).filter(|(_, answer)| matches!(answer, Answer::Unknown(_)));
    unknown
        .map(|(channel, _)| {
            format!("warning: {choice} is taken on your word: {} did not say\n", channel.channel)
        })
        .collect()
}
