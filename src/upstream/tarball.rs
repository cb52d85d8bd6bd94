//! Unpacking an archive of a repository, in memory and within bounds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read as _};

use flate2::read::GzDecoder;
use tar::{Archive, Entry, EntryType};

use crate::nar::Node;
use crate::value::Rev;

/// The most bytes of a compressed archive: the flake's has thirty thousand.
pub(super) const MAX_SIZE: usize = 16 << 20;

/// The most bytes of an archive, unpacked.
const MAX_UNPACKED: u64 = 64 << 20;

/// The most files and directories.
const MAX_ENTRIES: usize = 10_000;

/// What an archive holds.
#[derive(Debug)]
pub(super) struct Tarball<'a> {
    /// The tree below the one directory at the archive's top.
    pub(super) tree: Node<'a>,
    /// The newest time of anything in it, in seconds since 1970: what Nix takes for `lastModified`
    /// (NixOS/nix `src/libfetchers/github.cc`).
    pub(super) newest: u64,
    /// The commit that git has noted in the archive (git-archive, "pax header").
    pub(super) commit: Option<Rev>,
}

/// Returns the uncompressed archive, or what is wrong with it.
pub(super) fn decompress(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let read = GzDecoder::new(bytes).take(MAX_UNPACKED + 1).read_to_end(&mut out);
    read.map_err(|error| format!("it is no gzip archive: {error}"))?;
    if out.len() as u64 > MAX_UNPACKED {
        return Err(format!("it unpacks to more than {MAX_UNPACKED} bytes"));
    }
    Ok(out)
}

/// Returns what an uncompressed archive holds, or what is wrong with it.
pub(super) fn read(bytes: &[u8]) -> Result<Tarball<'_>, String> {
    let broken = |error: io::Error| format!("it is no tar archive: {error}");
    let mut tarball = Tarball { tree: Node::Directory(BTreeMap::new()), newest: 0, commit: None };
    let mut top: Option<Vec<u8>> = None;
    for (index, entry) in Archive::new(bytes).entries().map_err(broken)?.enumerate() {
        let mut entry = entry.map_err(broken)?;
        if index == MAX_ENTRIES {
            return Err(format!("it has more than {MAX_ENTRIES} files"));
        }
        if entry.header().entry_type() == EntryType::XGlobalHeader {
            tarball.commit = commit(&mut entry).map_err(broken)?;
            continue;
        }
        let path = entry.path_bytes().into_owned();
        let misplaced = |why: &str| format!("`{}` cannot be in it: {why}", path.escape_ascii());
        let trimmed = path.strip_suffix(b"/").unwrap_or(&path);
        let first = trimmed.split(|byte| *byte == b'/').next().unwrap_or_default();
        if *top.get_or_insert_with(|| first.to_vec()) != first {
            return Err(misplaced("it stands beside the one directory at the top"));
        }
        tarball.newest = tarball.newest.max(entry.header().mtime().map_err(broken)?);
        let node = node(&entry, bytes).map_err(|why| misplaced(&why))?;
        match trimmed.get(first.len() + 1..) {
            Some(below) => tarball.tree.insert(below, node).map_err(|error| misplaced(&error.to_string()))?,
            None if matches!(node, Node::Directory(_)) => {}
            None => return Err(misplaced("a directory belongs there")),
        }
    }
    if top.is_none() {
        return Err("it is an empty archive".to_owned());
    }
    Ok(tarball)
}

fn node<'a>(entry: &Entry<'_, &'a [u8]>, bytes: &'a [u8]) -> Result<Node<'a>, String> {
    match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous => {
            let slice = || {
                let start = usize::try_from(entry.raw_file_position()).ok()?;
                bytes.get(start..start.checked_add(usize::try_from(entry.size()).ok()?)?)
            };
            let contents = slice().ok_or("the archive ends in the middle of it")?;
            let mode = entry.header().mode().map_err(|error| error.to_string())?;
            Ok(Node::File { contents, is_executable: mode & 0o100 != 0 })
        }
        EntryType::Symlink => {
            let target = entry.link_name_bytes().ok_or("it is a link to nowhere")?;
            Ok(Node::Link(Cow::Owned(target.into_owned())))
        }
        EntryType::Directory => Ok(Node::Directory(BTreeMap::new())),
        other => Err(format!("git archives nothing of type {:?}", char::from(other.as_byte()))),
    }
}

fn commit(entry: &mut Entry<'_, &[u8]>) -> io::Result<Option<Rev>> {
    let Some(records) = entry.pax_extensions()? else { return Ok(None) };
    for record in records {
        let record = record?;
        if record.key_bytes() == b"comment" {
            return Ok(record.value().ok().and_then(Rev::parse));
        }
    }
    Ok(None)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use std::io::Write as _;
    use tar::{Builder, Header};

    /// Makes an archive of files with mode and time; a name that ends in `/` is a directory.
    pub(crate) fn archive(files: &[(&str, u32, u64, &str)]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for (path, mode, time, text) in files {
            let mut header = Header::new_ustar();
            header.set_mode(*mode);
            header.set_mtime(*time);
            header.set_size(text.len() as u64);
            let kind = if path.ends_with('/') { EntryType::Directory } else { EntryType::Regular };
            header.set_entry_type(kind);
            builder.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_directory_at_the_top_is_left_out() {
        let bytes = archive(&[
            ("nix-c93d69f/", 0o775, 5, ""),
            ("nix-c93d69f/pkgs/run.sh", 0o775, 9, "#!/bin/sh"),
            ("nix-c93d69f/flake.nix", 0o664, 7, "{ }"),
        ]);
        let tarball = read(&bytes).unwrap();
        assert_eq!((tarball.newest, tarball.commit), (9, None));
        assert_eq!(
            tarball.tree.get("flake.nix"),
            Some(&Node::File { contents: b"{ }", is_executable: false })
        );
        let run = Node::File { contents: b"#!/bin/sh", is_executable: true };
        assert_eq!(tarball.tree.get("pkgs/run.sh"), Some(&run));
    }

    #[test]
    fn the_commit_of_git_is_read() {
        let rev = "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a";
        let mut builder = Builder::new(Vec::new());
        let record = format!("52 comment={rev}\n");
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::XGlobalHeader);
        header.set_size(record.len() as u64);
        builder.append_data(&mut header, "pax_global_header", record.as_bytes()).unwrap();
        let mut bytes = builder.into_inner().unwrap();
        bytes.truncate(1024);
        bytes.extend(archive(&[("nix/a", 0o644, 1, "")]));
        assert_eq!(read(&bytes).unwrap().commit, Rev::parse(rev));
    }

    #[test]
    fn what_git_does_not_archive_is_refused() {
        let check = |bytes: &[u8], expect: &str| assert_eq!(read(bytes).unwrap_err(), expect);
        check(b"", "it is an empty archive");
        check(&archive(&[]), "it is an empty archive");
        check(&archive(&[("a", 0o644, 0, "")]), "`a` cannot be in it: a directory belongs there");
        check(
            &archive(&[("a/b", 0o644, 0, ""), ("c/d", 0o644, 0, "")]),
            "`c/d` cannot be in it: it stands beside the one directory at the top",
        );
        check(
            &archive(&[("a/b", 0o644, 0, ""), ("a/b", 0o644, 0, "")]),
            "`a/b` cannot be in it: it is there twice",
        );
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Link);
        header.set_size(0);
        header.set_mtime(0);
        let mut builder = Builder::new(Vec::new());
        builder.append_link(&mut header, "a/b", "a/c").unwrap();
        check(&builder.into_inner().unwrap(), "`a/b` cannot be in it: git archives nothing of type '1'");
        let whole = archive(&[("a/b", 0o644, 0, &"x".repeat(2000))]);
        assert!(read(&whole[..1024]).is_err());
        assert!(read(b"<html>").unwrap_err().starts_with("it is no tar archive: "));
    }

    #[test]
    fn what_unpacks_without_end_is_refused() {
        let zeros = gzip(&vec![0; usize::try_from(MAX_UNPACKED).unwrap() + 1]);
        assert!(zeros.len() < 1 << 20);
        assert_eq!(decompress(&zeros).unwrap_err(), "it unpacks to more than 67108864 bytes");
        let whole = gzip(b"text");
        assert_eq!(decompress(&whole).unwrap(), b"text");
        for broken in [&b"<html>"[..], b"", &whole[..whole.len() - 2]] {
            assert!(decompress(broken).unwrap_err().starts_with("it is no gzip archive: "));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(
            bytes in prop::collection::vec(any::<u8>(), 0..2000),
            at in 0_usize..2048,
            byte: u8,
        ) {
            drop(decompress(&bytes));
            drop(read(&bytes));
            let mut whole = archive(&[("a/b", 0o644, 1, "text"), ("a/c/", 0o755, 2, "")]);
            whole[at] = byte;
            drop(read(&whole));
        }
    }
}
