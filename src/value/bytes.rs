/// Units as Docker and Dagger print them: powers of 1000, and with `i` of 1024.
const UNITS: [(&str, u64); 10] = [
    ("B", 1),
    ("kB", 1000),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// The most bytes that a daemon or an engine can be told of: they count with a sign.
const MAX: u64 = i64::MAX as u64;

/// Returns the bytes that `8GiB` or `200GB` says, or `None` when `text` says none, or none at all. A unit is always
/// written, since `8g` is not the same to everybody.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let number: u64 = number?.parse().ok()?;
    let (_, unit) = UNITS.iter().find(|(unit, _)| *unit == &text[digits.len()..])?;
    number.checked_mul(*unit).filter(|bytes| (1..=MAX).contains(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_number_and_a_unit() {
        for (text, bytes) in [
            ("1B", 1),
            ("2kB", 2000),
            ("2KB", 2000),
            ("200GB", 200_000_000_000),
            ("8GiB", 8 << 30),
            ("1TiB", 1 << 40),
            ("8388607TiB", 8_388_607 << 40),
        ] {
            assert_eq!(parse_bytes(text), Some(bytes), "{text}");
        }
        for text in [
            "",
            "8",
            "8g",
            "8G",
            "GB",
            "+8GB",
            "8 GB",
            "1.5GB",
            "0GB",
            "8gb",
            "99999999TiB",
            "8388608TiB",
            "20%",
            "ä",
        ] {
            assert_eq!(parse_bytes(text), None, "{text}");
        }
    }
}
