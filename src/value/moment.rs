/// Returns the seconds since 1970 of a moment in RFC 3339, as GitHub and container daemons print it:
/// `2026-06-17T17:43:00Z`, `2026-06-17T14:43:00.5-03:00` (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `days_from_civil`).
pub fn parse_moment(text: &str) -> Option<u64> {
    let (moment, rest) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    if !is_shaped(moment, "0000-00-00T00:00:00") {
        return None;
    }
    let number = |at: usize, len: usize| moment[at..at + len].parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let year = year - u64::from(month <= 2);
    // Years begin in March there.
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * shifted + 2) / 5 + day - 1;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    let local = days * 86_400 + hour * 3600 + minute * 60 + second;
    let fraction = rest.strip_prefix('.').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = match fraction {
        // A point is followed by a digit.
        Some(zone) if zone.len() + 1 == rest.len() => return None,
        Some(zone) => zone,
        None => rest,
    };
    if zone == "Z" {
        return Some(local);
    }
    let (sign, offset) = zone.split_at_checked(1)?;
    let is_offset = is_shaped(offset, "00:00");
    let (hours, minutes) = is_offset.then(|| (offset[..2].parse::<u64>(), offset[3..].parse::<u64>()))?;
    let seconds = hours.ok()? * 3600 + minutes.ok()? * 60;
    match sign {
        "+" => local.checked_sub(seconds),
        "-" => local.checked_add(seconds),
        _ => None,
    }
}

/// Returns whether a text has digits where a shape has zeros, and is the shape elsewhere.
fn is_shaped(text: &str, shape: &str) -> bool {
    let is_part = |(byte, shape): (u8, u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        shape => byte == shape,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_date_is_a_moment() {
        for (date, expect) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("2024-12-31T23:59:59Z", Some(1_735_689_599)),
            ("2026-06-17T17:43:00Z", Some(1_781_718_180)),
            ("2026-06-17T14:43:00-03:00", Some(1_781_718_180)),
            ("2026-06-17T23:13:00.123456789+05:30", Some(1_781_718_180)),
            ("2100-03-01T00:00:00Z", Some(4_107_542_400)),
            ("1970-01-01T00:00:00+01:00", None),
            ("1969-12-31T23:59:59Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-01-00T00:00:00Z", None),
            ("2026-01-01T24:00:00Z", None),
            ("2026-06-17T17:43:00", None),
            ("2026-06-17T17:43:00.Z", None),
            ("2026-06-17T17:43:00+3:00", None),
            ("2026-06-17", None),
            ("", None),
        ] {
            assert_eq!(parse_moment(date), expect, "{date}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "[0-9]{0,4}[-:.TZ+0-9é]{0,30}") {
            let _moment = parse_moment(&text);
        }
    }
}
