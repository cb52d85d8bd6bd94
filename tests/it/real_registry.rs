//! What the reference registry of the distribution project answers, asked by our client. It gets its images by plain
//! HTTP, so that nothing of ours stands at both ends.

use crate::support::questions::{LATER, ask, docker, image, login, tags};
use crate::support::registry::{INDEX, MANIFEST, PASSWORD, USER, digest};
use crate::support::registry_process::{PAGE, RegistryProcess};
use data_encoding::BASE64;
use pin::registry::Credentials;
use pin::world::http::{Http, HttpOptions};
use pin::world::wait_for;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Method, Response};
use serde_json::json;

/// Somebody who pushes.
struct Pusher<'r> {
    client: Client,
    host: &'r str,
}

impl Pusher<'_> {
    async fn send(&self, method: Method, path: &str, kind: &str, body: Vec<u8>, wanted: u16) -> Response {
        let url = if path.starts_with('/') { format!("http://{}{path}", self.host) } else { path.to_owned() };
        let asked = self
            .client
            .request(method, url)
            .basic_auth(USER, Some(PASSWORD))
            .header(CONTENT_TYPE, kind)
            .body(body);
        let answer = asked.send().await.expect("the registry answers");
        let status = answer.status().as_u16();
        assert_eq!(status, wanted, "{path}: {}", answer.text().await.unwrap_or_default());
        answer
    }

    async fn blob(&self, name: &str, bytes: &[u8]) {
        let begun = self
            .send(Method::POST, &format!("/v2/{name}/blobs/uploads/"), "text/plain", Vec::new(), 202)
            .await;
        let to = begun.headers()[LOCATION].to_str().expect("an address is text");
        let to = format!("{to}{}digest={}", if to.contains('?') { '&' } else { '?' }, digest(bytes));
        self.send(Method::PUT, &to, "application/octet-stream", bytes.to_vec(), 201).await;
    }

    async fn manifest(&self, name: &str, tag: &str, kind: &str, body: &str) {
        let path = format!("/v2/{name}/manifests/{tag}");
        self.send(Method::PUT, &path, kind, body.as_bytes().to_vec(), 201).await;
    }

    /// Pushes one image for two platforms as `v1`, one of them as `one` and as many other tags, and returns what `v1`
    /// and `one` are.
    async fn images(&self, name: &str) -> (String, String) {
        let mut manifests = Vec::new();
        for (os, architecture) in [("linux", "amd64"), ("linux", "arm64")] {
            let config = json!({ "os": os, "architecture": architecture, "rootfs": { "type": "layers", "diff_ids": [] } });
            let config = config.to_string();
            self.blob(name, config.as_bytes()).await;
            let manifest = json!({
                "schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
                "config": {
                    "mediaType": "application/vnd.oci.image.config.v1+json",
                    "digest": digest(config.as_bytes()), "size": config.len(),
                },
            });
            let manifest = manifest.to_string();
            self.manifest(name, &digest(manifest.as_bytes()), MANIFEST, &manifest).await;
            let platform = json!({ "os": os, "architecture": architecture, "variant": (architecture == "arm64").then_some("v8") });
            let entry = json!({ "mediaType": MANIFEST, "digest": digest(manifest.as_bytes()), "size": manifest.len(), "platform": platform });
            manifests.push((entry, manifest));
        }
        let entries: Vec<_> = manifests.iter().map(|(entry, _)| entry).collect();
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries }).to_string();
        self.manifest(name, "v1", INDEX, &index).await;
        let (amd, arm) = (&manifests[0].1, &manifests[1].1);
        self.manifest(name, "one", MANIFEST, amd).await;
        for number in 0..3 * PAGE {
            self.manifest(name, &format!("v0.{number}.0"), MANIFEST, amd).await;
        }
        let (amd, arm) = (digest(amd.as_bytes()), digest(arm.as_bytes()));
        (format!("{} linux/amd64={amd} linux/arm64={arm}", digest(index.as_bytes())), amd)
    }
}

/// The registry that `tests/setup/go-tools` has built. It is not built where there is no Go.
#[test]
fn a_real_registry_is_understood() {
    let Some(program) = RegistryProcess::program("real registry") else { return };
    for is_open in [true, false] {
        let running = RegistryProcess::start(&program, is_open);
        let host = running.host.as_str();
        // Whoever makes one of our clients has chosen the cryptography of this process.
        drop(Http::new(&HttpOptions { timeout: LATER, cache: None }).expect("a client can be made"));
        let pusher = Pusher { client: Client::new(), host };
        let pushed =
            wait_for(pusher.images("team/app")).expect("a runtime starts").expect("nobody interrupts");

        let (_directory, credentials) =
            if is_open { docker("broken, and not read") } else { login(host, PASSWORD) };
        let said = ask(&credentials, LATER, async |registry| {
            let mut said = Vec::new();
            let one = pushed.1.as_str();
            for what in [":v1", ":one", &format!("@{one}"), ":v2", &format!("@{}", digest(b"other"))] {
                said.push(image(registry, &format!("{host}/team/app{what}")).await);
            }
            said.push(image(registry, &format!("{host}/team/other:v1")).await);
            said.push(tags(registry, &format!("{host}/team/other")).await);
            said
        });
        let one = &pushed.1;
        let none = format!("there is no `{host}/team/other`, says its registry");
        assert_eq!(said, [&pushed.0, one, one, "absent", "absent", "absent", &none]);

        let mut all: Vec<String> = (0..3 * PAGE).map(|number| format!("v0.{number}.0")).collect();
        all.extend(["one".to_owned(), "v1".to_owned()]);
        all.sort();
        let listed =
            ask(&credentials, LATER, async |registry| tags(registry, &format!("{host}/team/app")).await);
        assert_eq!(listed, all.join(" "));

        if !is_open {
            let (directory, wrong) = login(host, &BASE64.encode(b"another"));
            for (credentials, expect) in [
                (
                    &Credentials::default(),
                    format!(
                        "`{host}/team/app` needs credentials | run `docker login {host}` or `podman login {host}`"
                    ),
                ),
                (
                    &wrong,
                    format!(
                        "`{host}/team/app` needs credentials, and those in {} are not enough | run `docker login {host}` or `podman login {host}` \
                         as somebody who may pull `team/app`",
                        directory.path().join("config.json").display()
                    ),
                ),
            ] {
                let said = ask(credentials, LATER, async |registry| {
                    [
                        image(registry, &format!("{host}/team/app:v1")).await,
                        tags(registry, &format!("{host}/team/app")).await,
                    ]
                });
                assert_eq!(said, [expect.clone(), expect]);
            }
        }
    }
}
