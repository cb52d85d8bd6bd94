use crate::site::shown::check_at;
use crate::site::{Companionship, Format, Scan};
use crate::text::Source;

const REV: &str = "89dee52f7839a290326eb1f929a4ac99d4a1aae1";

fn check(text: &str, expect: &[&str]) {
    check_at("devbox.json", &text.replace("REV", REV), expect);
}

#[test]
fn a_package_states_its_version_in_every_form() {
    for text in [
        r#"{"packages":["go@1.26.4","dagger@0.21.4"]}"#,
        r#"{"packages":{"dagger":"0.21.4"}}"#,
        "{\r\n  // é\r\n  \"packages\": {\"dagger\": {\"version\": \"0.21.4\", \"platforms\": [\"x86_64-linux\"]},},\r\n}",
        r#"{"packages":{"dagger@0.21.4":{"platforms":[]}}}"#,
        r#"{"packages":["runx:dagger/dagger@0.21.4"]}"#,
        r#"{"packages":{"runx:dagger/dagger":"0.21.4"}}"#,
    ] {
        check(text, &["devbox 0.21.4 mirror 0.21.4"]);
    }
    check(r#"{"packages":["runx:dagger/dagger@v0.21.4"]}"#, &["devbox v0.21.4 mirror 0.21.4"]);
    check(r#"{"packages":["dagger@0.21"]}"#, &["devbox 0.21 mirror 0.21"]);
    check(r#"{"packages":["dagger@latest"]}"#, &["devbox latest mirror -"]);
    for text in
        [r#"{"packages":["dagger"]}"#, r#"{"packages":{"dagger":""}}"#, r#"{"packages":{"dagger":{}}}"#]
    {
        check(text, &["devbox dagger mirror -"]);
    }
}

#[test]
fn a_package_of_the_flake_is_pinned_by_its_revision() {
    let pinned = format!("devbox {REV} mirror 0.21.4");
    for text in [
        r#"{"packages":["github:dagger/nix/REV#dagger"]}"#,
        r#"{"packages":{"github:dagger/nix/REV#packages.x86_64-linux.dagger":{"version":"","platforms":["x86_64-linux"]}}}"#,
        r#"{"packages":["github:dagger/nix?rev=REV#dagger"]}"#,
    ] {
        check(text, &[&pinned]);
    }
    check(r#"{"packages":["github:dagger/nix/main#dagger"]}"#, &["devbox main mirror -"]);
    let unpinned = "github:dagger/nix#dagger";
    check(&format!(r#"{{"packages":["{unpinned}"]}}"#), &[&format!("devbox {unpinned} mirror -")]);
}

#[test]
fn shell_is_read_in_its_environment() {
    check(
        r#"{"env":{"DAGGER_VERSION":"0.21.4"},"shell":{"init_hook":["export X=1","curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=$DAGGER_VERSION sh"]}}"#,
        &["env.version 0.21.4 mirror 0.21.4", "install.script $DAGGER_VERSION derived 0.21.4"],
    );
    check(
        r#"{"shell":{"scripts":{"up":"docker run registry.dagger.io/engine:v0.21.4","a":["V=v0.21.4","docker pull registry.dagger.io/engine:$V"]}}}"#,
        &[
            "image.engine v0.21.4 mirror 0.21.4",
            "variable v0.21.4 mirror 0.21.4",
            "image.engine $V derived 0.21.4",
        ],
    );
}

#[test]
fn others_are_none() {
    for text in [
        "{}",
        "[]",
        r#"{"packages":[]}"#,
        r#"{"packages":null}"#,
        r#"{"packages":["dagger-cue@0.2.0","mydagger@1.0.0","github:dagger/dagger/v0.21.4#x","runx:dagger/container-use@v0.4.0"]}"#,
        r#"{"packages":{"nixpkgs#dagger":"","go":"0.21.4"}}"#,
        r#"{"name":"dagger","description":"dagger@0.21.4 registry.dagger.io/engine:v0.21.4"}"#,
    ] {
        check(text, &[]);
    }
}

/// Expects `text value` of every site of a lock, and what belongs to it.
fn check_lock(packages: &str, expect: &[(&str, &str, &[Companionship])]) {
    let text = format!(r#"{{"lockfile_version":"1","packages":{{{packages}}}}}"#).replace("REV", REV);
    let source = Source::new(text.into_bytes());
    let mut scan = Scan::new("devbox.lock");
    Format::of("devbox.lock").unwrap().find(&source, &mut scan).unwrap();
    let found: Vec<_> = scan
        .sites
        .iter()
        .map(|(site, _)| {
            let value = site.stated.value().unwrap_or_default();
            let companions: Vec<_> = site.companions.iter().map(|known| known.what.clone()).collect();
            (site.text.clone(), value, companions)
        })
        .collect();
    let found: Vec<_> =
        found.iter().map(|(text, value, known)| (text.as_str(), value.as_str(), known.as_slice())).collect();
    assert_eq!(found, expect, "{packages}");
}

#[test]
fn a_locked_package_is_one_site() {
    use Companionship::{LockDate, LockModified, LockNarHash, LockOriginal, Mention, OpaqueHash};
    let nar = "sha256-xjgaTEPXgv3sy1sz0hQoUTWUj2YBeAy%2FRDD9nNylXnQ%3D";
    check_lock(
        r#""github:dagger/nix/REV#dagger":{"last_modified":"1970-01-01T00:00:00Z","resolved":"github:dagger/nix/REV#dagger"}"#,
        &[(REV, "0.21.4", &[LockOriginal])],
    );
    check_lock(
        &format!(
            r#""github:dagger/nix#dagger":{{"last_modified":"2026-06-03T15:23:25Z","resolved":"github:dagger/nix/REV?lastModified=1780500205&narHash={nar}#dagger"}}"#
        ),
        &[(REV, "0.21.4", &[LockNarHash, LockModified, LockDate])],
    );
    check_lock(
        r#""dagger@0.9.3":{"last_modified":"2023-12-01T00:00:00Z","resolved":"github:NixOS/nixpkgs/0000000000000000000000000000000000000001#dagger","version":"0.9.3"}"#,
        &[("0.9.3", "0.9.3", &[Mention, OpaqueHash])],
    );
    check_lock(
        r#""dagger@latest":{"resolved":"github:NixOS/nixpkgs/0000000000000000000000000000000000000001#dagger","version":"0.9.3"}"#,
        &[("0.9.3", "0.9.3", &[OpaqueHash])],
    );
    check_lock(
        r#""runx:dagger/dagger@latest":{"resolved":"dagger/dagger@v0.21.4","version":"v0.21.4"}"#,
        &[("v0.21.4", "0.21.4", &[Mention])],
    );
    check_lock(
        r#""runx:dagger/dagger@v0.21.4":{"resolved":"dagger/dagger@v0.21.4","version":"v0.21.4"}"#,
        &[("v0.21.4", "0.21.4", &[Mention, Mention])],
    );
    check_lock(
        r#""dagger":{"resolved":"github:NixOS/nixpkgs/x#dagger"},"go@1.26.4":{"version":"1.26.4"}"#,
        &[],
    );
    check_lock(r#""github:dagger/nix#dagger":{}"#, &[]);
}
