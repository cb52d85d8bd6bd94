//! What a client said, fit to be repeated: one line, no secrets, nothing that a terminal would obey.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::answer::json;
use crate::report::printable;
use crate::world::Ended;

/// The most characters of a client's words that are repeated.
const MAX: usize = 200;

/// What no client's trouble is told by.
const NOISE: [&str; 11] = [
    "npm warn",
    "npm notice",
    "npm error a complete log",
    "warning:",
    "at ",
    "traceback",
    "exception information",
    "usage:",
    "retrying",
    "you can also run",
    "show [",
];

/// Words of a line that tells it, those first that tell more.
const TELLING: [&str; 20] = [
    "could not fetch url",
    "could not be queried",
    "credentials",
    "server error",
    "client error",
    "error:",
    "error ",
    "** (",
    "could not",
    "couldn't",
    "failed",
    "cannot",
    "not found",
    "refused",
    "forbidden",
    "unauthorized",
    "denied",
    "timed out",
    "no such",
    "unknown",
];

/// Returns the line of the client's output that says most; empty when there is none.
pub(super) fn said(ended: &Ended) -> String {
    if let Some(summary) = summary(&ended.stdout) {
        return bounded(&summary);
    }
    let lines = |text: &str| -> Vec<String> {
        let is_noise = |line: &str| NOISE.iter().any(|noise| line.to_lowercase().starts_with(noise));
        text.lines().map(words).filter(|line| !line.is_empty() && !is_noise(line)).collect()
    };
    let (errors, output) = (lines(&ended.stderr), lines(&ended.stdout));
    // Cargo: the last cause is what happened.
    let cause = errors.iter().rposition(|line| line == "Caused by:").and_then(|at| errors.get(at + 1));
    let telling = || {
        TELLING
            .iter()
            .find_map(|word| errors.iter().chain(&output).find(|line| line.to_lowercase().contains(word)))
    };
    let line = cause.or_else(telling).or(errors.last()).or(output.last());
    line.map(|line| bounded(line)).unwrap_or_default()
}

/// npm and pnpm say it as JSON.
fn summary(output: &str) -> Option<String> {
    let answer = json(output)?;
    let error = answer.get("error")?;
    let text = error.get("summary").or_else(|| error.get("message"))?.as_str()?;
    text.lines().next().map(str::to_owned).filter(|line| !line.is_empty())
}

/// Returns the line as plain text, without frames; empty without a word in it.
fn words(line: &str) -> String {
    // Yarn says it as JSON, line by line.
    let value: Option<Value> = line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten();
    let data = value.as_ref().and_then(|value| value.get("data")?.as_str());
    let line = data.and_then(|data| data.lines().next()).unwrap_or(line);
    let plain =
        line.trim_matches(|character: char| character.is_whitespace() || "│╭╰─▶×├".contains(character));
    if plain.chars().any(char::is_alphanumeric) { plain.to_owned() } else { String::new() }
}

/// Returns at most 200 characters of a line, without what may be secret in it or move a terminal's cursor.
pub(super) fn bounded(line: &str) -> String {
    // What is cut off is never looked at, and a line may be the whole output.
    let line = without_secrets(&printable(line, 4 * MAX));
    match line.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Returns the line without users and passwords of addresses, their queries, and what stands behind a word
/// that announces a secret.
fn without_secrets(line: &str) -> String {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        [
            (r"://[^/\s]*@", "://***@"),
            (r#"(://[^\s?#"'`]*)[?#][^\s"'`]*"#, "$1"),
            (r"(?i)\b(bearer|basic)\s+\S+", "$1 ***"),
            (
                r#"(?i)([\w-]*(?:_auth|authtoken|password|passwd|token|secret|api[-_]?key|credential)[\w-]*["']?\s*[:=]\s*)\S.*"#,
                "$1***",
            ),
            (r"\b(?:npm_|gh[a-z]_|github_pat_|glpat-|pypi-)[\w-]{8,}", "***"),
        ]
        .into_iter()
        .filter_map(|(rule, instead)| Some((Regex::new(rule).ok()?, instead)))
        .collect()
    });
    RULES.iter().fold(line.to_owned(), |line, (rule, instead)| rule.replace_all(&line, *instead).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, proptest};

    #[test]
    fn a_secret_is_not_repeated() {
        for (line, expect) in [
            ("GET https://user:hunter2@example.com/x failed", "GET https://***@example.com/x failed"),
            ("https://hunter2@example.com", "https://***@example.com"),
            ("https://us@er:hunter2@example.com/x", "https://***@example.com/x"),
            ("//example.com/:_authToken=hunter2", "//example.com/:_authToken=***"),
            ("\"_password\": \"hunter2\"", "\"_password\": ***"),
            ("Authorization: Bearer hunter2 was refused", "Authorization: Bearer *** was refused"),
            ("token = hunter2", "token = ***"),
            ("see https://example.com/x?sig=hunter2 now", "see https://example.com/x now"),
            ("bad npm_hunter2hunter2", "bad ***"),
            ("\u{1b}[31mred", "[31mred"),
            ("the token has expired", "the token has expired"),
        ] {
            assert_eq!(bounded(line), expect);
        }
        assert_eq!(bounded(&"x".repeat(1000)).chars().count(), MAX + 1);
    }

    #[test]
    fn the_line_that_says_most_is_repeated() {
        let ended = |stdout: &str, stderr: &str| Ended {
            code: Some(1),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        };
        for (stdout, stderr, expect) in [
            ("", "", ""),
            ("{\n}\n", "", ""),
            (
                "",
                "npm warn x\nnpm error code ECONNREFUSED\nnpm error x\nnpm error A complete log of this run",
                "npm error code ECONNREFUSED",
            ),
            ("", "\nAll attempts failed.\n\nProbable Causes:\n", "All attempts failed."),
            (
                "Could not fetch URL http://x/: 401 Client Error - skipping",
                "ERROR: No matching distribution found",
                "Could not fetch URL http://x/: 401 Client Error - skipping",
            ),
            ("one\ntwo\n", "", "two"),
            (
                "{\"error\": {\"code\": \"E401\", \"summary\": \"Unable to authenticate\\nx\"}}",
                "npm error code E401",
                "Unable to authenticate",
            ),
            (
                "{\"type\":\"error\",\"data\":\"RequestError: connect\\n    at x\"}\n",
                "",
                "RequestError: connect",
            ),
            (
                "",
                "error: failed to query\n\nCaused by:\n  download failed\n\nCaused by:\n  got 403\n  body:\n",
                "got 403",
            ),
        ] {
            assert_eq!(said(&ended(stdout, stderr)), expect);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in any::<String>()) {
            let ended = Ended { code: None, stdout: text.clone(), stderr: text };
            assert!(said(&ended).chars().count() <= MAX + 1);
        }
    }
}
