use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use super::*;
use crate::world::Scratch;

fn event(reason: &str) -> Event {
    Event {
        action: Action::Start,
        mode: None,
        toolchain: "buildkit".to_owned(),
        version: "0.30.0".to_owned(),
        project: None,
        container: None,
        image: None,
        privileged: false,
        reason: Some(reason.to_owned()),
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_log_is_there_for_its_user_alone() {
    let scratch = Scratch::new(&[]).unwrap();
    let directory = scratch.path().join("state/pin");
    assert_eq!(verify(&directory).unwrap(), Verified::default());
    assert!(!directory.exists(), "looking makes nothing");
    append(&directory, &event("a"), 1).unwrap();
    append(&directory, &event("b"), 2).unwrap();
    assert_eq!(verify(&directory).unwrap().entries, 2);
    assert_eq!(names(&directory), ["audit.head", "audit.jsonl", "audit.lock"]);
    for name in names(&directory) {
        let mode = directory.join(&name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let (entries, others) = entries(&directory).unwrap();
    assert_eq!((entries[1].seq, entries[1].time, others.len()), (2, 2, 0));
}

#[test]
fn full_files_stay_as_long_as_there_are_not_too_many() {
    let scratch = Scratch::new(&[]).unwrap();
    let bounds = Bounds { bytes: 1000, files: 2 };
    for index in 0..20 {
        append_within(bounds, scratch.path(), &event(&index.to_string()), index).unwrap();
        let verified = verify(scratch.path()).unwrap();
        assert!(verified.files <= 3 && verified.unfinished.is_empty(), "{verified:?}");
    }
    let full = files::full(scratch.path()).unwrap();
    assert_eq!(full.len(), 2);
    assert!(full[0] > 1);
    assert!(scratch.path().join(audit::full_file(full[0])).metadata().unwrap().len() <= 1000);
    let (entries, _) = entries(scratch.path()).unwrap();
    assert_eq!(entries.first().map(|entry| entry.seq), Some(full[0]));
    assert_eq!(entries.last().map(|entry| entry.seq), Some(20));
    // One that nobody may miss.
    std::fs::remove_file(scratch.path().join(audit::full_file(full[1]))).unwrap();
    assert!(matches!(verify(scratch.path()), Err(Unverified::Broken(broken)) if broken.seq == full[1]));
}

#[test]
fn whoever_was_killed_between_two_files_loses_nothing() {
    let scratch = Scratch::new(&[]).unwrap();
    append(scratch.path(), &event("a"), 1).unwrap();
    std::fs::rename(scratch.path().join(audit::FILE), scratch.path().join("audit.1.jsonl")).unwrap();
    assert_eq!(verify(scratch.path()).unwrap().entries, 1);
    append(scratch.path(), &event("b"), 2).unwrap();
    assert_eq!(verify(scratch.path()).unwrap().entries, 2);
}

#[test]
fn many_may_write_at_once() {
    let scratch = Scratch::new(&[]).unwrap();
    let bounds = Bounds { bytes: 4000, files: 100 };
    thread::scope(|scope| {
        for writer in 0..4_u64 {
            let directory = scratch.path();
            scope.spawn(move || {
                for index in 0..10 {
                    append_within(bounds, directory, &event("x"), writer * 10 + index).unwrap();
                }
            });
        }
    });
    assert_eq!(verify(scratch.path()).unwrap().entries, 40);
}

#[test]
fn what_cannot_be_written_is_said() {
    let scratch = Scratch::new(&[("file", "")]).unwrap();
    let error = append(&scratch.path().join("file/below"), &event("a"), 1).unwrap_err();
    assert!(error.to_string().starts_with("cannot make `"), "{error}");
    let error = verify(&scratch.path().join("file/below")).unwrap_err();
    assert!(error.to_string().starts_with("cannot list `"), "{error}");
}
