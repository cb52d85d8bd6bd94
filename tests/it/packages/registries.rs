//! Real clients, asked about registries of the tests that speak their protocol, and about their own.

use super::ask;
use crate::support::server::{Asked, Reply, Server};
use crate::support::{Project, tool};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// What a registry wants to be told, where the client can be made to tell it.
const TOKEN: &str = "hunter2hunter2";

const NPM: (&str, &str) = ("package.json", r#"{"dependencies":{"@dagger.io/dagger":"^0.18.2"}}"#);

/// A manager, and a project that takes its package from `@URL@`.
struct Client {
    name: &'static str,
    /// The name of the program, and the one that `tests/setup/package-managers` gives it.
    program: (&'static str, &'static str),
    /// What its version begins with.
    version: &'static str,
    files: &'static [(&'static str, &'static str)],
    variables: &'static [(&'static str, &'static str)],
    registry: fn(&str, &Asked) -> Reply,
    /// Whether the registry wants the token.
    is_private: bool,
    /// Whether it has words for a package that is not there.
    knows_absence: bool,
}

const NPMRC: (&str, &str) = (".npmrc", "@dagger.io:registry=@URL@/\n//@HOST@/:_authToken=hunter2hunter2\n");

const CLIENTS: &[Client] = &[
    Client { name: "npm", program: ("npm", "npm"), version: "", files: &[NPM, NPMRC], ..NODE },
    Client { name: "pnpm", program: ("pnpm", "pnpm"), files: &[NPM, NPMRC, ("pnpm-lock.yaml", "")], ..NODE },
    Client {
        name: "Yarn 1",
        program: ("yarn", "yarn-1"),
        version: "1.",
        files: &[NPM, NPMRC, ("yarn.lock", "# yarn lockfile v1\n")],
        // Its `info` sends no token.
        is_private: false,
        knows_absence: false,
        ..NODE
    },
    Client {
        name: "Yarn 4",
        program: ("yarn", "yarn-4"),
        version: "4.",
        files: &[
            NPM,
            ("yarn.lock", "__metadata:\n  version: 8\n"),
            (
                ".yarnrc.yml",
                "npmScopes:\n  dagger.io:\n    npmRegistryServer: \"@URL@\"\n    npmAuthToken: hunter2hunter2\n    npmAlwaysAuth: true\nunsafeHttpWhitelist: [127.0.0.1]\n",
            ),
        ],
        ..NODE
    },
    Client { name: "Bun", program: ("bun", "bun"), files: &[NPM, NPMRC, ("bun.lock", "{}")], ..NODE },
    Client {
        name: "Deno",
        program: ("deno", "deno"),
        files: &[("deno.json", r#"{"imports":{"x":"npm:@dagger.io/dagger@^0.18.2"}}"#), NPMRC],
        ..NODE
    },
    Client {
        name: "pip",
        program: ("pip", "pip"),
        files: &[(
            "requirements.txt",
            "--index-url http://user:${INDEX_TOKEN}@@HOST@/simple/\ndagger-io==0.18.2\n",
        )],
        variables: &[("INDEX_TOKEN", TOKEN)],
        ..PYTHON
    },
    Client {
        name: "Pipenv, through pip",
        program: ("pip", "pip"),
        files: &[(
            "Pipfile",
            "[[source]]\nname = \"corp\"\nurl = \"http://user:${INDEX_TOKEN}@@HOST@/simple/\"\n\n[packages]\ndagger-io = \"==0.18.2\"\n",
        )],
        variables: &[("INDEX_TOKEN", TOKEN)],
        ..PYTHON
    },
    Client {
        name: "PDM, through pip",
        program: ("pip", "pip"),
        files: &[(
            "pyproject.toml",
            "[project]\ndependencies = [\"dagger-io>=0.18.2\"]\n\n[[tool.pdm.source]]\nname = \"pypi\"\nurl = \"http://user:${INDEX_TOKEN}@@HOST@/simple/\"\n",
        )],
        variables: &[("INDEX_TOKEN", TOKEN)],
        ..PYTHON
    },
    Client {
        name: "uv",
        program: ("uv", "uv"),
        files: &[(
            "pyproject.toml",
            "[project]\nname = \"x\"\nversion = \"0.1.0\"\nrequires-python = \">=3.8\"\ndependencies = [\"dagger-io>=0.18.2\"]\n\n[[tool.uv.index]]\nname = \"corp\"\nurl = \"@URL@/simple/\"\ndefault = true\n",
        )],
        variables: &[("UV_INDEX_CORP_USERNAME", "user"), ("UV_INDEX_CORP_PASSWORD", TOKEN)],
        ..PYTHON
    },
    Client {
        name: "Poetry",
        program: ("poetry", "poetry"),
        files: &[(
            "pyproject.toml",
            "[tool.poetry]\nname = \"x\"\nversion = \"0.1.0\"\ndescription = \"\"\nauthors = []\npackage-mode = false\n\n[tool.poetry.dependencies]\npython = \">=3.10\"\ndagger-io = \">=0.18.2\"\n\n[[tool.poetry.source]]\nname = \"corp\"\nurl = \"@URL@/simple/\"\npriority = \"primary\"\n",
        )],
        variables: &[("POETRY_HTTP_BASIC_CORP_USERNAME", "user"), ("POETRY_HTTP_BASIC_CORP_PASSWORD", TOKEN)],
        ..PYTHON
    },
    Client {
        name: "Cargo, with a mirror",
        files: &[
            ("ci/Cargo.toml", "[dependencies]\ndagger-sdk = \"0.18.2\"\n"),
            (
                ".cargo/config.toml",
                "[source.crates-io]\nreplace-with = \"corp\"\n\n[source.corp]\nregistry = \"sparse+@URL@/index/\"\n",
            ),
        ],
        ..CARGO
    },
    Client { name: "Cargo, with a registry", ..CARGO },
    Client {
        name: "Go",
        program: ("go", "go"),
        version: "",
        files: &[("go.mod", "module m\n\ngo 1.99\n\nrequire dagger.io/dagger v0.18.2\n")],
        variables: &[("GOPROXY", "@URL@"), ("GOSUMDB", "off"), ("GOFLAGS", "-modcacherw")],
        registry: go,
        is_private: false,
        knows_absence: true,
    },
    Client {
        name: "Composer",
        program: ("composer", "composer"),
        version: "",
        files: &[
            (
                "composer.json",
                r#"{"require":{"dagger/dagger":"^0.18.2"},"config":{"secure-http":false},"repositories":[{"type":"composer","url":"@URL@"},{"packagist.org":false}]}"#,
            ),
            ("auth.json", r#"{"bearer":{"@HOST@":"hunter2hunter2"}}"#),
        ],
        variables: &[],
        registry: composer,
        is_private: true,
        knows_absence: true,
    },
];

const NODE: Client = Client {
    name: "",
    program: ("", ""),
    version: "",
    files: &[],
    variables: &[],
    registry: npm,
    is_private: true,
    knows_absence: true,
};

const PYTHON: Client = Client { registry: simple, ..NODE };

const CARGO: Client = Client {
    program: ("cargo", "cargo"),
    files: &[
        ("Cargo.toml", "[dependencies]\ndagger-sdk = { version = \"0.18.2\", registry = \"corp\" }\n"),
        (".cargo/config.toml", "[registries.corp]\nindex = \"sparse+@URL@/index/\"\n"),
    ],
    registry: sparse,
    is_private: false,
    ..NODE
};

fn npm(url: &str, asked: &Asked) -> Reply {
    if asked.path.to_lowercase() != "/@dagger.io%2fdagger" {
        return Reply::status(404, "{}");
    }
    let version = |version: &str| {
        format!(
            r#""{version}":{{"name":"@dagger.io/dagger","version":"{version}","dist":{{"tarball":"{url}/x.tgz","shasum":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}}}}"#
        )
    };
    let versions = ["0.18.2", "1.0.0-beta.10", "0.20.0"].map(version).join(",");
    json(&format!(
        r#"{{"name":"@dagger.io/dagger","dist-tags":{{"latest":"0.20.0"}},"versions":{{{versions}}}}}"#
    ))
}

/// packaging.python.org, "Simple repository API".
fn simple(_: &str, asked: &Asked) -> Reply {
    let file = |version: &str| format!("dagger_io-{version}-py3-none-any.whl");
    let versions = ["0.18.2", "1.0.0b10", "0.20.0"];
    if asked.path == "/simple/dagger-io/" {
        let anchor = |version: &str| {
            let file = file(version);
            format!(
                "<a href=\"/files/{file}#sha256={}\" data-requires-python=\"&gt;=3.10\" data-dist-info-metadata=\"true\" data-core-metadata=\"true\">{file}</a>\n",
                "0".repeat(64)
            )
        };
        let page =
            format!("<!DOCTYPE html>\n<html><body>\n{}</body></html>\n", versions.map(anchor).concat());
        return Reply::ok(page).with("Content-Type", "text/html");
    }
    let version = versions.iter().find(|version| asked.path == format!("/files/{}.metadata", file(version)));
    match version {
        Some(version) => Reply::ok(format!(
            "Metadata-Version: 2.1\nName: dagger-io\nVersion: {version}\nRequires-Python: >=3.10\n"
        )),
        None => Reply::status(404, ""),
    }
}

/// The Cargo Book, "Index Format".
fn sparse(url: &str, asked: &Asked) -> Reply {
    match asked.path.as_str() {
        "/index/config.json" => json(&format!(r#"{{"dl":"{url}/dl"}}"#)),
        "/index/da/gg/dagger-sdk" => {
            let line = |version: &str| {
                let checksum = "0".repeat(64);
                format!(
                    "{{\"name\":\"dagger-sdk\",\"vers\":\"{version}\",\"deps\":[],\"cksum\":\"{checksum}\",\"features\":{{}},\"yanked\":false}}\n"
                )
            };
            Reply::ok(["0.18.2", "1.0.0-beta.10", "0.20.0"].map(line).concat())
        }
        _ => Reply::status(404, ""),
    }
}

/// go.dev/ref/mod, "GOPROXY protocol".
fn go(_: &str, asked: &Asked) -> Reply {
    let Some(file) = asked.path.strip_prefix("/dagger.io/dagger/") else {
        return Reply::status(404, "not found");
    };
    match file {
        "@v/list" => Reply::ok("v0.18.2\nv1.0.0-beta.10\nv0.20.0\n"),
        "@v/v0.20.0.info" | "@latest" => json(r#"{"Version":"v0.20.0","Time":"2026-01-01T00:00:00Z"}"#),
        "@v/v0.20.0.mod" => Reply::ok("module dagger.io/dagger\n"),
        _ => Reply::status(404, "not found"),
    }
}

fn composer(_: &str, asked: &Asked) -> Reply {
    if asked.path != "/packages.json" {
        return Reply::status(404, "");
    }
    let version = |version: &str| format!(r#""{version}":{{"name":"dagger/dagger","version":"{version}"}}"#);
    let versions = ["v0.18.2", "v1.0.0-beta.10", "dev-main"].map(version).join(",");
    json(&format!(r#"{{"packages":{{"dagger/dagger":{{{versions}}}}}}}"#))
}

fn json(text: &str) -> Reply {
    Reply::ok(text).with("Content-Type", "application/json")
}

/// `Bearer TOKEN`, or the token as the password of `user`.
fn is_known(asked: &Asked) -> bool {
    let basic = data_encoding::BASE64.encode(format!("user:{TOKEN}").as_bytes());
    let header = asked.header("authorization").unwrap_or_default();
    header == format!("Bearer {TOKEN}") || header == format!("Basic {basic}")
}

/// Returns the client's program, or says that it is not here. What a machine must have is for nobody but
/// `tests/setup/package-managers` to say, and that may fail.
fn find(client: &Client) -> Option<PathBuf> {
    let (name, own) = client.program;
    let set_up = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .map(|target| target.join("tools/package-managers/bin"));
    let set_up = set_up.map(|bin| bin.join(own)).filter(|program| program.is_file());
    let program = match (name, set_up) {
        ("cargo", _) => std::env::var_os("CARGO").map(PathBuf::from),
        (_, Some(program)) => Some(program),
        _ => tool::find(name),
    };
    let works = |program: &PathBuf| {
        let output = Command::new(program)
            .arg(if name == "go" { "version" } else { "--version" })
            .stdin(Stdio::null())
            .output();
        output.is_ok_and(|output| {
            output.status.success() && String::from_utf8_lossy(&output.stdout).starts_with(client.version)
        })
    };
    let found = program.filter(works);
    if found.is_none() {
        tool::say(&format!("not run: packages of {}: no such program that works", client.name));
    }
    found
}

/// Returns the client's answer about a registry, and how that was asked.
fn answer(
    client: &Client,
    program: &Path,
    reply: impl Fn(&str, &Asked) -> Reply + Send + Sync + 'static,
    timeout: &str,
) -> String {
    let url = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let known = std::sync::Arc::clone(&url);
    let server = Server::start(move |asked| reply(known.get().map_or("", String::as_str), asked));
    let _first = url.set(server.url());
    let fill = |text: &str| text.replace("@URL@", &server.url()).replace("@HOST@", &server.host());
    let files: Vec<(&str, String)> = client.files.iter().map(|(path, text)| (*path, fill(text))).collect();
    let variables: Vec<(&str, String)> =
        client.variables.iter().map(|(name, value)| (*name, fill(value))).collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = at_work(client, program, &files, &variables, timeout);
    assert!(!answer.contains(TOKEN), "{}: {answer}", client.name);
    answer
}

/// Returns the client's answer in a project with these files.
fn at_work(
    client: &Client,
    program: &Path,
    files: &[(&str, String)],
    variables: &[(&str, &str)],
    timeout: &str,
) -> String {
    let project = Project::new(files);
    let bin = project.home().join("bin");
    std::fs::create_dir(&bin).expect("a directory can be made");
    symlink(program, bin.join(client.program.0)).expect("a link can be made");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    // Where rustup and pyenv have what their programs lead to.
    let home = std::env::var("HOME").unwrap_or_default();
    let rustup = std::env::var("RUSTUP_HOME").unwrap_or_else(|_| format!("{home}/.rustup"));
    let pyenv = std::env::var("PYENV_ROOT").unwrap_or_else(|_| format!("{home}/.pyenv"));
    let mut all = vec![("RUSTUP_HOME", rustup.as_str()), ("PYENV_ROOT", &pyenv)];
    all.extend(variables);
    all.push(("PATH", &path));
    ask(&project, &all, timeout)
}

/// Runs the check for every client that is here, side by side: most of the time they wait.
fn with_every_client(check: impl Fn(&Client, &Path) + Sync) {
    thread::scope(|scope| {
        for client in CLIENTS {
            let check = &check;
            scope.spawn(move || {
                if let Some(program) = find(client) {
                    check(client, &program);
                }
            });
        }
    });
}

/// What every question is answered by a registry that is not well.
type Fault = fn(&Asked) -> Reply;

const LONG: &str = "60000";

#[test]
fn a_real_client_lists_what_its_registry_has() {
    with_every_client(|client, program| {
        let (registry, is_private) = (client.registry, client.is_private);
        let reply = move |url: &str, asked: &Asked| {
            if is_private && !is_known(asked) {
                return Reply::status(401, "{}").with("WWW-Authenticate", "Basic realm=\"x\"");
            }
            registry(url, asked)
        };
        let answer = answer(client, program, reply, LONG);
        assert_eq!(answer, "0.18.2 1.0.0-beta.10", "{}", client.name);
    });
}

#[test]
fn a_real_client_says_that_a_package_is_not_there() {
    with_every_client(|client, program| {
        let registry = client.registry;
        let reply = move |url: &str, asked: &Asked| match asked.path.as_str() {
            "/index/config.json" => registry(url, asked),
            "/packages.json" => json(r#"{"packages":{}}"#),
            _ => Reply::status(404, "not found"),
        };
        let answer = answer(client, program, reply, LONG);
        if client.knows_absence {
            assert_eq!(answer, "", "{}", client.name);
        } else {
            assert!(answer.starts_with("error: "), "{}: {answer}", client.name);
        }
    });
}

#[test]
fn a_registry_without_an_answer_lacks_nothing() {
    let faults: [(&str, &str, Fault); 5] = [
        ("unauthorized", LONG, |_| Reply::status(401, "{}").with("WWW-Authenticate", "Basic realm=\"x\"")),
        ("forbidden", LONG, |_| Reply::status(403, "{}")),
        ("broken", LONG, |_| Reply::status(500, "broken")),
        ("closed", LONG, |_| Reply::Closed),
        ("hang", "300", |_| Reply::Hang),
    ];
    with_every_client(|client, program| {
        for (fault, timeout, reply) in faults {
            let answer = answer(client, program, move |_, asked| reply(asked), timeout);
            assert!(answer.starts_with("error: "), "{} {fault}: {answer:?}", client.name);
        }
    });
}

/// Each client as it is configured here, about its own registry, which nobody has to have.
#[test]
fn a_real_client_has_what_its_own_registry_has() {
    let environment: Vec<(String, String)> = std::env::vars().collect();
    with_every_client(|client, program| {
        let Some(files) = plain(client) else { return };
        let mut variables: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // Some proxies of Go refuse what they do not have.
        variables.push(("PIN_TEST_WANTED", if client.name == "Go" { "0.18.4" } else { "0.18.4 0.99.0" }));
        let answer = at_work(client, program, &files, &variables, LONG);
        if answer.starts_with("error: ") {
            return tool::say(&format!(
                "not run: packages of {}, from its own registry: {answer}",
                client.name
            ));
        }
        assert_eq!(answer, "0.18.4", "{}", client.name);
        tool::say(&format!("packages: {} was asked about its own registry", client.name));
    });
}

/// Returns the client's project without a registry of the tests.
fn plain(client: &Client) -> Option<Vec<(&'static str, String)>> {
    let is_plain = |(_, text): &&(&str, &str)| !text.contains("@URL@") && !text.contains("@HOST@");
    let files = client.files.iter().filter(is_plain);
    let python = "[project]\nname = \"x\"\nversion = \"0.1.0\"\nrequires-python = \">=3.10\"\ndependencies = [\"dagger-io>=0.18.2\"]\n";
    Some(match client.name {
        "pip" => vec![("requirements.txt", "dagger-io==0.18.2\n".to_owned())],
        "uv" => vec![("pyproject.toml", format!("{python}\n[tool.uv]\n"))],
        "Poetry" => vec![("pyproject.toml", format!("{python}\n[tool.poetry]\npackage-mode = false\n"))],
        "Cargo, with a mirror" => {
            vec![("Cargo.toml", "[dependencies]\ndagger-sdk = \"0.18.2\"\n".to_owned())]
        }
        "Composer" => vec![("composer.json", r#"{"require":{"dagger/dagger":"^0.18.2"}}"#.to_owned())],
        "Cargo, with a registry" | "PDM, through pip" | "Pipenv, through pip" => return None,
        _ => files.map(|(path, text)| (*path, (*text).to_owned())).collect(),
    })
}
