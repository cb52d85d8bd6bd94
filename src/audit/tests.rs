use super::*;
use crate::config::Mode;
use crate::value::Digest;
use proptest::prelude::*;

fn event(reason: &str) -> Event {
    Event {
        action: Action::Create,
        mode: Some(Mode::Isolated),
        toolchain: "dagger".to_owned(),
        version: "0.21.8".to_owned(),
        project: Some("shop".to_owned()),
        container: Some("pin-dagger-shop-0.21.8".to_owned()),
        image: None,
        privileged: true,
        reason: Some(reason.to_owned()),
    }
}

/// A log as it grows, in one file.
struct Log {
    bytes: Vec<u8>,
    head: Option<Head>,
}

impl Log {
    fn of(reasons: &[&str]) -> Self {
        let mut log = Self { bytes: Vec::new(), head: None };
        for reason in reasons {
            log.add(reason);
        }
        log
    }

    fn add(&mut self, reason: &str) {
        let at = resume(&self.bytes, self.head.as_ref())
            .unwrap_or_else(|| Resume::at_head(&self.bytes, self.head.as_ref()));
        let (line, last) = at.line(&event(reason), 1_735_689_599);
        self.bytes.extend(line.as_bytes());
        self.head = Some(Head { oldest: 1, last });
    }

    fn verify(&self) -> Result<Verified, Broken> {
        verify_bytes(&self.bytes, self.head.as_ref())
    }

    /// Where each line begins, and the end.
    fn starts(&self) -> Vec<usize> {
        let ends = memchr::memchr_iter(b'\n', &self.bytes).map(|at| at + 1);
        [0].into_iter().chain(ends).collect()
    }
}

fn verify_bytes(bytes: &[u8], head: Option<&Head>) -> Result<Verified, Broken> {
    let file = LogFile { name: FILE.to_owned(), first: None, bytes: bytes.to_vec() };
    verify(&[file], head.map(Head::print).as_deref().map(str::as_bytes))
}

fn line_of(starts: &[usize], at: usize) -> u64 {
    starts.iter().take_while(|start| **start <= at).count() as u64
}

#[test]
fn a_log_is_what_was_written() {
    let log = Log::of(&["a", "b \"c\"\n\u{1b}", &"d".repeat(5000)]);
    let whole = Verified { entries: 3, files: 1, unfinished: Vec::new() };
    assert_eq!(log.verify(), Ok(whole));
    let (entries, others) =
        entries(&[LogFile { name: FILE.to_owned(), first: None, bytes: log.bytes.clone() }]);
    let reasons: Vec<usize> = entries.iter().map(|entry| entry.reason.as_ref().unwrap().len()).collect();
    assert_eq!((reasons, others), (vec![1, 7, 512], Vec::new()));
    assert_eq!(entries[0].mode.as_deref(), Some("isolated"));
    assert_eq!(verify(&[], None), Ok(Verified::default()));
    assert_eq!(verify_bytes(b"", None), Ok(Verified { files: 1, ..Verified::default() }));
}

/// The acceptance of row C15: any byte.
#[test]
fn a_change_of_any_byte_names_the_entry() {
    let log = Log::of(&["a", "b", "c"]);
    let starts = log.starts();
    for at in 0..log.bytes.len() {
        let seq = line_of(&starts, at);
        for byte in [log.bytes[at] ^ 1, log.bytes[at] ^ 0x20, b'\n', b'0', 0xff] {
            let mut changed = log.bytes.clone();
            changed[at] = byte;
            if changed == log.bytes {
                continue;
            }
            let broken = verify_bytes(&changed, log.head.as_ref()).unwrap_err();
            assert_eq!((broken.seq, broken.line as u64), (seq, seq), "byte {at} is {byte}: {broken}");
        }
        let mut without = log.bytes.clone();
        without.remove(at);
        assert_eq!(verify_bytes(&without, log.head.as_ref()).unwrap_err().seq, seq, "without byte {at}");
        let mut with = log.bytes.clone();
        with.insert(at, b'x');
        assert_eq!(verify_bytes(&with, log.head.as_ref()).unwrap_err().seq, seq, "with a byte at {at}");
    }
}

#[test]
fn a_line_that_is_added_taken_away_or_moved_names_the_entry() {
    let log = Log::of(&["a", "b", "c", "d"]);
    let starts = log.starts();
    let lines: Vec<&[u8]> = starts.windows(2).map(|pair| &log.bytes[pair[0]..pair[1]]).collect();
    let check = |lines: &[&[u8]], seq: u64| {
        let broken = verify_bytes(&lines.concat(), log.head.as_ref()).unwrap_err();
        assert_eq!(broken.seq, seq, "{broken}");
    };
    for at in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(at);
        check(&without, at as u64 + 1);
        check(&lines[..at], at as u64 + 1);
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        check(&twice, at as u64 + 2);
        let mut blank = lines.clone();
        blank.insert(at, b"\n");
        check(&blank, at as u64 + 1);
    }
    check(&[lines[0], lines[2], lines[1], lines[3]], 2);
    let mut more = lines.clone();
    more.push(b"{}\n");
    check(&more, 5);
}

#[test]
fn a_change_of_the_head_is_noticed() {
    let log = Log::of(&["a", "b", "c"]);
    let head = log.head.as_ref().unwrap().print();
    let file = LogFile { name: FILE.to_owned(), first: None, bytes: log.bytes.clone() };
    for at in 0..head.len() {
        let mut changed = head.clone().into_bytes();
        changed[at] ^= 1;
        let broken = verify(std::slice::from_ref(&file), Some(&changed)).unwrap_err();
        assert_eq!((broken.seq, broken.file.as_str()), (3, HEAD_FILE), "{at}");
    }
    assert_eq!(verify(&[file], None).unwrap_err().to_string(), "sequence 3 in audit.head:1 is not known");
    // The one of an older log.
    let older = Log::of(&["a"]).head;
    assert_eq!(verify_bytes(&log.bytes, older.as_ref()).unwrap_err().seq, 3);
}

#[test]
fn who_is_killed_is_told_of() {
    let log = Log::of(&["a", "b"]);
    let starts = log.starts();
    let full = Log::of(&["a", "b", "c"]);
    let third = &full.bytes[starts[2]..];
    // In the middle of a line: the next one tells.
    for cut in 0..third.len() - 1 {
        let mut killed = Log { bytes: [&log.bytes, &third[..cut]].concat(), head: log.head.clone() };
        if cut > 0 {
            let broken = killed.verify().unwrap_err();
            assert_eq!(broken.to_string(), "sequence 3 in audit.jsonl:3 is not finished");
        }
        killed.add("d");
        let unfinished = (cut > 0).then(|| Unfinished { file: FILE.to_owned(), line: 3 });
        let expect = Verified { entries: 3, files: 1, unfinished: unfinished.into_iter().collect() };
        assert_eq!(killed.verify(), Ok(expect), "{cut}");
        killed.add("e");
        assert_eq!(killed.verify().unwrap().entries, 4);
        // What was never finished is kept as well as the rest.
        if cut > 0 {
            killed.bytes[starts[2]] ^= 1;
            assert_eq!(killed.verify().unwrap_err().seq, 3);
        }
    }
    // Before the line break, and before the head knows of the line.
    for line in [&third[..third.len() - 1], third] {
        let mut killed = Log { bytes: [&log.bytes, line].concat(), head: log.head.clone() };
        let at = resume(&killed.bytes, killed.head.as_ref()).unwrap();
        assert!(at.is_head_behind);
        killed.add("d");
        assert_eq!(killed.verify().unwrap().entries, 4);
    }
    // Twice, and once more in its line break.
    let mut twice = Log { bytes: [&log.bytes, b"{\"seq\"\n{\"s\n".as_slice()].concat(), head: log.head };
    twice.add("c");
    let line = |line| Unfinished { file: FILE.to_owned(), line };
    assert_eq!(twice.verify().unwrap().unfinished, [line(3), line(4)]);
}

#[test]
fn what_was_acknowledged_and_is_gone_stays_missing() {
    let log = Log::of(&["a", "b", "c"]);
    let starts = log.starts();
    for keep in [starts[2], starts[1], 0, starts[2] + 10] {
        let mut cut = Log { bytes: log.bytes[..keep].to_vec(), head: log.head.clone() };
        let first = cut.verify().unwrap_err().seq;
        cut.add("d");
        assert_eq!(cut.verify().unwrap_err().seq, first, "{keep}");
        cut.add("e");
        assert_eq!(cut.verify().unwrap_err().seq, first, "{keep}");
    }
}

#[test]
fn a_chain_goes_on_over_files() {
    let log = Log::of(&["a", "b", "c", "d", "e"]);
    let starts = log.starts();
    let file = |first: Option<u64>, lines: std::ops::Range<usize>| LogFile {
        name: first.map_or(FILE.to_owned(), full_file),
        first,
        bytes: log.bytes[starts[lines.start]..starts[lines.end]].to_vec(),
    };
    let head = |oldest| Head { oldest, ..log.head.clone().unwrap() }.print().into_bytes();
    let files = [file(Some(1), 0..2), file(Some(3), 2..4), file(None, 4..5)];
    assert_eq!(
        verify(&files, Some(&head(1))).unwrap(),
        Verified { entries: 5, files: 3, unfinished: Vec::new() }
    );
    // The oldest may be cut off, when the head knows.
    assert_eq!(verify(&files[1..], Some(&head(3))).unwrap().entries, 3);
    assert_eq!(verify(&files[2..], Some(&head(5))).unwrap().entries, 1);
    assert_eq!(verify(&files, Some(&head(3))).unwrap().entries, 5);
    let check = |files: &[LogFile], oldest: u64, expect: &str| {
        assert_eq!(verify(files, Some(&head(oldest))).unwrap_err().to_string(), expect);
    };
    check(&files[1..], 1, "sequence 1 in audit.3.jsonl:1 is missing");
    check(&files[2..], 3, "sequence 3 in audit.jsonl:1 does not come after the one before it");
    check(
        &[files[0].clone(), files[2].clone()],
        1,
        "sequence 3 in audit.jsonl:1 does not come after the one before it",
    );
    check(&files[..2], 1, "sequence 5 in audit.3.jsonl:3 is missing");
    check(&[], 3, "sequence 3 in audit.jsonl:1 is missing");
    let mut short = file(Some(3), 3..4);
    short.name = full_file(3);
    check(
        &[short, files[2].clone()],
        3,
        "sequence 3 in audit.3.jsonl:1 does not come after the one before it",
    );
}

#[test]
fn a_full_file_is_known_by_its_name() {
    assert_eq!(first_of("audit.12.jsonl"), Some(12));
    for name in
        ["audit.jsonl", "audit.012.jsonl", "audit.+1.jsonl", "audit.1.json", "audit.head", "audit.x.jsonl"]
    {
        assert_eq!(first_of(name), None, "{name}");
    }
}

#[test]
fn a_head_is_what_it_prints() {
    let head = Head { oldest: 3, last: Link { seq: 9, hash: Digest::of(b"x") } };
    assert_eq!(Head::parse(head.print().as_bytes()), Some(head));
    assert_eq!(Head::parse(b""), None);
}

proptest! {
    #[test]
    fn nothing_is_too_much(lines in proptest::collection::vec("[ -~\n]{0,60}", 0..4), knows in any::<bool>()) {
        let bytes = lines.concat().into_bytes();
        let head = knows.then(|| Head { oldest: 1, last: Link { seq: 4, hash: Digest::of(b"") } });
        let mut log = Log { bytes, head };
        let was_empty = log.bytes.is_empty();
        let before = log.verify();
        prop_assert!(was_empty && !knows || before.is_err());
        log.add("a");
        log.add("b");
        // Nothing of it is hidden, and what is not known to be gone is only unfinished.
        prop_assert_eq!(log.verify().is_err(), knows);
    }
}
