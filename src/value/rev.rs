use std::fmt;

/// A full git revision: 40 lower-case hexadecimal digits (SHA-1 object names).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rev([u8; 20]);

impl Rev {
    /// Returns the revision of the 20 bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// Returns the revision, or `None` when `text` is not exactly 40 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 20];
        let lower = data_encoding::HEXLOWER;
        if text.len() != 40 {
            return None;
        }
        lower.decode_mut(text.as_bytes(), &mut bytes).ok().map(|_| Self(bytes))
    }
}

impl fmt::Display for Rev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Rev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rev({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forty_lower_case_digits_are_a_revision() {
        let text = "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a";
        assert_eq!(Rev::parse(text).unwrap().to_string(), text);
        for wrong in ["", "c93d69f", &text.to_uppercase(), &format!("{text}0"), &text.replace('c', "g")] {
            assert_eq!(Rev::parse(wrong), None, "{wrong}");
        }
    }
}
