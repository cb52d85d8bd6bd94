//! What the archives' server says about a release.

use crate::catalog::{self, Archive};
use crate::value::{Sha256, Version};

/// The most bytes of a list of checksums: a release's has a thousand.
pub(super) const MAX_SIZE: usize = 1 << 20;

/// Returns the archives of the version that a list of checksums (`sha256sum`) names, sorted by system, or
/// what is wrong with the list. Lines about other files say nothing.
pub(super) fn checksums(text: &str, version: &Version) -> Result<Vec<Archive>, String> {
    let mut archives: Vec<Archive> = Vec::new();
    for line in text.lines() {
        let Some((sha256, system)) = archive(line, version) else { continue };
        let system = system.to_owned();
        match archives.iter().find(|archive| archive.system == system) {
            Some(other) if other.sha256 != sha256 => {
                return Err(format!("it has two checksums of the archive for {system}"));
            }
            Some(_) => {}
            None => archives.push(Archive { version: version.clone(), system, sha256 }),
        }
    }
    if archives.is_empty() {
        return Err(format!("it has no checksum of an archive of {version}"));
    }
    archives.sort();
    Ok(archives)
}

/// `HEX  dagger_vVERSION_linux_amd64.tar.gz`; a `*` before the name says that it was read as bytes.
fn archive(line: &str, version: &Version) -> Option<(Sha256, &'static str)> {
    let (hex, name) = line.split_once(' ')?;
    let name = name.strip_prefix([' ', '*']).unwrap_or(name);
    let (named, system) = catalog::archive_name(name)?;
    (named == version.to_string()).then_some((Sha256::from_hex(hex)?, system))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VERSION: Version = Version::new(0, 21, 9);

    fn line(digit: char, name: &str) -> String {
        format!("{}  {name}\n", digit.to_string().repeat(64))
    }

    #[track_caller]
    fn check(text: &str, expect: Result<&[(&str, &str)], &str>) {
        let found = checksums(text, &VERSION);
        let found = found.map(|found| {
            let print = |archive: Archive| {
                let hex = archive.sha256.print(crate::value::HashEncoding::Hex);
                (archive.system, hex[..1].to_owned())
            };
            found.into_iter().map(print).collect::<Vec<_>>()
        });
        let expect = expect.map(|expect| {
            expect.iter().map(|(system, digit)| ((*system).to_owned(), (*digit).to_owned())).collect()
        });
        assert_eq!(found, expect.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn only_archives_of_that_very_version_count() {
        let whole = [
            line('1', "dagger_v0.21.9_darwin_amd64.tar.gz"),
            line('2', "dagger_v0.21.9_darwin_arm64.tar.gz"),
            line('3', "dagger_v0.21.9_linux_amd64.tar.gz"),
            line('4', "dagger_v0.21.9_linux_arm64.tar.gz"),
            line('5', "dagger_v0.21.9_linux_armv7.tar.gz"),
            line('6', "dagger_v0.21.9_windows_amd64.zip"),
        ];
        check(
            &whole.concat(),
            Ok(&[
                ("aarch64-darwin", "2"),
                ("aarch64-linux", "4"),
                ("armv7l-linux", "5"),
                ("x86_64-darwin", "1"),
                ("x86_64-linux", "3"),
                ("x86_64-windows", "6"),
            ]),
        );
        let none = Err("it has no checksum of an archive of 0.21.9");
        check("", none);
        check("<html>not here</html>", none);
        check(&line('1', "dagger_v0.21.90_linux_amd64.tar.gz"), none);
        check(&line('1', "dagger_v0.21.9-rc.1_linux_amd64.tar.gz"), none);
        check(&line('1', "../dagger_v0.21.9_linux_amd64.tar.gz"), none);
        check(&line('g', "dagger_v0.21.9_linux_amd64.tar.gz"), none);
        check(&line('1', "dagger_v0.21.9_linux_amd64.tar.gz")[1..], none);
        let mixed =
            line('1', "dagger_v0.21.8_linux_amd64.tar.gz") + &line('2', "dagger_v0.21.9_linux_amd64.tar.gz");
        check(&mixed, Ok(&[("x86_64-linux", "2")]));
        check(
            &line('2', "*dagger_v0.21.9_linux_amd64.tar.gz").replace("  ", " "),
            Ok(&[("x86_64-linux", "2")]),
        );
        let twice = line('1', "dagger_v0.21.9_linux_amd64.tar.gz") + &mixed;
        check(&twice, Err("it has two checksums of the archive for x86_64-linux"));
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "([0-9a-f]{64}  dagger_v0.21.[0-9]_[a-z_0-9]{0,12}.tar.gz\n|.{0,80}\n){0,6}") {
            drop(checksums(&text, &VERSION));
        }
    }
}
