use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The registry that is used where none is named (distribution/reference, "familiar" names).
const DEFAULT_HOST: &str = "docker.io";

/// Other names of the same registry.
const DEFAULT_HOST_ALIASES: [&str; 2] = ["index.docker.io", "registry-1.docker.io"];

/// The most bytes of host and path together (distribution/reference, `NameTotalLengthMax`).
const MAX_LENGTH: usize = 255;

/// A repository of a registry by its whole name: `rust` is `docker.io/library/rust`. Nothing else than
/// the distribution grammar allows can be in it, so that it can stand in an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageName {
    host: String,
    path: String,
}

/// A tag of an image (distribution-spec, "Pulling manifests"): `v0.21.8-gpu`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(String);

impl ImageName {
    /// Returns the repository that `text` names without tag and digest, or `None` when it breaks the
    /// grammar (distribution/reference, "Grammar").
    pub fn parse(text: &str) -> Option<Self> {
        // The first part is a host when it cannot be anything else.
        let is_host = |first: &str| {
            first.contains(['.', ':'])
                || first == "localhost"
                || first.bytes().any(|b| b.is_ascii_uppercase())
        };
        let (host, path) = match text.split_once('/') {
            Some((first, rest)) if is_host(first) => (first, rest),
            _ => (DEFAULT_HOST, text),
        };
        let is_default = host == DEFAULT_HOST || DEFAULT_HOST_ALIASES.contains(&host);
        let (host, path) = match is_default {
            true if path.contains('/') => (DEFAULT_HOST, path.to_owned()),
            true => (DEFAULT_HOST, format!("library/{path}")),
            false => (host, path.to_owned()),
        };
        let is_whole = is_authority(host) && path.split('/').all(is_component);
        (is_whole && host.len() + 1 + path.len() <= MAX_LENGTH).then(|| Self { host: host.to_owned(), path })
    }

    /// Returns the registry as it is named, with its port: `docker.io`, `localhost:5000`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the path inside the registry: `library/rust`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns whether it is in the registry that is used where none is named.
    pub fn is_default_host(&self) -> bool {
        self.host == DEFAULT_HOST
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl Tag {
    /// Returns the tag, or `None` when `text` is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_first = text.bytes().next().is_some_and(is_word);
        let is_rest = text.bytes().all(|byte| is_word(byte) || b".-".contains(&byte));
        (is_first && is_rest && text.len() <= 128).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rfind(':') {
        Some(colon) if !text.ends_with(']') => (&text[..colon], Some(&text[colon + 1..])),
        _ => (text, None),
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    let is_host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => is_domain(host),
    };
    is_host && port.is_none_or(is_port)
}

/// A host that a URL takes for an address (WHATWG URL, "ends in a number checker") has to be one in its
/// plain form.
fn is_domain(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or(host).to_ascii_lowercase();
    let is_number = match last.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    };
    host.split('.').all(is_label) && (!is_number || host.parse::<Ipv4Addr>().is_ok())
}

/// Words of small letters and digits, with one separator between two of them.
fn is_component(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_separator =
        |between: &str| ["", ".", "_", "__"].contains(&between) || between.bytes().all(|b| b == b'-');
    text.starts_with(is_plain) && text.ends_with(is_plain) && text.split(is_plain).all(is_separator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_repository_is_named_in_full() {
        for (text, host, path) in [
            ("rust", "docker.io", "library/rust"),
            ("library/rust", "docker.io", "library/rust"),
            ("docker.io/rust", "docker.io", "library/rust"),
            ("index.docker.io/a/b", "docker.io", "a/b"),
            ("registry-1.docker.io/library/rust", "docker.io", "library/rust"),
            ("registry.dagger.io/engine", "registry.dagger.io", "engine"),
            ("localhost/engine", "localhost", "engine"),
            ("localhost:5000/x/y", "localhost:5000", "x/y"),
            ("127.0.0.1:5000/x", "127.0.0.1:5000", "x"),
            ("[::1]:5000/x", "[::1]:5000", "x"),
            ("[::1]/x", "[::1]", "x"),
            ("HOST/x", "HOST", "x"),
            ("quay.io/a__b/c-d/e--f.g_h", "quay.io", "a__b/c-d/e--f.g_h"),
            ("example.x8/a", "example.x8", "a"),
        ] {
            let name = ImageName::parse(text).unwrap_or_else(|| panic!("{text} is a name"));
            assert_eq!((name.host(), name.path()), (host, path), "{text}");
        }
    }

    #[test]
    fn what_breaks_the_grammar_is_no_repository() {
        for text in [
            "",
            "/",
            "../x",
            "a b",
            "-x",
            "x-",
            "x/",
            "/x",
            "a//b",
            "a/../b",
            "a/./b",
            ".a",
            "a.",
            "a..b",
            "a___b",
            "a_.b",
            "A",
            "a/B",
            "ä",
            "a%2fb",
            "a?b",
            "a#b",
            "a\nb",
            "a:b/c@d",
            "host:/x",
            "host:0/x",
            "host:70000/x",
            "host:1a/x",
            "-h.io/x",
            "h-.io/x",
            "h..io/x",
            ".io/x",
            "user@h.io/x",
            "h.io:1:2/x",
            "[::g]:1/x",
            "[::1/x",
            "[::1]x/y",
            "1.2.3/x",
            "0x7f.1/x",
            "a.0x1/x",
            "127.0.0.1.5/x",
            "256.0.0.1/x",
            "h.io",
            "h.io/",
        ] {
            // A host alone is a repository of the default registry where the grammar lets it be one.
            if text == "h.io" {
                assert_eq!(
                    ImageName::parse(text).map(|name| name.to_string()),
                    Some("docker.io/library/h.io".to_owned())
                );
                continue;
            }
            assert_eq!(ImageName::parse(text), None, "{text:?}");
        }
        assert!(ImageName::parse(&format!("h.io/{}", "a".repeat(250))).is_some());
        assert_eq!(ImageName::parse(&format!("h.io/{}", "a".repeat(251))), None);
    }

    #[test]
    fn a_tag_is_words_dots_and_dashes() {
        for text in ["v0.21.8-gpu", "latest", "_", "1.88-alpine", "A", &"a".repeat(128)] {
            assert_eq!(Tag::parse(text).map(|tag| tag.to_string()).as_deref(), Some(text));
        }
        for text in ["", "-x", ".x", "a b", "a/b", "../x", "a:b", "a@b", "ä", "a\n", &"a".repeat(129)] {
            assert_eq!(Tag::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_what_it_prints(text in r"([A-Za-z0-9.\[\]:_-]{0,9}/)?[a-z0-9._/ %?#@-]{0,12}") {
            if let Some(name) = ImageName::parse(&text) {
                prop_assert_eq!(ImageName::parse(&name.to_string()), Some(name.clone()));
            }
        }
    }
}
