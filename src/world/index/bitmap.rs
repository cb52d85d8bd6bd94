//! The compressed bitmaps (EWAH) of a split index.

use std::ops::Range;

/// A set of positions, as the ranges that it covers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Bitmap(Vec<Range<u64>>);

impl Bitmap {
    /// Takes a bitmap off the front of `data`: how many bits, how many words, the words, and where the last marker is.
    pub(super) fn parse(data: &mut &[u8]) -> Option<Self> {
        let (head, rest) = data.split_first_chunk::<8>()?;
        let words = usize::try_from(u32::from_be_bytes(*head.last_chunk()?)).ok()?;
        let (body, rest) = rest.split_at_checked(words.checked_mul(8)?)?;
        *data = rest.split_at_checked(4)?.1;
        let mut words =
            body.chunks_exact(8).filter_map(|word| word.first_chunk()).map(|word| u64::from_be_bytes(*word));
        let mut bitmap = Self::default();
        let mut at = 0_u64;
        // A marker says which bit fills how many words, and how many words follow as they are.
        while let Some(marker) = words.next() {
            let filled = (marker >> 1 & 0xffff_ffff) * 64;
            if marker & 1 == 1 {
                bitmap.add(at..at + filled);
            }
            at += filled;
            for _ in 0..marker >> 33 {
                let mut word = words.next()?;
                while word != 0 {
                    let bit = u64::from(word.trailing_zeros());
                    let run = u64::from((word >> bit).trailing_ones());
                    bitmap.add(at + bit..at + bit + run);
                    word = if bit + run == 64 { 0 } else { word >> (bit + run) << (bit + run) };
                }
                at += 64;
            }
        }
        Some(bitmap)
    }

    fn add(&mut self, range: Range<u64>) {
        match self.0.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ if range.is_empty() => {}
            _ => self.0.push(range),
        }
    }

    pub(super) fn cursor(&self) -> Cursor<'_> {
        Cursor(&self.0)
    }
}

/// Asks for one position after the other.
pub(super) struct Cursor<'b>(&'b [Range<u64>]);

impl Cursor<'_> {
    pub(super) fn holds(&mut self, position: u64) -> bool {
        while let Some((first, rest)) = self.0.split_first() {
            if position < first.end {
                return first.contains(&position);
            }
            self.0 = rest;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the ranges of the bitmap that these words are.
    fn parse(words: &[u64]) -> Option<String> {
        let mut data = vec![0; 4];
        data.extend(u32::try_from(words.len()).unwrap().to_be_bytes());
        data.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        data.extend([0; 4]);
        for length in 0..data.len() {
            assert_eq!(Bitmap::parse(&mut &data[..length]), None);
        }
        data.push(7);
        let mut rest = &data[..];
        let bitmap = Bitmap::parse(&mut rest)?;
        assert_eq!(rest, [7]);
        Some(format!("{:?}", bitmap.0))
    }

    #[test]
    fn runs_and_literal_words_become_ranges() {
        let literal = |count: u64| count << 33;
        for (words, expect) in [
            (&[][..], Some("[]")),
            (&[literal(1), 0b1011], Some("[0..2, 3..4]")),
            (&[2 << 1 | 1 | literal(1), 1], Some("[0..129]")),
            (&[2 << 1 | literal(1), u64::MAX], Some("[128..192]")),
            (&[literal(1), 1 << 63, 1 << 1 | 1], Some("[63..128]")),
            (&[0, 0xffff_ffff << 1 | 1], Some("[0..274877906880]")),
            (&[literal(2), 1], None),
        ] {
            assert_eq!(parse(words).as_deref(), expect);
        }
    }

    #[test]
    fn a_cursor_goes_forward() {
        let bitmap = Bitmap(vec![1..3, 5..6]);
        let mut cursor = bitmap.cursor();
        let found: Vec<bool> = (0..8).map(|position| cursor.holds(position)).collect();
        assert_eq!(found, [false, true, true, false, false, true, false, false]);
    }
}
