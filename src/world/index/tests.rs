use super::*;

/// An index of version 2 or 4 with these entries: mode and name, or how much to take off the last name.
struct Sample {
    version: u32,
    hash: Hash,
    entries: Vec<(u32, &'static str)>,
    extensions: Vec<(&'static [u8; 4], Vec<u8>)>,
}

const FILE: u32 = 0o100_644;

impl Sample {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(self.version.to_be_bytes());
        bytes.extend(u32::try_from(self.entries.len()).unwrap().to_be_bytes());
        let mut last = "";
        for (mode, name) in &self.entries {
            let start = bytes.len();
            bytes.extend([7; 24]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend([7; 12]);
            bytes.extend(vec![9; self.hash as usize]);
            bytes.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
            if self.version == 4 {
                let common = last.bytes().zip(name.bytes()).take_while(|(left, right)| left == right).count();
                bytes.push(u8::try_from(last.len() - common).unwrap());
                bytes.extend(&name.as_bytes()[common..]);
                bytes.push(0);
                last = name;
            } else {
                bytes.extend(name.as_bytes());
                let zeros = 8 - (bytes.len() - start) % 8;
                bytes.extend(vec![0; zeros]);
            }
        }
        for (name, data) in &self.extensions {
            bytes.extend(*name);
            bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
            bytes.extend(data);
        }
        bytes.extend(vec![1; self.hash as usize]);
        bytes
    }
}

/// Returns what is listed, and what goes wrong.
fn listed(bytes: &[u8], hash: Hash) -> (Vec<String>, Result<Option<Link>, String>) {
    let mut listed = Vec::new();
    let result = read_own(bytes, hash, &mut |name, tracked| {
        listed.push(format!("{} {tracked:?}", String::from_utf8_lossy(name)));
    });
    (listed, result.map_err(|error| error.to_string()))
}

#[test]
fn every_version_and_both_hashes_list_the_same() {
    for (version, hash) in [(2, Hash::Sha1), (3, Hash::Sha256), (4, Hash::Sha1), (4, Hash::Sha256)] {
        let entries = vec![
            (FILE, "a"),
            (0o100_755, "dir/b.sh"),
            (0o120_000, "dir/link"),
            (0o160_000, "dir/module"),
            (0o040_000, "dir/sparse/"),
            (FILE, "dir/twelve-byte"),
            (FILE, "é"),
        ];
        let extensions = vec![(b"TREE", vec![5; 100_000]), (b"FSMN", Vec::new())];
        let (found, result) = listed(&Sample { version, hash, entries, extensions }.bytes(), hash);
        let expect = ["a File", "dir/b.sh File", "dir/module Submodule", "dir/twelve-byte File", "é File"];
        assert_eq!(found, expect, "version {version}");
        assert!(matches!(result, Ok(None)));
    }
}

#[test]
fn a_split_index_lists_what_is_left_of_the_shared_one() {
    let bitmap = |word: u64| {
        let mut bytes = [0, 0, 0, 64, 0, 0, 0, 2].to_vec();
        bytes.extend((1_u64 << 33).to_be_bytes());
        bytes.extend(word.to_be_bytes());
        bytes.extend([0; 4]);
        bytes
    };
    let mut link = vec![0xab; 20];
    link.extend(bitmap(0b0010));
    link.extend(bitmap(0b1100));
    let entries = vec![(FILE, "new"), (FILE, ""), (0o120_000, "")];
    let own = Sample { version: 2, hash: Hash::Sha1, entries, extensions: vec![(b"link", link)] };
    let (found, result) = listed(&own.bytes(), Hash::Sha1);
    assert_eq!(found, ["new File"]);
    let link = result.unwrap().unwrap();
    assert_eq!(link.base, "ab".repeat(20));
    let entries = vec![(FILE, "kept"), (FILE, "deleted"), (0o120_000, "now-a-file"), (FILE, "now-a-link")];
    let shared = Sample { version: 2, hash: Hash::Sha1, entries, extensions: Vec::new() };
    let mut names = Vec::new();
    let mut visit = |name: &[u8], _| names.push(String::from_utf8_lossy(name).into_owned());
    read_shared(&shared.bytes()[..], Hash::Sha1, &link, &mut visit).unwrap();
    assert_eq!(names, ["kept", "now-a-file"]);
}

#[test]
fn a_damaged_index_is_said_to_be_one() {
    let begin = |bytes: &[u8]| listed(bytes, Hash::Sha1).1.unwrap_err();
    assert_eq!(begin(b""), "it ends too early");
    assert_eq!(begin(b"DIRC\0\0\0\x02\0\0\0\x01"), "it ends too early");
    assert_eq!(begin(b"CRID\0\0\0\x02\0\0\0\x01"), "it does not begin like an index");
    assert_eq!(begin(b"DIRC\0\0\0\x05\0\0\0\x01"), "its version is 5, and 2 to 4 are known");
}

/// Whatever is in the file: it is read, or it is said why not.
#[test]
fn no_index_does_harm() {
    let mut link = vec![0xab; 20];
    link.extend([0, 0, 0, 64, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0]);
    for version in [2, 4] {
        let entries = vec![(FILE, "a"), (FILE, "dir/b"), (FILE, "dir/c")];
        let extensions = vec![(b"TREE", vec![5; 9]), (b"link", link.clone())];
        let bytes = Sample { version, hash: Hash::Sha1, entries, extensions }.bytes();
        for length in 0..bytes.len() {
            drop(listed(&bytes[..length], Hash::Sha1));
            drop(listed(&bytes[..length], Hash::Sha256));
        }
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = value;
                drop(listed(&bytes, Hash::Sha1));
            }
        }
    }
    // A name without an end, and lengths that cannot be.
    let mut bytes = b"DIRC\0\0\0\x02\xff\xff\xff\xff".to_vec();
    bytes.extend(vec![b'x'; 300_000]);
    assert_eq!(listed(&bytes, Hash::Sha1).1.unwrap_err(), "a name in it is too long");
    let mut bytes = b"DIRC\0\0\0\x02\0\0\0\0link\xff\xff\xff\xff".to_vec();
    bytes.extend(vec![0; 100]);
    assert_eq!(listed(&bytes, Hash::Sha1).1.unwrap_err(), "its link to a shared index is too long");
}
