use super::{Own, Version};

/// More numbers than any version has.
const MAX_NUMBERS: usize = 8;

/// Longer numbers are no part of a version: a time stamp, a count.
const MAX_DIGITS: usize = 15;

/// What pre-releases are called; of the short ones only those that a number follows.
const PRE: [&str; 12] = [
    "alpha",
    "beta",
    "canary",
    "dev",
    "milestone",
    "next",
    "nightly",
    "pre",
    "preview",
    "rc",
    "snapshot",
    "ea",
];

/// What Python and Maven abbreviate, with the word it stands for.
const SHORT_PRE: [(&str, &str); 4] = [("a", "alpha"), ("b", "beta"), ("c", "rc"), ("m", "milestone")];

impl Version {
    /// Returns the version that `text` states as any toolchain may write it, or `None` when it is
    /// not exactly one.
    ///
    /// One to eight numbers, with zeros before them or not, then a pre-release that is called one
    /// (`rc1`, `-beta.2`, `-nightly`) and a build behind `+`.
    pub fn parse_own(text: &str) -> Option<Self> {
        Self::leading(text).filter(|(_, len)| *len == text.len()).map(|(version, _)| version)
    }

    /// Returns the version that `text` begins with and its length in bytes, `None` when it begins
    /// with none. What follows is the variant of an image (`16.4-alpine`) or of a build
    /// (`1.17.3-otp-27`): it begins with a dash, or there is nothing.
    pub fn leading(text: &str) -> Option<(Self, usize)> {
        let start = usize::from(text.starts_with('v'));
        let mut numbers = Vec::new();
        let mut at = start;
        loop {
            let len = text[at..].bytes().take_while(u8::is_ascii_digit).count();
            if len == 0 || len > MAX_DIGITS || numbers.len() == MAX_NUMBERS {
                return None;
            }
            numbers.push(text[at..at + len].parse().ok()?);
            at += len;
            let goes_on =
                |rest: &str| rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit());
            if !goes_on(&text[at..]) {
                break;
            }
            at += 1;
        }
        let (pre, len) = prerelease(&text[at..]);
        at += len;
        let build = text[at..].strip_prefix('+').unwrap_or_default();
        let len =
            build.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
        let build = semver::BuildMetadata::new(&build[..len]).ok()?;
        at += if len > 0 { len + 1 } else { 0 };
        if !(text[at..].is_empty() || text[at..].starts_with('-')) {
            return None;
        }
        let written = &text[start..at];
        let number = |index: usize| numbers.get(index).copied().unwrap_or(0);
        let semver = semver::Version { pre, build, ..semver::Version::new(number(0), number(1), number(2)) };
        let own = (semver.to_string() != written || numbers.len() != 3)
            .then(|| Box::new(Own { text: written.to_owned(), numbers }));
        Some((Self { semver, own }, at))
    }
}

/// Returns the pre-release that the text begins with, as Semantic Versioning would have it, and
/// its length: `rc1`, `-rc.1`, `.dev2`, `-beta`.
fn prerelease(text: &str) -> (semver::Prerelease, usize) {
    let none = (semver::Prerelease::EMPTY, 0);
    let start = usize::from(text.starts_with(['-', '.', '_']));
    let len = text[start..].bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = text[start..start + len].to_ascii_lowercase();
    let mut at = start + len;
    let digits = |at: usize| text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let joint = usize::from(text[at..].starts_with(['.', '-']) && digits(at + 1) > 0);
    let number = digits(at + joint);
    let word = match SHORT_PRE.iter().find(|(short, _)| *short == word) {
        Some((_, long)) if number > 0 && joint == 0 => *long,
        _ => match PRE.iter().find(|known| **known == word) {
            Some(known) if number > 0 || start > 0 => *known,
            _ => return none,
        },
    };
    let mut identifiers = vec![word.to_owned()];
    if number > 0 {
        at += joint;
        identifiers.push(identifier(&text[at..at + number]));
        at += number;
    }
    // `1.0.0-beta.10.2` counts on.
    while text[at..].starts_with('.') && digits(at + 1) > 0 {
        let len = digits(at + 1);
        identifiers.push(identifier(&text[at + 1..at + 1 + len]));
        at += 1 + len;
    }
    match semver::Prerelease::new(&identifiers.join(".")) {
        Ok(pre) => (pre, at),
        Err(_) => none,
    }
}

/// Semantic Versioning takes no zeros before a number.
fn identifier(digits: &str) -> String {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_version_of_any_toolchain_is_read() {
        for (text, expect) in [
            ("1.88.0", Some(("1.88.0", ""))),
            ("v22.11.0", Some(("22.11.0", ""))),
            ("16.4", Some(("16.4", ""))),
            ("24.04", Some(("24.04", ""))),
            ("22", Some(("22", ""))),
            ("7.0.100.1", Some(("7.0.100.1", ""))),
            ("16.4-alpine3.20", Some(("16.4", "-alpine3.20"))),
            ("1.88.0-slim-bookworm", Some(("1.88.0", "-slim-bookworm"))),
            ("1.17.3-otp-27", Some(("1.17.3", "-otp-27"))),
            ("17beta1-alpine", Some(("17beta1", "-alpine"))),
            ("1.24rc1", Some(("1.24rc1", ""))),
            ("3.13.0a1-slim", Some(("3.13.0a1", "-slim"))),
            ("1.88.0-beta.3", Some(("1.88.0-beta.3", ""))),
            ("1.88.0-nightly", Some(("1.88.0-nightly", ""))),
            ("21.0.5+11-jre", Some(("21.0.5+11-jre", ""))),
            ("3.12.7.dev2", Some(("3.12.7.dev2", ""))),
            ("1.88.", None),
            ("16.4alpine", None),
            ("21.0.5_11", None),
            ("1.2.x", None),
            ("go1.24", None),
            ("20241016123456789", None),
            ("1.2.3.4.5.6.7.8.9", None),
            ("v", None),
            ("", None),
        ] {
            let found = Version::leading(text).map(|(version, len)| (version.to_string(), &text[len..]));
            let found = found.as_ref().map(|(version, rest)| (version.as_str(), *rest));
            assert_eq!(found, expect, "{text:?}");
        }
        assert_eq!(Version::parse_own("1.88.0"), Version::parse("1.88.0"));
        assert_eq!(Version::parse_own("16.4-alpine"), None);
    }

    #[test]
    fn versions_of_any_width_have_an_order() {
        let sorted = [
            "16",
            "16.4rc1",
            "16.4",
            "16.4.0",
            "16.4.0.0",
            "16.4.1-alpha",
            "16.4.1-beta.2",
            "16.4.1-beta.10",
            "16.4.1",
            "16.10",
            "24.04",
            "24.4",
            "24.04.1",
        ];
        let versions: Vec<Version> = sorted.iter().map(|text| Version::parse_own(text).unwrap()).collect();
        let mut again = versions.clone();
        again.reverse();
        again.sort();
        let shown: Vec<String> = again.iter().map(Version::to_string).collect();
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{shown:?}");
        let own = |text| Version::parse_own(text).unwrap();
        assert_eq!(own("16.4").base(), own("16.4.0").base());
        assert_eq!(own("16.4rc1").base(), own("16.4").base());
        assert!(own("16.4.1").base() > own("16.4").base());
        assert!(own("1.2.3.4").base() > own("1.2.3").base());
        assert!(own("16.4.1").is_admitted_by("16.4") && own("24.04").is_admitted_by("24"));
        assert!(!own("16.4").is_admitted_by("16.4") && !own("16.4").is_admitted_by("16.5"));
        assert_eq!((own("16.4").width(), own("1.88.0").width(), own("22").width()), (2, 3, 1));
    }

    fn version() -> impl Strategy<Value = Version> {
        let numbers = proptest::collection::vec(0_u64..4, 1..5);
        let rest = proptest::sample::select(vec!["", "", "rc1", "-rc.1", "-beta", "b2", "+1", "-rc.1+1"]);
        (numbers, rest, any::<bool>()).prop_map(|(numbers, rest, zero)| {
            let numbers: Vec<String> =
                numbers.iter().map(|number| format!("{}{number}", if zero { "0" } else { "" })).collect();
            Version::parse_own(&format!("{}{rest}", numbers.join("."))).expect("a version")
        })
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in version(), b in version(), c in version()) {
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a == b, a.to_string() == b.to_string());
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
            prop_assert_eq!(Version::parse_own(&a.to_string()), Some(a.clone()));
            prop_assert!(a.base() == b.base() || (a.base() < b.base()) == (a < b));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "v?[0-9.abrc+_ -]{0,20}|\\PC{0,20}") {
            if let Some((version, len)) = Version::leading(&text) {
                let written = &text[usize::from(text.starts_with('v'))..len];
                prop_assert_eq!(version.to_string(), written);
            }
        }
    }
}
