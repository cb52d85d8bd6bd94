//! A container daemon that keeps what it is told and runs nothing: an engine that "starts" is a fake one on the socket
//! that was asked for. It is there for answers that no real daemon gives on demand.

use super::docker_order;
use super::engine_fake::{EngineFake, Says};
use super::server::{Asked, Reply, Server};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// A running fake; it ends when the value goes.
#[derive(Debug)]
pub(crate) struct DockerFake {
    server: Server,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    images: BTreeSet<String>,
    containers: BTreeMap<String, Container>,
    volumes: BTreeMap<String, Value>,
    warnings: Vec<String>,
    /// Whether it does not see our files.
    is_elsewhere: bool,
}

#[derive(Debug)]
struct Container {
    body: Value,
    state: &'static str,
    /// How often it was started.
    starts: usize,
    /// It ends with the container.
    engine: Option<EngineFake>,
    /// Where it listens.
    socket: Option<PathBuf>,
    /// Where that is when the daemon does not see our files.
    own: TempDir,
}

impl DockerFake {
    /// Starts a daemon that has this image, and whose engines answer this. `script` sees the name of each question first
    /// (see [`docker_order::name`]), with the question, and may answer it.
    pub(crate) fn start(
        image: &str,
        says: Says,
        script: impl Fn(&str, &Asked) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let inner = Arc::new(Mutex::new(Inner { images: [image.to_owned()].into(), ..Inner::default() }));
        let kept = Arc::clone(&inner);
        let server = Server::start(move |asked| {
            let name = docker_order::name(&asked.method, &asked.path);
            script(&name, asked).unwrap_or_else(|| lock(&kept).answer(&name, asked, &says))
        });
        Self { server, inner }
    }

    /// A daemon that does not see our files, so that nobody has the sockets of its engines.
    pub(crate) fn elsewhere(
        image: &str,
        script: impl Fn(&str, &Asked) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let fake = Self::start(image, Says::Nothing, script);
        lock(&fake.inner).is_elsewhere = true;
        fake
    }

    /// What to set as `DOCKER_HOST`.
    pub(crate) fn address(&self) -> String {
        format!("tcp://{}", self.server.host())
    }

    /// Everything that was asked, by name.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.server.asked().iter().map(|asked| docker_order::name(&asked.method, &asked.path)).collect()
    }

    /// What was sent with the first question of this name.
    pub(crate) fn body(&self, name: &str) -> Value {
        serde_json::from_str(&self.first(name).body).expect("it is JSON")
    }

    /// The first question of this name.
    pub(crate) fn first(&self, name: &str) -> Asked {
        let mut asked = self.server.asked().into_iter();
        asked.find(|asked| docker_order::name(&asked.method, &asked.path) == name).expect("it was asked")
    }

    /// From now on it says this about every container that it makes.
    pub(crate) fn warn(&self, warning: &str) {
        lock(&self.inner).warnings.push(warning.to_owned());
    }

    /// Makes a volume of somebody's own, with these labels.
    pub(crate) fn add_volume(&self, name: &str, labels: &Value) {
        let volume = json!({
            "Name": name, "Labels": labels, "Driver": "local", "Mountpoint": "/volumes", "Scope": "local", "Options": {},
        });
        lock(&self.inner).volumes.insert(name.to_owned(), volume);
    }

    /// Names of the containers and volumes that there are.
    pub(crate) fn left(&self) -> Vec<String> {
        let inner = lock(&self.inner);
        inner.containers.keys().chain(inner.volumes.keys()).cloned().collect()
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

fn json(status: u16, value: &Value) -> Reply {
    Reply::status(status, value.to_string()).with("Content-Type", "application/json")
}

fn none(what: &str) -> Reply {
    json(404, &json!({ "message": format!("no such {what}") }))
}

/// The value of a query's key, as far as it is plain.
fn query<'a>(asked: &'a Asked, key: &str) -> Option<&'a str> {
    let (_, query) = asked.path.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

impl Inner {
    fn answer(&mut self, name: &str, asked: &Asked, says: &Says) -> Reply {
        let path = asked.path.split('?').next().unwrap_or_default();
        // Of a container or volume: `/containers/NAME/…`
        let subject = docker_order::words(path).get(1).copied().unwrap_or_default().to_owned();
        match name {
            "GET /_ping" | "HEAD /_ping" => Reply::ok("OK"),
            "GET /version" => json(
                200,
                &json!({ "Version": "99.0.0", "ApiVersion": "1.51", "MinAPIVersion": "1.40", "Os": "linux", "Arch": "amd64" }),
            ),
            "GET /info" => json(200, &json!({ "ID": "fake", "OSType": "linux", "OperatingSystem": "fake" })),
            "GET /containers/json" => {
                let all: Vec<Value> =
                    self.containers.iter().map(|(name, container)| container.summary(name)).collect();
                json(200, &all.into())
            }
            "GET /images/{}/json" => {
                let has_it = self.images.iter().any(|image| path.ends_with(&format!("/{image}/json")));
                if has_it { json(200, &json!({ "Id": "sha256:1" })) } else { none("image") }
            }
            "POST /images/create" => {
                let (image, tag) = (query(asked, "fromImage").unwrap_or_default(), query(asked, "tag"));
                let image = image.replace("%2F", "/").replace("%3A", ":");
                self.images.insert(tag.map_or(image.clone(), |tag| format!("{image}:{tag}")));
                Reply::ok("{\"status\":\"Pulling from the test\"}\r\n{\"status\":\"Pull complete\"}\r\n")
            }
            "GET /networks/{}" => json(200, &json!({ "Name": "bridge", "Driver": "bridge" })),
            "GET /volumes" => {
                let all: Vec<&Value> = self.volumes.values().collect();
                json(200, &json!({ "Volumes": all, "Warnings": [] }))
            }
            "GET /volumes/{}" => match self.volumes.get(&subject) {
                Some(volume) => json(200, volume),
                None => none("volume"),
            },
            "POST /volumes/create" => {
                let mut volume: Value = serde_json::from_str(&asked.body).unwrap_or_default();
                volume["Driver"] = "local".into();
                volume["Mountpoint"] = "/volumes".into();
                volume["Scope"] = "local".into();
                volume["Options"] = json!({});
                self.volumes.insert(volume["Name"].as_str().unwrap_or_default().to_owned(), volume.clone());
                json(201, &volume)
            }
            "DELETE /volumes/{}" => match self.volumes.remove(&subject) {
                Some(_) => Reply::status(204, ""),
                None => none("volume"),
            },
            "POST /containers/create" => {
                let name = query(asked, "name").unwrap_or_default();
                let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
                let image = body["Image"].as_str().unwrap_or_default();
                if !self.images.contains(image) {
                    return none(&format!("image: {image}"));
                }
                let own = tempfile::tempdir().expect("a temporary directory");
                let container =
                    Container { body, state: "created", starts: 0, engine: None, socket: None, own };
                if self.containers.contains_key(name) {
                    return json(409, &json!({ "message": "Conflict. The name is in use" }));
                }
                self.containers.insert(name.to_owned(), container);
                json(201, &json!({ "Id": name, "Warnings": self.warnings }))
            }
            _ => self.about(name, &subject, says),
        }
    }

    fn about(&mut self, name: &str, subject: &str, says: &Says) -> Reply {
        let Some(container) = self.containers.get_mut(subject) else { return none("container") };
        match name {
            "GET /containers/{}/json" => json(
                200,
                &json!({ "Id": subject, "Name": format!("/{subject}"), "Config": container.body, "State": {
                    "Status": container.state, "Running": container.state == "running",
                    "StartedAt": format!("2026-01-01T00:00:{:02}Z", container.starts),
                } }),
            ),
            "PUT /containers/{}/archive" => Reply::ok(""),
            "POST /containers/{}/start" => {
                container.state = "running";
                container.starts += 1;
                let mounts = container.body["HostConfig"]["Mounts"].as_array();
                let bound = mounts.into_iter().flatten().find(|mount| mount["Type"] == "bind");
                let bound = bound.filter(|_| !self.is_elsewhere);
                let directory = bound.and_then(|mount| Some(Path::new(mount["Source"].as_str()?)));
                let is_dagger = bound.is_some_and(|mount| mount["Target"] == "/run/dagger");
                let name = if is_dagger { "engine.sock" } else { "buildkitd.sock" };
                let socket = directory.unwrap_or(container.own.path()).join(name);
                container.engine = Some(EngineFake::on_socket(&socket, says.clone()));
                container.socket = Some(socket);
                Reply::status(204, "")
            }
            "POST /containers/{}/wait" => Reply::Hang,
            "POST /containers/{}/update" => json(200, &json!({ "Warnings": [] })),
            "POST /containers/{}/stop" => {
                container.state = "exited";
                container.engine = None;
                Reply::status(204, "")
            }
            "DELETE /containers/{}" if container.state == "running" => {
                json(409, &json!({ "message": "it is running" }))
            }
            "DELETE /containers/{}" => {
                self.containers.remove(subject);
                Reply::status(204, "")
            }
            "GET /containers/{}/logs" => {
                Reply::ok("").with("Content-Type", "application/vnd.docker.raw-stream")
            }
            "POST /containers/{}/exec" if container.state == "running" => {
                json(201, &json!({ "Id": subject }))
            }
            "POST /containers/{}/exec" => json(409, &json!({ "message": "nothing runs here" })),
            "POST /exec/{}/start" => match &container.socket {
                Some(socket) => Reply::Through(socket.clone()),
                None => json(409, &json!({ "message": "nothing runs here" })),
            },
            _ => json(404, &json!({ "message": "page not found" })),
        }
    }
}

impl Container {
    fn summary(&self, name: &str) -> Value {
        let mounts = self.body["HostConfig"]["Mounts"].as_array().into_iter().flatten();
        let mounts: Vec<Value> = mounts
            .map(|mount| {
                let is_volume = mount["Type"] == "volume";
                json!({
                    "Type": mount["Type"],
                    "Name": if is_volume { mount["Source"].clone() } else { json!("") },
                    "Source": mount["Source"],
                    "Destination": mount["Target"],
                })
            })
            .collect();
        json!({
            "Id": name,
            "Names": [format!("/{name}")],
            "Image": self.body["Image"],
            "Labels": self.body["Labels"],
            "State": self.state,
            "Status": "said by the test",
            "Created": 1,
            "Mounts": mounts,
        })
    }
}
