use std::path::{Component, Path, PathBuf};

use super::{Common, Exit, Outcome, Refused, survey};
use crate::config::Rule;
use crate::finding::Problem;
use crate::report::{self, Format};
use crate::site::Site;

/// What `pin list` is told.
#[derive(Debug, Clone)]
pub struct ListOptions {
    /// What every verb is told.
    pub common: Common,
    /// Only sites under these paths are listed.
    pub paths: Vec<String>,
    /// How they are printed.
    pub format: Format,
}

/// Returns every site with its role, rule and value.
pub fn list(options: &ListOptions) -> Outcome {
    list_or_error(options).unwrap_or_else(|outcome| outcome)
}

fn list_or_error(options: &ListOptions) -> Result<Outcome, Outcome> {
    let survey = survey(&options.common)?;
    let paths = relative_paths(&survey.root, &options.common, &options.paths)?;
    let verdict = survey.verdict()?;
    let sites: Vec<&(Site, Rule)> =
        verdict.sites.iter().filter(|(site, _)| paths.contain(&site.path)).collect();
    let stdout = match options.format {
        Format::Json => report::json_list(&survey.repository, &sites),
        Format::Human => report::human_list(&survey.repository, &sites),
    };
    let is_whole = survey.problems.is_empty() && survey.vanished.is_empty();
    let stderr = survey.problems.iter().chain(&survey.vanished).map(Problem::lines).collect();
    let exit = if is_whole { Exit::Success } else { Exit::Failure };
    Ok(Outcome { stdout, stderr, exit })
}

/// The paths that a report is limited to; none means all.
pub(super) struct Paths(Vec<String>);

impl Paths {
    /// Returns whether the file is one of them or below one.
    pub(super) fn contain(&self, path: &str) -> bool {
        let covers = |prefix: &String| {
            prefix.is_empty()
                || path
                    .strip_prefix(prefix.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.is_empty() || self.0.iter().any(covers)
    }
}

/// Returns the user's paths relative to the root; one that does not exist is refused.
pub(super) fn relative_paths(root: &Path, common: &Common, paths: &[String]) -> Result<Paths, Refused> {
    let relative = paths.iter().map(|path| {
        relative_path(root, common, path).ok_or_else(|| {
            let message = format!("`{path}` is not a file or directory of this repository");
            Refused::new(Exit::Usage, &message, None)
        })
    });
    relative.collect::<Result<_, _>>().map(Paths)
}

/// Returns one of the user's paths relative to the root, with `/`.
pub(super) fn relative_path(root: &Path, common: &Common, path: &str) -> Option<String> {
    let absolute = clean(&common.directory.join(path));
    if !absolute.exists() {
        return None;
    }
    absolute.strip_prefix(clean(root)).ok().and_then(Path::to_str).map(str::to_owned)
}

/// Takes `.` and `..` out of a path without asking the file system.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            component => out.push(component),
        }
    }
    out
}
