//! Reads the tree of `pin.toml` into [`Config`], key by key, so that every mistake has its place
//! and every unknown key its nearest neighbour.

use globset::{Glob, GlobMatcher};

use super::{Config, CustomSite, Group, Ignore, Policy, Rule, RuleOverride, Selector, Toolchain};
use crate::document::{Map, Node, Scalar, parse_toml};
use crate::finding::Code;
use crate::site::Kind;
use crate::text::Span;
use crate::value::Version;

/// What is wrong with `pin.toml`, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// What was found and what was wanted.
    pub message: String,
    /// The offending bytes.
    pub span: Span,
    /// What to write instead.
    pub hint: Option<String>,
}

type Result<T> = std::result::Result<T, ConfigError>;

/// Returns the configuration that the text of the `pin.toml` at `path` states.
pub fn parse(path: &str, text: &str) -> Result<Config> {
    let root = parse_toml(text).map_err(|error| ConfigError {
        message: error.message,
        span: Span::new(error.at, error.at),
        hint: None,
    })?;
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
                    config.toolchains.insert(name.text().to_owned(), toolchain(value)?);
                }
            }
            _ => return Err(unknown(key, &["required", "project", "toolchain"])),
        }
    }
    Ok(config)
}

fn toolchain(node: &Node<'_>) -> Result<Toolchain> {
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
            "groups" => toolchain.groups = list(value)?.iter().map(group).collect::<Result<_>>()?,
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

fn group(node: &Node<'_>) -> Result<Group> {
    let (mut files, mut own) = (None, None);
    for (key, value) in entries(node, "a group")? {
        match key.text() {
            "files" => files = Some(glob(value)?),
            "version" => own = Some(version(value)?),
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
    let (mut files, mut selector, mut rule) = (None, None, None);
    for (key, value) in entries(node, "a site")? {
        let choose = |selector: &mut Option<Selector>, new| match selector.replace(new) {
            Some(_) => Err(wrong(node, "a site has one of `key`, `image`, `pattern`")),
            None => Ok(()),
        };
        match key.text() {
            "file" => files = Some(glob(value)?),
            "key" => choose(&mut selector, Selector::key(string(value)?))?,
            "image" => choose(&mut selector, Selector::image(string(value)?))?,
            "pattern" => {
                let pattern = Selector::pattern(string(value)?).map_err(|message| wrong(value, &message))?;
                choose(&mut selector, pattern)?;
            }
            "rule" => rule = Some(parse_rule(value)?),
            _ => return Err(unknown(key, &["file", "key", "image", "pattern", "rule"])),
        }
    }
    match (files, selector) {
        (Some(files), Some(selector)) => Ok(CustomSite { files, selector, rule }),
        (None, _) => Err(wrong(node, "a site needs `file`")),
        (_, None) => Err(wrong(node, "a site needs one of `key`, `image`, `pattern`")),
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

fn version(value: &Node<'_>) -> Result<Version> {
    let text = string(value)?;
    Version::parse(text)
        .ok_or_else(|| wrong(value, &format!("`{text}` is no version, wanted one like `0.21.8`")))
}

fn glob(value: &Node<'_>) -> Result<GlobMatcher> {
    let text = string(value)?;
    let glob = globset::GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob: Glob| glob.compile_matcher()).map_err(|error| wrong(value, &error.to_string()))
}

fn entries<'n, 'a>(node: &'n Node<'a>, what: &str) -> Result<&'n [(Scalar<'a>, Node<'a>)]> {
    match node {
        Node::Map(Map { entries, .. }) => Ok(entries),
        other => Err(wrong(other, &format!("{what} must be a table"))),
    }
}

fn list<'n, 'a>(node: &'n Node<'a>) -> Result<&'n [Node<'a>]> {
    node.as_list().map(|list| list.items.as_slice()).ok_or_else(|| wrong(node, "this must be a list"))
}

fn scalar<'n, 'a>(node: &'n Node<'a>) -> Result<&'n Scalar<'a>> {
    node.as_scalar().ok_or_else(|| wrong(node, "this must be a single value"))
}

fn string<'n>(node: &'n Node<'_>) -> Result<&'n str> {
    match node {
        Node::Scalar(scalar) if scalar.is_text => Ok(scalar.text()),
        other => Err(wrong(other, "this must be a string")),
    }
}

fn wrong(node: &Node<'_>, message: &str) -> ConfigError {
    ConfigError { message: message.to_owned(), span: node.span(), hint: None }
}

fn unknown(key: &Scalar<'_>, known: &[&str]) -> ConfigError {
    let message = format!("unknown key `{}`", key.text());
    ConfigError { message, span: key.span, hint: Some(suggest(key.text(), known)) }
}

fn one_of(value: &Node<'_>, what: &str, word: &str, known: &[&str]) -> ConfigError {
    let message = format!("unknown {what} `{word}`");
    ConfigError { message, span: value.span(), hint: Some(suggest(word, known)) }
}

fn suggest(word: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (strsim::damerau_levenshtein(word, known), known)).min();
    match nearest {
        Some((distance, nearest)) if distance <= 1 + word.len() / 3 => format!("did you mean `{nearest}`?"),
        _ => format!("known here: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Stated;

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
        assert_eq!(
            dagger.rule("modules/a/dagger.json", Kind::ModuleEngineVersion, &Stated::Missing),
            Rule::AtMost
        );
        assert_eq!(dagger.rule("a/dagger.json", Kind::ModuleEngineVersion, &Stated::Missing), Rule::Equal);
        assert_eq!(dagger.rule("docs/a.yaml", Kind::ImageEngine, &Stated::Missing), Rule::Ignore);
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
        check(
            "[toolchain.d]\nversion = '0.21'\n",
            "`0.21` is no version, wanted one like `0.21.8`",
            "'0.21'",
            None,
        );
        check(
            "[toolchain.d]\nignore = [{ zzzzzzzz = 1 }]\n",
            "unknown key `zzzzzzzz`",
            "zzzzzzzz",
            Some(known),
        );
        check("[toolchain.d]\nexpect = 'x'\n", "`expect` must be a number of sites", "'x'", None);
    }
}
