use std::collections::BTreeMap;

use super::{VERSION, conflict, tables};
use crate::catalog::{Archive, Catalog, Image, Learnt, Nixpkgs, Revision};
use crate::document::strict::{entries, list, scalar, string, wrong};
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
    let tree = parse_toml(text)?;
    let root = tables::Root::read(&tree);
    // Another format has other keys, so its version is looked at first.
    check_version(root.as_ref().map_or_else(|_| tree.get("version"), |root| Some(root.version)))?;
    let root = root?;
    for item in root.images.map(list).transpose()?.unwrap_or_default() {
        let again = |_| wrong(item, "another line has another digest for this reference");
        catalog.learn_image(&image(item)?).map_err(again)?;
    }
    if let Some(toolchains) = root.toolchain.map(tables::Toolchains::read).transpose()? {
        toolchains.dagger.map(|node| toolchain(node, &mut catalog)).transpose()?;
    }
    Ok(catalog)
}

fn check_version(version: Option<&Node<'_>>) -> Result<()> {
    match version.map(scalar).transpose()? {
        Some(version) if version.text() == VERSION => Ok(()),
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
    let keys = tables::Toolchain::read(node)?;
    for item in keys.revisions.map(list).transpose()?.unwrap_or_default() {
        let again = |_| wrong(item, "another line says something else about this revision");
        catalog.learn_revision(&revision(item)?).map_err(again)?;
    }
    for item in keys.archives.map(list).transpose()?.unwrap_or_default() {
        catalog.learn_archive(archive(item)?);
    }
    Ok(())
}

fn revision(node: &Node<'_>) -> Result<Learnt<Revision>> {
    let keys = tables::Revision::read(node)?;
    let tree = tables::Nixpkgs::read(keys.nixpkgs)?;
    let nixpkgs = Nixpkgs {
        rev: rev(tree.rev)?,
        nar_hash: nar_hash(tree.nar_hash)?,
        last_modified: last_modified(tree.last_modified)?,
    };
    let version = keys.version.map(version).transpose()?;
    let (rev, nar_hash, modified) =
        (rev(keys.rev)?, nar_hash(keys.nar_hash)?, last_modified(keys.last_modified)?);
    let fact = Revision::learnt(rev, nar_hash, modified, nixpkgs, version.as_ref());
    Ok(Learnt { fact, from: string(keys.from)?.to_owned() })
}

fn archive(node: &Node<'_>) -> Result<Learnt<Archive>> {
    let keys = tables::Archive::read(node)?;
    let sha256 = Sha256::from_hex(string(keys.sha256)?);
    let fact = Archive {
        version: version(keys.version)?,
        system: string(keys.system)?.to_owned(),
        sha256: sha256.ok_or_else(|| wrong(keys.sha256, "wanted 64 hexadecimal digits"))?,
    };
    Ok(Learnt { fact, from: string(keys.from)?.to_owned() })
}

fn image(node: &Node<'_>) -> Result<Learnt<Image>> {
    let keys = tables::Image::read(node)?;
    let mut platforms = BTreeMap::new();
    let listed = keys.platforms.map(|node| entries(node, "`platforms`")).transpose()?;
    for (platform, value) in listed.unwrap_or_default() {
        let _ = platforms.insert(platform.text().to_owned(), digest(value)?);
    }
    let reference = string(keys.reference)?.to_owned();
    let fact = Image { reference, digest: digest(keys.digest)?, platforms };
    Ok(Learnt { fact, from: string(keys.from)?.to_owned() })
}

fn version(node: &Node<'_>) -> Result<Version> {
    let text = string(node)?;
    let parsed = Version::parse(text).filter(|version| version.to_string() == text);
    parsed.ok_or_else(|| wrong(node, &format!("`{text}` is no version, wanted one like `0.21.8`")))
}

fn digest(node: &Node<'_>) -> Result<Digest> {
    Digest::parse(string(node)?).ok_or_else(|| wrong(node, "wanted `sha256:` and 64 hexadecimal digits"))
}

fn rev(node: &Node<'_>) -> Result<Rev> {
    Rev::parse(string(node)?).ok_or_else(|| wrong(node, "wanted a commit of 40 hexadecimal digits"))
}

fn nar_hash(node: &Node<'_>) -> Result<NarHash> {
    NarHash::parse(string(node)?).ok_or_else(|| wrong(node, "wanted `sha256-` and base64"))
}

fn last_modified(node: &Node<'_>) -> Result<u64> {
    let number = scalar(node)?.text().parse();
    number.map_err(|_| wrong(node, "wanted a number of seconds since 1970"))
}
