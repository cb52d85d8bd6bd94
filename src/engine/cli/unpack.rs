use std::io::{self, Read, Write};

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

/// The most bytes of an archive, unpacked: the CLI has about a hundred million.
const MAX_UNPACKED: u64 = 1 << 30;

/// The most files in an archive: a licence, a text, the CLI.
const MAX_ENTRIES: usize = 100;

/// Writes the one file with that name at the top of a gzipped tar to `out`; nothing else of it is unpacked, whatever
/// it is called. Returns what is wrong with the archive, or that writing failed.
pub(super) fn unpack(archive: impl Read, name: &str, out: &mut impl Write) -> io::Result<()> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    let mut archive = Archive::new(GzDecoder::new(archive).take(MAX_UNPACKED));
    for entry in archive.entries()?.take(MAX_ENTRIES) {
        let mut entry = entry?;
        let path = entry.path_bytes();
        if path.strip_prefix(b"./").unwrap_or(&path) != name.as_bytes() {
            continue;
        }
        if entry.header().entry_type() != EntryType::Regular {
            return Err(invalid(format!("its `{name}` is no file")));
        }
        let size = entry.size();
        let copied = io::copy(&mut entry, out)?;
        return match size == copied && size > 0 {
            true => Ok(()),
            false => Err(invalid(format!("its `{name}` is cut off"))),
        };
    }
    Err(invalid(format!("there is no `{name}` at its top")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use tar::{Builder, Header};

    fn archive(files: &[(&str, EntryType, &str)]) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, kind, text) in files {
            let mut header = Header::new_ustar();
            header.set_mode(0o644);
            header.set_entry_type(*kind);
            header.set_size(text.len() as u64);
            // `append_data` would refuse some of the paths.
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            builder.append(&header, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[track_caller]
    fn check(archive: &[u8], expect: Result<&str, &str>) {
        let mut out = Vec::new();
        let found = unpack(archive, "dagger", &mut out).map_err(|error| error.to_string());
        let out = String::from_utf8(out).unwrap();
        assert_eq!(found.as_ref().map(|()| out.as_str()).map_err(String::as_str), expect);
    }

    #[test]
    fn only_the_file_itself_is_taken() {
        let file = EntryType::Regular;
        check(&archive(&[("LICENSE", file, "l"), ("dagger", file, "cli"), ("x", file, "x")]), Ok("cli"));
        check(&archive(&[("./dagger", file, "cli")]), Ok("cli"));
        let absent = Err("there is no `dagger` at its top");
        check(&archive(&[]), absent);
        for name in ["bin/dagger", "../dagger", "/dagger", "dagger/", "dagger2", "Dagger"] {
            check(&archive(&[(name, file, "cli")]), absent);
        }
        check(&archive(&[("dagger", EntryType::Symlink, "")]), Err("its `dagger` is no file"));
        check(&archive(&[("dagger", EntryType::Directory, "")]), Err("its `dagger` is no file"));
        check(&archive(&[("dagger", file, "")]), Err("its `dagger` is cut off"));
        let many: Vec<_> =
            (0..MAX_ENTRIES).map(|_| ("x", file, "")).chain([("dagger", file, "cli")]).collect();
        check(&archive(&many), absent);
    }

    #[test]
    fn what_is_no_archive_is_an_error() {
        let whole = archive(&[("dagger", EntryType::Regular, &"cli".repeat(1000))]);
        for bytes in [&b""[..], b"<html>", &whole[..whole.len() / 2], &whole[..20]] {
            assert!(unpack(bytes, "dagger", &mut Vec::new()).is_err());
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..600), at in 0_usize..80, byte: u8) {
            drop(unpack(bytes.as_slice(), "dagger", &mut Vec::new()));
            let mut whole = archive(&[("dagger", EntryType::Regular, "cli")]);
            let at = at.min(whole.len() - 1);
            whole[at] = byte;
            drop(unpack(whole.as_slice(), "dagger", &mut Vec::new()));
        }
    }
}
