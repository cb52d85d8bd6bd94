//! The next page of a list (RFC 8288, "Web Linking").

/// Returns the address of the next page that the header `Link` names.
pub(super) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (url, after) = after.split_once('>')?;
        // Another link begins at the next `<`; no parameter that is in use has one.
        let end = after.find('<').unwrap_or(after.len());
        if after[..end].split([';', ',']).any(|parameter| is_next(parameter.trim())) {
            return Some(url);
        }
        rest = &after[end..];
    }
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let value = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("rel")
        && value.split_whitespace().any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_next_page_is_the_one_that_is_called_so() {
        for (header, expect) in [
            (
                "<https://a.test/?page=2>; rel=\"next\", <https://a.test/?page=9>; rel=\"last\"",
                Some("https://a.test/?page=2"),
            ),
            ("<https://a.test/?page=1>; rel=\"prev\", </x?page=3>; rel=next", Some("/x?page=3")),
            ("<a,b;c>; title=\"x\"; REL=\"last Next\"", Some("a,b;c")),
            ("<https://a.test/>; rel=\"last\"", None),
            ("<https://a.test/>; rel=\"nextish\"", None),
            ("<https://a.test/", None),
            ("", None),
        ] {
            assert_eq!(next(header), expect, "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_header_is_too_much(header in "[<>;,= \"a-z]{0,60}") {
            let _next = next(&header);
        }
    }
}
