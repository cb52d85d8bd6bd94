use super::*;
use crate::site::shown;

/// Expects `kind text value` of every site, a derived one's value in brackets.
fn check(text: &str, expect: &[&str]) {
    let mut scan = Scan::new("Dockerfile");
    find(text, &mut scan);
    assert_eq!(shown::in_short(text, scan), expect, "{text}");
}

#[test]
fn arguments_and_variables_are_sites_by_their_names() {
    check("FROM a\nARG DAGGER_VERSION=0.21.4\n", &["env.version 0.21.4 0.21.4"]);
    check("FROM a\r\narg A=\"x y\" DAGGER_VERSION=\"v0.21.4\"\r\n", &["env.version v0.21.4 0.21.4"]);
    check("FROM a\nENV A=1 \\\n  # c\n\n  DAGGER_VERSION=0.21.4\n", &["env.version 0.21.4 0.21.4"]);
    check("FROM a\nENV DAGGER_VERSION 0.21.4", &["env.version 0.21.4 0.21.4"]);
    check("FROM a\nONBUILD ENV DAGGER_VERSION=0.21.4", &["env.version 0.21.4 0.21.4"]);
    check("FROM a\nARG DAGGER_VERSION\nENV X=1\n# ARG DAGGER_VERSION=0.1.0\nLABEL a=b", &[]);
    check(
        "ARG DAGGER_VERSION=v0.13.3\nFROM a\nARG DAGGER_VERSION=v0.13.4\n",
        &["env.version v0.13.3 0.13.3", "env.version v0.13.4 0.13.4"],
    );
}

#[test]
fn images_are_whole_references() {
    let image = "image.engine";
    check("FROM registry.dagger.io/engine:v0.21.4 AS e", &[&format!("{image} v0.21.4 0.21.4")]);
    check(
        "FROM --platform=$X registry.dagger.io/engine",
        &[&format!("{image} registry.dagger.io/engine missing")],
    );
    check(
        "ARG V=v0.21.4\nFROM registry.dagger.io/engine:${V}",
        &["variable v0.21.4 0.21.4", "image.engine ${V} (0.21.4)"],
    );
    check("FROM a\nCOPY --from=registry.dagger.io/cli:v0.21.4 /a /b", &["image.cli v0.21.4 0.21.4"]);
    check(
        "FROM a\nRUN --mount=type=bind,from=registry.dagger.io/engine:v0.21.4,target=/x ls",
        &["image.engine v0.21.4 0.21.4"],
    );
    check("FROM a\nENV H=docker-image://registry.dagger.io/engine:v0.21.4", &["image.engine v0.21.4 0.21.4"]);
    check("FROM golang AS dev-dagger-engine\nFROM dev-dagger-engine", &[]);
}

#[test]
fn commands_see_the_stage_s_names() {
    let url = "https://dl.dagger.io/dagger/install.sh";
    let missing = format!("install.script {url} missing");
    check(&format!("FROM a\nRUN curl {url} | sh && \\\n  # c | DAGGER_VERSION=1\n  ls"), &[&missing]);
    check(
        &format!("FROM a\nRUN curl {url} \\\n    # told here\n    | DAGGER_VERSION=0.21.4 sh"),
        &["install.script 0.21.4 0.21.4"],
    );
    check(&format!("FROM a\nARG DAGGER_VERSION=0.21.4\nRUN curl {url} | sh"), &["env.version 0.21.4 0.21.4"]);
    check(
        &format!("FROM a\nARG DAGGER_VERSION=0.21.4\nRUN curl {url} | DAGGER_VERSION=$DAGGER_VERSION sh"),
        &["env.version 0.21.4 0.21.4", "install.script $DAGGER_VERSION (0.21.4)"],
    );
    check(&format!("FROM a\nARG DAGGER_VERSION\nRUN curl {url} | sh"), &[]);
    // Docker hides what stands before the first stage.
    check(
        &format!("ARG DAGGER_VERSION=0.21.4\nFROM a\nRUN curl {url} | sh"),
        &["env.version 0.21.4 0.21.4", &missing],
    );
    check(
        &format!("ARG DAGGER_VERSION=0.21.4\nFROM a AS b\nARG DAGGER_VERSION\nFROM b\nRUN curl {url} | sh"),
        &["env.version 0.21.4 0.21.4"],
    );
    check(&format!("FROM a\nRUN [\"sh\", \"-c\", \"curl {url} | sh\"]"), &[&missing]);
    check(
        "FROM a\nRUN [\"sh\", \"-c\", \"DAGGER_VERSION=\\\"0.21.4\\\" make\"]",
        &["env.version 0.21.4 0.21.4"],
    );
    check(
        &format!("FROM a\nRUN <<EOF\nset -e\ncurl {url} | DAGGER_VERSION=0.21.4 sh\nEOF\n"),
        &["install.script 0.21.4 0.21.4"],
    );
    check(
        &format!(
            "FROM a\nRUN cat <<'E' > x && ls\nit's DAGGER\nE\nRUN curl {url} | DAGGER_VERSION=0.21.4 sh"
        ),
        &["install.script 0.21.4 0.21.4"],
    );
    check(
        &format!("# escape=`\nFROM a\nRUN curl {url} `\n  | DAGGER_VERSION=0.21.4 sh"),
        &["install.script 0.21.4 0.21.4"],
    );
    check(
        &format!("FROM a\nADD {url} /i.sh\nRUN DAGGER_VERSION=0.21.4 sh /i.sh"),
        &["env.version 0.21.4 0.21.4"],
    );
    check(&format!("FROM a\nADD {url} /i.sh\nRUN sh /i.sh"), &[&missing]);
}

#[test]
fn a_release_is_added_with_its_checksum() {
    let hash = "0a".repeat(32);
    let address =
        "https://github.com/dagger/dagger/releases/download/v0.21.4/dagger_v0.21.4_linux_amd64.tar.gz";
    let text = format!("FROM a\nADD --checksum=sha256:{hash} {address} /x");
    check(&text, &["release.url v0.21.4 0.21.4"]);
    let companions = |text: &str| {
        let mut scan = Scan::new("Dockerfile");
        find(text, &mut scan);
        let (site, _) = scan.sites.into_iter().next().unwrap();
        site.companions
            .into_iter()
            .map(|companion| (text[companion.span.range()].to_owned(), companion.what))
            .collect::<Vec<_>>()
    };
    let archive = Companionship::Archive(Some("x86_64-linux".to_owned()));
    assert_eq!(companions(&text)[1], (hash.clone(), archive.clone()));
    let text = format!("FROM a\nARG DAGGER_VERSION=0.21.4\nARG DAGGER_SHA256_AMD64={hash}\n");
    assert_eq!(companions(&text), [(hash, archive)]);
    check(
        "FROM a\nARG DAGGER_VERSION=v0.13.3\nADD https://github.com/dagger/dagger/releases/download/${DAGGER_VERSION}/x /tmp",
        &["env.version v0.13.3 0.13.3"],
    );
}

#[test]
fn nothing_makes_it_fail() {
    for text in [
        "",
        "\\",
        "FROM",
        "FROM \\",
        "RUN",
        "RUN [",
        "RUN [\"a",
        "RUN [\"\\\"\"]",
        "ARG",
        "ENV",
        "ENV A",
        "ONBUILD",
        "ONBUILD ONBUILD RUN x",
        "RUN <<E",
        "RUN <<E\n",
        "COPY --from=",
        "HEALTHCHECK CMD",
        "é é\\é",
        "# escape=`\n`",
        "ENV A=\"é",
        "ENV \\é=\\",
        "ADD --checksum= x",
    ] {
        check(text, &[]);
        check(&format!("FROM a\n{text}\n"), &[]);
        check(&format!("\n{text}\n{text}"), &[]);
    }
}
