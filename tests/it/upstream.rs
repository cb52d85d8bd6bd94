//! Asking who publishes releases, against a server that goes wrong in every way.

use crate::support::flake::{Commit, TIME};
use crate::support::server::{Asked, Reply, Server};
use crate::support::tls::TlsServer;
use pin::upstream::{Addresses, Secret, Upstream};
use pin::value::{HashEncoding, Rev, Version};
use pin::world::http::{Http, HttpOptions};
use pin::world::wait_for;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// One thing that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Revision,
    Release,
    Latest,
    Tags,
    Commits,
}

const ALL: [Question; 5] =
    [Question::Revision, Question::Release, Question::Latest, Question::Tags, Question::Commits];

fn commit() -> Commit {
    Commit::new('a', "0.21.9", '1')
}

impl Question {
    fn path(self) -> String {
        match self {
            Self::Revision => format!("/dagger/nix/archive/{}.tar.gz", "a".repeat(40)),
            Self::Release => "/releases/0.21.9/checksums.txt".to_owned(),
            Self::Latest => "/versions/latest".to_owned(),
            Self::Tags => "/repos/dagger/dagger/git/matching-refs/tags/v".to_owned(),
            Self::Commits => "/repos/dagger/nix/commits?per_page=100".to_owned(),
        }
    }

    /// What the real one answers.
    fn good(self) -> Reply {
        match self {
            Self::Revision => Reply::ok(commit().tarball()),
            Self::Release => {
                Reply::ok(commit().checksums()).with("Last-Modified", "Wed, 17 Jun 2026 17:43:00 GMT")
            }
            Self::Latest => Reply::ok("0.21.9\n"),
            Self::Tags => Reply::ok(
                r#"[{"ref":"refs/tags/v0.21.10"},{"ref":"refs/tags/v0.21.9"},{"ref":"refs/tags/v1.0.0-beta.3"},
                {"ref":"refs/tags/v0.21.9"},{"ref":"refs/tags/vX"},{"ref":"refs/tags/v0.21.9+b"}]"#,
            ),
            Self::Commits => Reply::ok(format!(
                r#"[{{"sha":"{}","commit":{{"message":"dagger:  -> v0.21.9\n\nbody","committer":
                {{"date":"2026-06-17T17:43:00Z"}}}}}}]"#,
                "a".repeat(40)
            )),
        }
    }

    /// What that is read as.
    fn read(self) -> String {
        match self {
            Self::Revision => {
                format!("Some(0.21.9) {TIME} {} x86_64-linux=1111", commit().nar_hash())
            }
            Self::Release => "x86_64-linux=1111 at Some(1781718180)".to_owned(),
            Self::Latest => "0.21.9".to_owned(),
            Self::Tags => "0.21.9 0.21.10 1.0.0-beta.3".to_owned(),
            Self::Commits => "aaaa dagger:  -> v0.21.9 1781718180".to_owned(),
        }
    }

    /// Asks, and prints the answer.
    async fn ask(self, upstream: &Upstream<'_>) -> Result<String, String> {
        let hashes = |archives: &[pin::catalog::Learnt<pin::catalog::Archive>]| {
            let print = |archive: &pin::catalog::Learnt<pin::catalog::Archive>| {
                assert!(!archive.from.contains('@'), "{}", archive.from);
                let hash = archive.fact.sha256.print(HashEncoding::Hex);
                format!("{}={}", archive.fact.system, &hash[..4])
            };
            archives.iter().map(print).collect::<Vec<_>>().join(" ")
        };
        let version = Version::new(0, 21, 9);
        match self {
            Self::Revision => {
                let rev = Rev::parse(&"a".repeat(40)).expect("a commit");
                let packaged = upstream.revision(&rev).await.map_err(|error| error.to_string())?;
                let fact = &packaged.revision.fact;
                let version = fact.version().map(|version| version.to_string());
                let version = version.map_or("None".to_owned(), |version| format!("Some({version})"));
                Ok(format!(
                    "{version} {} {} {}",
                    fact.last_modified,
                    fact.nar_hash,
                    hashes(&packaged.archives)
                ))
            }
            Self::Release => {
                let release = upstream.release(&version).await.map_err(|error| error.to_string())?;
                Ok(release.map_or("absent".to_owned(), |release| {
                    format!("{} at {:?}", hashes(&release.archives), release.published)
                }))
            }
            Self::Latest => {
                upstream.latest().await.map(|version| version.to_string()).map_err(|error| error.to_string())
            }
            Self::Tags => {
                let tags = upstream.tags().await.map_err(|error| error.to_string())?;
                Ok(tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            }
            Self::Commits => {
                let commits = upstream.commits().await.map_err(|error| error.to_string())?;
                let print = |commit: &pin::upstream::Commit| {
                    format!("{} {} {}", &commit.rev.to_string()[..4], commit.subject, commit.committed)
                };
                Ok(commits.iter().map(print).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// How long an answer is waited for where one comes.
const PATIENT: Duration = Duration::from_mins(1);

/// Asks everything at one address, with a token that must never be seen.
fn ask(base: &str, question: Question, timeout: Duration, cache: Option<PathBuf>) -> Result<String, String> {
    let http = Http::new(&HttpOptions { timeout, cache }).expect("a client");
    let base = || base.to_owned();
    let token = Some(Secret::new("hush".to_owned()));
    let addresses = Addresses { releases: base(), github: base(), github_api: base(), token };
    let upstream = Upstream::new(&http, &addresses);
    let answer = wait_for(question.ask(&upstream)).expect("a runtime").expect("nobody interrupts");
    assert!(!format!("{answer:?}").contains("hush"), "{answer:?}");
    answer
}

/// Expects the same of every question: `[GOOD]` stands for what the good answer is read as, `[URL]` for the address.
#[track_caller]
fn check(
    name: &str,
    times: usize,
    timeout: Duration,
    expect: &str,
    reply: impl Fn(usize, Question) -> Reply + Copy + Send + Sync + 'static,
) {
    for question in ALL {
        check_one(name, question, times, timeout, expect, reply);
    }
}

#[track_caller]
fn check_one(
    name: &str,
    question: Question,
    times: usize,
    timeout: Duration,
    expect: &str,
    reply: impl Fn(usize, Question) -> Reply + Send + Sync + 'static,
) {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_: &Asked| reply(asked.fetch_add(1, Ordering::SeqCst), question));
    let answer = ask(&server.url(), question, timeout, None);
    let url = format!("{}{}", server.url(), question.path());
    let url = url.split('?').next().expect("a path");
    let expect = expect.replace("[GOOD]", &question.read()).replace("[URL]", url);
    let expect = expect.replace("[BASE]", &server.url());
    let found = match &answer {
        Ok(answer) => answer.clone(),
        Err(error) => format!("error: {error}"),
    };
    let is_same = match expect.strip_suffix('…') {
        Some(begin) => found.starts_with(begin),
        None => found == expect,
    };
    assert!(is_same, "{name}, {question:?}:\n found {found}\nwanted {expect}");
    assert_eq!(server.asked().len(), times, "{name}, {question:?}: {answer:?}");
    for asked in server.asked() {
        assert_eq!(asked.header("authorization"), None, "{name}, {question:?}");
    }
}

#[test]
fn a_good_answer_is_read() {
    check("good", 1, PATIENT, "[GOOD]", |_, question| question.good());
}

#[test]
fn absent_is_what_the_server_says_is_absent() {
    use Question::{Commits, Latest, Release, Revision, Tags};
    for (status, revision, release) in [
        (404, "error: there is no [URL]", "absent"),
        (410, "error: there is no [URL]", "absent"),
        (403, "error: [URL] answered with status 403", "absent"),
        (401, "error: [URL] answered with status 401", "error: [URL] answered with status 401"),
    ] {
        let reply = move |_: usize, _| Reply::status(status, "<Error>AccessDenied</Error>");
        check_one("absent", Revision, 1, PATIENT, revision, reply);
        check_one("absent", Release, 1, PATIENT, release, reply);
        for question in [Latest, Tags, Commits] {
            let expect = format!("error: [URL] answered with status {status}");
            check_one("absent", question, 1, PATIENT, &expect, reply);
        }
    }
}

#[test]
fn a_limit_is_not_absence() {
    let limit = "error: [URL] answered with status 403: it is asked too often";
    check("used up", 1, PATIENT, limit, |_, _| Reply::status(403, "").with("X-RateLimit-Remaining", "0"));
    let later = format!("{limit}, and wants to be asked again in 3600 s");
    check("later", 1, PATIENT, &later, |_, _| Reply::status(403, "").with("Retry-After", "3600"));
    check("at once", 2, PATIENT, "[GOOD]", |count, question| match count {
        0 => Reply::status(403, "").with("Retry-After", "0"),
        _ => question.good(),
    });
    check("busy", 2, PATIENT, "[GOOD]", |count, question| match count {
        0 => Reply::status(429, "").with("Retry-After", "0"),
        _ => question.good(),
    });
    let busy =
        "error: [URL] answered with status 429: it is asked too often, and wants to be asked again in 0 s";
    check("busy for ever", 3, PATIENT, busy, |_, _| Reply::status(429, "").with("Retry-After", "0"));
    let later =
        "error: [URL] answered with status 429: it is asked too often, and wants to be asked again in 3600 s";
    check("busy for long", 1, PATIENT, later, |_, _| Reply::status(429, "").with("Retry-After", "3600"));
}

#[test]
fn a_server_that_fails_is_asked_again() {
    check("once", 2, PATIENT, "[GOOD]", |count, question| match count {
        0 => Reply::status(500, "").with("Retry-After", "0"),
        _ => question.good(),
    });
    let error = "error: [URL] answered with status 503, and wants to be asked again in 0 s";
    check("for ever", 3, PATIENT, error, |_, _| Reply::status(503, "").with("Retry-After", "0"));
    check("cut off once", 2, PATIENT, "[GOOD]", |count, question| match count {
        0 => Reply::CutOff(b"0.21".to_vec()),
        _ => question.good(),
    });
    check("cut off", 3, PATIENT, "error: the answer of [URL] was cut off: …", |_, _| {
        Reply::CutOff(b"0.21".to_vec())
    });
    check("closed", 1, PATIENT, "error: cannot reach [URL]: …", |_, _| Reply::Closed);
    check("hang", 1, Duration::from_millis(300), "error: no answer from [URL] within 300 ms", |_, _| {
        Reply::Hang
    });
}

#[test]
fn a_redirect_is_followed_within_bounds() {
    check("once", 2, PATIENT, "[GOOD]", |count, question| match count {
        0 => Reply::redirect("/moved"),
        _ => question.good(),
    });
    let often = "error: the answer of [URL] makes no sense: …";
    check("for ever", 6, PATIENT, often, |_, _| Reply::redirect("/again"));
    for question in ALL {
        let other = Server::start(move |_| question.good());
        let to = format!("{}/elsewhere", other.url());
        check_one("elsewhere", question, 1, PATIENT, "[GOOD]", move |_, _| Reply::redirect(&to));
        assert_eq!(other.asked().len(), 1);
        assert_eq!(other.asked()[0].header("authorization"), None);
    }
}

#[test]
fn what_makes_no_sense_is_no_answer() {
    let bodies: [&[u8]; 6] = [
        b"",
        b"<html>sign in</html>",
        b"\xff\xfe\x00",
        b"{\"message\": \"hi\"}",
        b"[{\"ref\": 1}]",
        b"\x1f\x8b\x08\x00",
    ];
    for body in bodies {
        check("nonsense", 1, PATIENT, "error: the answer of [URL] makes no sense: …", move |_, _| {
            Reply::ok(body)
        });
    }
    for question in ALL {
        let max = match question {
            Question::Revision => 16 << 20,
            Question::Release => 1 << 20,
            Question::Latest => 1 << 10,
            Question::Tags | Question::Commits => 8 << 20,
        };
        let expect = format!("error: the answer of [URL] is larger than {max} bytes");
        check_one("endless", question, 1, PATIENT, &expect, |_, _| Reply::Endless);
    }
    let other = Commit::new('b', "0.21.9", '1').tarball();
    let expect = format!("error: the answer of [URL] makes no sense: it is the commit {}", "b".repeat(40));
    check_one("another commit", Question::Revision, 1, PATIENT, &expect, move |_, _| {
        Reply::ok(other.clone())
    });
    for pointer in ["v0.21.9", "0.21.9", "0.21.9\r\n"] {
        check_one("a pointer", Question::Latest, 1, PATIENT, "0.21.9", move |_, _| Reply::ok(pointer));
    }
    for pointer in ["0.21.9\n\n", " 0.21.9", "0.21", "0.21.9 0.21.8", "latest\n"] {
        let expect = "error: the answer of [URL] makes no sense: it is no version";
        check_one("no pointer", Question::Latest, 1, PATIENT, expect, move |_, _| Reply::ok(pointer));
    }
}

#[test]
fn a_list_is_read_to_its_last_page() {
    let page = |number: usize| Reply::ok(format!(r#"[{{"ref":"refs/tags/v0.22.{number}"}}]"#));
    let next =
        |reply: Reply, to: &str| reply.with("Link", &format!("<{to}>; rel=\"next\", </x>; rel=\"last\""));
    check_one(
        "three pages",
        Question::Tags,
        3,
        PATIENT,
        "0.22.0 0.22.1 0.22.2",
        move |count, _| match count {
            2 => page(count),
            _ => next(page(count), &format!("/page/{count}")),
        },
    );
    let endless = "error: the answer of [BASE]/page/19 makes no sense: there is no end to its pages";
    check_one("endless pages", Question::Tags, 20, PATIENT, endless, move |count, _| {
        next(page(count), &format!("/page/{count}"))
    });
    let elsewhere = "error: the answer of [URL] makes no sense: its next page is on another host";
    for to in ["https://example.test/page", "//127.0.0.2/page", "http://127.0.0.1:1/page"] {
        check_one("another host", Question::Tags, 1, PATIENT, elsewhere, move |count, _| {
            next(page(count), to)
        });
    }
    // A commit that the catalog has ends the list.
    let known = "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a";
    let row = |sha: &str| {
        format!(
            r#"[{{"sha":"{sha}","commit":{{"message":"x","committer":{{"date":"1970-01-01T00:00:09Z"}}}}}}]"#
        )
    };
    check_one("known", Question::Commits, 2, PATIENT, "bbbb x 9, c93d x 9", move |count, _| {
        let sha = if count == 1 { known.to_owned() } else { "b".repeat(40) };
        next(Reply::ok(row(&sha)), &format!("/page/{count}"))
    });
    check_one(
        "five pages",
        Question::Commits,
        5,
        PATIENT,
        "bbbb x 9, bbbb x 9, bbbb x 9, bbbb x 9, bbbb x 9",
        move |count, _| next(Reply::ok(row(&"b".repeat(40))), &format!("/page/{count}")),
    );
}

#[test]
fn the_second_time_it_is_asked_whether_the_answer_still_holds() {
    let directory = tempfile::tempdir().expect("a directory");
    for question in [Question::Release, Question::Latest, Question::Tags, Question::Commits] {
        // Two pages, where there are pages: the second is only found when the first one's link was kept, too.
        let server = Server::start(move |asked: &Asked| {
            if asked.header("if-none-match") == Some("\"one\"") {
                return Reply::status(304, "");
            }
            let reply = question.good().with("ETag", "\"one\"");
            if asked.path == "/second" { reply } else { reply.with("Link", "</second>; rel=\"next\"") }
        });
        let cache = || Some(directory.path().join("http"));
        let first = ask(&server.url(), question, PATIENT, cache()).expect("an answer");
        let half = server.asked().len();
        let second = ask(&server.url(), question, PATIENT, cache()).expect("an answer");
        assert_eq!(first, second, "{question:?}");
        let asked = server.asked();
        assert_eq!(asked.len(), 2 * half, "{question:?}");
        let conditions: Vec<bool> =
            asked.iter().map(|asked| asked.header("if-none-match").is_some()).collect();
        assert_eq!(conditions, [vec![false; half], vec![true; half]].concat(), "{question:?}");
    }
}

#[test]
fn who_cannot_be_trusted_is_not_asked() {
    let plain = Server::start(|_| Reply::ok("0.21.9"));
    let own = TlsServer::start();
    for question in ALL {
        for base in [plain.url().replace("http:", "https:"), own.url()] {
            let error = ask(&base, question, PATIENT, None).expect_err("nobody trusts it");
            assert!(error.starts_with(&format!("cannot reach {base}/")), "{error}");
        }
    }
    assert_eq!((plain.asked().len(), own.asked().len()), (0, 0));
}

/// Trusts what `SSL_CERT_FILE` names, which is read once: so it is a process of its own.
#[test]
#[ignore = "run by the next one"]
fn probe_with_a_token() {
    let base = std::env::var("PIN_TEST_BASE").expect("an address");
    for question in ALL {
        let answer = ask(&base, question, PATIENT, None);
        assert_eq!(answer.expect("an answer"), question.read());
    }
}

#[test]
fn a_token_goes_to_the_api_over_tls_and_no_further() {
    let other = TlsServer::answering(|asked| match asked.path.as_str() {
        "/tags" => Question::Tags.good(),
        _ => Question::Commits.good(),
    });
    let to = other.url();
    let server = TlsServer::answering(move |asked| {
        let question = ALL.into_iter().find(|question| question.path() == asked.path).expect("a known path");
        match question {
            Question::Tags => Reply::redirect(&format!("{to}/tags")),
            Question::Commits => Reply::redirect(&format!("{to}/commits")),
            question => question.good(),
        }
    });
    let directory = tempfile::tempdir().expect("a directory");
    let trusted = directory.path().join("trusted.pem");
    std::fs::write(&trusted, format!("{}{}", server.certificate(), other.certificate())).expect("a file");
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "upstream::probe_with_a_token", "--ignored"])
        .envs([("SSL_CERT_FILE", trusted.as_os_str()), ("PIN_TEST_BASE", server.url().as_ref())])
        .output()
        .expect("this test starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("hush"), "{said}");
    let told = |asked: &Asked| asked.header("authorization").map(str::to_owned);
    let api: Vec<Option<String>> = server.asked().iter().map(told).collect();
    let token = Some("Bearer hush".to_owned());
    // The archive, the checksums, the pointer; then the two lists.
    assert_eq!(api, [None, None, None, token.clone(), token]);
    assert_eq!(other.asked().iter().map(told).collect::<Vec<_>>(), [None, None]);
}
