use std::fmt;

/// A SHA-256 value, whatever it was printed as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// How Nix prints a SHA-256 (Nix manual, `nix hash`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashEncoding {
    /// `sha256-` and base64: what `nix` prints today.
    Sri,
    /// 52 characters of Nix's own base32.
    Nix32,
    /// 64 lower-case hex digits.
    Hex,
    /// `sha256:` and 52 characters of base32, or 64 hex digits: as `prefix + inner`.
    Prefixed(PrefixedEncoding),
}

/// What follows `sha256:` in an old-style hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixedEncoding {
    /// Nix's base32.
    Nix32,
    /// Hexadecimal.
    Hex,
}

const NIX32: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
const NIX32_LEN: usize = 52;

impl Sha256 {
    /// Returns the value of the 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the value and how it was printed, or `None` when `text` is no SHA-256.
    pub fn parse(text: &str) -> Option<(Self, HashEncoding)> {
        if let Some(base64) = text.strip_prefix("sha256-") {
            let bytes = data_encoding::BASE64.decode(base64.as_bytes()).ok()?;
            let value = Self(bytes.try_into().ok()?);
            // The decoder takes padding in the middle too, which nothing prints.
            return (value.print(HashEncoding::Sri) == text).then_some((value, HashEncoding::Sri));
        }
        if let Some(inner) = text.strip_prefix("sha256:") {
            let (value, encoding) = Self::parse(inner)?;
            let inner = match encoding {
                HashEncoding::Nix32 => PrefixedEncoding::Nix32,
                HashEncoding::Hex => PrefixedEncoding::Hex,
                HashEncoding::Sri | HashEncoding::Prefixed(_) => return None,
            };
            return Some((value, HashEncoding::Prefixed(inner)));
        }
        match text.len() {
            64 => Self::from_hex(text).map(|value| (value, HashEncoding::Hex)),
            NIX32_LEN => Self::from_nix32(text).map(|value| (value, HashEncoding::Nix32)),
            _ => None,
        }
    }

    /// Returns the value of 64 lower-case hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    fn from_nix32(text: &str) -> Option<Self> {
        let mut bytes = [0_u8; 32];
        for (place, character) in text.bytes().rev().enumerate() {
            let digit = u16::try_from(NIX32.iter().position(|known| *known == character)?).ok()?;
            let (byte, bit) = (place * 5 / 8, place * 5 % 8);
            let shifted = digit << bit;
            bytes[byte] |= shifted.to_le_bytes()[0];
            let carry = shifted.to_le_bytes()[1];
            match bytes.get_mut(byte + 1) {
                Some(next) => *next |= carry,
                None if carry != 0 => return None,
                None => {}
            }
        }
        Some(Self(bytes))
    }

    fn to_nix32(self) -> String {
        let digit = |place: usize| {
            let (byte, bit) = (place * 5 / 8, place * 5 % 8);
            let low = self.0[byte] >> bit;
            let high = self.0.get(byte + 1).map_or(0, |next| u16::from(*next) << (8 - bit));
            let index = (u16::from(low) | high) & 0x1f;
            char::from(NIX32[usize::from(index)])
        };
        (0..NIX32_LEN).rev().map(digit).collect()
    }

    /// Returns the value printed as `encoding`.
    pub fn print(self, encoding: HashEncoding) -> String {
        match encoding {
            HashEncoding::Sri => format!("sha256-{}", data_encoding::BASE64.encode(&self.0)),
            HashEncoding::Nix32 => self.to_nix32(),
            HashEncoding::Hex => data_encoding::HEXLOWER.encode(&self.0),
            HashEncoding::Prefixed(PrefixedEncoding::Nix32) => format!("sha256:{}", self.to_nix32()),
            HashEncoding::Prefixed(PrefixedEncoding::Hex) => {
                format!("sha256:{}", data_encoding::HEXLOWER.encode(&self.0))
            }
        }
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.print(HashEncoding::Sri))
    }
}

/// The hash of a file tree as Nix archives it, printed as a subresource integrity string
/// (Nix manual, "Lock files": `narHash`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NarHash(Sha256);

impl NarHash {
    /// Returns the hash of the 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Sha256(bytes))
    }

    /// Returns the plain value.
    pub const fn sha256(self) -> Sha256 {
        self.0
    }

    /// Returns the hash, or `None` when `text` is not `sha256-` and base64 of 32 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        match Sha256::parse(text)? {
            (value, HashEncoding::Sri) => Some(Self(value)),
            _ => None,
        }
    }
}

impl fmt::Display for NarHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.print(HashEncoding::Sri))
    }
}

impl fmt::Debug for NarHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NarHash({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_three_encodings_agree_on_a_published_release() {
        let hex = "44430afc6f9c390fc47c4f352b15de9309a5e97ebd1ae563839617d6df8e8cc5";
        let nix32 = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4";
        let value = Sha256::from_hex(hex).unwrap();
        assert_eq!(value.print(HashEncoding::Nix32), nix32);
        assert_eq!(Sha256::parse(nix32), Some((value, HashEncoding::Nix32)));
        let sri = value.print(HashEncoding::Sri);
        assert_eq!(Sha256::parse(&sri), Some((value, HashEncoding::Sri)));
    }

    #[test]
    fn what_is_not_a_hash_is_refused() {
        for wrong in
            ["", "sha256-", "sha256-AAAA", "sha512-AAAA", &"z".repeat(52), &"e".repeat(52), &"g".repeat(64)]
        {
            assert_eq!(Sha256::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_encoding_round_trips(bytes: [u8; 32]) {
            let value = Sha256(bytes);
            for encoding in [
                HashEncoding::Sri,
                HashEncoding::Nix32,
                HashEncoding::Hex,
                HashEncoding::Prefixed(PrefixedEncoding::Nix32),
                HashEncoding::Prefixed(PrefixedEncoding::Hex),
            ] {
                prop_assert_eq!(Sha256::parse(&value.print(encoding)), Some((value, encoding)));
            }
        }
    }
}
