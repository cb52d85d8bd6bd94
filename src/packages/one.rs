//! What a client says to a question about one version.

#[cfg(test)]
mod tests;

use super::python;
use crate::channel::Manager;
use crate::value::Version;
use crate::world::Ended;

/// Returns whether a manager's client has said that the version of the package is there, or that it is
/// not; `None` when it has said neither.
pub fn told(manager: Manager, package: &str, version: &Version, ended: &Ended) -> Option<bool> {
    let is_done = ended.code == Some(0);
    let (is_there, is_absent) = match manager {
        Manager::Uv => {
            let exact = format!("{package}=={}", python::spelled(version)?);
            let said = squeezed(&ended.stderr);
            let is_absent = said.contains(&format!("there is no version of {exact} and"))
                || said.contains(&format!("{package} was not found in the package registry"));
            // An index that wants to know who asks is passed over with a hint.
            let is_passed_over = said.contains("An index ") && said.contains("credentials");
            let is_absent = is_absent && !is_passed_over;
            (ended.stdout.lines().any(|line| line.trim() == exact), is_absent)
        }
        Manager::Poetry => {
            let row = [package, &python::spelled(version)?];
            let is_row = |line: &str| line.split_whitespace().take(2).eq(row);
            let said = squeezed(&ended.stderr);
            let is_absent = said
                .ends_with(&format!("Could not find a matching version of package {package}"))
                || said.contains(&format!("{package} ({}) which doesn't match any versions", row[1]));
            // A source that wants to know who asks is passed over.
            let is_absent = is_absent && !said.contains("Authorization error");
            (ended.stdout.lines().any(is_row), is_absent)
        }
        Manager::Cargo => {
            let absent = format!("the crate `{package}@={version}` could not be found in registry index");
            // Told to be offline, it says the same.
            let has_asked = ended.stderr.lines().any(|line| line.trim_start().starts_with("Updating "));
            let added = format!("Adding {package} ={version} to dependencies");
            let is_added = ended.stderr.lines().any(|line| line.trim().trim_end_matches('.') == added);
            (is_added, has_asked && ended.stderr.contains(&absent))
        }
        Manager::Go => go(package, version, ended),
        Manager::Mix => {
            let absent = format!("No release with name {package} {version}");
            let is_line = |text: &str| text.lines().any(|line| line.trim() == absent);
            let is_there = ended.stdout.lines().any(|line| line.starts_with("Config: {:"));
            (is_there, is_line(&ended.stderr) || is_line(&ended.stdout))
        }
        _ => return None,
    };
    match (is_done, ended.code) {
        (true, _) if is_there => Some(true),
        (false, Some(_)) if is_absent => Some(false),
        _ => None,
    }
}

/// `{"Path": …, "Version": …}`; or an error of the server that knows (go.dev/ref/mod, "GOPROXY protocol": 404
/// and 410), or of the repository that was asked.
fn go(package: &str, version: &Version, ended: &Ended) -> (bool, bool) {
    let asked = format!("{package}@v{version}");
    let answer: Option<serde_json::Value> = serde_json::from_str(&ended.stdout).ok();
    let field = |key: &str| answer.as_ref().and_then(|answer| answer.get(key)?.as_str());
    let is_there = field("Path") == Some(package)
        && field("Version").and_then(|text| text.strip_prefix('v')) == Some(&version.to_string());
    let line = ended.stderr.lines().find(|line| line.contains(&asked)).unwrap_or_default();
    let is_absent = line.contains(".info: 404 ")
        || line.contains(".info: 410 ")
        || line.contains(&format!("unknown revision v{version}"));
    (is_there, is_absent)
}

/// Returns the words without line ends and the frames that some clients draw beside them.
fn squeezed(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || "│╭╰─▶×├".contains(character));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
