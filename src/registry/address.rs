//! Addresses of registries, and which of them may be talked to in the clear.

use std::net::IpAddr;

use reqwest::Url;

use crate::value::ImageName;

/// Who serves `docker.io` (distribution/reference names it, nothing answers there).
const DEFAULT_SERVER: &str = "registry-1.docker.io";

/// Returns the address of something in a repository: `manifests/TAG`, `tags/list`.
pub(super) fn of(name: &ImageName, what: &str) -> String {
    let host = if name.is_default_host() { DEFAULT_SERVER } else { name.host() };
    // A registry on this machine has no certificate, as Docker assumes it ("insecure registries").
    let scheme = if is_loopback(without_port(host)) { "http" } else { "https" };
    format!("{scheme}://{host}/v2/{}/{what}", name.path())
}

/// Returns whether nobody on the way can read or change what is said: HTTPS, or this machine.
pub(super) fn is_private(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_local(url),
        _ => false,
    }
}

/// Returns whether it is an address of this machine.
pub(super) fn is_local(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback)
}

/// Returns host and port, as credentials are kept by: `ghcr.io`, `localhost:5000`.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, _)) if !authority.ends_with(']') => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_this_machine_is_asked_in_the_clear() {
        for (name, expect) in [
            ("rust", "https://registry-1.docker.io/v2/library/rust/x"),
            ("registry.dagger.io/engine", "https://registry.dagger.io/v2/engine/x"),
            ("localhost:5000/a/b", "http://localhost:5000/v2/a/b/x"),
            ("localhost/a", "http://localhost/v2/a/x"),
            ("127.1.2.3:1/a", "http://127.1.2.3:1/v2/a/x"),
            ("[::1]:5000/a", "http://[::1]:5000/v2/a/x"),
            ("[::1]/a", "http://[::1]/v2/a/x"),
            ("[2001:db8::1]:5000/a", "https://[2001:db8::1]:5000/v2/a/x"),
            ("10.0.0.1:5000/a", "https://10.0.0.1:5000/v2/a/x"),
            ("localhost.evil.io/a", "https://localhost.evil.io/v2/a/x"),
            ("127.0.0.1.evil.io/a", "https://127.0.0.1.evil.io/v2/a/x"),
        ] {
            let name = ImageName::parse(name).unwrap();
            let url = of(&name, "x");
            assert_eq!(url, expect);
            assert!(is_private(&Url::parse(&url).unwrap()), "{url}");
        }
        for url in ["http://ghcr.io/", "http://10.0.0.1/", "ftp://localhost/", "http://127.0.0.1.evil.io/"] {
            assert!(!is_private(&Url::parse(url).unwrap()), "{url}");
        }
    }

    proptest! {
        #[test]
        fn a_name_stands_in_an_address_as_it_is(
            text in r"([A-Za-z0-9.\[\]:_-]{0,9}/)?[a-z0-9._/ %?#@-]{0,12}",
        ) {
            if let Some(name) = ImageName::parse(&text) {
                let url = Url::parse(&of(&name, "manifests/x")).expect("a name is a part of an address");
                prop_assert_eq!(url.path(), format!("/v2/{}/manifests/x", name.path()));
                prop_assert!(url.username().is_empty() && url.query().is_none() && url.fragment().is_none());
                if !name.is_default_host() {
                    let lower = name.host().to_ascii_lowercase();
                    let plain = url.port().map_or_else(String::new, |port| format!(":{port}"));
                    prop_assert!(lower.starts_with(url.host_str().unwrap()) || lower.starts_with('['));
                    prop_assert!(lower.ends_with(&plain) || lower.contains(":0"));
                }
            }
        }
    }
}
