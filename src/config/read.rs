//! Reads the tree of `pin.toml` into [`Config`], key by key, so that every mistake has its place
//! and every unknown key its nearest neighbour.

use std::path::{Component, Path};

use globset::GlobMatcher;
use regex::Regex;

use super::{Config, CustomSite, Group, Ignore, Policy, Rule, RuleOverride, Toolchain, engine, tables};
use crate::document::strict::{entries, filled, list, misplaced, one_of, scalar, string, wrong};
use crate::document::{Mistake, Node, Scalar, parse_toml};
use crate::finding::Code;
use crate::site::{self, KeyPath, Kind, Marker, Repository, Selector};
use crate::text::Span;
use crate::value::Version;

type Result<T> = std::result::Result<T, Mistake>;

/// Returns the configuration that the text of the `pin.toml` at `path` states.
pub fn parse(path: &str, text: &str) -> Result<Config> {
    let tree = parse_toml(text)?;
    refuse_misplaced(
        &tree,
        tables::Toolchain::KEYS,
        "it stands in a toolchain's table: `[toolchain.dagger]`",
    )?;
    refuse_misplaced(&tree, &engine_keys(), "it stands in the engine's table: `[engine]`")?;
    let root = tables::Root::read(&tree)?;
    let mut config = Config { path: path.to_owned(), ..Config::default() };
    config.required = root.required.map(required).transpose()?;
    config.project = root.project.map(string).transpose()?.map(str::to_owned);
    let toolchains = root.toolchain.map(|node| entries(node, "`toolchain`")).transpose()?;
    for (name, node) in toolchains.unwrap_or_default() {
        check_name(name)?;
        config.toolchains.insert(name.text().to_owned(), toolchain(name, node)?);
    }
    config.engine = root.engine.map(engine::engine).transpose()?.unwrap_or_default();
    Ok(config)
}

/// Returns the keys that only the engine's table has.
fn engine_keys() -> Vec<&'static str> {
    let own = tables::Engine::KEYS.iter().copied();
    own.filter(|key| !tables::Root::KEYS.contains(key)).collect()
}

/// After a `[table]` every key belongs to it, which is easily forgotten.
fn refuse_misplaced(node: &Node<'_>, others: &[&str], hint: &str) -> Result<()> {
    let keys = node.as_map().into_iter().flat_map(|map| &map.entries);
    match keys.map(|(key, _)| key).find(|key| others.contains(&key.text())) {
        Some(key) => Err(misplaced(key, hint.to_owned())),
        None => Ok(()),
    }
}

/// `=` stands behind the name on the command line: `--to NAME=VERSION`.
fn check_name(name: &Scalar<'_>) -> Result<()> {
    let text = name.text();
    if !text.is_empty() && !text.contains(|part: char| part == '=' || part.is_control()) {
        return Ok(());
    }
    let message = "a toolchain has a name on one line, without `=`".to_owned();
    Err(Mistake { message, span: name.span, hint: None })
}

fn required(node: &Node<'_>) -> Result<(semver::VersionReq, Span)> {
    let text = string(node)?;
    let parsed = semver::VersionReq::parse(text);
    parsed.map(|required| (required, node.span())).map_err(|error| {
        wrong(node, &format!("`{text}` is no requirement on a version, wanted one like `>=0.1`: {error}"))
    })
}

fn toolchain(key: &Scalar<'_>, node: &Node<'_>) -> Result<Toolchain> {
    let name = key.text();
    refuse_misplaced(node, tables::Root::KEYS, "it stands at the top, before the first `[toolchain.…]`")?;
    refuse_misplaced(node, &engine_keys(), "it stands in the engine's table: `[engine]`")?;
    let keys = tables::Toolchain::read(node)?;
    let version = |node: &Node<'_>| version(name, node);
    let toolchain = Toolchain {
        version: keys.version.map(|node| truth(name, node)).transpose()?,
        source: keys.source.map(path).transpose()?,
        policy: keys.policy.map(|node| policy(name, node)).transpose()?.unwrap_or_default(),
        also: each(keys.also, version)?,
        expect: keys.expect.map(expect).transpose()?,
        roots: each(keys.roots, checkout)?,
        rules: each(keys.rules, rule_override)?,
        groups: each(keys.groups, |node| group(name, node))?,
        ignore: each(keys.ignore, ignore)?,
        sites: each(keys.site, custom_site)?,
    };
    if let (Some(_), Some((_, span))) = (&toolchain.version, &toolchain.source) {
        let hint = Some("remove one of them: the truth stands in one place".to_owned());
        let message = "a toolchain has `version` or `source`, not both".to_owned();
        return Err(Mistake { message, span: *span, hint });
    }
    if site::is_own(name) && toolchain.sites.is_empty() {
        refuse_misspelt(key)?;
    }
    Ok(toolchain)
}

/// A toolchain of one's own may have no places at all: its truth is read elsewhere. One that is
/// almost called like one whose places are found by themselves would leave those unchecked.
fn refuse_misspelt(key: &Scalar<'_>) -> Result<()> {
    let name = key.text();
    let is_near = |known: &&str| strsim::damerau_levenshtein(name, known) <= 2;
    match [site::DAGGER, site::BUILDKIT].into_iter().find(is_near) {
        Some(known) => {
            let message = format!("`{name}` is no toolchain whose places are found without `site`");
            let hint = Some(format!("did you mean `{known}`?"));
            Err(Mistake { message, span: key.span, hint })
        }
        None => Ok(()),
    }
}

fn truth(toolchain: &str, node: &Node<'_>) -> Result<(Version, Span)> {
    Ok((version(toolchain, node)?, scalar(node)?.text_span()))
}

/// Returns what the values of a list are; of no list, none.
fn each<T>(node: Option<&Node<'_>>, read: impl Fn(&Node<'_>) -> Result<T>) -> Result<Vec<T>> {
    node.map(list).transpose()?.unwrap_or_default().iter().map(read).collect()
}

fn path(node: &Node<'_>) -> Result<(String, Span)> {
    Ok((filled(node)?.to_owned(), node.span()))
}

/// Returns the path of another checkout.
fn checkout(node: &Node<'_>) -> Result<(String, Span)> {
    let (path, span) = path(node)?;
    if Path::new(&path).components().all(|part| part == Component::CurDir) {
        return Err(wrong(node, &format!("`{path}` is this repository itself, wanted another checkout")));
    }
    Ok((path, span))
}

fn policy(toolchain: &str, node: &Node<'_>) -> Result<Policy> {
    let word = string(node)?;
    match Policy::ALL.into_iter().find(|policy| policy.as_str() == word) {
        Some(Policy::Window) if site::is_own(toolchain) => {
            let hint = Some("write `exact`, or `minor` for the same X.Y".to_owned());
            Err(Mistake { hint, ..wrong(node, "only `dagger` has a compatibility window") })
        }
        Some(policy) => Ok(policy),
        None => Err(one_of(node, "policy", word, &Policy::ALL.map(Policy::as_str))),
    }
}

fn expect(node: &Node<'_>) -> Result<(usize, Span)> {
    let scalar = scalar(node)?;
    // TOML writes `9` also as `+9`, and `1000` as `1_000`.
    let number = scalar.text().replace('_', "").parse().ok().filter(|_| !scalar.is_text);
    let found = if scalar.is_text { format!("{:?}", scalar.text()) } else { scalar.text().to_owned() };
    let message = || format!("`{found}` is no number of sites, wanted one like `9`");
    let number = number.ok_or_else(|| wrong(node, &message()))?;
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
        let words = words.lines().last().unwrap_or_default().trim_start_matches("error: ");
        wrong(value, &format!("this is no regular expression: {words}"))
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
    site::parse_version(toolchain, text).ok_or_else(|| match Version::leading(text) {
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
    glob.map(|glob| glob.compile_matcher())
        .map_err(|error| wrong(value, &format!("`{text}` is no pattern of paths: {}", error.kind())))
}
