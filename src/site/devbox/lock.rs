//! What `devbox.lock` says the packages came to.

use super::parts;
use crate::document::{Node, Scalar};
use crate::site::{Companion, Companionship, Kind, Scan, Site, Stated, address};
use crate::text::Span;
use crate::value::{Rev, Version};

/// What devbox writes for a moment that it does not know.
const NO_DATE: &str = "1970-01-01T00:00:00Z";

/// Adds one site for every locked package, at the first place that states its version.
pub(super) fn find(root: &Node<'_>, scan: &mut Scan<'_>) {
    let packages = root.get("packages").and_then(Node::as_map);
    for (name, entry) in packages.into_iter().flat_map(|map| &map.entries) {
        let entry = Entry { name, node: entry };
        if address::parse(name.text()).is_some() {
            entry.flake(scan);
        } else if let Some((package, version)) = parts(name.text()) {
            let stated = version.clone().map(|version| Version::parse(&name.text()[version]));
            let place = match (stated.flatten(), version) {
                (Some(_), Some(version)) => Some((name, version)),
                _ => entry.get("version").map(|version| (version, 0..version.text().len())),
            };
            let Some((scalar, range)) = place else { continue };
            let stated = Stated::of(&scalar.text()[range.clone()]);
            let Some(site) = scan.add_in(Kind::Devbox, &scalar.content, range, stated) else { continue };
            if package == "dagger" { entry.of_nixpkgs(site) } else { entry.of_release(site) }
        }
    }
}

struct Entry<'n, 'a> {
    name: &'n Scalar<'a>,
    node: &'n Node<'a>,
}

impl<'n, 'a> Entry<'n, 'a> {
    fn get(&self, key: &str) -> Option<&'n Scalar<'a>> {
        self.node.get(key).and_then(Node::as_scalar).filter(|scalar| !scalar.text().is_empty())
    }

    /// A package of the flake: its revision stands in the name when it is asked for there, and in
    /// what that was resolved to.
    fn flake(&self, scan: &mut Scan<'_>) {
        let resolved = self.get("resolved");
        let is_pinned = |scalar: &&Scalar<'_>| pin(scalar).is_some();
        let place = [Some(self.name), resolved].into_iter().flatten().find(is_pinned);
        let Some(site) = place.and_then(|place| address::add(Kind::Devbox, &place.content, scan)) else {
            return;
        };
        let Some(resolved) = resolved else { return };
        let own = site.span;
        let mut add = |span: Option<Span>, what: Companionship| {
            let known =
                |span: &Span| *span != own && !site.companions.iter().any(|known| known.span == *span);
            site.companions.extend(span.filter(known).map(|span| Companion { span, what }));
        };
        let part = |range: std::ops::Range<usize>| resolved.content.span(range);
        let hash = address::parse(resolved.text()).and_then(|address| address.nar_hash);
        add(pin(resolved).and_then(part), Companionship::LockOriginal);
        add(hash.and_then(part), Companionship::LockNarHash);
        let modified = address::query(resolved.text(), "lastModified");
        add(modified.and_then(part), Companionship::LockModified);
        let date = self.get("last_modified").filter(|date| date.text() != NO_DATE);
        add(date.map(Scalar::text_span), Companionship::LockDate);
    }

    /// A package of nixpkgs: only devbox's own index knows which revision has another version.
    fn of_nixpkgs(&self, site: &mut Site) {
        self.mention(site, "version", |text| text);
        let resolved = self.get("resolved").or_else(|| self.get("last_modified"));
        let span = resolved.map(Scalar::text_span);
        site.companions.extend(span.map(|span| Companion { span, what: Companionship::OpaqueHash }));
    }

    /// A release from GitHub: nothing but its version is locked.
    fn of_release(&self, site: &mut Site) {
        self.mention(site, "version", |text| text);
        self.mention(site, "resolved", |text| text.rsplit_once('@').map_or("", |(_, version)| version));
    }

    /// The same version once more, at the end of the value.
    fn mention(&self, site: &mut Site, key: &str, version: fn(&str) -> &str) {
        let Some(scalar) = self.get(key) else { return };
        let stated = version(scalar.text());
        let range = scalar.text().len() - stated.len()..scalar.text().len();
        let span = scalar.content.span(range).filter(|span| *span != site.span);
        let is_same =
            Version::parse(stated).is_some() && Version::parse(stated).as_ref() == site.stated.version();
        site.companions
            .extend(span.filter(|_| is_same).map(|span| Companion { span, what: Companionship::Mention }));
    }
}

/// Returns where the revision stands in an address.
fn pin(address: &Scalar<'_>) -> Option<std::ops::Range<usize>> {
    let pin = address::parse(address.text())?.pin?;
    Rev::parse(&address.text()[pin.clone()]).map(|_| pin)
}
