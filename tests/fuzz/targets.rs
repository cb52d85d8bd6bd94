//! One function per parser: whatever the bytes, it returns, and what it returned keeps its promises.
//!
//! cargo-fuzz drives them with bytes of its own (`targets/NAME.rs`); `tests/it/fuzz.rs` runs each over its corpus in
//! every test run. A new target is a function here, a line in [`ALL`], a `[[bin]]` in `Cargo.toml` with its file in
//! `targets/`, and a directory of small files in `corpus/`. A test checks that none of them is forgotten.
//!
//! From the root of the repository, with a directory for what is found on the way, so that the committed corpus stays:
//!
//! ```text
//! cargo install cargo-fuzz --locked
//! mkdir -p target/corpus/yaml
//! cargo fuzz run --sanitizer none --fuzz-dir tests/fuzz yaml target/corpus/yaml tests/fuzz/corpus/yaml -- -max_total_time=600
//! ```
//!
//! Without a sanitizer it works on a stable compiler; the code under test has no `unsafe` for one to look at.

use pin::audit::{Action, Event, Head, LogFile, Resume};
use pin::catalog::Catalog;
use pin::channel::Manager;
use pin::config::Config;
use pin::document::{Node, Scalar, SyntaxError, parse_hcl, parse_json, parse_toml, parse_yaml};
use pin::packages::Answer;
use pin::site::{Declaration, Format, Role, Scan, Site, Stated, Writing};
use pin::text::{Edit, Edits, Source, Span};
use pin::value::{
    Digest, Endpoint, FlakeRef, Grammar, ImageRef, NarHash, Rev, Sha256, Version, VersionRange,
};
use pin::world::Ended;
use std::sync::LazyLock;

/// A parser under test, with the name of its corpus.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// Every target.
pub(crate) const ALL: &[Target] = &[
    ("action", action),
    ("archive", archive),
    ("audit", audit),
    ("config", config),
    ("declared", declared),
    ("dagger-json", dagger_json),
    ("dagger-module-toml", dagger_module_toml),
    ("dagger-toml", dagger_toml),
    ("dockerfile", dockerfile),
    ("dotenv", dotenv),
    ("flake-lock", flake_lock),
    ("formats", formats),
    ("hcl", hcl),
    ("json", json),
    ("lock", lock),
    ("manifest", manifest),
    ("nix", nix),
    ("packages", packages),
    ("shell", shell),
    ("text", text),
    ("toml", toml),
    ("value", value),
    ("workflow", workflow),
    ("yaml", yaml),
];

pub(crate) fn action(bytes: &[u8]) {
    check_sites(Format::Workflow, ".github/actions/a/action.yml", bytes);
}

pub(crate) fn dagger_json(bytes: &[u8]) {
    check_sites(Format::DaggerModule, "dagger.json", bytes);
}

pub(crate) fn dagger_module_toml(bytes: &[u8]) {
    check_sites(Format::DaggerModule, "dagger-module.toml", bytes);
}

pub(crate) fn dagger_toml(bytes: &[u8]) {
    check_sites(Format::DaggerModule, "dagger.toml", bytes);
}

pub(crate) fn dockerfile(bytes: &[u8]) {
    check_sites(Format::Dockerfile, "Dockerfile", bytes);
}

pub(crate) fn dotenv(bytes: &[u8]) {
    check_sites(Format::Dotenv, ".env", bytes);
}

pub(crate) fn flake_lock(bytes: &[u8]) {
    check_sites(Format::FlakeLock, "flake.lock", bytes);
}

/// Any format: the first line is the file's path, which tells it.
pub(crate) fn formats(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(path) = std::str::from_utf8(&bytes[..end]) else { return };
    if let Some(format) = Format::of(path) {
        check_sites(format, path, &bytes[end + 1..]);
    }
}

/// Any YAML that is neither a workflow nor an action, and what does not parse as YAML.
pub(crate) fn manifest(bytes: &[u8]) {
    check_sites(Format::Yaml, "chart/templates/engine.yaml", bytes);
}

pub(crate) fn nix(bytes: &[u8]) {
    check_sites(Format::Nix, "flake.nix", bytes);
}

pub(crate) fn shell(bytes: &[u8]) {
    check_sites(Format::Shell, "install.sh", bytes);
}

pub(crate) fn workflow(bytes: &[u8]) {
    check_sites(Format::Workflow, ".github/workflows/ci.yml", bytes);
}

/// What a package manager's client printed: its number, whether it succeeded, and both outputs with a NUL between them.
pub(crate) fn packages(bytes: &[u8]) {
    let [manager, code, output @ ..] = bytes else { return };
    let manager = Manager::ALL[usize::from(*manager) % Manager::ALL.len()];
    let text = String::from_utf8_lossy(output);
    let (stdout, stderr) = text.split_once('\0').unwrap_or((&text, ""));
    let ended = Ended {
        code: (*code != b's').then_some(i32::from(*code) - i32::from(b'0')),
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
    };
    for package in
        ["@dagger.io/dagger", "npm:@dagger.io/dagger", "dagger-io", "dagger.io/dagger", "dagger/dagger"]
    {
        let answer = pin::packages::listed(manager, package, &ended);
        assert!(ended.code.is_some() || answer == Answer::Unclear, "{answer:?}");
        let told = pin::packages::told(manager, package, &Version::new(0, 21, 8), &ended);
        assert!(ended.code.is_some() || told.is_none(), "{told:?}");
    }
}

/// `pin.lock`, whatever a merge has left in it: a mistake has its place, and what is read prints as itself.
pub(crate) fn lock(bytes: &[u8]) {
    let source = Source::new(bytes.to_vec());
    for read in [pin::lock::parse, pin::lock::resolve] {
        match read(source.text()) {
            Ok(catalog) => {
                let printed = pin::lock::print(&catalog);
                assert_eq!(pin::lock::parse(&printed).as_ref(), Ok(&catalog), "{printed}");
            }
            Err(error) => assert!(!error.message.is_empty()),
        }
    }
}

/// The archive of a commit of the flake, and the same as the text of its package: nothing is too much.
pub(crate) fn archive(bytes: &[u8]) {
    let rev = Rev::from_bytes([1; 20]);
    drop(pin::upstream::packaged_in(&rev, bytes, ""));
}

/// The audit log behind its head: whatever is in it, it can be verified and written to, and what was written then is
/// there. Writing to it mends nothing that was broken.
pub(crate) fn audit(bytes: &[u8]) {
    let (head, log) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1));
    let known = Head::parse(head);
    let file =
        |bytes: &[u8]| LogFile { name: pin::audit::FILE.to_owned(), first: None, bytes: bytes.to_vec() };
    let before = [file(log)];
    let verified = pin::audit::verify(&before, Some(head));
    let resume = pin::audit::resume(log, known.as_ref());
    let resume = resume.unwrap_or_else(|| Resume::at_head(log, known.as_ref()));
    let event = Event {
        action: Action::Start,
        mode: None,
        toolchain: "dagger".to_owned(),
        version: "0.21.8".to_owned(),
        project: None,
        container: None,
        image: None,
        privileged: false,
        reason: None,
    };
    let (line, last) = resume.line(&event, 0);
    let after = [file(&[log, line.as_bytes()].concat())];
    let seqs: Vec<u64> = pin::audit::entries(&after).0.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs.last(), Some(&last.seq));
    if let (Ok(verified), Some(known)) = (verified, known) {
        let head = Head { oldest: known.oldest, last }.print();
        let again = pin::audit::verify(&after, Some(head.as_bytes()));
        assert_eq!(again.map(|again| again.entries), Ok(verified.entries + 1));
    }
}

/// `pin.toml`, and the same as the user's own file: a mistake has its place.
pub(crate) fn config(bytes: &[u8]) {
    let source = Source::new(bytes.to_vec());
    if let Err(error) = pin::config::parse("pin.toml", source.text()) {
        check_span(&source, error.span);
    }
    if let Err(error) = pin::config::parse_user(source.text()) {
        check_span(&source, error.span);
    }
}

/// Files of every shape that a declaration looks into.
const DECLARED_FILES: [&str; 12] = [
    "a.json",
    "a.toml",
    "a.yaml",
    "a.tf",
    "a.nix",
    "Dockerfile",
    "a.sh",
    "setup.cfg",
    "go.mod",
    ".tool-versions",
    "a.md",
    "package.json",
];

/// Every selector, and expressions and lists at keys.
static DECLARATIONS: LazyLock<Config> = LazyLock::new(|| {
    let text = r#"[toolchain.t]
site = [
  { file = "**" },
  { file = "**", key = "a" },
  { file = "**", key = "*.*" },
  { file = "**", key = "require.\"a.b/c\"" },
  { file = "**", key = "a.*", pattern = "(?<version>[0-9][0-9.]*)" },
  { file = "**", image = "docker.io/library/rust" },
  { file = "**", pattern = "rust (?<version>[^ ]*)" },
  { file = "**", marker = "pin: rust" },
]
"#;
    pin::config::parse("pin.toml", text).expect("it is right")
});

/// A declaration in any file: its sites stand apart, and can be given another version where they are.
pub(crate) fn declared(bytes: &[u8]) {
    let source = Source::new(bytes.to_vec());
    for declared in &DECLARATIONS.toolchains["t"].sites {
        let declaration = Declaration { toolchain: "t", index: 0, selector: &declared.selector };
        for path in DECLARED_FILES {
            check_declared(&declaration, path, &source);
        }
    }
}

fn check_declared(declaration: &Declaration<'_>, path: &str, source: &Source) {
    let sites = match declaration.find(path, source) {
        Ok(Ok(sites)) => sites,
        Ok(Err(lack)) => return assert!(!lack.reason.is_empty()),
        Err(error) => return assert!(error.at <= source.text().len(), "{} at {}", error.message, error.at),
    };
    assert!(!sites.is_empty(), "nothing found, and no reason why in {path}");
    for pair in sites.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{:?} and {:?}", pair[0], pair[1]);
    }
    let version = Version::parse_own("16.4").expect("a version");
    for site in &sites {
        check_span(source, site.span);
        site.companions.iter().for_each(|companion| check_span(source, companion.span));
        assert_eq!(source.slice(site.span), site.text);
        if site.role != Role::Mirror || !matches!(site.stated, Stated::Version(_)) {
            continue;
        }
        let Ok(Writing::Edits(edits)) = pin::site::write(site, source.text(), &version, &Catalog::default())
        else {
            continue;
        };
        let written = Source::new(Edits::new(edits).expect("a site's edits are apart").apply(source));
        let again = declaration.find(path, &written).expect("a version breaks no syntax");
        let same =
            again.ok().and_then(|again| again.into_iter().find(|again| again.span.start == site.span.start));
        assert_eq!(same.map(|same| same.stated), Some(Stated::Version(version.clone())), "{path} {site:?}");
    }
}

/// Every site stands where it says, apart from the others, and can be written: the text then states the new version at
/// the same place.
fn check_sites(format: Format, path: &str, bytes: &[u8]) {
    let source = Source::new(bytes.to_vec());
    let Some(sites) = find_sites(format, path, &source) else { return };
    for pair in sites.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{:?} and {:?}", pair[0], pair[1]);
    }
    let version = Version::new(0, 20, 8);
    for (index, site) in sites.iter().enumerate() {
        check_span(&source, site.span);
        site.companions.iter().for_each(|companion| check_span(&source, companion.span));
        assert_eq!(source.slice(site.span), site.text);
        // Text that is no name may be syntax, and the file another one without it: `sync` reads back before it writes.
        let is_name = !matches!(site.stated, Stated::Missing | Stated::Invalid(_));
        if !matches!(site.role, Role::Mirror) || !is_name {
            continue;
        }
        let Ok(Writing::Edits(edits)) = pin::site::write(site, source.text(), &version, &Catalog::default())
        else {
            continue;
        };
        let written = Edits::new(edits).expect("a site's edits are apart").apply(&source);
        let again = find_sites(format, path, &Source::new(written)).expect("a version breaks no syntax");
        let is_written = match again.get(index).map(|site| &site.stated) {
            Some(Stated::Range(range)) => range.admits(&version),
            stated => stated == Some(&Stated::Version(version.clone())),
        };
        assert!(is_written, "{site:?} became {:?}", again.get(index));
    }
}

fn find_sites(format: Format, path: &str, source: &Source) -> Option<Vec<Site>> {
    let mut scan = Scan::new(path);
    format.find(source, &mut scan).ok()?;
    Some(pin::site::resolve(&[scan]))
}

pub(crate) fn hcl(bytes: &[u8]) {
    let source = Source::new(bytes.to_vec());
    check_tree(&source, parse_hcl(source.text()).map(|node| vec![node]));
}

pub(crate) fn json(bytes: &[u8]) {
    let source = Source::new(bytes.to_vec());
    check_tree(&source, parse_json(source.text()).map(|node| vec![node]));
}

pub(crate) fn toml(bytes: &[u8]) {
    let source = Source::new(bytes.to_vec());
    check_tree(&source, parse_toml(source.text()).map(|node| vec![node]));
}

pub(crate) fn yaml(bytes: &[u8]) {
    let source = Source::new(bytes.to_vec());
    check_tree(&source, parse_yaml(source.text()));
}

/// The view has the length of the bytes behind the byte order mark, every place in it can be named, and an edit leaves
/// every other byte alone.
pub(crate) fn text(bytes: &[u8]) {
    let source = Source::new(bytes.to_vec());
    let view = source.text();
    let mark = bytes.len() - view.len();
    assert!(mark == 0 || mark == 3, "the view lacks {mark} bytes");
    assert_eq!(Edits::default().apply(&source), bytes, "no edit changes something");

    let middle =
        (view.len() / 2..=view.len()).find(|at| view.is_char_boundary(*at)).expect("the end is a boundary");
    let place = source.place(middle);
    assert!(place.line >= 1 && place.column >= 1);
    let (start, line) = source.line_at(middle);
    assert!(view[start..].starts_with(line));

    let edit = Edit { span: Span::new(middle, view.len()), text: "0.21.8".to_owned() };
    let out = Edits::new(vec![edit]).expect("one edit overlaps nothing").apply(&source);
    assert_eq!(out[..mark + middle], bytes[..mark + middle]);
    assert_eq!(&out[mark + middle..], b"0.21.8");
}

/// What was parsed prints back as it stood.
pub(crate) fn value(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(version) = Version::parse(text) {
        assert_eq!(version.to_string(), text.strip_prefix('v').unwrap_or(text));
    }
    let _parts = Version::parts(text);
    if let Some(version) = Version::parse_own(text) {
        assert_eq!(version.to_string(), text.strip_prefix('v').unwrap_or(text));
        assert!(version.base() <= version.base());
    }
    for grammar in [Grammar::Npm, Grammar::Cargo, Grammar::Python, Grammar::Composer, Grammar::Hex] {
        let Some(range) = VersionRange::parse(grammar, text) else { continue };
        let version = Version::new(0, 21, 4);
        let _base = range.base();
        assert!(range.moved_to(&version).is_none_or(|moved| moved.admits(&version)), "{range}");
    }
    if let Some(rev) = Rev::parse(text) {
        assert_eq!(rev.to_string(), text);
    }
    if let Some(digest) = Digest::parse(text) {
        assert_eq!(digest.to_string(), text);
    }
    if let Some(hash) = NarHash::parse(text) {
        assert_eq!(hash.to_string(), text);
    }
    if let Some((hash, encoding)) = Sha256::parse(text) {
        assert_eq!(hash.print(encoding), text);
    }
    if let Some(image) = ImageRef::parse(text) {
        assert_eq!(image.to_string(), text);
    }
    if let Ok(endpoint) = Endpoint::parse(text) {
        assert_eq!(Endpoint::parse(&endpoint.address()).as_ref(), Ok(&endpoint), "{endpoint}");
    }
    if let Some((pin, range)) = FlakeRef::parse(text).and_then(|reference| reference.pin) {
        assert_eq!(&text[range], pin);
    }
}

/// Every node lies in the text, and every character that claims a place in it stands there.
fn check_tree(source: &Source, parsed: Result<Vec<Node<'_>>, SyntaxError>) {
    match parsed {
        Err(error) => assert!(error.at <= source.text().len(), "{} at {}", error.message, error.at),
        Ok(nodes) => {
            for node in &nodes {
                node.walk(&mut |node| {
                    check_span(source, node.span());
                    match node {
                        Node::Scalar(scalar) => check_scalar(source, scalar),
                        Node::Map(map) => map.entries.iter().for_each(|(key, _)| check_scalar(source, key)),
                        Node::List(_) | Node::Alias(_) => {}
                    }
                });
            }
        }
    }
}

fn check_scalar(source: &Source, scalar: &Scalar<'_>) {
    check_span(source, scalar.span);
    for (at, character) in scalar.text().char_indices() {
        let Some(span) = scalar.content.span(at..at + character.len_utf8()) else { continue };
        check_span(source, span);
        assert!(
            scalar.span.contains(span),
            "a character of the scalar at {:?} stands at {span:?}",
            scalar.span
        );
        assert_eq!(source.slice(span), character.to_string(), "at {span:?}");
    }
}

fn check_span(source: &Source, span: Span) {
    let view = source.text();
    assert!(span.start <= span.end && span.end <= view.len(), "{span:?} of {} bytes", view.len());
    assert!(
        view.is_char_boundary(span.start) && view.is_char_boundary(span.end),
        "{span:?} cuts a character"
    );
}
