use std::sync::OnceLock;

use super::Span;

/// One file's content: its bytes, and a text view of the same length in which parsers look.
///
/// A byte order mark is taken off the view once, here, and every byte that is not UTF-8 is shown
/// as `_`, so that all parsers agree on offsets and nothing that was read is ever changed: edits
/// are applied to the bytes, never to the view. Spans are offsets into [`Source::text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The bytes as read, unless the text is the same.
    bytes: Option<Vec<u8>>,
    text: String,
    bom: usize,
    /// Offsets at which lines begin, once somebody has asked for a place.
    lines: OnceLock<Vec<usize>>,
}

/// Where a span begins, as editors count: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The lines of a larger text are counted when they are asked for: a table of them may be larger yet.
const MAX_TABLE: usize = 1 << 20;

const BOM: &[u8] = b"\xef\xbb\xbf";

impl Source {
    /// Returns the source of a file's bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        let (bytes, bom) = match String::from_utf8(bytes) {
            Ok(text) if !text.as_bytes().starts_with(BOM) => {
                return Self { bytes: None, text, bom: 0, lines: OnceLock::new() };
            }
            Ok(text) => (text.into_bytes(), BOM.len()),
            Err(error) => {
                let bytes = error.into_bytes();
                let bom = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
                (bytes, bom)
            }
        };
        let mut text = String::with_capacity(bytes.len() - bom);
        for chunk in bytes[bom..].utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| '_'));
        }
        Self { bytes: Some(bytes), text, bom, lines: OnceLock::new() }
    }

    /// Returns the view that parsers look at.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the file's bytes, as read.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or(self.text.as_bytes())
    }

    /// Returns the text that `span` covers.
    ///
    /// # Panics
    /// When the span is not of this source.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// Returns whether the content is not text: it holds a NUL byte near its beginning, as git
    /// decides it.
    pub fn is_binary(bytes: &[u8]) -> bool {
        memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some()
    }

    /// Returns the offsets of a span in the file's bytes.
    pub fn file_span(&self, span: Span) -> Span {
        span.shift(self.bom)
    }

    /// Returns line and column of the offset in the view.
    pub fn place(&self, offset: usize) -> Place {
        let line = if self.text.len() > MAX_TABLE {
            memchr::memchr_iter(b'\n', &self.text.as_bytes()[..offset]).count() + 1
        } else {
            let lines = self.lines.get_or_init(|| {
                let after = memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|newline| newline + 1);
                std::iter::once(0).chain(after).collect()
            });
            lines.partition_point(|start| *start <= offset)
        };
        let (start, _) = self.line_at(offset);
        Place { line, column: self.text[start..offset].chars().count() + 1 }
    }

    /// Returns the line that the offset is in, without its line ending, and where it begins.
    pub fn line_at(&self, offset: usize) -> (usize, &str) {
        let start = self.text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[offset..].find('\n').map_or(self.text.len(), |newline| offset + newline);
        (start, self.text[start..end].trim_end_matches('\r'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_has_no_bom_and_the_same_length() {
        let source = Source::new(b"\xef\xbb\xbfa: \xff1\r\nb".to_vec());
        assert_eq!(source.text(), "a: _1\r\nb");
        assert_eq!(source.place(4), Place { line: 1, column: 5 });
        assert_eq!(source.place(7), Place { line: 2, column: 1 });
        assert_eq!(source.file_span(Span::new(3, 5)), Span::new(6, 8));
        assert_eq!(source.line_at(4), (0, "a: _1"));
        assert_eq!(source.bytes(), b"\xef\xbb\xbfa: \xff1\r\nb");
    }

    #[test]
    fn what_was_read_is_kept() {
        for bytes in [&b""[..], b"a", b"\xef\xbb\xbf", b"\xef\xbb\xbfa", b"\xff", "\u{e9}\r\n".as_bytes()] {
            let source = Source::new(bytes.to_vec());
            assert_eq!(source.bytes(), bytes);
            assert_eq!(source.text().len() + source.file_span(Span::new(0, 0)).start, bytes.len());
        }
    }

    #[test]
    fn columns_count_characters() {
        let source = Source::new("é: ü0.21.8".into());
        let at = source.text().find('0').unwrap();
        assert_eq!(source.place(at), Place { line: 1, column: 5 });
    }
}
