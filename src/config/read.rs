//! Reads the tree of `pin.toml` into [`Config`], key by key, so that every mistake has its place
//! and every unknown key its nearest neighbour.

use globset::GlobMatcher;
use regex::Regex;

use super::{Config, CustomSite, Group, Ignore, Policy, Rule, RuleOverride, Toolchain, tables};
use crate::document::strict::{entries, list, one_of, scalar, string, wrong};
use crate::document::{Mistake, Node, Scalar, parse_toml};
use crate::finding::Code;
use crate::site::{self, KeyPath, Kind, Marker, Repository, Selector};
use crate::text::Span;
use crate::value::Version;

type Result<T> = std::result::Result<T, Mistake>;

/// Returns the configuration that the text of the `pin.toml` at `path` states.
pub fn parse(path: &str, text: &str) -> Result<Config> {
    let tree = parse_toml(text)?;
    let root = tables::Root::read(&tree)?;
    let mut config = Config { path: path.to_owned(), ..Config::default() };
    config.required = root.required.map(required).transpose()?;
    config.project = root.project.map(string).transpose()?.map(str::to_owned);
    let toolchains = root.toolchain.map(|node| entries(node, "`toolchain`")).transpose()?;
    for (name, node) in toolchains.unwrap_or_default() {
        check_name(name)?;
        config.toolchains.insert(name.text().to_owned(), toolchain(name.text(), node)?);
    }
    Ok(config)
}

/// The name is a word of the command line (`--to NAME=VERSION`) and an output of a CI job.
fn check_name(name: &Scalar<'_>) -> Result<()> {
    let text = name.text();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.bytes().all(is_part) {
        return Ok(());
    }
    let message = format!("`{text}` is no name of a toolchain, wanted letters, digits, `-`, `_` and `.`");
    Err(Mistake { message, span: name.span, hint: None })
}

fn required(node: &Node<'_>) -> Result<(semver::VersionReq, Span)> {
    let text = string(node)?;
    let parsed = semver::VersionReq::parse(text);
    parsed.map(|required| (required, node.span())).map_err(|error| wrong(node, &error.to_string()))
}

fn toolchain(name: &str, node: &Node<'_>) -> Result<Toolchain> {
    let keys = tables::Toolchain::read(node)?;
    let version = |node: &Node<'_>| version(name, node);
    let placed = |node: &Node<'_>| Ok((filled(node)?.to_owned(), node.span()));
    let toolchain = Toolchain {
        version: keys.version.map(|node| truth(name, node)).transpose()?,
        source: keys.source.map(placed).transpose()?,
        policy: keys.policy.map(|node| policy(name, node)).transpose()?.unwrap_or_default(),
        also: each(keys.also, version)?,
        expect: keys.expect.map(expect).transpose()?,
        roots: each(keys.roots, placed)?,
        rules: each(keys.rules, rule_override)?,
        groups: each(keys.groups, |node| group(name, node))?,
        ignore: each(keys.ignore, ignore)?,
        sites: each(keys.site, custom_site)?,
    };
    if let (Some(_), Some(_)) = (&toolchain.version, &toolchain.source) {
        return Err(wrong(node, "a toolchain has `version` or `source`, not both"));
    }
    Ok(toolchain)
}

fn truth(toolchain: &str, node: &Node<'_>) -> Result<(Version, Span)> {
    Ok((version(toolchain, node)?, scalar(node)?.text_span()))
}

/// Returns what the values of a list are; of no list, none.
fn each<T>(node: Option<&Node<'_>>, read: impl Fn(&Node<'_>) -> Result<T>) -> Result<Vec<T>> {
    node.map(list).transpose()?.unwrap_or_default().iter().map(read).collect()
}

/// Returns the text of a string that says something.
fn filled<'n>(node: &'n Node<'_>) -> Result<&'n str> {
    match string(node)? {
        "" => Err(wrong(node, "this must not be empty")),
        text => Ok(text),
    }
}

fn policy(toolchain: &str, node: &Node<'_>) -> Result<Policy> {
    let word = string(node)?;
    match Policy::ALL.into_iter().find(|policy| policy.as_str() == word) {
        Some(Policy::Window) if site::is_own(toolchain) => {
            Err(wrong(node, "only `dagger` has a compatibility window"))
        }
        Some(policy) => Ok(policy),
        None => Err(one_of(node, "policy", word, &Policy::ALL.map(Policy::as_str))),
    }
}

fn expect(node: &Node<'_>) -> Result<(usize, Span)> {
    let scalar = scalar(node)?;
    let number = scalar.text().parse().ok().filter(|_| !scalar.is_text);
    let number = number.ok_or_else(|| wrong(node, "`expect` must be a number of sites"))?;
    Ok((number, scalar.span))
}

fn rule_override(node: &Node<'_>) -> Result<RuleOverride> {
    let keys = tables::RuleOverride::read(node)?;
    Ok(RuleOverride {
        kind: keys.kind.map(parse_kind).transpose()?,
        files: keys.files.map(glob).transpose()?,
        rule: parse_rule(keys.rule)?,
    })
}

fn group(toolchain: &str, node: &Node<'_>) -> Result<Group> {
    let keys = tables::Group::read(node)?;
    Ok(Group { files: glob(keys.files)?, version: version(toolchain, keys.version)? })
}

fn ignore(node: &Node<'_>) -> Result<Ignore> {
    let keys = tables::Ignore::read(node)?;
    let ignore = Ignore {
        files: keys.files.map(glob).transpose()?,
        kind: keys.kind.map(parse_kind).transpose()?,
        code: keys.code.map(parse_code).transpose()?,
    };
    match ignore {
        Ignore { files: None, kind: None, code: None } => {
            Err(wrong(node, "an ignore needs `files`, `kind` or `code`"))
        }
        ignore => Ok(ignore),
    }
}

fn custom_site(node: &Node<'_>) -> Result<CustomSite> {
    let keys = tables::Site::read(node)?;
    let key = keys.key.map(|node| selector(node, KeyPath::parse)).transpose()?;
    let pattern = keys.pattern.map(parse_pattern).transpose()?;
    let image = keys.image.map(|node| selector(node, Repository::parse)).transpose()?;
    let marker = keys.marker.map(|node| selector(node, Marker::parse)).transpose()?;
    let selector = match (key, pattern, image, marker) {
        (Some(key), pattern, None, None) => Selector::Key(key, pattern),
        (None, Some(pattern), None, None) => Selector::Pattern(pattern),
        (None, None, Some(image), None) => Selector::Image(image),
        (None, None, None, Some(marker)) => Selector::Marker(marker),
        (None, None, None, None) => Selector::Whole,
        _ => {
            let message = "a site has one of `key`, `image`, `pattern`, `marker`, or `key` with `pattern`";
            return Err(wrong(node, message));
        }
    };
    let rule = keys.rule.map(parse_rule).transpose()?;
    Ok(CustomSite { files: glob(keys.file)?, span: node.span(), selector, rule })
}

fn selector<T>(node: &Node<'_>, parse: fn(&str) -> std::result::Result<T, String>) -> Result<T> {
    parse(string(node)?).map_err(|message| wrong(node, &message))
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

fn parse_code(value: &Node<'_>) -> Result<Code> {
    let word = string(value)?;
    let words: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    Code::parse(word).ok_or_else(|| one_of(value, "code", word, &words))
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
    let text = filled(value)?;
    let glob = globset::GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| wrong(value, &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{Role, Site, Stated};

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
                repository: None,
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
