use super::*;
use crate::site::{Companionship, Name, Role, Stated, resolve};

/// Returns `kind text value` of every site, a derived one's value in brackets.
fn sites(path: &str, text: &str, environment: &[&str]) -> Vec<String> {
    let mut scan = Scan::new(path);
    let mut scope = Scope::default();
    for name in environment {
        scope.set(*name, Follow::Outside("given".to_owned()));
    }
    let fragment = Fragment::verbatim(text, 0);
    match environment {
        [] => find_file(&fragment, &mut scan),
        _ => find(&fragment, &mut scope, &mut scan),
    }
    for (index, (site, _)) in scan.sites.iter().enumerate() {
        assert_eq!(&text[site.span.range()], site.text);
        let others = &scan.sites[index + 1..];
        assert!(
            others
                .iter()
                .all(|(other, _)| other.span.end <= site.span.start || site.span.end <= other.span.start)
        );
    }
    let shown = |site: &crate::site::Site| {
        let value = match &site.stated {
            Stated::Missing => "missing".to_owned(),
            Stated::Revision(_) => "revision".to_owned(),
            stated => stated.value().unwrap_or_else(|| "-".to_owned()),
        };
        let value = if site.role == Role::Derived { format!("({value})") } else { value };
        format!("{} {} {value}", site.kind, site.text)
    };
    resolve(&[scan]).iter().map(shown).collect()
}

fn check(text: &str, expect: &[&str]) {
    assert_eq!(sites("a.sh", text, &[]), expect, "{text}");
}

const URL: &str = "https://dl.dagger.io/dagger/install.sh";

#[test]
fn assignments_are_sites_by_their_names() {
    for text in [
        "DAGGER_VERSION=0.21.4",
        "export DAGGER_VERSION=0.21.4\r\n",
        "readonly DAGGER_VERSION=\"0.21.4\"; x",
        "local -r DAGGER_VERSION='0.21.4'\n",
        "declare -x A=1 DAGGER_VERSION=0.21.4 # DAGGER_VERSION=0.1.0",
        "if true; then DAGGER_VERSION=0.21.4; fi",
        "f() { DAGGER_VERSION=0.21.4 make; }",
        ": \"${DAGGER_VERSION:=0.21.4}\"",
        "DAGGER_VERSION=${DAGGER_VERSION:-0.21.4}",
        "docker run -e DAGGER_VERSION=0.21.4 x",
        "docker build --build-arg DAGGER_VERSION=0.21.4 .",
        "docker build --build-arg=\"DAGGER_VERSION=0.21.4\" .",
        "podman run -e 'DAGGER_VERSION=0.21.4' x",
        "echo \"DAGGER_VERSION=0.21.4\" >> \"$GITHUB_ENV\"",
        "{ echo a=b; echo DAGGER_VERSION=0.21.4; } >> $GITHUB_ENV",
        "echo DAGGER_VERSION=0.21.4 | tee -a $GITHUB_ENV",
        "echo 'export DAGGER_VERSION=0.21.4' >> \"$BASH_ENV\"",
        "echo \"DAGGER_VERSION=0.21.4\" > build.env",
        "echo 'export DAGGER_VERSION=\"0.21.4\"' >> ~/.bashrc",
        "echo \"##vso[task.setvariable variable=DAGGER_VERSION]0.21.4\"",
        "cat <<EOF > .env\nDAGGER_VERSION=<x> y\nit's\nDAGGER_VERSION=0.21.4\nEOF\nDAGGER=1",
        "$env:DAGGER_VERSION = \"0.21.4\"",
        "bash -c \"export DAGGER_VERSION=0.21.4 && x\"",
        "X=\"é\" DAGGER_VERSION=0.21.4 \\\n  make",
    ] {
        check(text, &["env.version DAGGER_VERSION 0.21.4".replace("DAGGER_VERSION", "0.21.4").as_str()]);
    }
    check("dagger_version=0.21.4", &["variable 0.21.4 0.21.4"]);
    check("DAGGER_VERSION=v0.21", &["env.version v0.21 0.21"]);
    check("DAGGER_VERSION=${DAGGER_VERSION:-latest}", &["env.version latest -"]);
    check(
        &format!("DAGGER_VERSION={}", "0a".repeat(20)),
        &[&format!("env.version {} revision", "0a".repeat(20))],
    );
    for text in [
        "",
        "VERSION=0.21.4",
        "DAGGER_VERSION=",
        "DAGGER_VERSION=\"\"",
        "# DAGGER_VERSION=0.21.4",
        "echo DAGGER_VERSION=0.21.4",
        "echo 'DAGGER_VERSION=0.21.4'",
        "DAGGER_VERSION=2.51.1",
        ": \"${DAGGER_VERSION:?set DAGGER_VERSION, for example 0.21.9}\"",
        "DAGGER_VERSION=\"${DAGGER_VERSION:-}\"",
        "echo \"DAGGER_VERSION=$DAGGER_VERSION\" >> $GITHUB_ENV",
        "set -gx DAGGER_VERSION 0.21.4",
        "export DAGGER_VERSION",
        "DAGGER_VERSION+=0.21.4",
    ] {
        check(text, &[]);
    }
}

#[test]
fn a_name_is_followed_to_where_it_gets_its_value() {
    check(
        "TAG=v0.21.4\nOTHER=1.0.0\ndocker run registry.dagger.io/engine:$TAG",
        &["variable v0.21.4 0.21.4", "image.engine $TAG (0.21.4)"],
    );
    check("v=0.21.4\nDAGGER_VERSION=$v", &["variable 0.21.4 0.21.4", "env.version $v (0.21.4)"]);
    check(
        "v=0.21.4\nX=https://dl.dagger.io/dagger/releases/$v/dagger_v${v}_linux_amd64.tar.gz",
        &["variable 0.21.4 0.21.4"],
    );
    check(
        "VERSION=\"v0.2.23\"\nU=https://github.com/dagger/dagger/releases/download/\"$VERSION\"/dagger_\"$VERSION\"_x.tar.gz",
        &["variable v0.2.23 0.2.23"],
    );
    check("V=latest\ncurl https://dl.dagger.io/dagger/releases/$V/x", &[]);
    check("v=0.21.4\nDAGGER_VERSION=${v:-0.20.8}", &["variable 0.21.4 0.21.4", "env.version 0.20.8 0.20.8"]);
    check("v=0.21.4\nGO_VERSION=${v:-0.20.8}", &[]);
    check("DAGGER_VERSION=$(latest_of)", &["env.version $(latest_of) (-)"]);
    check(
        "DAGGER_VERSION=$(jq -r .engineVersion dagger.json || echo v0.19.11)",
        &["env.version v0.19.11 0.19.11"],
    );
}

#[test]
fn an_installer_is_told_its_version() {
    for text in [
        "curl -L URL | DAGGER_VERSION=0.21.4 sh",
        "curl -fsSL URL \\\n  | BIN_DIR=/x DAGGER_VERSION=\"0.21.4\" sudo -E sh",
        "curl URL |\n  DAGGER_VERSION=0.21.4 sh",
        "curl URL\n| DAGGER_VERSION=0.21.4 sh",
        "cd /usr/local && { curl -L URL | DAGGER_VERSION=0.21.4 sh; cd -; }",
        "curl URL | sudo env DAGGER_VERSION=0.21.4 sh",
        "curl URL | sudo -E env \"DAGGER_VERSION=0.21.4\" sh",
        "retry 3 bash -c 'curl URL | DAGGER_VERSION=0.21.4 sh'",
        "curl -sfLo i.sh URL; DAGGER_VERSION=0.21.4 BIN_DIR=x sh ./i.sh",
        "DAGGER_VERSION=0.21.4 sh -c \"$(curl -fsSL URL)\"",
        "DAGGER_VERSION=0.21.4 bash <(curl -fsSL URL)",
        "curl -o i.sh URL\nchmod +x i.sh\nDAGGER_VERSION=0.21.4 ./i.sh",
        "wget -qO- URL | DAGGER_VERSION=0.21.4 sh -s -- x",
        "u=URL\ncurl \"$u\" | DAGGER_VERSION=0.21.4 sh",
        "su -c 'curl URL | DAGGER_VERSION=0.21.4 sh' me",
        "ssh h <<'E'\ncurl URL | DAGGER_VERSION=0.21.4 sh\nE\n",
    ] {
        check(&text.replace("URL", URL), &["install.script 0.21.4 0.21.4"]);
    }
    check(&format!("curl {URL} | DAGGER_COMMIT=abc1234 sh"), &["install.script abc1234 revision"]);
    check(
        "iwr -useb https://dl.dagger.io/dagger/install.ps1 | iex; Install-Dagger -DaggerVersion 0.21.4",
        &["install.script 0.21.4 0.21.4"],
    );
    check(&format!("curl {URL} | DAGGER_VERSION=${{{{ env.X }}}} sh"), &["install.script ${{ env.X }} (-)"]);
    check(&format!("curl {URL} | DAGGER_VERSION=${{V:-0.21.4}} sh"), &["install.script 0.21.4 0.21.4"]);
    assert_eq!(sites("a.sh", &format!("curl {URL} | sh"), &["DAGGER_VERSION"]), [""; 0]);
    check(&format!("export DAGGER_VERSION=0.21.4\ncurl {URL} | sh"), &["env.version 0.21.4 0.21.4"]);
    check(
        &format!("bash -c 'export DAGGER_VERSION=0.21.4 && curl {URL} | sh'"),
        &["env.version 0.21.4 0.21.4"],
    );
}

#[test]
fn an_installer_that_is_told_nothing_takes_the_newest() {
    for text in [
        "curl -L URL | sh",
        "curl URL | BIN_DIR=/x sh # DAGGER_VERSION=0.21.4",
        "curl URL | DAGGER_VERSION= sh",
        "sh -c \"$(curl -fsSL URL)\"",
        "curl -O URL\nsh install.sh",
        "foo && curl URL | sh || exit 1",
        "DAGGER_VERSION=\ncurl URL | sh",
    ] {
        check(&text.replace("URL", URL), &[&format!("install.script {URL} missing")]);
    }
    for text in ["echo \"curl URL | sh\"", "# curl URL | sh", "echo see URL", "open URL", "grep URL x"] {
        check(&text.replace("URL", URL), &[]);
    }
    check("curl https://dl.dagger.io/dagger-cue/install.sh | sh", &[]);
    check(
        "curl https://raw.githubusercontent.com/dagger/dagger/main/install.sh | sh",
        &["install.script https://raw.githubusercontent.com/dagger/dagger/main/install.sh missing"],
    );
}

#[test]
fn images_and_releases_stand_in_any_word() {
    check(
        "docker run --rm registry.dagger.io/engine:v0.21.4 # registry.dagger.io/engine:v0.1.0",
        &["image.engine v0.21.4 0.21.4"],
    );
    check("docker pull registry.dagger.io/engine", &["image.engine registry.dagger.io/engine missing"]);
    check("docker images registry.dagger.io/engine", &[]);
    check("cat <<E\nregistry.dagger.io/engine:v0.21.4\nE\n", &["image.engine v0.21.4 0.21.4"]);
    check("export H=\"docker-image://registry.dagger.io/engine:v0.21.4\"", &["image.engine v0.21.4 0.21.4"]);
    check(
        "curl -L https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_linux_amd64.tar.gz | tar xz",
        &["release.url 0.21.7 0.21.7"],
    );
}

#[test]
fn fish_sets_its_variables_by_a_command() {
    let env = "env.version 0.21.4 0.21.4";
    for text in [
        "set -gx DAGGER_VERSION 0.21.4",
        "set -x DAGGER_VERSION '0.21.4' # 0.1.0",
        "set -q DAGGER_VERSION; or set --global --export DAGGER_VERSION 0.21.4",
        "if status is-interactive\n  set -U DAGGER_VERSION 0.21.4\nend",
    ] {
        assert_eq!(sites("a.fish", text, &[]), [env], "{text}");
    }
    assert_eq!(
        sites("a.fish", "set -l v 0.21.4\ndocker pull registry.dagger.io/engine:v$v", &[]),
        ["variable 0.21.4 0.21.4", "image.engine v$v (0.21.4)"]
    );
    for text in [
        "set -euo pipefail",
        "set -- DAGGER_VERSION 0.21.4",
        "set -e DAGGER_VERSION",
        "set DAGGER_VERSION 0.21.4",
    ] {
        assert_eq!(sites("a.fish", text, &[]), [""; 0], "{text}");
    }
}

#[test]
fn other_tools_are_told_versions_too() {
    check("mise use -g dagger@0.21.4", &["install.script 0.21.4 0.21.4"]);
    check("mise exec ubi:dagger/dagger@v0.21.4 node@22.0.0 -- x", &["install.script v0.21.4 0.21.4"]);
    check("asdf install dagger 0.21.4", &["install.script 0.21.4 0.21.4"]);
    check("brew install dagger/tap/dagger@0.21.4", &["install.script 0.21.4 0.21.4"]);
    check("brew install dagger/tap/dagger", &[]);
    check("arkade get dagger@v0.18.12 jq@1.7.0", &["install.script v0.18.12 0.18.12"]);
    check("eget dagger/dagger --tag v0.21.4", &["install.script v0.21.4 0.21.4"]);
    check("gh release download v0.21.4 --repo=dagger/dagger", &["install.script v0.21.4 0.21.4"]);
    check("gh release download v0.21.4 -R dagger/dagger", &["install.script v0.21.4 0.21.4"]);
    check("gh release download v0.21.4 -R dagger/dagger-for-github", &[]);
    check(
        "helm upgrade --install d oci://registry.dagger.io/dagger-helm --version=0.21.4",
        &["chart.version 0.21.4 0.21.4"],
    );
    check(
        "helm upgrade d oci://registry.dagger.io/dagger-helm --set privileged=true,engine.image.tag=v0.21.4",
        &["image.engine.tag v0.21.4 0.21.4"],
    );
    check("helm upgrade d oci://ghcr.io/other/chart --set image.tag=v0.21.4", &[]);
    check("nix run github:dagger/nix/main#dagger -- call", &["nix.input main -"]);
    check("nix run github:dagger/nix#dagger", &[]);
}

#[test]
fn a_script_is_one_by_its_first_line_or_name() {
    let text = "#!/usr/bin/env -S bash -e\nDAGGER_VERSION=0.21.4\n";
    for path in ["hack/build", "a.sh", ".envrc"] {
        assert_eq!(sites(path, text, &[]), ["env.version 0.21.4 0.21.4"], "{path}");
    }
    let text = "DAGGER_VERSION=0.21.4\n";
    assert_eq!(sites("hack/build", text, &[]), [""; 0]);
    assert_eq!(sites(".envrc", text, &[]), ["env.version 0.21.4 0.21.4"]);
    assert!(
        has_shell_line("#!/bin/sh -e\n")
            && !has_shell_line("#!/usr/bin/python3\n")
            && !has_shell_line("#!\n")
    );
}

#[test]
fn a_checksum_goes_with_the_version_it_is_of() {
    let hash = "0a".repeat(32);
    let check = |text: &str, expect: &[(&str, Option<&str>)]| {
        let mut scan = Scan::new("a.sh");
        find(&Fragment::verbatim(text, 0), &mut Scope::default(), &mut scan);
        let found: Vec<_> = scan
            .sites
            .iter()
            .flat_map(|(site, _)| {
                site.companions.iter().map(|companion| (site.text.as_str(), &companion.what))
            })
            .map(|(site, what)| match what {
                Companionship::Archive(system) => (site, system.as_deref()),
                _ => panic!("{what:?}"),
            })
            .collect();
        assert_eq!(found, expect, "{text}");
    };
    let address = "https://dl.dagger.io/dagger/releases/$v/dagger_v${v}_linux_amd64.tar.gz";
    let linux = Some("x86_64-linux");
    check(&format!("v=0.21.4\nsum={hash}\ncurl {address}"), &[("0.21.4", linux)]);
    check(
        &format!("v=0.21.4\ncurl -o x {address} && echo \"{hash}  x\" | sha256sum -c"),
        &[("0.21.4", linux)],
    );
    check(
        &format!("v=0.21.4\ncurl {address} https://example.com/x\nsum={hash}\nDAGGER_SHA_ARM64={hash}"),
        &[("0.21.4", Some("aarch64-linux"))],
    );
    check(&format!("curl https://example.com/x\nsum={hash}"), &[]);
}

#[test]
fn outputs_of_a_step_are_told_to_the_next() {
    let check = |text: &str, expect: &[(&str, &str)]| {
        let mut scan = Scan::new("w.yml");
        let mut scope = Scope::default();
        let fragment = Fragment::verbatim(text, 0);
        find(&fragment, &mut scope, &mut scan);
        let found = outputs(&fragment, &scope, &mut scan);
        let found: Vec<(&str, String)> = found
            .iter()
            .map(|(name, follow)| {
                let what = match follow {
                    Follow::Here(index) => scan.definitions[*index].text.clone(),
                    Follow::There(Name::Variable(name)) => name.clone(),
                    Follow::Module(path) => format!("{path:?}"),
                    _ => "-".to_owned(),
                };
                (name.as_str(), what)
            })
            .collect();
        let found: Vec<_> = found.iter().map(|(name, what)| (*name, what.as_str())).collect();
        assert_eq!(found, expect, "{text}");
    };
    check("echo \"version=0.21.4\" >> $GITHUB_OUTPUT", &[("version", "0.21.4")]);
    check("v=0.21.4\necho version=$v >> ${GITHUB_OUTPUT}", &[("version", "0.21.4")]);
    check("echo \"a-b=${X}\" >> \"$GITHUB_OUTPUT\"", &[("a-b", "X")]);
    check(
        "echo \"v=$(jq -r .engineVersion dagger.json)\" >> $GITHUB_OUTPUT",
        &[("v", "Some(\"dagger.json\")")],
    );
    check("printf 'v=%s\\n' \"$X\" >> $GITHUB_OUTPUT", &[("v", "X")]);
    check("{\n  echo \"a=0.1.0\"\n  echo b=word\n} >> \"$GITHUB_OUTPUT\"", &[("a", "0.1.0"), ("b", "-")]);
    check("echo \"::set-output name=v::0.21.4\"", &[("v", "0.21.4")]);
    check("cat <<EOF >> $GITHUB_OUTPUT\nv=0.21.4\nEOF\n", &[("v", "0.21.4")]);
    check("echo v=0.21.4 >> $GITHUB_ENV", &[]);
    let mut scan = Scan::new("w.yml");
    let fragment = Fragment::verbatim("echo v=0.21.4 >> $GITHUB_ENV", 0);
    assert_eq!(exports(&fragment, &Scope::default(), &mut scan), [("v".to_owned(), Follow::Here(0))]);
}

#[test]
fn nothing_makes_it_fail() {
    for text in [
        "'",
        "\"",
        "`",
        "$(",
        "${",
        "${{",
        "{{",
        "<<",
        "<<E",
        "<<'",
        "\\",
        "a=\\",
        "((",
        "))",
        "|&;<>",
        "é\\é",
        "$env:",
        "x <<E\nE",
        "cat <<E\r\na\r\nE\r\n",
        "$((1+2))",
        "<(",
        ">(",
        "\"$(",
        "\"${é",
        "echo ::set-output name=",
        "echo ##vso[task.setvariable variable=]",
        "echo '##vso[task.setvariable variable=a;b]",
        "{ } >> $GITHUB_ENV",
        "} >> $GITHUB_ENV",
        "curl dl.dagger.io/dagger/install.sh |",
    ] {
        let text = format!("dagger {text} DAGGER_VERSION=0.21.4");
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            sites("a.sh", &text[..end], &[]);
            let fragment = Fragment::verbatim(&text[..end], 0);
            outputs(&fragment, &Scope::default(), &mut Scan::new(""));
        }
    }
}
