//! Which files count is what the real git says: in every sort of repository, `pin` looks at those that `git ls-files
//! --cached --others --exclude-standard` lists and that are there, but for other people's directories. `pin` itself is
//! run without a `PATH`, so it can ask no git.

use crate::support::{Project, Run};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
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
    let names = said.split('\0').filter(|name| is_yaml(name) && is_file(name) && !is_foreign(name));
    names.map(str::to_owned).collect()
}

#[track_caller]
fn looked_at(project: &Project, directory: &Path) -> BTreeSet<String> {
    let run = list(project, directory);
    run.exits(0);
    run.stdout
        .lines()
        .filter_map(|line| line.split(':').next())
        .filter(|path| is_yaml(path))
        .map(str::to_owned)
        .collect()
}

fn is_yaml(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "yaml")
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

/// What a sort of repository is called, what `git init` is told, and the commands that follow.
type Sort = (&'static str, &'static [&'static str], &'static [&'static [&'static str]]);

/// A repository of every sort, made by the real git: what it is called, how it begins, what is done to it.
const SORTS: [Sort; 13] = [
    ("index version 4", &[], &[&["update-index", "--index-version", "4"]]),
    ("split index", &[], &[&["update-index", "--split-index"]]),
    (
        "split index with changes",
        &[],
        &[
            &["update-index", "--split-index"],
            &[
                "-c",
                "splitIndex.maxPercentChange=100",
                "add",
                "--force",
                "deep/untracked.local.yaml",
                "ignored/untracked.yaml",
            ],
            &[
                "-c",
                "splitIndex.maxPercentChange=100",
                "rm",
                "--quiet",
                "--cached",
                "ignored/but-tracked.yaml",
            ],
            &[
                "-c",
                "splitIndex.maxPercentChange=100",
                "update-index",
                "--chmod=+x",
                "ignored/deep/but-tracked.yaml",
            ],
        ],
    ),
    (
        "split index, version 4",
        &[],
        &[
            &["update-index", "--index-version", "4"],
            &["update-index", "--split-index"],
            &["-c", "splitIndex.maxPercentChange=100", "add", "--force", "build/untracked.yaml"],
        ],
    ),
    ("SHA-256", &["--object-format=sha256"], &[]),
    (
        "SHA-256, version 4, split",
        &["--object-format=sha256"],
        &[
            &["update-index", "--index-version", "4"],
            &["update-index", "--split-index"],
            &[
                "-c",
                "splitIndex.maxPercentChange=100",
                "rm",
                "--quiet",
                "--cached",
                "ignored/but-tracked.yaml",
            ],
        ],
    ),
    ("untracked cache", &[], &[&["update-index", "--force-untracked-cache"], &["status"]]),
    (
        "file system monitor",
        &[],
        &[&["config", "core.fsmonitor", "/bin/true"], &["update-index", "--fsmonitor"], &["status"]],
    ),
    (
        "entries that are assumed unchanged, or skipped",
        &[],
        &[
            &["update-index", "--assume-unchanged", "tracked.yaml", "ignored/but-tracked.yaml"],
            &["update-index", "--skip-worktree", "kept.yaml", "ignored/deep/but-tracked.yaml"],
        ],
    ),
    (
        "an intention to add",
        &[],
        &[&["add", "--force", "--intent-to-add", "ignored/untracked.yaml", "untracked.yaml"]],
    ),
    ("sparse checkout", &[], &[&["sparse-checkout", "set", "--no-cone", "/*", "!/deep/er/"]]),
    ("sparse checkout, cone", &[], &[&["sparse-checkout", "set", "--cone", "ignored/deep"]]),
    ("sparse index", &[], &[&["sparse-checkout", "set", "--cone", "--sparse-index", "ignored"]]),
];

#[test]
fn every_sort_of_index() {
    for (name, init, commands) in SORTS {
        let project = project(init);
        for command in commands {
            project.git(command);
        }
        let by_git = listed_by_git(&project, project.root());
        assert!(by_git.len() > 9, "{name}: {by_git:?}");
        assert_eq!(looked_at(&project, project.root()), by_git, "{name}");
    }
}

#[test]
fn the_sorts_are_what_they_are_called() {
    let index = |sort: &str| {
        let (_, init, commands) = SORTS.iter().find(|(name, ..)| *name == sort).expect("it is in the table");
        let project = project(init);
        for command in *commands {
            project.git(command);
        }
        project.read(".git/index")
    };
    let has = |sort: &str, word: &[u8]| index(sort).windows(word.len()).any(|bytes| bytes == word);
    assert_eq!(index("index version 4")[..8], *b"DIRC\0\0\0\x04");
    for sort in
        ["split index", "split index with changes", "split index, version 4", "SHA-256, version 4, split"]
    {
        assert!(has(sort, b"link"), "{sort}");
    }
    assert!(has("untracked cache", b"UNTR"));
    assert!(has("file system monitor", b"FSMN"));
    assert!(has("sparse index", b"sdir"));
}

#[test]
fn a_file_with_a_conflict() {
    let project = project(&[]);
    let path = "ignored/but-tracked.yaml";
    for (branch, end) in [("left", "# left\n"), ("right", "# right\n")] {
        project.git(&["checkout", "--quiet", "-b", branch, "main"]);
        project.write(path, format!("{SITE}{end}"));
        project.git(&["add", "--force", path]);
        commit(&project);
    }
    assert!(project.git_fails(&["merge", "left"]).contains(path));
    project.write(path, SITE);
    check(&project, project.root());
}

#[test]
fn a_worktree_and_a_repository_whose_git_directory_is_elsewhere() {
    let one = project(&[]);
    one.write(".git/info/exclude", "excluded.yaml\n");
    let directory = one.home().join("worktree");
    one.git(&["worktree", "add", "--quiet", directory.to_str().expect("a plain path"), "-b", "other"]);
    for path in UNTRACKED {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, SITE).expect("a file");
    }
    fs::write(directory.join(".gitignore"), "ignored\n").expect("a file");
    check(&one, &directory);
    assert!(!looked_at(&one, &directory).contains("deep/excluded.yaml"));
    one.git(&["-C", directory.to_str().expect("a plain path"), "update-index", "--split-index"]);
    check(&one, &directory);
    let elsewhere = one.home().join("elsewhere.git");
    let moved = one.home().join("moved");
    let words = ["clone", "--quiet", "--separate-git-dir"].map(OsString::from);
    let words = words.into_iter().chain([elsewhere.into(), one.root().into(), moved.clone().into()]);
    let words: Vec<String> = words.map(|word| word.into_string().expect("a plain path")).collect();
    one.git(&words.iter().map(String::as_str).collect::<Vec<_>>());
    fs::write(moved.join(".gitignore"), "ignored\n").expect("a file");
    assert!(moved.join(".git").is_file());
    check(&one, &moved);
}

#[test]
fn other_repositories_inside_are_not_entered() {
    let library = project(&[]);
    library.git(&["checkout", "--quiet", "--force"]);
    let one = project(&[]);
    let from = library.root().to_str().expect("a plain path").to_owned();
    one.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "library/one"]);
    one.git(&["init", "--quiet", "nested"]);
    one.write("nested/theirs.yaml", SITE);
    commit(&one);
    check(&one, one.root());
    assert!(
        !looked_at(&one, one.root())
            .iter()
            .any(|path| path.starts_with("library") || path.starts_with("nested"))
    );
    // Its own root is what is looked at from inside.
    check(&one, &one.root().join("library/one"));
    // Without a repository in it, the directory is foreign by the index alone.
    one.git(&["submodule", "--quiet", "deinit", "--force", "library/one"]);
    one.write("library/one/left-over.yaml", SITE);
    check(&one, one.root());
    assert!(!looked_at(&one, one.root()).contains("library/one/left-over.yaml"));
}

#[test]
fn no_commit_no_index_and_no_repository() {
    let one = Project::new(&[("tracked.yaml", SITE), ("a.log.yaml", SITE)]);
    one.write(".gitignore", "*.log.yaml\n");
    let all = ["a.log.yaml", "tracked.yaml"].map(str::to_owned);
    assert_eq!(looked_at(&one, one.root()), BTreeSet::from(all.clone()), "outside git nothing is ignored");
    one.git(&["init", "--quiet"]);
    check(&one, one.root());
    one.write(".git/index", "");
    fs::remove_file(one.root().join(".git/index")).expect("it was there");
    check(&one, one.root());
    // As a source tree is copied to where it is built.
    let copy = Project::of(&one.tree());
    assert_eq!(looked_at(&copy, copy.root()), BTreeSet::from(all));
}

#[test]
fn a_root_below_the_top_of_its_repository() {
    let project = project(&[]);
    for directory in ["deep", "sub", "sub/elsewhere"] {
        project.write(&format!("{directory}/pin.toml"), "");
        let directory = project.root().join(directory);
        assert_eq!(looked_at(&project, &directory), listed_by_git(&project, &directory));
    }
    project.write("sub/build/x/pin.toml", "");
    project.write("sub/build/x/a.yaml", SITE);
    let below = project.root().join("sub/build/x");
    assert_eq!(looked_at(&project, &below), BTreeSet::from(["a.yaml".to_owned()]));
}

#[test]
fn a_large_directory_and_names_that_are_no_text() {
    let project = project(&[]);
    for number in 0..900 {
        project.write(&format!("large/{number}.yaml"), SITE);
        project.write(&format!("large/{number}.local.yaml"), SITE);
    }
    project.git(&["add", "--force", "large/7.local.yaml", "large/890.local.yaml"]);
    fs::write(project.root().join(OsStr::from_bytes(b"large/\xff.txt")), SITE).expect("a file");
    check(&project, project.root());
    assert_eq!(list(&project, project.root()), list(&project, project.root()));
}

#[test]
fn what_cannot_be_read_is_said() {
    let one = project(&[]);
    let whole = one.read(".git/index");
    let path = one.root().join(".git/index");
    for (bytes, why) in [
        (&whole[..whole.len() / 2], "it ends too early"),
        (&whole[..0], "it ends too early"),
        (&b"something else"[..], "it does not begin like an index"),
        (&b"DIRC\0\0\0\x07\0\0\0\0"[..], "its version is 7, and 2 to 4 are known"),
    ] {
        fs::write(&path, bytes).expect("a file");
        let run = list(&one, one.root());
        run.exits(3);
        assert_eq!(run.stderr, format!("error: cannot read `[ROOT]/.git/index`: {why}\n"));
        assert!(run.stdout.contains("\ntracked.yaml:1:34"), "{}", run.stdout);
    }
    fs::write(&path, &whole).expect("a file");
    one.git(&["update-index", "--split-index"]);
    let shared = fs::read_dir(one.root().join(".git"))
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path());
    let shared = shared
        .filter(|path| path.to_string_lossy().contains("sharedindex"))
        .last()
        .expect("the index is split");
    fs::remove_file(&shared).expect("it was there");
    let run = list(&one, one.root());
    run.exits(3);
    assert!(run.stderr.contains("sharedindex.") && run.stderr.contains("No such file"), "{}", run.stderr);
}

#[test]
fn what_is_no_file_of_ours_is_not_waited_for() {
    let project = project(&[]);
    let made = std::process::Command::new("mkfifo").arg(project.root().join("pipe.yaml")).status();
    if made.is_ok_and(|status| status.success()) {
        check(&project, project.root());
    }
}
