//! How a registry wants to be asked by whom it does not know (distribution, "Token Authentication
//! Specification"; RFC 9110, §11.6.1).

use reqwest::Url;

use super::address;

/// What is wanted of whom the registry does not know.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A token of another server.
    Bearer {
        /// Where it is asked for.
        realm: Url,
        /// For whom, as the registry calls itself.
        service: Option<String>,
        /// For what.
        scope: String,
    },
    /// User and password.
    Basic,
}

/// Returns what is wanted, or what is wrong with it. `by` is who wants it, `path` the repository there.
pub(super) fn parse(words: &str, by: &Url, path: &str) -> Result<Challenge, String> {
    let challenges =
        http_auth::parse_challenges(words).map_err(|_| "in a way that makes no sense".to_owned())?;
    let is_a =
        |scheme: &str| challenges.iter().find(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme));
    let Some(bearer) = is_a("Bearer") else {
        let schemes: Vec<String> = challenges.iter().map(|one| super::cleaned(one.scheme)).collect();
        let unknown = || format!("by {}, wanted Bearer or Basic", schemes.join(" or "));
        return is_a("Basic").map(|_| Challenge::Basic).ok_or_else(unknown);
    };
    let value = |wanted: &str| {
        let mut values = bearer.params.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        values.next().map(|(_, value)| value.to_unescaped())
    };
    let realm = value("realm").ok_or("with a token, and does not say whose")?;
    let realm = Url::parse(&realm).map_err(|_| "with a token of what is no address")?;
    // Passwords go there: never in the clear, and on this machine only if the registry is here, too.
    let is_safe = realm.scheme() == "https" || (address::is_private(&realm) && address::is_local(by));
    if !is_safe {
        return Err(format!("with a token of {}, which is not HTTPS", super::cleaned(&shown(&realm))));
    }
    if !realm.username().is_empty() || realm.password().is_some() {
        return Err("with a token of an address that holds a password".to_owned());
    }
    let scope = value("scope").unwrap_or_else(|| format!("repository:{path}:pull"));
    Ok(Challenge::Bearer { realm, service: value("service"), scope })
}

fn shown(url: &Url) -> String {
    crate::world::http::shown(url.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(by: &str, words: &str, expect: &str) {
        let found = match parse(words, &Url::parse(by).unwrap(), "a/b") {
            Ok(Challenge::Basic) => "basic".to_owned(),
            Ok(Challenge::Bearer { realm, service, scope }) => {
                format!("{realm} {} {scope}", service.unwrap_or_else(|| "-".to_owned()))
            }
            Err(why) => format!("no: {why}"),
        };
        assert_eq!(found, expect, "{words}");
    }

    #[test]
    fn a_challenge_says_whom_to_ask_for_a_token() {
        for (words, expect) in [
            (
                r#"Bearer realm="https://auth.io/token",service="reg.io",scope="repository:a/b:pull""#,
                "https://auth.io/token reg.io repository:a/b:pull",
            ),
            (r#"bearer Realm="https://auth.io/t?x=1#y""#, "https://auth.io/t?x=1#y - repository:a/b:pull"),
            (
                r#"Basic realm="x", Bearer realm="https://auth.io",scope="a,b",error="invalid_token""#,
                "https://auth.io/ - a,b",
            ),
            (
                r#"Bearer realm="https://auth.io",service="a&b=\"c""#,
                r#"https://auth.io/ a&b="c repository:a/b:pull"#,
            ),
            (r#"Basic realm="a, b""#, "basic"),
            ("BASIC realm=x", "basic"),
        ] {
            check("https://reg.io/v2/", words, expect);
        }
    }

    #[test]
    fn a_challenge_that_is_not_safe_or_no_sense_is_refused() {
        for (words, expect) in [
            (
                r#"Bearer realm="http://auth.io/t""#,
                "no: with a token of http://auth.io/t, which is not HTTPS",
            ),
            (
                r#"Bearer realm="http://127.0.0.1/t""#,
                "no: with a token of http://127.0.0.1/t, which is not HTTPS",
            ),
            (r#"Bearer realm="http://u:p@h/t?s=1""#, "no: with a token of http://h/t, which is not HTTPS"),
            (
                r#"Bearer realm="file:///etc/passwd""#,
                "no: with a token of file:///etc/passwd, which is not HTTPS",
            ),
            (r#"Bearer realm="https://u:p@h/t""#, "no: with a token of an address that holds a password"),
            (r#"Bearer realm="token""#, "no: with a token of what is no address"),
            (r#"Bearer service="x""#, "no: with a token, and does not say whose"),
            (r#"Digest realm="x", Negotiate"#, "no: by Digest or Negotiate, wanted Bearer or Basic"),
            (r#"Bearer realm="https://h"#, "no: in a way that makes no sense"),
            ("", "no: in a way that makes no sense"),
        ] {
            check("https://reg.io/v2/", words, expect);
        }
        check(
            "http://localhost:5000/v2/",
            r#"Bearer realm="http://[::1]:1/t",scope=s"#,
            "http://[::1]:1/t - s",
        );
        check(
            "http://localhost:5000/v2/",
            r#"Bearer realm="http://auth.io/t""#,
            "no: with a token of http://auth.io/t, which is not HTTPS",
        );
    }

    proptest! {
        #[test]
        fn no_words_lead_to_a_token_in_the_clear(words in r#"(Bearer |Basic )?(realm="?)?[a-z:/@.,"= \\]{0,30}"#) {
            let by = Url::parse("https://reg.io/v2/").expect("an address");
            if let Ok(Challenge::Bearer { realm, .. }) = parse(&words, &by, "a") {
                prop_assert_eq!(realm.scheme(), "https");
            }
        }
    }
}
