use crate::site::shown::check_at;
use crate::site::{Companionship, Format, Scan};
use crate::text::Source;

fn check(text: &str, expect: &[&str]) {
    check_at("mise.toml", text, expect);
}

#[test]
fn every_name_of_a_configuration_is_known() {
    for path in [
        "mise.toml",
        ".mise.toml",
        "a/mise.local.toml",
        ".mise.ci.toml",
        "mise.ci.local.toml",
        ".rtx.toml",
        "mise/config.toml",
        ".mise/config.local.toml",
        ".config/mise.toml",
        ".config/mise/config.toml",
        "home/dot_config/mise/config.ci.toml",
        ".config/mise/mise.toml",
        ".config/mise/conf.d/tools.toml",
        ".mise/conf.d/a.toml",
        "mise.lock",
        ".mise/mise.lock",
        "mise.ci.lock",
    ] {
        assert_eq!(Format::of(path), Some(Format::Mise), "{path}");
    }
    for path in ["config.toml", "a/config.toml", "promise.toml", "mise.md", "mise/tasks/a.toml", "Cargo.lock"]
    {
        assert_ne!(Format::of(path), Some(Format::Mise), "{path}");
    }
}

#[test]
fn a_tool_s_version_is_found_in_every_form() {
    for text in [
        "[tools]\ngo = \"1.26\"\ndagger = \"0.21.8\" # dagger = \"0.1.0\"\n",
        "[tools]\r\n# é\r\n\"aqua:dagger/dagger\" = { version = \"0.21.8\", os = ['linux'] }\r\n",
        "tools.dagger = '0.21.8'",
        "[tools.dagger]\nversion = \"0.21.8\"\n",
        "[tools]\ndagger = [\"0.21.8\"]\n",
        "[tasks.a]\ntools = { \"ubi:dagger/dagger\" = \"0.21.8\" }\nrun = 'true'\n",
        "[tools]\n\"http:dagger\" = {\n  version = \"0.21.8\",\n}\n",
        "[tool_alias]\ncli = \"aqua:dagger/dagger\"\n[tools]\ncli = \"0.21.8\"\n",
    ] {
        check(text, &["tool.mise 0.21.8 mirror 0.21.8"]);
    }
    check(
        "[tools]\ndagger = [\"0.21.8\", { version = \"0.20.8\" }]\n",
        &["tool.mise 0.21.8 intended 0.21.8", "tool.mise 0.20.8 intended 0.20.8"],
    );
    check("[tools]\ndagger = \"latest\"\n", &["tool.mise latest mirror -"]);
    check("[tools]\ndagger = \"0.21\"\n", &["tool.mise 0.21 mirror 0.21"]);
    check("[tools]\ndagger = 0.21\n", &["tool.mise 0.21 mirror 0.21"]);
    check("[tools]\ndagger = \"\"\n", &["tool.mise dagger mirror -"]);
    check("[tools]\ndagger = {}\n", &["tool.mise dagger mirror -"]);
}

#[test]
fn names_are_followed() {
    check(
        "[env]\nDAGGER_VERSION = \"0.21.8\"\n[tools]\ndagger = \"{{ env.DAGGER_VERSION }}\"\n",
        &["env.version 0.21.8 mirror 0.21.8", "tool.mise {{ env.DAGGER_VERSION }} derived 0.21.8"],
    );
    check(
        "[vars]\ncli = { value = \"0.21.8\" }\n[tools]\ndagger = \"{{vars.cli}}\"\n",
        &["variable 0.21.8 mirror 0.21.8", "tool.mise {{vars.cli}} derived 0.21.8"],
    );
    check(
        "[tool_alias.dagger.versions]\nours = '0.21.8'\n[tools]\ndagger = \"ours\"\n",
        &["variable 0.21.8 mirror 0.21.8", "tool.mise ours derived 0.21.8"],
    );
    check(
        "[[env]]\nDAGGER_VERSION = { value = \"v0.21.8\" }\n[[env]]\nX = 1\n",
        &["env.version v0.21.8 mirror 0.21.8"],
    );
}

#[test]
fn tasks_and_hooks_are_shell() {
    check(
        "[tasks.engine]\nenv = { V = \"v0.21.8\" }\nrun = [\"docker pull registry.dagger.io/engine:$V\"]\n",
        &["variable v0.21.8 mirror 0.21.8", "image.engine $V derived 0.21.8"],
    );
    check(
        "[tasks]\na = \"docker pull registry.dagger.io/engine:v0.21.8\"\n",
        &["image.engine v0.21.8 mirror 0.21.8"],
    );
    check(
        "[hooks]\nenter = { script = '''\nexport DAGGER_VERSION=0.21.8\n''' }\n",
        &["env.version 0.21.8 mirror 0.21.8"],
    );
}

#[test]
fn others_are_none() {
    for text in [
        "",
        "[tools]\n",
        "[tools]\ndagger-cue = \"0.2.0\"\n\"npm:@dagger.io/dagger\" = \"0.21.8\"\n",
        "[plugins]\ndagger = \"https://github.com/virtualstaticvoid/asdf-dagger\"\n",
        "[settings]\nidiomatic_version_file_enable_tools = [\"dagger\"]\n",
        "[tasks.dagger]\ndescription = \"dagger 0.21.8\"\nrun = \"dagger call build --version=0.21.8\"\n",
        "[tools]\ndagger = \"0.21.8\"\n[tools",
    ] {
        check(text, &[]);
    }
}

/// Expects `text value` of every site of a lock, and what belongs to it.
fn check_lock(text: &str, expect: &[(&str, &[(&str, Companionship)])]) {
    let source = Source::new(text.into());
    let mut scan = Scan::new("mise.lock");
    Format::Mise.find(&source, &mut scan).unwrap();
    let found: Vec<_> = scan
        .sites
        .iter()
        .map(|(site, _)| {
            let companions = site.companions.iter();
            let companions = companions.map(|known| (source.slice(known.span), known.what.clone()));
            (site.text.clone(), companions.collect::<Vec<_>>())
        })
        .collect();
    let found: Vec<_> = found.iter().map(|(text, known)| (text.as_str(), known.as_slice())).collect();
    assert_eq!(found, expect, "{text}");
}

#[test]
fn a_locked_version_has_the_archives_beside_it() {
    use Companionship::{Archive, Mention, OpaqueHash};
    let sum = "4db2f807b67e3160fb110bb1e088b14c516594b8d287114a39c980f2485e9672";
    let linux = || Archive(Some("x86_64-linux".to_owned()));
    check_lock(
        &format!(
            "[[tools.\"aqua:dagger/dagger\"]]\nversion = \"0.21.4\"\nbackend = \"aqua:dagger/dagger\"\n\n\
             [tools.\"aqua:dagger/dagger\".\"platforms.linux-x64-musl\"]\nchecksum = \"sha256:{sum}\"\n\
             url = \"https://github.com/dagger/dagger/releases/download/v0.21.4/dagger_v0.21.4_linux_amd64.tar.gz\"\n\n\
             [[tools.go]]\nversion = \"1.26.3\"\n"
        ),
        &[("0.21.4", &[("0.21.4", Mention), ("0.21.4", Mention), (sum, linux())])],
    );
    check_lock(
        &format!(
            "[[tools.dagger]]\nversion = \"0.21.4\"\n[tools.dagger.platforms.linux-x64]\nchecksum = \"{sum}\"\nsize = 12\n"
        ),
        &[("0.21.4", &[(sum, linux()), ("12", OpaqueHash)])],
    );
    check_lock(
        &format!(
            "[tools.dagger]\nversion = \"0.21.4\"\n[tools.dagger.checksums]\n\"dagger_v0.21.4_linux_amd64.tar.gz\" = \"sha256:{sum}\"\n\"x\" = \"blake3:00\"\n"
        ),
        &[("0.21.4", &[("0.21.4", Mention), (sum, linux()), ("blake3:00", OpaqueHash)])],
    );
    check_lock("[[tools.cli]]\nversion = \"0.21.4\"\nbackend = \"aqua:dagger/dagger\"\n", &[("0.21.4", &[])]);
    check_lock("[[tools.go]]\nversion = \"0.21.4\"\nbackend = \"core:go\"\n", &[]);
}
