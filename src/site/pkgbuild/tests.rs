use crate::site::{Companionship, Format, Scan, shown};
use crate::text::Source;

/// Expects `kind text role value` of every site.
fn check(path: &str, text: &str, expect: &[&str]) {
    shown::check_at(path, text, expect);
}

/// Returns the companions of the only site: what each is, and its first letters.
fn companions(path: &str, text: &str) -> Vec<String> {
    let source = Source::new(text.as_bytes().to_vec());
    let mut scan = Scan::new(path);
    Format::of(path).unwrap().find(&source, &mut scan).unwrap();
    assert_eq!(scan.sites.len(), 1, "{text}");
    let shown = |companion: &crate::site::Companion| {
        let what = match &companion.what {
            Companionship::Archive(system) => system.clone().unwrap_or_default(),
            Companionship::OpaqueHash => "opaque".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{what} {}", &text[companion.span.range()][..2])
    };
    scan.sites[0].0.companions.iter().map(shown).collect()
}

const SOURCE: &str = "https://github.com/dagger/dagger/releases/download/v${pkgver}/dagger_v${pkgver}";

fn package(version: &str) -> String {
    let sum = |letter: &str| letter.repeat(32);
    format!(
        "pkgname=dagger-bin\npkgver={version}\n# pkgver=0.1.0\nsource=('dagger.sh'\n  \"LICENSE::https://raw.githubusercontent.com/dagger/dagger/v${{pkgver}}/LICENSE\")\nsource_x86_64=(\"{SOURCE}_linux_amd64.tar.gz\")\nsource_aarch64+=(\n  \"{SOURCE}_linux_arm64.tar.gz\" # arm\n)\nsha256sums=('{}' '{}')\nsha256sums_x86_64=('{}')\nsha256sums_aarch64+=(\n  '{}'\n)\n\nbuild() {{\n  pkgver=0.2.0\n}}\n",
        sum("0a"),
        sum("0b"),
        sum("0c"),
        sum("0d")
    )
}

#[test]
fn the_version_of_the_engine_s_packages_is_found() {
    for version in ["0.21.4", "'0.21.4'", "\"0.21.4\"", "0.21.4 # 0.1.0"] {
        check("PKGBUILD", &package(version), &["variable 0.21.4 mirror 0.21.4"]);
    }
    check(
        "a/PKGBUILD",
        "_pkgver=0.21.4\npkgver=${_pkgver//-/_}\nsource=(git+https://github.com/dagger/dagger.git#tag=v$_pkgver)",
        &["variable 0.21.4 mirror 0.21.4"],
    );
    check(
        "PKGBUILD",
        "_name=dagger\npkgver=0.21.4\nsource=(\"https://github.com/dagger/$_name/archive/v$pkgver.tar.gz\")",
        &["variable 0.21.4 mirror 0.21.4"],
    );
    check(
        "APKBUILD",
        "pkgver=0.21.4\nsource=\"dagger-$pkgver.tar.gz::https://github.com/dagger/dagger/archive/v$pkgver.tar.gz\n\t\"\n",
        &["variable 0.21.4 mirror 0.21.4"],
    );
    check(
        ".SRCINFO",
        "pkgbase = dagger-bin\n\tpkgver = 0.21.4\r\n\tsource = https://dl.dagger.io/dagger/releases/0.21.4/x.tar.gz\n",
        &["variable 0.21.4 generated 0.21.4"],
    );
}

#[test]
fn what_is_downloaded_moves_with_it() {
    assert_eq!(
        companions("PKGBUILD", &package("0.21.4")),
        ["opaque 0b", "x86_64-linux 0c", "aarch64-linux 0d"]
    );
    let skip =
        "pkgver=0.21.4\nsource=(git+https://github.com/dagger/dagger.git#tag=v$pkgver)\nsha256sums=('SKIP')";
    assert_eq!(companions("PKGBUILD", skip), [""; 0]);
    let long = format!("{}\nsha512sums_x86_64=('{}')", package("0.21.4"), "0e".repeat(64));
    assert_eq!(companions("PKGBUILD", &long).last().unwrap(), "opaque 0e");
    let alpine = format!(
        "pkgver=0.21.4\nsource=\"https://github.com/dagger/dagger/archive/v$pkgver.tar.gz\"\nsha512sums=\"\n{}  v0.21.4.tar.gz\n\"",
        "0f".repeat(64)
    );
    assert_eq!(companions("APKBUILD", &alpine), ["opaque 0f"]);
}

#[test]
fn other_packages_are_none() {
    for text in [
        "",
        "pkgver=0.21.4\nsource=(https://github.com/dagger/container-use/releases/download/v$pkgver/x)",
        "pkgver=0.21.4\nsource=(https://example.com/$pkgver.tar.gz)\nmakedepends=(dagger)",
        "pkgver=0.21.4.r1.g00\nsource=(git+https://github.com/dagger/dagger.git#branch=$pkgver)",
        "pkgver=0.21.4\nsource=(git+https://github.com/dagger/dagger.git)",
        "source=(https://dl.dagger.io/dagger/$pkgver",
        "pkgver='\nsource=\"",
        "pkgver=$\npkgver=${",
    ] {
        check("PKGBUILD", text, &[]);
    }
    check(".SRCINFO", "pkgver = 0.21.4\nsource = https://example.com/x\n", &[]);
}
