//! Which files count is what the real git says: in every sort of repository, `pin` looks at those that `git ls-files
//! --cached --others --exclude-standard` lists and that are there, but for other people's directories. `pin` itself is
//! run without a `PATH`, so it can ask no git.

use crate::support::{Project, Run};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// One site, so that `pin list` shows which files were looked at.
const SITE: &str = "image: registry.dagger.io/engine:v0.21.7\n";

const FILES: [&str; 14] = [
    "tracked.yaml",
    "deep/er/tracked.yaml",
    "ignored/but-tracked.yaml",
    "ignored/deep/but-tracked.yaml",
    "deep/by-name.local.yaml",
    "deleted.yaml",
    "deleted/too.yaml",
    "ignored/deleted.yaml",
    "kept.yaml",
    "vendor/theirs.yaml",
    "web/node_modules/theirs.yaml",
    "web/ignored.yaml/as-a-directory.yaml",
    "ünïcode/ä.yaml",
    "target.yaml",
];

const UNTRACKED: [&str; 12] = [
    "untracked.yaml",
    "deep/untracked.yaml",
    "ignored/untracked.yaml",
    "deep/ignored/untracked.yaml",
    "deep/untracked.local.yaml",
    "deep/kept.local.yaml",
    "deep/excluded.yaml",
    "sub/only-here.yaml",
    "sub/elsewhere/only-here.yaml",
    "build/untracked.yaml",
    "sub/build/untracked.yaml",
    "vendor/untracked.yaml",
];

/// A repository with everything in it that decides about a file, tracked or not.
fn project(init: &[&str]) -> Project {
    let project = Project::new(&FILES.map(|path| (path, SITE)));
    project.git(&[&["init", "--quiet", "--initial-branch=main"], init].concat());
    std::os::unix::fs::symlink("target.yaml", project.root().join("link.yaml")).expect("a link");
    std::os::unix::fs::symlink("deep", project.root().join("link")).expect("a link");
    project.git(&["add", "--all", "--force"]);
    commit(&project);
    for path in UNTRACKED {
        project.write(path, SITE);
    }
    project.write(".gitignore", "ignored/\n*.local.yaml\n!kept.local.yaml\n/build\nweb/ignored.yaml\n");
    project.write("sub/.gitignore", "/only-here.yaml\r\n# a comment\n\n");
    for path in ["deleted.yaml", "deleted/too.yaml", "ignored/deleted.yaml"] {
        fs::remove_file(project.root().join(path)).expect("it was there");
    }
    project
}

fn commit(project: &Project) {
    project.git(&["commit", "--quiet", "--message=all"]);
}

/// That `pin` looks at the files that git lists, in a directory of the project.
#[track_caller]
fn check(project: &Project, directory: &Path) {
    let by_git = listed_by_git(project, directory);
    assert!(by_git.contains("tracked.yaml"), "{by_git:?}");
    assert_eq!(looked_at(project, directory), by_git);
}

fn listed_by_git(project: &Project, directory: &Path) -> BTreeSet<String> {
    let at = directory.to_str().expect("a plain path");
    let said = project.git(&["-C", at, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let is_file =
        |name: &str| directory.join(name).symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let is_foreign = |name: &str| name.split('/').any(|part| matches!(part, "vendor" | "node_modules"));
    let names = said.split('\0').filter(|name| name.ends_with(".yaml") && is_file(name) && !is_foreign(name));
    names.map(str::to_owned).collect()
}

#[track_caller]
fn looked_at(project: &Project, directory: &Path) -> BTreeSet<String> {
    let run = list(project, directory);
    run.exits(0);
    run.stdout
        .lines()
        .filter_map(|line| line.split(':').next())
        .filter(|path| path.ends_with(".yaml"))
        .map(str::to_owned)
        .collect()
}

fn list(project: &Project, directory: &Path) -> Run {
    project.pin(&["-C", directory.to_str().expect("a plain path"), "list"])
}

#[test]
fn a_plain_repository() {
    let project = project(&[]);
    check(&project, project.root());
    project.write(".git/info/exclude", "excluded.yaml\n!sub/only-here.yaml\n");
    check(&project, project.root());
}

#[test]
fn x() {
    let project = project(&[]);
    eprintln!("{:?}", list(&project, project.root()));
}
