use super::*;

#[test]
fn a_full_file_is_read() {
    let text =
        "[engine]\nruntime = 'podman'\nmode = 'remote'\nendpoint = 'unix:///a'\naccept_privileged = true\n";
    let expect = User {
        runtime: Some(Runtime::Podman),
        mode: Some(Mode::Remote),
        endpoint: Some(Endpoint::Unix("/a".to_owned())),
        accept_privileged: true,
    };
    assert_eq!(parse_user(text), Ok(expect));
    assert_eq!(parse_user(""), Ok(User::default()));
    assert_eq!(parse_user("[engine]\n"), Ok(User::default()));
}

#[test]
fn what_is_wrong_has_its_place() {
    let check = |text: &str, message: &str, at: &str, hint: Option<&str>| {
        let error = parse_user(text).unwrap_err();
        let found = (error.message.as_str(), &text[error.span.range()], error.hint.as_deref());
        assert_eq!(found, (message, at, hint), "{text}");
    };
    check("[engin]\n", "unknown key `engin`", "engin", Some("did you mean `engine`?"));
    let near = Some("did you mean `accept_privileged`?");
    check(
        "[engine]\naccept_priviledged = true\n",
        "unknown key `accept_priviledged`",
        "accept_priviledged",
        near,
    );
    let known = Some("known here: docker, podman");
    check("[engine]\nruntime = 'finch'\n", "unknown runtime `finch`", "'finch'", known);
    let message = "this must be `true` or `false`, found a number";
    check("[engine]\naccept_privileged = 1\n", message, "1", None);
    let message = "`endpoint` is only for the mode `remote`";
    let hint = Some("write `mode = \"remote\"`, or take it out");
    check("[engine]\nmode = 'isolated'\nendpoint = 'unix:///a'\n", message, "'unix:///a'", hint);
    let message = "`ca.pem` is another file in every directory, wanted an absolute path";
    let relative = "[engine]\nendpoint = 'tls://h?ca_path=ca.pem'\n";
    check(relative, message, "'tls://h?ca_path=ca.pem'", None);
    // For wherever the mode is remote.
    assert!(parse_user("[engine]\nendpoint = 'unix:///a'\n").is_ok());
}
