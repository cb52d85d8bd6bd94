//! What a client says to a question about all versions.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use super::python;
use crate::channel::Manager;
use crate::value::Version;
use crate::world::Ended;

/// What a client has said. Nothing is believed that it has not said in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has these, and no others.
    Versions(BTreeSet<Version>),
    /// It knows that the package is not there.
    Absent,
    /// Neither: it could not ask, or says what nobody here understands.
    Unclear,
}

/// Returns what a manager's client has answered to the question that lists versions of the package.
pub fn listed(manager: Manager, package: &str, ended: &Ended) -> Answer {
    let is_done = ended.code == Some(0);
    let answer = match manager {
        Manager::Npm | Manager::Pnpm | Manager::Bun => npm(ended, is_done),
        Manager::YarnClassic => yarn_classic(ended, is_done),
        Manager::YarnBerry => yarn_berry(ended, package, is_done),
        Manager::Deno => deno(ended, package, is_done),
        Manager::Pip | Manager::Pdm | Manager::Pipenv => pip(ended, package),
        Manager::Go => go(ended, package, is_done),
        Manager::Composer => composer(ended, package, is_done),
        Manager::Uv | Manager::Poetry | Manager::Cargo | Manager::Mix => None,
    };
    answer.unwrap_or(Answer::Unclear)
}

/// A list of texts, or the only one. What is no version of ours is somebody else's.
fn versions(value: &Value) -> Option<Answer> {
    let texts = match value {
        Value::Array(texts) => texts.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?,
        Value::String(text) => vec![text.as_str()],
        _ => return None,
    };
    Some(Answer::Versions(texts.into_iter().filter_map(Version::parse).collect()))
}

/// Returns the first JSON value of an output; some clients say something else before it.
pub(super) fn json(output: &str) -> Option<Value> {
    let mut at = 0;
    for line in output.split_inclusive('\n') {
        if line.trim_start().starts_with(['[', '{', '"']) {
            let mut values = serde_json::Deserializer::from_str(&output[at..]).into_iter();
            if let Some(Ok(value)) = values.next() {
                return Some(value);
            }
        }
        at += line.len();
    }
    None
}

/// Returns the values of an output that has one a line.
fn json_lines(output: &str) -> impl Iterator<Item = Value> {
    output.lines().filter_map(|line| serde_json::from_str(line).ok())
}

fn npm(ended: &Ended, is_done: bool) -> Option<Answer> {
    if is_done {
        return versions(&json(&ended.stdout)?);
    }
    let code =
        json(&ended.stdout).and_then(|value| Some(value.get("error")?.get("code")?.as_str()?.to_owned()));
    let is_absent = match code.as_deref() {
        Some(code) => matches!(code, "E404" | "ERR_PNPM_FETCH_404"),
        // Bun.
        None => {
            ended.stderr.lines().any(|line| line.starts_with("404 "))
                && ended.stderr.contains("does not exist in this registry")
        }
    };
    is_absent.then_some(Answer::Absent)
}

/// It says the same of a package that is not there and of a server that is not.
fn yarn_classic(ended: &Ended, is_done: bool) -> Option<Answer> {
    let mut values = json_lines(&ended.stdout).filter(|_| is_done);
    let answer = values.find(|value| value.get("type").and_then(Value::as_str) == Some("inspect"))?;
    versions(answer.get("data")?)
}

fn yarn_berry(ended: &Ended, package: &str, is_done: bool) -> Option<Answer> {
    let values: Vec<Value> = json_lines(&ended.stdout).collect();
    if is_done {
        let is_own = |value: &&Value| value.get("name").and_then(Value::as_str) == Some(package);
        return versions(values.iter().find(is_own)?.get("versions")?);
    }
    let says = |words: &str| {
        values
            .iter()
            .filter_map(|value| value.get("data")?.as_str())
            .any(|data| data.trim().starts_with(words))
    };
    (says("Package not found") && says("Response Code: 404")).then_some(Answer::Absent)
}

/// Every wanted version is a module, with an error or without.
fn deno(ended: &Ended, package: &str, is_done: bool) -> Option<Answer> {
    let answer = json(&ended.stdout).filter(|_| is_done)?;
    let name = package.split_once(':').map_or(package, |(_, name)| name);
    let mut there = BTreeSet::new();
    let mut is_told = false;
    for module in answer.get("modules")?.as_array()? {
        let specifier = module.get("specifier")?.as_str()?.replace("%2B", "+").replace(":/", ":");
        let version = specifier.strip_prefix(package).and_then(|rest| rest.strip_prefix('@'));
        let Some(version) = version.and_then(Version::parse) else { continue };
        is_told = true;
        let Some(error) = module.get("error") else {
            let _is_new = there.insert(version);
            continue;
        };
        let error = error.as_str()?;
        let is_absent = error.starts_with(&format!("Could not find npm package '{name}' matching "))
            || error.starts_with(&format!("npm package '{name}' does not exist"))
            || error.starts_with("Could not find version of ");
        if !is_absent {
            return None;
        }
    }
    is_told.then_some(Answer::Versions(there))
}

/// `ERROR: Could not find a version that satisfies the requirement x==0+pin (from versions: 0.1.0, 0.2.0)`.
/// pip passes over an index that does not answer, and says so only when it is asked to say everything.
fn pip(ended: &Ended, package: &str) -> Option<Answer> {
    if ended.code != Some(1) {
        return None;
    }
    let lines = || ended.stdout.lines().chain(ended.stderr.lines()).map(str::trim);
    let skipped: Vec<&str> = lines().filter_map(|line| line.strip_prefix("Could not fetch URL ")).collect();
    let is_absent =
        |reason: &&str| reason.contains(": 404 Client Error") || reason.contains(": 410 Client Error");
    if !skipped.iter().all(is_absent) {
        return None;
    }
    let asked = format!("satisfies the requirement {package}==");
    let (_, listed) = lines().find(|line| line.contains(&asked))?.rsplit_once("(from versions: ")?;
    let listed = listed.strip_suffix(')')?;
    if listed == "none" {
        // A page without a file of the package may be anybody's.
        return (!skipped.is_empty()).then_some(Answer::Absent);
    }
    Some(Answer::Versions(listed.split(", ").filter_map(python::parse).collect()))
}

/// `dagger.io/dagger v0.1.0 v0.2.0` (go.dev/ref/mod, "go list -m").
fn go(ended: &Ended, package: &str, is_done: bool) -> Option<Answer> {
    if !is_done {
        return None;
    }
    let mut words = ended.stdout.lines().next()?.split_whitespace();
    let is_own = words.next() == Some(package);
    is_own.then(|| Answer::Versions(words.filter_map(Version::parse).collect()))
}

fn composer(ended: &Ended, package: &str, is_done: bool) -> Option<Answer> {
    if is_done {
        let answer = json(&ended.stdout)?;
        let is_own = answer.get("name").and_then(Value::as_str) == Some(package);
        return versions(answer.get("versions").filter(|_| is_own)?);
    }
    let absent = format!("Package \"{package}\" not found");
    ended.stderr.contains(&absent).then_some(Answer::Absent)
}
