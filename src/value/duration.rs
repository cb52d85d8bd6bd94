use std::time::Duration;

/// Ten years: a longer wait is a mistake.
const MAX_SECONDS: u64 = 10 * 365 * 86_400;

/// Returns the time that `500ms`, `20s`, `2m`, `1h` or `3d` says, or what was wanted; a number alone is seconds.
/// Nothing is neither zero nor longer than ten years.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| "wanted one such as 20s".to_owned())?;
    let duration = match &text[digits.len()..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" | "" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        "d" => number.checked_mul(86_400).map(Duration::from_secs),
        _ => None,
    };
    let bounded = duration.filter(|duration| !duration.is_zero() && duration.as_secs() <= MAX_SECONDS);
    bounded.ok_or_else(|| "wanted one such as 500ms, 20s, 2m, 3d".to_owned())
}

/// Returns the whole seconds of a time, rounded up: those who count in seconds take none for no time at all.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("20s", 20_000),
            ("20", 20_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["", "s", "-1s", "1.5s", "0s", "1 s", "1w", "1S", "9999999999h", "99999999999999999999s", "ä"]
        {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_time_is_less_than_a_second() {
        for (milliseconds, seconds) in [(0, 1), (1, 1), (500, 1), (1000, 1), (1001, 2), (300_000, 300)] {
            assert_eq!(whole_seconds(Duration::from_millis(milliseconds)), seconds, "{milliseconds}");
        }
        assert_eq!(whole_seconds(Duration::MAX), u64::MAX);
    }
}
