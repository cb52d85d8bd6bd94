use super::*;
use crate::site::Role;
use proptest::prelude::*;

#[test]
fn a_full_file_is_read() {
    let text = r#"
required = ">=0.1"
project = "shop"
[toolchain.dagger]
version = "0.21.8"
policy = "minor"
also = ["0.21.7"]
expect = 9
roots = ["../gitops"]
rules = [{ kind = "module.engine-version", files = "modules/**", rule = "at-most" }]
groups = [{ files = "legacy/**", version = "0.19.11" }]
ignore = [{ files = "docs/**" }, { files = "ci/**", code = "floating-version" }]
[toolchain.rust]
version = "1.88.0"
site = [
  { file = "rust-toolchain.toml", key = "toolchain.channel" },
  { file = "Cargo.toml", key = "package.rust-version", rule = "at-most" },
  { file = "**/Dockerfile", image = "docker.io/library/rust" },
  { file = "docs/*.md", pattern = 'Rust (?<version>\d+\.\d+\.\d+)' },
]
"#;
    let config = parse("pin.toml", text).unwrap();
    let dagger = &config.toolchains["dagger"];
    let rule = |path: &str, kind: Kind| {
        dagger.rule(&Site {
            path: path.to_owned(),
            span: Span::new(0, 0),
            toolchain: "dagger".to_owned(),
            kind,
            role: Role::Mirror,
            stated: Stated::Missing,
            text: String::new(),
            origin: None,
            companions: Vec::new(),
            declared: None,
            repository: None,
        })
    };
    assert_eq!(rule("modules/a/dagger.json", Kind::ModuleEngineVersion), Rule::AtMost);
    assert_eq!(rule("a/dagger.json", Kind::ModuleEngineVersion), Rule::Equal);
    assert_eq!(rule("docs/a.yaml", Kind::ImageEngine), Rule::Ignore);
    assert_eq!(dagger.group("legacy/x/y"), Version::parse("0.19.11").as_ref());
    assert_eq!(config.toolchains["rust"].sites.len(), 4);
}

/// Checks the message, the bytes that it points at, and the hint.
#[track_caller]
fn check(text: &str, message: &str, at: &str, hint: Option<&str>) {
    let error = parse("pin.toml", text).unwrap_err();
    let found = (error.message.as_str(), &text[error.span.range()], error.hint.as_deref());
    assert_eq!(found, (message, at, hint), "{text}");
}

/// The same below `[toolchain.dagger]`.
#[track_caller]
fn check_dagger(text: &str, message: &str, at: &str, hint: Option<&str>) {
    check(&format!("[toolchain.dagger]\n{text}\n"), message, at, hint);
}

/// The same in a site of a toolchain of one's own.
#[track_caller]
fn check_site(text: &str, message: &str, at: &str, hint: Option<&str>) {
    check(&format!("[toolchain.d]\nsite = [{{ {text} }}]\n"), message, at, hint);
}

#[test]
fn every_value_has_its_type() {
    let string = |found: &str| format!("this must be a string, found {found}");
    let list = |found: &str| format!("this must be a list, found {found}");
    let table = |what: &str, found: &str| format!("{what} must be a table, found {found}");
    let quotes = |text: &str| format!("write it in quotes: `\"{text}\"`");
    check("project = 1\n", &string("a number"), "1", Some(&quotes("1")));
    check("project = true\n", &string("a boolean"), "true", Some(&quotes("true")));
    check("required = ['>=0.1']\n", &string("a list"), "['>=0.1']", None);
    check("toolchain = 'dagger'\n", &table("`toolchain`", "a string"), "'dagger'", None);
    check("[toolchain]\ndagger = '0.21.8'\n", &table("a toolchain", "a string"), "'0.21.8'", None);
    check("[[toolchain]]\ndagger = {}\n", &table("`toolchain`", "a list"), "[[toolchain]]", None);
    check_dagger("version = 0.21", &string("a number"), "0.21", Some(&quotes("0.21")));
    check_dagger("source = ['a']", &string("a list"), "['a']", None);
    check_dagger("policy = {}", &string("a table"), "{}", None);
    let hint = "write it in brackets: `[\"0.21.7\"]`";
    check_dagger("also = '0.21.7'", &list("a string"), "'0.21.7'", Some(hint));
    check_dagger("also = [1]", &string("a number"), "1", Some(&quotes("1")));
    check_dagger("expect = [9]", "this must be a single value, found a list", "[9]", None);
    check_dagger("roots = 1", &list("a number"), "1", Some("write it in brackets: `[\"1\"]`"));
    check_dagger("rules = {}", &list("a table"), "{}", None);
    check_dagger("rules = [1]", &table("a rule", "a number"), "1", None);
    check_dagger("groups = ['a']", &table("a group", "a string"), "'a'", None);
    check_dagger("ignore = ['docs/**']", &table("an ignore", "a string"), "'docs/**'", None);
    check_dagger("ignore = [{ files = ['a'] }]", &string("a list"), "['a']", None);
    check_site("file = 1", &string("a number"), "1", Some(&quotes("1")));
    check_site("file = 'a', key = ['a']", &string("a list"), "['a']", None);
}

#[test]
fn every_key_is_known_or_has_a_neighbour() {
    let near = |word: &str| format!("did you mean `{word}`?");
    let known = "known here: files, kind, code";
    check("projcet = 'a'\n", "unknown key `projcet`", "projcet", Some(&near("project")));
    check("[tolchain.dagger]\n", "unknown key `tolchain`", "tolchain", Some(&near("toolchain")));
    check(
        "toolchains.dagger.version = '1.2.3'\n",
        "unknown key `toolchains`",
        "toolchains",
        Some(&near("toolchain")),
    );
    check(
        "toolchain.dagger.'ver sion' = '1.2.3'\n",
        "unknown key `ver sion`",
        "'ver sion'",
        Some(&near("version")),
    );
    check_dagger("polcy = 'exact'", "unknown key `polcy`", "polcy", Some(&near("policy")));
    check_dagger("sites = []", "unknown key `sites`", "sites", Some(&near("site")));
    check_dagger(
        "rules = [{ file = 'a', rule = 'equal' }]",
        "unknown key `file`",
        "file",
        Some(&near("files")),
    );
    check_dagger(
        "groups = [{ files = 'a', source = 'b' }]",
        "unknown key `source`",
        "source",
        Some("known here: files, version"),
    );
    check_dagger("ignore = [{ zzzzzzzz = 1 }]", "unknown key `zzzzzzzz`", "zzzzzzzz", Some(known));
    check_site("file = 'a', markr = 'x'", "unknown key `markr`", "markr", Some(&near("marker")));
    check_site("files = 'a'", "unknown key `files`", "files", Some(&near("file")));
    // What stands in the wrong table.
    let message = |key: &str| format!("`{key}` is no key of this table");
    let hint = "it stands in a toolchain's table: `[toolchain.dagger]`";
    check("version = '0.21.8'\n", &message("version"), "version", Some(hint));
    let hint = "it stands at the top, before the first `[toolchain.…]`";
    check_dagger("required = '>=0.1'", &message("required"), "required", Some(hint));
    let hint = "it stands in the engine's table: `[engine]`";
    check("mode = 'isolated'\n", &message("mode"), "mode", Some(hint));
    check_dagger("start_timeout = '60s'", &message("start_timeout"), "start_timeout", Some(hint));
    // What a later `pin` may read.
    let known = "known here: required, project, toolchain, engine";
    check("[task.test]\n", "unknown key `task`", "task", Some(known));
}

#[test]
fn a_text_that_is_no_toml_has_its_place() {
    check("project = 'a'\nproject = 'b'\n", "duplicate key", "", None);
    check("[toolchain.dagger]\n[toolchain.dagger]\n", "duplicate key", "", None);
    check("project = a\n", "string values must be quoted, expected literal string", "", None);
    check("project = 'a\n", "invalid literal string, expected `'`", "", None);
    check("project\n", "key with no value, expected `=`", "", None);
}

#[test]
fn every_word_is_known_or_has_a_neighbour() {
    let near = |word: &str| format!("did you mean `{word}`?");
    check_dagger("policy = 'exat'", "unknown policy `exat`", "'exat'", Some(&near("exact")));
    check_dagger(
        "policy = 'loose'",
        "unknown policy `loose`",
        "'loose'",
        Some("known here: exact, minor, window"),
    );
    let rule = "rules = [{ rule = 'at_most' }]";
    check_dagger(rule, "unknown rule `at_most`", "'at_most'", Some(&near("at-most")));
    let rule = "rules = [{ kind = 'nix.lok', rule = 'equal' }]";
    check_dagger(rule, "unknown kind `nix.lok`", "'nix.lok'", Some(&near("nix.lock")));
    let ignore = "ignore = [{ code = 'floating' }]";
    let known =
        format!("known here: {}", Code::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", "));
    check_dagger(ignore, "unknown code `floating`", "'floating'", Some(&known));
    let ignore = "ignore = [{ code = 'floating-versions' }]";
    check_dagger(
        ignore,
        "unknown code `floating-versions`",
        "'floating-versions'",
        Some(&near("floating-version")),
    );
}

#[test]
fn what_is_needed_is_there() {
    check_dagger("rules = [{ kind = 'nix.lock' }]", "a rule needs `rule`", "{ kind = 'nix.lock' }", None);
    check_dagger("groups = [{ files = 'a' }]", "a group needs `version`", "{ files = 'a' }", None);
    check_dagger(
        "groups = [{ version = '0.21.8' }]",
        "a group needs `files`",
        "{ version = '0.21.8' }",
        None,
    );
    check_dagger("ignore = [{}]", "an ignore needs `files`, `kind` or `code`", "{}", None);
    check_site("key = 'a'", "a site needs `file`", "{ key = 'a' }", None);
    let message = "`dager` is no toolchain whose places are found without `site`";
    check("[toolchain.dager]\nversion = '0.21.8'\n", message, "dager", Some("did you mean `dagger`?"));
    let message = "a toolchain has a name on one line, without `=`";
    check("[toolchain.'a=b']\n", message, "'a=b'", None);
    check("[toolchain.'']\n", message, "''", None);
    let hint = Some("remove one of them: the truth stands in one place");
    let message = "a toolchain has `version` or `source`, not both";
    check_dagger("version = '0.21.8'\nsource = 'flake.nix'", message, "'flake.nix'", hint);
}

#[test]
fn every_value_is_one_that_can_be() {
    let version = |text: &str| format!("`{text}` is no version, wanted one like `0.21.8`");
    let own = "[toolchain.d]\nsite = [{ file = 'a' }]\n";
    let number = |text: &str| format!("`{text}` is no number of sites, wanted one like `9`");
    check_dagger("version = '0.21'", &version("0.21"), "'0.21'", None);
    check_dagger("also = ['0.21.7', 'main']", &version("main"), "'main'", None);
    check_dagger("groups = [{ files = 'a', version = '' }]", &version(""), "''", None);
    check(&format!("{own}version = 'x'\n"), &version("x"), "'x'", None);
    let message =
        "`16.4-alpine` is more than a version: write `16.4`, and `-alpine` stays as it is where it stands";
    check(&format!("{own}version = '16.4-alpine'\n"), message, "'16.4-alpine'", None);
    let hint = Some("write `exact`, or `minor` for the same X.Y");
    check(&format!("{own}policy = 'window'\n"), "only `dagger` has a compatibility window", "'window'", hint);
    for text in ["-1", "1.5", "0x9", "true"] {
        check_dagger(&format!("expect = {text}"), &number(text), text, None);
    }
    check_dagger("expect = '9'", &number("\"9\""), "'9'", None);
    check_dagger("source = ''", "this must not be empty", "''", None);
    for text in ["", ".", "./."] {
        let message = format!("`{text}` is this repository itself, wanted another checkout");
        let message = if text.is_empty() { "this must not be empty" } else { &message };
        check_dagger(&format!("roots = ['{text}']"), message, &format!("'{text}'"), None);
    }
    let message = "`no` is no requirement on a version, wanted one like `>=0.1`: unexpected character 'n' while parsing \
                   major version number";
    check("required = 'no'\n", message, "'no'", None);
    let message = "`a[` is no pattern of paths: unclosed character class; missing ']'";
    check_dagger("ignore = [{ files = 'a[' }]", message, "'a['", None);
    for (rest, message, at) in [
        ("key = 'a.'", "a name is missing in `a.`, wanted one like `toolchain.channel`", "'a.'"),
        ("image = 'a b'", "`a b` is no image, wanted one like `docker.io/library/rust`", "'a b'"),
        ("image = 'rust:1'", "an image is named without its tag: `rust`", "'rust:1'"),
        ("pattern = '('", "this is no regular expression: unclosed group", "'('"),
        ("pattern = 'x'", "the pattern needs a group called `version`: (?<version>…)", "'x'"),
        ("marker = '# x'", "a marker is what stands in the comment, so without `#`", "'# x'"),
    ] {
        check_site(&format!("file = 'a', {rest}"), message, at, None);
    }
    let message = "a site has one of `key`, `image`, `pattern`, `marker`, or `key` with `pattern`";
    check_site("file = 'a', key = 'a', image = 'b'", message, "{ file = 'a', key = 'a', image = 'b' }", None);
}

#[test]
fn a_version_may_be_written_with_v() {
    let config = parse("pin.toml", "[toolchain.dagger]\nversion = 'v0.21.8'\n").unwrap();
    assert_eq!(config.toolchains["dagger"].version.as_ref().unwrap().0, Version::new(0, 21, 8));
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in "(\\[{1,2}toolchain(\\.[a-z.'\"]{1,6})?\\]{1,2}\n|[a-z]{1,8} = [\\[{]?['\"a-z0-9.=(<,-]{0,12}[\\]}]?\n){0,6}") {
        if let Err(mistake) = parse("pin.toml", &text) {
            prop_assert!(text.get(mistake.span.range()).is_some());
        }
    }
}
