//! Sites as words, for the tables of tests.

use super::{Format, Role, Scan, Site, Stated, resolve};
use crate::text::Source;

/// Returns `kind text role value` of every site, in the order of the file.
pub(super) fn in_full(text: &str, scan: Scan<'_>) -> Vec<String> {
    let show = |site: &Site| format!("{} {} {} {}", site.kind, site.text, site.role.as_str(), value(site));
    sites(text, scan).iter().map(show).collect()
}

/// Returns `kind text value` of every site, a derived one's value in brackets.
pub(super) fn in_short(text: &str, scan: Scan<'_>) -> Vec<String> {
    let show = |site: &Site| {
        let value = match (site.role, &site.stated) {
            (Role::Derived, _) => format!("({})", value(site)),
            (_, Stated::Missing) => "missing".to_owned(),
            _ => value(site),
        };
        format!("{} {} {value}", site.kind, site.text)
    };
    sites(text, scan).iter().map(show).collect()
}

/// Compares what [`in_full`] says of a file, in the format that its path has.
pub(super) fn check_at(path: &str, text: &str, expect: &[&str]) {
    let source = Source::new(text.as_bytes().to_vec());
    let mut scan = Scan::new(path);
    Format::of(path).unwrap().find(&source, &mut scan).unwrap();
    assert_eq!(in_full(source.text(), scan), expect, "{text}");
}

fn value(site: &Site) -> String {
    site.stated.value().unwrap_or_else(|| "-".to_owned())
}

/// Every site's text is what stands at its span.
fn sites(text: &str, scan: Scan<'_>) -> Vec<Site> {
    let sites = resolve(&[scan]);
    for site in &sites {
        assert_eq!(&text[site.span.range()], site.text, "{text}");
    }
    sites
}
