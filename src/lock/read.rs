use std::collections::BTreeMap;

use super::{TOOLCHAIN, VERSION, conflict};
use crate::catalog::{Archive, Catalog, Image, Learnt, Nixpkgs, Revision};
use crate::document::strict::{entries, list, scalar, string, unknown, wrong};
use crate::document::{Mistake, Node, parse_toml};
use crate::text::Span;
use crate::value::{Digest, NarHash, Rev, Sha256, Version};

type Result<T> = std::result::Result<T, Mistake>;

/// Returns the embedded catalog with what the text of a `pin.lock` adds. The order of the lines says
/// nothing, and a fact may stand twice; two facts that contradict each other are a mistake.
pub fn parse(text: &str) -> Result<Catalog> {
    if let Some(at) = conflict::first_marker(text) {
        return Err(Mistake {
            message: "a merge has left both sides here".to_owned(),
            span: Span::new(at, at),
            hint: Some("run `pin catalog update`, which keeps what both sides have learnt".to_owned()),
        });
    }
    parse_onto(text, Catalog::default())
}

/// Returns the same of a text in which a merge has left conflicts: what both branches have learnt. Each is
/// read as the whole file that it had, so nothing of either is lost wherever git saw them part.
pub fn resolve(text: &str) -> Result<Catalog> {
    let [ours, theirs] = conflict::sides(text);
    parse_onto(&theirs, parse_onto(&ours, Catalog::default())?)
}

/// Returns whether a merge has left both sides somewhere in the text.
pub fn is_conflicted(text: &str) -> bool {
    conflict::first_marker(text).is_some()
}

fn parse_onto(text: &str, mut catalog: Catalog) -> Result<Catalog> {
    let root = parse_toml(text)?;
    let mut version = None;
    for (key, value) in entries(&root, "pin.lock")? {
        match key.text() {
            "version" => version = Some(scalar(value)?),
            "images" => {
                for item in list(value)? {
                    let learnt = image(item)?;
                    let again = |_| wrong(item, "another line has another digest for this reference");
                    catalog.learn_image(&learnt).map_err(again)?;
                }
            }
            "toolchain" => {
                for (name, value) in entries(value, "`toolchain`")? {
                    if name.text() != TOOLCHAIN {
                        return Err(unknown(name, &[TOOLCHAIN]));
                    }
                    toolchain(value, &mut catalog)?;
                }
            }
            _ => return Err(unknown(key, &["version", "images", "toolchain"])),
        }
    }
    match version {
        Some(version) if version.text() == VERSION => Ok(catalog),
        Some(version) => Err(Mistake {
            message: format!(
                "this pin reads version {VERSION} of the format, and `{}` stands there",
                version.text()
            ),
            span: version.span,
            hint: Some("use the pin that wrote it, or a newer one".to_owned()),
        }),
        None => Err(Mistake {
            message: "`version` is missing".to_owned(),
            span: Span::new(0, 0),
            hint: Some(format!("write `version = {VERSION}` as the first line")),
        }),
    }
}

fn toolchain(node: &Node<'_>, catalog: &mut Catalog) -> Result<()> {
    for (key, value) in entries(node, "a toolchain")? {
        match key.text() {
            "revisions" => {
                for item in list(value)? {
                    let again = |_| wrong(item, "another line says something else about this revision");
                    catalog.learn_revision(&revision(item)?).map_err(again)?;
                }
            }
            "archives" => {
                for item in list(value)? {
                    catalog.learn_archive(archive(item)?);
                }
            }
            _ => return Err(unknown(key, &["revisions", "archives"])),
        }
    }
    Ok(())
}

fn revision(node: &Node<'_>) -> Result<Learnt<Revision>> {
    let known = ["rev", "version", "nar-hash", "last-modified", "nixpkgs", "from"];
    let fields = Fields::of(node, "a revision", &known)?;
    let tree = fields.need("nixpkgs")?;
    let tree = Fields::of(tree, "`nixpkgs`", &["rev", "nar-hash", "last-modified"])?;
    let nixpkgs =
        Nixpkgs { rev: tree.rev()?, nar_hash: tree.nar_hash()?, last_modified: tree.last_modified()? };
    let version = fields.get("version").map(version).transpose()?;
    let (rev, nar_hash, modified) = (fields.rev()?, fields.nar_hash()?, fields.last_modified()?);
    let fact = Revision::learnt(rev, nar_hash, modified, nixpkgs, version.as_ref());
    Ok(Learnt { fact, from: fields.text("from")?.to_owned() })
}

fn archive(node: &Node<'_>) -> Result<Learnt<Archive>> {
    let fields = Fields::of(node, "an archive", &["version", "system", "sha256", "from"])?;
    let hash = fields.need("sha256")?;
    let sha256 = Sha256::from_hex(string(hash)?);
    let fact = Archive {
        version: version(fields.need("version")?)?,
        system: fields.text("system")?.to_owned(),
        sha256: sha256.ok_or_else(|| wrong(hash, "wanted 64 hexadecimal digits"))?,
    };
    Ok(Learnt { fact, from: fields.text("from")?.to_owned() })
}

fn image(node: &Node<'_>) -> Result<Learnt<Image>> {
    let fields = Fields::of(node, "an image", &["reference", "digest", "platforms", "from"])?;
    let mut platforms = BTreeMap::new();
    if let Some(node) = fields.get("platforms") {
        for (platform, value) in entries(node, "`platforms`")? {
            let _ = platforms.insert(platform.text().to_owned(), digest(value)?);
        }
    }
    let reference = fields.text("reference")?.to_owned();
    let fact = Image { reference, digest: digest(fields.need("digest")?)?, platforms };
    Ok(Learnt { fact, from: fields.text("from")?.to_owned() })
}

fn version(node: &Node<'_>) -> Result<Version> {
    let text = string(node)?;
    let parsed = Version::parse(text).filter(|version| version.to_string() == text);
    parsed.ok_or_else(|| wrong(node, &format!("`{text}` is no version, wanted one like `0.21.8`")))
}

fn digest(node: &Node<'_>) -> Result<Digest> {
    Digest::parse(string(node)?).ok_or_else(|| wrong(node, "wanted `sha256:` and 64 hexadecimal digits"))
}

/// The values of one line.
struct Fields<'n, 'a> {
    node: &'n Node<'a>,
    what: &'static str,
}

impl<'n, 'a> Fields<'n, 'a> {
    fn of(node: &'n Node<'a>, what: &'static str, known: &[&str]) -> Result<Self> {
        for (key, _) in entries(node, what)? {
            if !known.contains(&key.text()) {
                return Err(unknown(key, known));
            }
        }
        Ok(Self { node, what })
    }

    fn get(&self, key: &str) -> Option<&'n Node<'a>> {
        self.node.get(key)
    }

    fn need(&self, key: &str) -> Result<&'n Node<'a>> {
        self.get(key).ok_or_else(|| wrong(self.node, &format!("{} needs `{key}`", self.what)))
    }

    fn text(&self, key: &str) -> Result<&'n str> {
        string(self.need(key)?)
    }

    fn rev(&self) -> Result<Rev> {
        let node = self.need("rev")?;
        Rev::parse(string(node)?).ok_or_else(|| wrong(node, "wanted a commit of 40 hexadecimal digits"))
    }

    fn nar_hash(&self) -> Result<NarHash> {
        let node = self.need("nar-hash")?;
        NarHash::parse(string(node)?).ok_or_else(|| wrong(node, "wanted `sha256-` and base64"))
    }

    fn last_modified(&self) -> Result<u64> {
        let node = self.need("last-modified")?;
        let number = scalar(node)?.text().parse();
        number.map_err(|_| wrong(node, "wanted a number of seconds since 1970"))
    }
}
