use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Text that could not be added to a file.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`", path.display())]
pub struct AppendError {
    /// The file.
    path: PathBuf,
    /// Why.
    source: io::Error,
}

/// Adds lines to the end of a file, which is made if it is not there. Only for files that others add to as well, such
/// as those of a CI runner: files of the repository are replaced whole.
pub fn append(path: &Path, lines: &str) -> Result<(), AppendError> {
    let result = OpenOptions::new().read(true).append(true).create(true).open(path).and_then(|mut file| {
        let text = if ends_in_a_line(&mut file)? { format!("\n{lines}") } else { lines.to_owned() };
        file.write_all(text.as_bytes())
    });
    result.map_err(|source| AppendError { path: path.to_owned(), source })
}

/// Returns how many bytes the file holds; none when it is not there.
pub fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Returns whether the last line has no end yet.
fn ends_in_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_below_what_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("outputs");
        let check = |text: &str, expect: &str| {
            append(&path, text).unwrap();
            assert_eq!(super::super::read(&path).unwrap(), expect.as_bytes());
            assert_eq!(size(&path), expect.len() as u64);
        };
        assert_eq!(size(&path), 0);
        check("", "");
        check("a=1\n", "a=1\n");
        check("b=2", "a=1\nb=2");
        check("c=3\n", "a=1\nb=2\nc=3\n");
        let error = append(&directory.path().join("no/such"), "x").unwrap_err();
        assert!(error.to_string().starts_with("cannot write `"), "{error}");
    }
}
