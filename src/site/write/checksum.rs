use super::{Refusal, chart, slice};
use crate::catalog::Catalog;
use crate::site::{Companionship, ImageTag, Kind, Site, is_own};
use crate::text::Span;
use crate::value::{HashEncoding, NarHash, Rev, Sha256, Version};

/// A checksum that does not belong to the version it stands beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where the checksum stands.
    pub span: Span,
    /// What stands there.
    pub found: String,
    /// What the catalog says, printed the same way.
    pub wanted: String,
}

/// Returns the checksums beside a site that the catalog contradicts: the tree hash of a locked
/// revision, the hash of a release's archive. The site keeps the version that its own text states.
pub fn mismatches(site: &Site, text: &str, catalog: &Catalog) -> Vec<Mismatch> {
    let check = |span: Span, what: &Companionship| {
        let found = slice(text, span)?;
        let wanted = match what {
            Companionship::LockNarHash => other_tree_hash(site, found, catalog)?,
            Companionship::Archive(Some(system)) => archive_hash(site, found, system, catalog)?,
            _ => return None,
        };
        Some(Mismatch { span, found: found.to_owned(), wanted })
    };
    site.companions.iter().filter_map(|companion| check(companion.span, &companion.what)).collect()
}

fn other_tree_hash(site: &Site, found: &str, catalog: &Catalog) -> Option<String> {
    let revision = catalog.revision(&Rev::parse(&site.text)?)?;
    let wanted = like(found, revision.nar_hash)?;
    let is_tree =
        matches!(site.kind, Kind::NixLock | Kind::NixInput | Kind::NixInline | Kind::Devenv | Kind::Devbox);
    (is_tree && wanted != found).then_some(wanted)
}

fn archive_hash(site: &Site, found: &str, system: &str, catalog: &Catalog) -> Option<String> {
    let version = site.stated.version()?;
    let found = Spelled::parse(found)?;
    let wanted = catalog.archive(version, system)?;
    let is_published = catalog.archives(version).contains(&(system, found.value));
    (!is_published).then(|| found.print(wanted))
}

/// Returns a tree hash printed as `old` is: as a lock prints it, as a fetcher takes it, or with the
/// characters escaped that mean something in an address.
pub(super) fn like(old: &str, hash: NarHash) -> Option<String> {
    let decoded = unescaped(old);
    let (_, encoding) = Sha256::parse(&decoded)?;
    let printed = hash.sha256().print(encoding);
    let is_escaped = encoding == HashEncoding::Sri && decoded != old;
    let escaped = || printed.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    Some(if is_escaped { escaped() } else { printed })
}

/// Returns the hash of a tree in any form that it is written in beside a pin.
pub fn tree_hash(text: &str) -> Option<NarHash> {
    let (hash, _) = Sha256::parse(&unescaped(text))?;
    NarHash::parse(&hash.print(HashEncoding::Sri))
}

/// Returns a hash without the escapes that an address needs.
fn unescaped(text: &str) -> String {
    let upper = text.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    upper.replace("%2b", "+").replace("%2f", "/").replace("%3d", "=")
}

/// A SHA-256 as it is written; aqua writes hexadecimal digits in upper case.
struct Spelled {
    value: Sha256,
    encoding: HashEncoding,
    is_upper_case: bool,
}

impl Spelled {
    fn parse(text: &str) -> Option<Self> {
        let is_upper_case = text.len() == 64 && !text.bytes().any(|byte| byte.is_ascii_lowercase());
        let lower = if is_upper_case { text.to_ascii_lowercase() } else { text.to_owned() };
        Sha256::parse(&lower).map(|(value, encoding)| Self { value, encoding, is_upper_case })
    }

    fn print(&self, value: Sha256) -> String {
        let printed = value.print(self.encoding);
        if self.is_upper_case { printed.to_ascii_uppercase() } else { printed }
    }
}

/// Returns the hash of the version's archive, printed as the old one is.
///
/// An old hash that is not of the old version's archive is a hash of something else — an unpacked
/// tree, another build — that the catalog cannot renew.
pub(super) fn archive(
    site: &Site,
    old: &str,
    system: Option<&str>,
    version: &Version,
    catalog: &Catalog,
) -> Result<String, Refusal> {
    let refuse = |reason: String| Err(Refusal::new(reason, by_hand(site, version)));
    let Some(spelled) = Spelled::parse(old) else {
        return refuse("the hash beside it is no SHA-256".to_owned());
    };
    let known: Vec<_> =
        site.stated.version().into_iter().flat_map(|version| catalog.archives(version)).collect();
    let of_old: Vec<&str> =
        known.iter().filter(|(_, hash)| *hash == spelled.value).map(|(system, _)| *system).collect();
    let system = match system {
        Some(system) => {
            let is_known = known.iter().any(|(known, _)| *known == system);
            if is_known && !of_old.contains(&system) && !is_placeholder(old) {
                return refuse(format!(
                    "the hash beside it is not that of the published archive for {system}"
                ));
            }
            system
        }
        None => match of_old.first() {
            Some(system) => system,
            None => return refuse("nothing tells for which system the hash beside it is".to_owned()),
        },
    };
    match catalog.archive(version, system) {
        Some(hash) => Ok(spelled.print(hash)),
        None => Err(Refusal::new(
            format!("no checksum of {version} for {system} is known"),
            format!("run `pin bump --to {version}`, which asks where it is published"),
        )),
    }
}

/// Returns whether the hash is the one that people write until the real one is known: all zeros
/// (nixpkgs `lib.fakeHash`).
pub(super) fn is_placeholder(hash: &str) -> bool {
    Sha256::parse(hash).is_some_and(|(value, _)| value == Sha256::from_bytes([0; 32]))
}

/// Returns why a companion that no table knows keeps its site as it is.
pub(super) fn refusal(
    site: &Site,
    what: &Companionship,
    text: &str,
    version: &Version,
    catalog: &Catalog,
) -> Refusal {
    match what {
        Companionship::OpaqueHash if site.kind == Kind::Devbox => Refusal::new(
            "devbox has locked a revision of nixpkgs with it, and no table knows another",
            devbox_add(version, catalog),
        ),
        _ if site.kind == Kind::ChartVersion && site.is_lock() => chart::refusal(site),
        Companionship::ImageDigest => Refusal::new(
            "an image digest stands beside it",
            match is_own(&site.toolchain) {
                false => format!("run `pin bump --to {version}`, which asks the registry"),
                true if ImageTag::of(site, text).is_some() => {
                    format!("run `pin bump {} --to {version}`, which asks the registry", site.toolchain)
                }
                true => format!("ask the registry which digest {version} has, and write both by hand"),
            },
        ),
        Companionship::Commit => Refusal::new(
            "the commit of the old version stands beside it",
            "run `dagger update` in that module, which writes both".to_owned(),
        ),
        Companionship::OpaqueHash if site.kind == Kind::ToolMise => {
            Refusal::new("mise has locked what no table knows of another version", by_hand(site, version))
        }
        _ => Refusal::new("a hash that no table knows stands beside it", by_hand(site, version)),
    }
}

/// Nixpkgs has no newer release than 0.9.3; the flake has most.
fn devbox_add(version: &Version, catalog: &Catalog) -> String {
    match catalog.revision_for(version) {
        Some(revision) => {
            format!("run `devbox rm dagger && devbox add github:dagger/nix/{}#dagger`", revision.rev)
        }
        None => format!("run `devbox add dagger@{version}`, which writes devbox.json and devbox.lock"),
    }
}

fn by_hand(site: &Site, version: &Version) -> String {
    if site.kind == Kind::ToolAqua {
        return "remove dagger/dagger from the checksums, run `pin sync`, then `aqua update-checksum`"
            .to_owned();
    }
    if site.kind == Kind::ToolMise {
        return "remove the tool from the lock, run `pin sync`, then `mise lock`".to_owned();
    }
    format!("write {version} and an empty hash, build, and copy the hash that is reported")
}
