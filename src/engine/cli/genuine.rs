use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memchr::memmem::Finder;

use super::NAME;

/// A package that is part of every CLI. Go keeps the names of all functions, with that of their package, in programs
/// that are stripped, too (golang/go `src/runtime/symtab.go`).
const PACKAGE: &str = "github.com/dagger/dagger/engine/client";

/// How programs begin that a processor runs: ELF, and Mach-O for one or several processors.
const MAGICS: [[u8; 4]; 3] = [*b"\x7fELF", [0xcf, 0xfa, 0xed, 0xfe], [0xca, 0xfe, 0xba, 0xbe]];

/// The most bytes that are looked through: the CLI has sixty million.
const MAX_SIZE: u64 = 512 << 20;

/// So many bytes are looked through at once.
const CHUNK: usize = 1 << 20;

/// Returns whether a program is Dagger's own, which says the same whoever asks it.
///
/// What only stands for it answers by directory, environment or configuration, and stays the same file: scripts (those
/// of asdf, and wrappers), links to a program of another name (jdx/mise `src/shims.rs`, aquaproj/aqua-proxy), and
/// copies of one (moonrepo/proto `crates/shim/src/unix.rs`).
pub(super) fn is_genuine(path: &Path) -> bool {
    let real = path.canonicalize();
    real.is_ok_and(|real| {
        real.file_name().is_some_and(|name| name == NAME)
            && File::open(&real).and_then(has_package).unwrap_or(false)
    })
}

fn has_package(mut program: impl Read) -> io::Result<bool> {
    let mut magic = [0; 4];
    program.read_exact(&mut magic)?;
    if !MAGICS.contains(&magic) {
        return Ok(false);
    }
    let finder = Finder::new(PACKAGE);
    let mut program = program.take(MAX_SIZE);
    let mut bytes = Vec::with_capacity(CHUNK + PACKAGE.len());
    loop {
        // What stands across two chunks is found in the second one.
        bytes.drain(..bytes.len().saturating_sub(PACKAGE.len()));
        let count = program.by_ref().take(CHUNK as u64).read_to_end(&mut bytes)?;
        if count == 0 || finder.find(&bytes).is_some() {
            return Ok(count > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;
    use std::io::Write as _;
    use std::os::unix::fs::symlink;

    const ELF: &[u8] = b"\x7fELF";

    #[test]
    fn what_stands_for_the_cli_is_not_genuine() {
        let directory = tempfile::tempdir().unwrap();
        let put = |name: &str, parts: &[&[u8]]| {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            File::create(&path).unwrap().write_all(&parts.concat()).unwrap();
            path
        };
        let package = PACKAGE.as_bytes();
        let check = |path: &Path, expect: bool| assert_eq!(is_genuine(path), expect, "{}", path.display());
        let genuine = put("genuine/dagger", &[ELF, b"...", package, b".New"]);
        check(&genuine, true);
        check(&put("mac/dagger", &[&[0xcf, 0xfa, 0xed, 0xfe], package]), true);
        check(&put("script/dagger", &[b"#!/bin/sh\n# ", package]), false);
        check(&put("copy/dagger", &[ELF, b"proto-shim"]), false);
        check(&put("empty/dagger", &[]), false);
        check(&put("short/dagger", &[b"\x7fEL"]), false);
        let other = put("other/mise", &[ELF, package]);
        let links = directory.path().join("links");
        fs::create_dir(&links).unwrap();
        for (name, to, expect) in [("dagger", &other, false), ("dagger-0.21", &genuine, true)] {
            symlink(to, links.join(name)).unwrap();
            check(&links.join(name), expect);
        }
        check(&directory.path().join("absent/dagger"), false);
        check(directory.path(), false);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn it_is_found_wherever_it_stands(at in CHUNK - 60..CHUNK + 60) {
            let whole = [ELF, &vec![0; at], PACKAGE.as_bytes(), &[0; 100]].concat();
            prop_assert!(has_package(&*whole).unwrap());
            prop_assert!(!has_package(&whole[..ELF.len() + at + PACKAGE.len() - 1]).unwrap());
        }
    }
}
