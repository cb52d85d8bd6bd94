use std::fmt::Write as _;

/// Returns a path with `/` as a relative URI reference (RFC 3986 §4.2): dot segments are resolved as far as they can
/// be, and every byte that is not unreserved is written `%XX`, so that the reference can stand wherever one may: also in
/// the parentheses of a Markdown link.
pub(super) fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in resolve_dots(path).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => uri.push(char::from(byte)),
            _ if b"-._~/".contains(&byte) => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// Takes `.` and `..` out of a path; a `..` that leads out of it stays in front.
pub(super) fn resolve_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The reader's side: RFC 3986 §2.1.
    fn decode(uri: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = uri.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                byte => byte,
            });
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_path_becomes_a_relative_reference() {
        let check = |path: &str, expect: &str| assert_eq!(encode(path), expect);
        check("ci/dagger.json", "ci/dagger.json");
        check(".github/workflows/ci.yaml", ".github/workflows/ci.yaml");
        check("a b/c#d?e", "a%20b/c%23d%3Fe");
        check("c:/x", "c%3A/x");
        check("100%.yaml", "100%25.yaml");
        check("[x]{y}|z\\", "%5Bx%5D%7By%7D%7Cz%5C");
        check("größe.yaml", "gr%C3%B6%C3%9Fe.yaml");
        check("a+b@(c)", "a%2Bb%40%28c%29");
        check("sub/../../gitops/./x", "../gitops/x");
        check("../../x", "../../x");
    }

    proptest! {
        #[test]
        fn what_is_encoded_can_be_decoded(parts in proptest::collection::vec("[^/\0]{1,8}", 1..5)) {
            let path = parts.join("/");
            let uri = encode(&path);
            prop_assert!(uri.is_ascii());
            prop_assert_eq!(decode(&uri), resolve_dots(&path));
        }
    }
}
