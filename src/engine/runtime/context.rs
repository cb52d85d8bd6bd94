//! Docker's contexts: which one is in force, and which daemon it names (docker/cli `cli/command/cli.go`,
//! `cli/context/store`).

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::address::{Address, Refusal, TlsFiles};
use crate::value::{Digest, Environment};
use crate::world;

/// The context that is no entry of the store, but the machine's own socket.
const DEFAULT: &str = "default";

/// The context that is in force when it is not the default one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// Whether a variable says so, and not Docker's configuration.
    pub by_variable: bool,
    /// The daemon that it names.
    pub address: Result<Address, Refusal>,
}

/// What is used of `config.json`.
#[derive(Deserialize)]
struct Config {
    #[serde(rename = "currentContext", default)]
    current: Option<String>,
}

/// What is used of a context's `meta.json`.
#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Endpoints", default)]
    endpoints: Endpoints,
}

#[derive(Default, Deserialize)]
struct Endpoints {
    docker: Option<DockerEndpoint>,
}

#[derive(Deserialize)]
struct DockerEndpoint {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skips_verification: bool,
}

/// Returns the directory of Docker's own configuration.
pub(super) fn directory(environment: &Environment) -> Option<PathBuf> {
    environment.path("DOCKER_CONFIG").or_else(|| Some(environment.home()?.join(".docker")))
}

impl Context {
    /// Returns the context that is in force. A `DOCKER_HOST` takes it out of force, as for Docker's own CLI.
    pub fn read(environment: &Environment) -> Option<Self> {
        if environment.get("DOCKER_HOST").is_some() {
            return None;
        }
        let directory = directory(environment)?;
        let config = read(&directory.join("config.json")).ok().flatten();
        let (name, by_variable) = current(environment, config.as_deref())?;
        let id = id(&name);
        let meta = read(&directory.join("contexts/meta").join(&id).join("meta.json"));
        let tls = tls_files(&directory.join("contexts/tls").join(&id).join("docker"));
        let address = match meta {
            Ok(Some(meta)) => endpoint(&meta, tls),
            Ok(None) => Err(Refusal::new("there is no such context")),
            Err(why) => Err(Refusal::new(why)),
        };
        Some(Self { name, by_variable, address })
    }
}

/// Returns the name of the context in force, unless it is the default one, and whether a variable says so.
fn current(environment: &Environment, config: Option<&str>) -> Option<(String, bool)> {
    let by_variable = environment.word("DOCKER_CONTEXT").map(|name| (name.to_owned(), true));
    let by_config = || {
        let config: Config = serde_json::from_str(config?).ok()?;
        Some((config.current?, false))
    };
    by_variable.or_else(by_config).filter(|(name, _)| !name.is_empty() && name != DEFAULT)
}

/// Returns the name of a context's directories.
fn id(name: &str) -> String {
    Digest::of(name.as_bytes()).to_string().trim_start_matches("sha256:").to_owned()
}

/// Returns the daemon that a context's `meta.json` names.
fn endpoint(meta: &str, tls: Option<TlsFiles>) -> Result<Address, Refusal> {
    let meta: Meta =
        serde_json::from_str(meta).map_err(|_| Refusal::new("nobody can read the context's meta.json"))?;
    let Some(docker) = meta.endpoints.docker else {
        return Err(Refusal::new("the context names no daemon"));
    };
    let address = Address::parse(&docker.host, tls)?;
    match address {
        Address::Tls { .. } if docker.skips_verification => Err(Refusal {
            why: "the context does not want to know whether the daemon is the right one".to_owned(),
            hint: Some("give it the certificate of who has signed the daemon's: `docker context update --docker host=…,ca=ca.pem NAME`".to_owned()),
        }),
        address => Ok(address),
    }
}

/// Returns the files for TLS that are in a directory, if there is any.
pub(super) fn tls_files(directory: &Path) -> Option<TlsFiles> {
    let file = |name: &str| Some(directory.join(name)).filter(|path| path.is_file());
    let files = TlsFiles { ca: file("ca.pem"), own: file("cert.pem").zip(file("key.pem")) };
    (files != TlsFiles::default()).then_some(files)
}

/// Returns the text of a file, `None` when there is none.
fn read(path: &Path) -> Result<Option<String>, String> {
    match world::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Scratch;
    use proptest::prelude::*;

    /// `printf colima | sha256sum`
    const COLIMA: &str = "f24fd3749c1368328e2b149bec149cb6795619f244c5b584e844961215dadd16";

    #[test]
    fn the_context_in_force_is_that_of_dockers_own_cli() {
        let check = |config: &str, variables: &[(&str, &str)], expect: &str| {
            let meta = format!(".docker/contexts/meta/{COLIMA}/meta.json");
            let home = Scratch::new(&[
                (".docker/config.json", config),
                (
                    &meta,
                    r#"{"Name":"colima","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///c.sock"}}}"#,
                ),
            ])
            .unwrap();
            let own = ("HOME".into(), home.path().into());
            let given = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            let found = Context::read(&Environment::new(given.chain([own])));
            let found = found.map_or_else(
                || "none".to_owned(),
                |context| {
                    let address = context.address.map_or_else(|no| no.why, |address| address.to_string());
                    format!("{} {} {address}", context.name, context.by_variable)
                },
            );
            assert_eq!(found, expect, "{config} {variables:?}");
        };
        let colima = r#"{"currentContext":"colima"}"#;
        check("{}", &[], "none");
        check("no JSON", &[], "none");
        check(r#"{"currentContext":"default"}"#, &[], "none");
        check(colima, &[], "colima false unix:///c.sock");
        check("{}", &[("DOCKER_CONTEXT", "colima")], "colima true unix:///c.sock");
        check(colima, &[("DOCKER_CONTEXT", "default")], "none");
        check(colima, &[("DOCKER_CONTEXT", "../x")], "../x true there is no such context");
        check(colima, &[("DOCKER_HOST", "tcp://h:1"), ("DOCKER_CONTEXT", "colima")], "none");
        check(colima, &[("DOCKER_CONFIG", "/nowhere/at/all")], "none");
        assert_eq!(id("colima"), COLIMA);
        assert_eq!(Context::read(&Environment::default()), None);
    }

    #[test]
    fn certificates_of_a_context_are_used_and_verification_is_never_skipped() {
        let directory = Scratch::new(&[("ca.pem", ""), ("cert.pem", "")]).unwrap();
        let files = tls_files(directory.path()).unwrap();
        // A certificate is nothing without its key.
        assert_eq!(files, TlsFiles { ca: Some(directory.path().join("ca.pem")), own: None });
        assert_eq!(tls_files(Path::new("/nowhere/at/all")), None);
        let check = |meta: &str, expect: &str| {
            let found = endpoint(meta, Some(files.clone()));
            assert_eq!(found.map_or_else(|no| no.why, |address| address.to_string()), expect, "{meta}");
        };
        check(r#"{"Endpoints":{"docker":{"Host":"tcp://h:1"}}}"#, "https://h:1");
        let unsafe_one = "the context does not want to know whether the daemon is the right one";
        check(r#"{"Endpoints":{"docker":{"Host":"tcp://h:1","SkipTLSVerify":true}}}"#, unsafe_one);
        check(r#"{"Endpoints":{}}"#, "the context names no daemon");
        check("{}", "the context names no daemon");
        check("1", "nobody can read the context's meta.json");
    }

    proptest! {
        #[test]
        fn no_metadata_is_too_much(text in "\\{?(\"Endpoints\":)?\\{?(\"docker\":)?\\{?(\"Host\":)?\"?[a-z:/.{}\\[\\]\"]{0,20}") {
            drop(endpoint(&text, None));
            drop(current(&Environment::default(), Some(&text)));
        }
    }
}
