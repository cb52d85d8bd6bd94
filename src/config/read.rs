//! Reads the tree of `pin.toml` into [`Config`], key by key, so that every mistake has its place
//! and every unknown key its nearest neighbour.

use globset::{Glob, GlobMatcher};
use regex::Regex;

use super::{Config, CustomSite, Group, Ignore, Policy, Rule, RuleOverride, Toolchain};
use crate::document::strict::{entries, list, one_of, scalar, string, unknown, wrong};
use crate::document::{Mistake, Node, parse_toml};
use crate::finding::Code;
use crate::site::{self, KeyPath, Kind, Marker, Repository, Selector};
use crate::value::Version;

type Result<T> = std::result::Result<T, Mistake>;

/// Returns the configuration that the text of the `pin.toml` at `path` states.
pub fn parse(path: &str, text: &str) -> Result<Config> {
    let root = parse_toml(text)?;
    let mut config = Config { path: path.to_owned(), ..Config::default() };
    for (key, value) in entries(&root, "pin.toml")? {
        match key.text() {
            "required" => {
                let text = string(value)?;
                let req =
                    semver::VersionReq::parse(text).map_err(|error| wrong(value, &error.to_string()))?;
                config.required = Some(req);
            }
            "project" => config.project = Some(string(value)?.to_owned()),
            "toolchain" => {
                for (name, value) in entries(value, "`toolchain`")? {
                    config.toolchains.insert(name.text().to_owned(), toolchain(name.text(), value)?);
                }
            }
            _ => return Err(unknown(key, &["required", "project", "toolchain"])),
        }
    }
    Ok(config)
}

fn toolchain(name: &str, node: &Node<'_>) -> Result<Toolchain> {
    let version = |value: &Node<'_>| version(name, value);
    let mut toolchain = Toolchain::default();
    for (key, value) in entries(node, "a toolchain")? {
        match key.text() {
            "version" => {
                let scalar = scalar(value)?;
                let span = scalar.content.span(0..scalar.text().len()).unwrap_or(scalar.span);
                toolchain.version = Some((version(value)?, span));
            }
            "source" => toolchain.source = Some(string(value)?.to_owned()),
            "policy" => {
                toolchain.policy = match string(value)? {
                    "exact" => Policy::Exact,
                    "minor" => Policy::Minor,
                    "window" if site::is_own(name) => {
                        return Err(wrong(value, "only `dagger` has a compatibility window"));
                    }
                    "window" => Policy::Window,
                    other => return Err(one_of(value, "policy", other, &["exact", "minor", "window"])),
                };
            }
            "also" => toolchain.also = list(value)?.iter().map(version).collect::<Result<_>>()?,
            "expect" => {
                let count = scalar(value)?.text().parse();
                toolchain.expect =
                    Some(count.map_err(|_| wrong(value, "`expect` must be a number of sites"))?);
            }
            "roots" => {
                toolchain.roots =
                    list(value)?.iter().map(|root| string(root).map(str::to_owned)).collect::<Result<_>>()?;
            }
            "rules" => toolchain.rules = list(value)?.iter().map(rule_override).collect::<Result<_>>()?,
            "groups" => {
                toolchain.groups =
                    list(value)?.iter().map(|node| group(name, node)).collect::<Result<_>>()?;
            }
            "ignore" => toolchain.ignore = list(value)?.iter().map(ignore).collect::<Result<_>>()?,
            "site" => toolchain.sites = list(value)?.iter().map(custom_site).collect::<Result<_>>()?,
            _ => {
                let known = [
                    "version", "source", "policy", "also", "expect", "roots", "rules", "groups", "ignore",
                    "site",
                ];
                return Err(unknown(key, &known));
            }
        }
    }
    if let (Some(_), Some(_)) = (&toolchain.version, &toolchain.source) {
        return Err(wrong(node, "a toolchain has `version` or `source`, not both"));
    }
    Ok(toolchain)
}

fn rule_override(node: &Node<'_>) -> Result<RuleOverride> {
    let (mut kind, mut files, mut rule) = (None, None, None);
    for (key, value) in entries(node, "a rule")? {
        match key.text() {
            "kind" => kind = Some(parse_kind(value)?),
            "files" => files = Some(glob(value)?),
            "rule" => rule = Some(parse_rule(value)?),
            _ => return Err(unknown(key, &["kind", "files", "rule"])),
        }
    }
    Ok(RuleOverride { kind, files, rule: rule.ok_or_else(|| wrong(node, "a rule needs `rule`"))? })
}

fn group(name: &str, node: &Node<'_>) -> Result<Group> {
    let (mut files, mut own) = (None, None);
    for (key, value) in entries(node, "a group")? {
        match key.text() {
            "files" => files = Some(glob(value)?),
            "version" => own = Some(version(name, value)?),
            _ => return Err(unknown(key, &["files", "version"])),
        }
    }
    match (files, own) {
        (Some(files), Some(version)) => Ok(Group { files, version }),
        _ => Err(wrong(node, "a group needs `files` and `version`")),
    }
}

fn ignore(node: &Node<'_>) -> Result<Ignore> {
    let (mut files, mut kind, mut code) = (None, None, None);
    for (key, value) in entries(node, "an ignore")? {
        match key.text() {
            "files" => files = Some(glob(value)?),
            "kind" => kind = Some(parse_kind(value)?),
            "code" => {
                let word = string(value)?;
                let words: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
                code = Some(Code::parse(word).ok_or_else(|| one_of(value, "code", word, &words))?);
            }
            _ => return Err(unknown(key, &["files", "kind", "code"])),
        }
    }
    if files.is_none() && kind.is_none() && code.is_none() {
        return Err(wrong(node, "an ignore needs `files`, `kind` or `code`"));
    }
    Ok(Ignore { files, kind, code })
}

fn custom_site(node: &Node<'_>) -> Result<CustomSite> {
    const SELECTORS: &str = "`key`, `image`, `pattern`, `marker`";
    let (mut files, mut rule) = (None, None);
    let (mut key, mut pattern, mut other) = (None, None, None);
    for (name, value) in entries(node, "a site")? {
        let refuse = |message: String| wrong(value, &message);
        match name.text() {
            "file" => files = Some(glob(value)?),
            "key" => key = Some(KeyPath::parse(string(value)?).map_err(refuse)?),
            "pattern" => pattern = Some(parse_pattern(value)?),
            "image" => {
                let image = Selector::Image(Repository::parse(string(value)?).map_err(refuse)?);
                other = Some((other.is_some(), image));
            }
            "marker" => {
                let marker = Selector::Marker(Marker::parse(string(value)?).map_err(refuse)?);
                other = Some((other.is_some(), marker));
            }
            "rule" => rule = Some(parse_rule(value)?),
            _ => return Err(unknown(name, &["file", "key", "image", "pattern", "marker", "rule"])),
        }
    }
    let selector = match (key, pattern, other) {
        (Some(key), pattern, None) => Selector::Key(key, pattern),
        (None, Some(pattern), None) => Selector::Pattern(pattern),
        (None, None, Some((false, other))) => other,
        (None, None, None) => Selector::Whole,
        _ => return Err(wrong(node, &format!("a site has one of {SELECTORS}, or `key` with `pattern`"))),
    };
    match files {
        Some(files) => Ok(CustomSite { files, span: node.span(), selector, rule }),
        None => Err(wrong(node, "a site needs `file`")),
    }
}

fn parse_pattern(value: &Node<'_>) -> Result<Regex> {
    let regex = Regex::new(string(value)?).map_err(|error| {
        // The last line of the report says what is wrong; those before it draw the place.
        let words = error.to_string();
        wrong(value, words.lines().last().unwrap_or_default().trim_start_matches("error: "))
    })?;
    if regex.capture_names().flatten().any(|name| name == "version") {
        Ok(regex)
    } else {
        Err(wrong(value, "the pattern needs a group called `version`: (?<version>…)"))
    }
}

fn parse_kind(value: &Node<'_>) -> Result<Kind> {
    let word = string(value)?;
    Kind::parse(word).ok_or_else(|| {
        one_of(value, "kind", word, &Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())
    })
}

fn parse_rule(value: &Node<'_>) -> Result<Rule> {
    let word = string(value)?;
    let found = Rule::ALL.into_iter().find(|rule| rule.as_str() == word);
    found.ok_or_else(|| one_of(value, "rule", word, &Rule::ALL.map(Rule::as_str)))
}

/// Releases of the engine have three numbers; what a repository knows by itself may have any.
fn version(toolchain: &str, value: &Node<'_>) -> Result<Version> {
    let text = string(value)?;
    let parsed = if site::is_own(toolchain) { Version::parse_own(text) } else { Version::parse(text) };
    parsed.ok_or_else(|| match Version::leading(text) {
        Some((version, len)) if site::is_own(toolchain) => {
            let (rest, place) = (&text[len..], "stays as it is where it stands");
            wrong(value, &format!("`{text}` is more than a version: write `{version}`, and `{rest}` {place}"))
        }
        _ => wrong(value, &format!("`{text}` is no version, wanted one like `0.21.8`")),
    })
}

fn glob(value: &Node<'_>) -> Result<GlobMatcher> {
    let text = string(value)?;
    let glob = globset::GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob: Glob| glob.compile_matcher()).map_err(|error| wrong(value, &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{Role, Site, Stated};
    use crate::text::Span;

    fn check(text: &str, message: &str, at: &str, hint: Option<&str>) {
        let error = parse("pin.toml", text).unwrap_err();
        let found = (error.message.as_str(), &text[error.span.range()], error.hint.as_deref());
        assert_eq!(found, (message, at, hint), "{text}");
    }

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
            })
        };
        assert_eq!(rule("modules/a/dagger.json", Kind::ModuleEngineVersion), Rule::AtMost);
        assert_eq!(rule("a/dagger.json", Kind::ModuleEngineVersion), Rule::Equal);
        assert_eq!(rule("docs/a.yaml", Kind::ImageEngine), Rule::Ignore);
        assert_eq!(dagger.group("legacy/x/y"), Version::parse("0.19.11").as_ref());
        assert_eq!(config.toolchains["rust"].sites.len(), 4);
    }

    #[test]
    fn mistakes_have_a_place_and_a_neighbour() {
        let known = "known here: files, kind, code";
        check(
            "[toolchain.dagger]\npolcy = 'exact'\n",
            "unknown key `polcy`",
            "polcy",
            Some("did you mean `policy`?"),
        );
        check(
            "[toolchain.d]\npolicy = 'exat'\n",
            "unknown policy `exat`",
            "'exat'",
            Some("did you mean `exact`?"),
        );
        let (version, site) = ("[toolchain.d]\nversion = ", "[toolchain.d]\nsite = [{ file = 'a', ");
        let wanted = "wanted one like `0.21.8`";
        check(
            "[toolchain.dagger]\nversion = '0.21'\n",
            &format!("`0.21` is no version, {wanted}"),
            "'0.21'",
            None,
        );
        check(&format!("{version}'x'\n"), &format!("`x` is no version, {wanted}"), "'x'", None);
        check(
            &format!("{version}'16.4-alpine'\n"),
            "`16.4-alpine` is more than a version: write `16.4`, and `-alpine` stays as it is where it stands",
            "'16.4-alpine'",
            None,
        );
        check(
            "[toolchain.d]\npolicy = 'window'\n",
            "only `dagger` has a compatibility window",
            "'window'",
            None,
        );
        for (rest, message, at) in [
            ("key = 'a.' }]", "a name is missing in `a.`, wanted one like `toolchain.channel`", "'a.'"),
            ("image = 'a b' }]", "`a b` is no image, wanted one like `docker.io/library/rust`", "'a b'"),
            ("image = 'rust:1' }]", "an image is named without its tag: `rust`", "'rust:1'"),
            ("pattern = '(' }]", "unclosed group", "'('"),
            ("pattern = 'x' }]", "the pattern needs a group called `version`: (?<version>…)", "'x'"),
            ("marker = '# x' }]", "a marker is what stands in the comment, so without `#`", "'# x'"),
        ] {
            check(&format!("{site}{rest}\n"), message, at, None);
        }
        let both = "{ file = 'a', key = 'a', image = 'b' }";
        let message = "a site has one of `key`, `image`, `pattern`, `marker`, or `key` with `pattern`";
        check(&format!("[toolchain.d]\nsite = [{both}]\n"), message, both, None);
        let hint = Some("did you mean `marker`?");
        check(&format!("{site}markr = 'x' }}]\n"), "unknown key `markr`", "markr", hint);
        check(
            "[toolchain.d]\nignore = [{ zzzzzzzz = 1 }]\n",
            "unknown key `zzzzzzzz`",
            "zzzzzzzz",
            Some(known),
        );
        check("[toolchain.d]\nexpect = 'x'\n", "`expect` must be a number of sites", "'x'", None);
    }
}
