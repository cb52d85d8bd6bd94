use std::fmt;

use sha2::{Digest as _, Sha256};

/// An OCI content digest, `sha256:` and 64 lower-case hex digits
/// (image-spec, descriptor.md, "Digests"; other algorithms are not used by registries today).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the digest of the bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the digest, or `None` when `text` is not `sha256:` and 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?;
        if hex.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        data_encoding::HEXLOWER.decode_mut(hex.as_bytes(), &mut bytes).ok().map(|_| Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_round_trips() {
        let text = format!("sha256:{}", "0a".repeat(32));
        assert_eq!(Digest::parse(&text).unwrap().to_string(), text);
        assert_eq!(Digest::parse("sha256:0a"), None);
        assert_eq!(Digest::parse(&"0a".repeat(32)), None);
        assert_eq!(Digest::parse(&format!("sha512:{}", "0a".repeat(32))), None);
    }
}
