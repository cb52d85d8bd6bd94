//! A registry that speaks the distribution protocol, for [`Server`](super::server::Server).

use super::server::{Asked, Reply};
use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

pub(crate) const USER: &str = "user";
pub(crate) const PASSWORD: &str = "hunter2";
/// What a token server gives tokens for; what it must not be mistaken for is the password.
pub(crate) const REFRESH: &str = "hunter2";

/// Whom the registry lets in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Door {
    /// Everybody.
    Open,
    /// Whoever has the password.
    Basic,
    /// Whoever has a token of `/token`, which gives everybody one; below `private/` it has to be one for the password.
    Bearer,
}

/// What the registry has.
#[derive(Clone, Debug)]
pub(crate) struct Fake {
    /// Type and bytes of manifests, by repository and tag.
    images: BTreeMap<(String, String), (&'static str, Vec<u8>)>,
    door: Door,
    /// How many tags it lists at once, however many are asked for.
    page: usize,
}

impl Fake {
    pub(crate) fn new(door: Door) -> Self {
        Self { images: BTreeMap::new(), door, page: 2 }
    }

    pub(crate) fn with(
        mut self,
        repository: &str,
        tag: &str,
        kind: &'static str,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        self.images.insert((repository.to_owned(), tag.to_owned()), (kind, body.into()));
        self
    }

    /// What it answers.
    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        if path == "/token" {
            return token(asked, query);
        }
        let Some((repository, what)) = path
            .strip_prefix("/v2/")
            .and_then(|path| ["/manifests/", "/tags/list"].iter().find_map(|middle| path.split_once(middle)))
        else {
            return Reply::status(404, "page not found");
        };
        if let Some(challenge) = self.challenge(asked, repository) {
            return refusal(401, "UNAUTHORIZED").with("WWW-Authenticate", &challenge);
        }
        if path.contains("/tags/list") {
            self.list(repository, query)
        } else {
            self.manifest(asked, repository, what)
        }
    }

    fn challenge(&self, asked: &Asked, repository: &str) -> Option<String> {
        let authorization = asked.header("authorization").unwrap_or_default();
        let host = asked.header("host").expect("a client names the host");
        let scope = format!("repository:{repository}:pull");
        let is_in = match self.door {
            Door::Open => true,
            Door::Basic => authorization == basic(),
            Door::Bearer if repository.starts_with("private/") => {
                authorization == format!("Bearer known-{scope}")
            }
            Door::Bearer => {
                ["known", "anybody"].iter().any(|who| authorization == format!("Bearer {who}-{scope}"))
            }
        };
        (!is_in).then(|| match self.door {
            Door::Bearer => format!(r#"Bearer realm="http://{host}/token",service="fake",scope="{scope}""#),
            _ => r#"Basic realm="fake, really""#.to_owned(),
        })
    }

    fn manifest(&self, asked: &Asked, repository: &str, tag: &str) -> Reply {
        let accepted = asked.header("accept").unwrap_or_default();
        match self.images.get(&(repository.to_owned(), tag.to_owned())) {
            Some((kind, _)) if !accepted.contains(kind) => refusal(406, "MANIFEST_UNKNOWN"),
            Some((kind, body)) => Reply::ok(body.clone())
                .with("Content-Type", kind)
                .with("Docker-Content-Digest", &digest(body)),
            None => refusal(404, "MANIFEST_UNKNOWN"),
        }
    }

    fn list(&self, repository: &str, query: &str) -> Reply {
        let last = field(query, "last").unwrap_or_default();
        let tags = self
            .images
            .keys()
            .filter(|(known, tag)| known == repository && **tag > *last)
            .map(|(_, tag)| tag);
        let tags: Vec<&String> = tags.collect();
        if tags.is_empty() && last.is_empty() {
            return refusal(404, "NAME_UNKNOWN");
        }
        let page = &tags[..tags.len().min(self.page)];
        let reply = Reply::ok(serde_json::json!({ "name": repository, "tags": page }).to_string());
        match page.last() {
            Some(last) if tags.len() > page.len() => reply.with(
                "Link",
                &format!(r#"</v2/{repository}/tags/list?last={last}&n={}>; rel="next""#, self.page),
            ),
            _ => reply,
        }
    }
}

/// The token server: the password or a refresh token gives a better token than nothing, a wrong one gives none.
fn token(asked: &Asked, query: &str) -> Reply {
    let fields = if asked.method == "POST" { asked.body.as_str() } else { query };
    let scope = field(fields, "scope").expect("a token is for something");
    assert_eq!(field(fields, "service").as_deref(), Some("fake"));
    let who = match (asked.method.as_str(), asked.header("authorization")) {
        ("POST", None) => (field(fields, "refresh_token").as_deref() == Some(REFRESH)).then_some("known"),
        (_, None) => Some("anybody"),
        (_, Some(authorization)) => (authorization == basic()).then_some("known"),
    };
    match who {
        Some(who) if asked.method == "POST" => Reply::ok(format!(r#"{{"access_token":"{who}-{scope}"}}"#)),
        Some(who) => Reply::ok(format!(r#"{{"token":"{who}-{scope}","expires_in":300}}"#)),
        None => refusal(401, "UNAUTHORIZED"),
    }
}

/// What a registry says when it gives nothing (distribution-spec, "Error Codes").
pub(crate) fn refusal(status: u16, code: &str) -> Reply {
    let body = serde_json::json!({ "errors": [{ "code": code, "message": "no", "detail": PASSWORD }] });
    Reply::status(status, body.to_string()).with("Content-Type", "application/json")
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes)))
}

fn basic() -> String {
    format!("Basic {}", BASE64.encode(format!("{USER}:{PASSWORD}").as_bytes()))
}

fn field(fields: &str, wanted: &str) -> Option<String> {
    let url = reqwest::Url::parse(&format!("http://h/?{fields}")).expect("fields are a query");
    url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}
