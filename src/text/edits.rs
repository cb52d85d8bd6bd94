use super::{Source, Span};

/// A replacement of one byte span by other text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What is replaced, in the source's view.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// Edits of one source.
///
/// Invariant: sorted and disjoint, so they can be applied in one pass and in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits(Vec<Edit>);

/// Two edits want the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two different edits of bytes {}..{}", .0.start, .0.end)]
pub struct OverlapError(pub Span);

impl Edits {
    /// Returns the edits in order, or the first span that two different ones claim. The same edit
    /// twice is one edit.
    pub fn new(mut edits: Vec<Edit>) -> Result<Self, OverlapError> {
        edits.sort();
        edits.dedup();
        for pair in edits.windows(2) {
            let (left, right) = (&pair[0], &pair[1]);
            // Two insertions at one offset have no order of their own.
            let same_insertion = left.span == right.span;
            if right.span.start < left.span.end || same_insertion {
                return Err(OverlapError(right.span));
            }
        }
        Ok(Self(edits))
    }

    /// Returns whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the edits, sorted by place.
    pub fn as_slice(&self) -> &[Edit] {
        &self.0
    }

    /// Returns the bytes of `source` with every edit made; all other bytes, those outside UTF-8
    /// and the byte order mark included, are what they were.
    pub fn apply(&self, source: &Source) -> Vec<u8> {
        let bytes = source.bytes();
        let mut out = Vec::with_capacity(bytes.len() + 64);
        let mut copied = 0;
        for edit in &self.0 {
            let span = source.file_span(edit.span);
            out.extend_from_slice(&bytes[copied..span.start]);
            out.extend_from_slice(edit.text.as_bytes());
            copied = span.end;
        }
        out.extend_from_slice(&bytes[copied..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(start, end), text: text.to_owned() }
    }

    #[test]
    fn overlapping_edits_are_refused() {
        assert!(Edits::new(vec![edit(0, 3, "a"), edit(2, 4, "b")]).is_err());
        assert!(Edits::new(vec![edit(1, 1, "a"), edit(1, 1, "b")]).is_err());
        assert!(Edits::new(vec![edit(0, 3, "a"), edit(0, 3, "a")]).is_ok());
        assert!(Edits::new(vec![edit(3, 4, "b"), edit(0, 3, "a")]).is_ok());
    }

    proptest! {
        #[test]
        fn bytes_outside_the_edits_stay(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let source = Source::new(bytes.clone());
            let length = source.text().len();
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(length + 1)).collect();
            places.sort_unstable();
            places.dedup();
            let spans: Vec<Span> = places.chunks_exact(2).map(|pair| Span::new(pair[0], pair[1])).collect();
            let edits = spans.iter().map(|span| Edit { span: *span, text: "<>".to_owned() }).collect();
            let out = Edits::new(edits).unwrap().apply(&source);
            // Cutting the replacements out again gives what the spans left over.
            let mut expect = bytes;
            for span in spans.iter().rev() {
                expect.splice(source.file_span(*span).range(), *b"<>");
            }
            prop_assert_eq!(out, expect);
        }
    }
}
