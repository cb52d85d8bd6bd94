use super::*;
use proptest::prelude::*;

/// What a file says about a registry: `user:password`, `refresh TOKEN`, `-`, or what is wrong.
fn found(text: &str, host: &str, path: Option<&str>) -> String {
    let found = world::wait_for(async {
        let content: File = match crate::registry::parse(text.as_bytes()) {
            Ok(content) => content,
            Err(why) => return format!("no: {why}"),
        };
        let credentials = Credentials::default();
        match credentials.find_in(&content, Path::new("/c.json"), host, path, Duration::from_secs(1)).await {
            Ok(None) => "-".to_owned(),
            Ok(Some(Secret::Refresh(token))) => format!("refresh {token}"),
            Ok(Some(Secret::Password { user, password })) => format!("{user}:{password}"),
            Err(error) => format!("no: {error}"),
        }
    });
    found.unwrap().unwrap()
}

fn auth(pair: &str) -> String {
    BASE64.encode(pair.as_bytes())
}

#[test]
fn the_closest_entry_counts_however_it_is_spelled() {
    let text = format!(
        r#"{{"auths": {{
            "https://index.docker.io/v1/": {{"auth": "{}"}}, "docker.io/own/app": {{"auth": "{}"}},
            "quay.io": {{"auth": "{}"}}, "quay.io/team": {{"auth": "{}"}}, "quay.io/team/app": {{"auth": "{}"}},
            "http://localhost:5000/v2/": {{"username": "plain", "password": "p:w"}},
            "az.io": {{"auth": "{}", "identitytoken": "it"}}, "empty.io": {{}}, "null.io": null
        }}, "HttpHeaders": {{"x": "y"}}}}"#,
        auth("hub:1"),
        auth("app:2"),
        auth("quay:3"),
        auth("team:4"),
        auth("one:5:6\0\0"),
        auth("0000:"),
    );
    for (host, path, expect) in [
        ("registry-1.docker.io", Some("library/rust"), "hub:1"),
        ("docker.io", None, "hub:1"),
        ("registry-1.docker.io", Some("own/app"), "app:2"),
        ("quay.io", Some("other/app"), "quay:3"),
        ("quay.io", Some("team/b"), "team:4"),
        ("quay.io", Some("team/app"), "one:5:6"),
        ("quay.io", Some("teams/app"), "quay:3"),
        ("quay.io", None, "quay:3"),
        ("localhost:5000", Some("x"), "plain:p:w"),
        ("localhost:5001", Some("x"), "-"),
        ("localhost", Some("x"), "-"),
        ("az.io", Some("x"), "refresh it"),
        ("empty.io", Some("x"), "-"),
        ("null.io", Some("x"), "-"),
        ("io", None, "-"),
    ] {
        assert_eq!(found(&text, host, path), expect, "{host} {path:?}");
    }
}

#[test]
fn what_is_wrong_is_said_without_what_is_secret() {
    for (text, expect) in [
        ("", "no: no JSON at line 1, column 0"),
        ("\"hunter2\"", "no: unexpected JSON at line 1, column 9"),
        (r#"{"auths": "hunter2"}"#, "no: unexpected JSON at line 1, column 19"),
        (r#"{"auths": {"a.io": {"auth": ["hunter2"]}}}"#, "no: unexpected JSON at line 1, column 28"),
        (
            r#"{"auths": {"a.io": {"auth": "hunter2"}}}"#,
            "no: /c.json keeps no credentials that can be read: those for `a.io` are not in base64",
        ),
        (
            r#"{"auths": {"a.io": {"auth": "aHVudGVyMg=="}}}"#,
            "no: /c.json keeps no credentials that can be read: those for `a.io` are not `user:password`",
        ),
        (
            r#"{"credsStore": "../x"}"#,
            "no: /c.json leaves credentials to `docker-credential-../x`, and its name may have small letters, digits and `-` alone",
        ),
        (
            r#"{"credHelpers": {"a.io": "a b"}}"#,
            "no: /c.json leaves credentials to `docker-credential-a b`, and its name may have small letters, digits and `-` alone",
        ),
        (r#"{"credHelpers": {"b.io": "a b"}, "credsStore": ""}"#, "-"),
        ("{}", "-"),
    ] {
        assert_eq!(found(text, "a.io", Some("x")), expect, "{text}");
    }
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(text in r#"\{"auths":\{"[a-z./:]{0,8}":[{}":,a-zA-Z=0-9\[\]]{0,30}\}\}"#) {
        drop(found(&text, "a.io", Some("b/c")));
    }
}
