//! A repository that pins a version of an engine, and the daemon that the engine is to run on.

use super::docker_api::Api;
use super::engine_image::Engines;
use super::{Project, Run, binary};
use pin::config::EngineKind;
use pin::value::Version;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Everything that is left of it on the daemon goes when the value goes.
#[derive(Debug)]
pub(crate) struct Pinned {
    pub(crate) project: Project,
    name: String,
    engine: EngineKind,
    version: String,
    /// The directory of the programs that it uses.
    programs: Option<PathBuf>,
    /// Whom `pin` asks.
    host: String,
    /// Whom the test asks: the daemon behind whoever stands in between.
    api: Api,
}

impl Pinned {
    /// A repository whose project has this name, which is no other test's.
    pub(crate) fn new(name: &str, version: &str, api: &Api) -> Self {
        Self::with(name, version, api, "")
    }

    /// The same with more lines of pin.toml's table `engine`.
    pub(crate) fn with(name: &str, version: &str, api: &Api, engine: &str) -> Self {
        Self::of(EngineKind::BuildKit, name, version, api, engine)
    }

    /// A repository that pins Dagger.
    pub(crate) fn dagger(name: &str, version: &str, api: &Api, engine: &str) -> Self {
        Self::of(EngineKind::Dagger, name, version, api, engine)
    }

    fn of(kind: EngineKind, name: &str, version: &str, api: &Api, engine: &str) -> Self {
        let pinned = Self {
            project: Project::new::<&str, &str>(&[]),
            name: name.to_owned(),
            engine: kind,
            version: version.to_owned(),
            programs: None,
            host: api.address().to_owned(),
            api: api.clone(),
        };
        pinned.write(engine);
        pinned
    }

    /// The same repository, whose user has these programs.
    pub(crate) fn with_programs(mut self, directory: &Path) -> Self {
        self.programs = Some(directory.to_owned());
        self
    }

    /// The same repository, reaching the daemon through somebody else.
    pub(crate) fn through(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// From now on another version is pinned.
    pub(crate) fn pin(&mut self, version: &str) {
        version.clone_into(&mut self.version);
        self.write("");
    }

    fn toolchain(&self) -> &'static str {
        self.engine.toolchain()
    }

    /// Writes pin.toml with these lines of its table `engine`.
    pub(crate) fn write(&self, engine: &str) {
        self.write_tables(&format!("version = \"{}\"", self.version), engine);
    }

    /// Writes pin.toml with these lines of its toolchain's table and of its table `engine`.
    pub(crate) fn write_tables(&self, version: &str, engine: &str) {
        let toolchain = self.toolchain();
        let text = format!(
            "project = \"{}\"\n[toolchain.{toolchain}]\n{version}\n\
             [engine]\ntoolchain = \"{toolchain}\"\nmode = \"isolated\"\n{engine}\n",
            self.name
        );
        self.project.write("pin.toml", text);
    }

    /// `pin` with these arguments, ready to run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.under(&binary());
        command.args(arguments);
        command
    }

    /// Another program as `pin` would run.
    pub(crate) fn under(&self, program: &Path) -> Command {
        let mut command = self.project.command(program, &[] as &[&str]);
        command.env("DOCKER_HOST", &self.host);
        command.envs(self.programs.iter().map(|directory| ("PATH", directory)));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.project.run(&mut self.command(arguments))
    }

    pub(crate) fn up(&self) -> Run {
        self.run(&["engine", "up"])
    }

    pub(crate) fn down(&self) -> Run {
        self.run(&["engine", "down"])
    }

    /// The name of the container that there should be.
    pub(crate) fn container(&self) -> String {
        format!("pin-{}-{}-{}", self.toolchain(), self.name, self.version)
    }

    /// What the pinned version shares a cache with.
    pub(crate) fn epoch(&self) -> String {
        match self.engine {
            EngineKind::BuildKit => self.version.split('.').take(2).collect::<Vec<_>>().join("."),
            // Its releases say it themselves, and the catalog says it for them.
            EngineKind::Dagger => self.engine.epoch(&Version::parse(&self.version).expect("a version")),
        }
    }

    /// The name of the volume that there should be.
    pub(crate) fn volume(&self) -> String {
        format!("pin-{}-{}-{}", self.toolchain(), self.name, self.epoch())
    }

    /// Names of the containers that carry the project's label, each with its state.
    pub(crate) fn containers(&self) -> Vec<(String, String)> {
        let all = self.api.get("/containers/json?all=1");
        let word = |value: &Value| value.as_str().unwrap_or_default().trim_start_matches('/').to_owned();
        let mut found: Vec<_> = all
            .as_array()
            .into_iter()
            .flatten()
            .filter(|container| container["Labels"]["pin.project"] == *self.name)
            .map(|container| (word(&container["Names"][0]), word(&container["State"])))
            .collect();
        found.sort();
        found
    }

    /// Names of the volumes that carry the project's label.
    pub(crate) fn volumes(&self) -> Vec<String> {
        let all = self.api.get("/volumes");
        let volumes = all["Volumes"].as_array().into_iter().flatten();
        let mut found: Vec<_> = volumes
            .filter(|volume| volume["Labels"]["pin.project"] == *self.name)
            .filter_map(|volume| volume["Name"].as_str().map(str::to_owned))
            .collect();
        found.sort();
        found
    }

    /// What the daemon says about the container.
    pub(crate) fn inspect(&self) -> Value {
        self.api.get(&format!("/containers/{}/json", self.container()))
    }

    /// The directories below the state of `pin` that have, or had, the socket of an engine.
    pub(crate) fn places(&self) -> Vec<PathBuf> {
        let run = self.project.home().join(".local/state/pin/run");
        let entries = fs::read_dir(run).into_iter().flatten().map_while(Result::ok);
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
    }

    /// The engine's socket.
    pub(crate) fn socket(&self) -> Option<PathBuf> {
        let sockets = self.places().into_iter().map(|place| place.join(self.engine.socket()));
        let sockets: Vec<_> = sockets.filter(|socket| socket.exists()).collect();
        assert!(sockets.len() < 2, "{sockets:?}");
        sockets.into_iter().next()
    }

    /// What a client that is not ours gets from the engine.
    pub(crate) fn buildctl(&self, arguments: &[&str]) -> Output {
        let socket = self.socket().expect("the engine has a socket here");
        let mut command = Command::new(Engines::buildctl());
        command.arg("--addr").arg(format!("unix://{}", socket.display())).args(arguments);
        command.stdin(Stdio::null()).output().expect("buildctl starts")
    }

    /// The version that the engine says it has.
    pub(crate) fn answer(&self) -> String {
        self.says().0
    }

    /// The version that the engine says it has, and the revision; a Dagger engine's is its name.
    pub(crate) fn says(&self) -> (String, String) {
        let output = self.buildctl(&["debug", "info"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        let word = |index| said.split_whitespace().nth(index).unwrap_or_default();
        (word(2).trim_start_matches('v').to_owned(), word(3).to_owned())
    }

    /// Builds an image of one file, and returns whether its only step came from the cache.
    pub(crate) fn builds_from_cache(&self) -> bool {
        let said = self.build_of("context", "FROM scratch\nCOPY Dockerfile /\n");
        assert!(said.contains("COPY Dockerfile /"), "{said}");
        said.contains("CACHED")
    }

    /// Builds an image with a file of so many million bytes in it, which no other name shares.
    pub(crate) fn build(&self, name: &str, megabytes: usize) {
        let context = self.project.home().join(name);
        fs::create_dir_all(&context).expect("a directory can be made");
        fs::write(context.join("file"), name.repeat(megabytes * 1_000_000 / name.len())).expect("a file");
        self.build_of(name, &format!("FROM scratch\nCOPY file /{name}\n"));
    }

    /// Builds what a Dockerfile in a directory of the home says; returns what the client prints.
    fn build_of(&self, directory: &str, dockerfile: &str) -> String {
        let context = self.project.home().join(directory);
        fs::create_dir_all(&context).expect("a directory can be made");
        fs::write(context.join("Dockerfile"), dockerfile).expect("a file");
        let path = |name: &str| format!("{name}={}", context.display());
        let output = self.buildctl(&[
            "build",
            "--progress=plain",
            "--frontend=dockerfile.v0",
            "--local",
            &path("context"),
            "--local",
            &path("dockerfile"),
        ]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    }

    /// Panics unless the pinned engine, and nothing else of this project, runs and answers.
    #[track_caller]
    pub(crate) fn assert_up(&self) {
        assert_eq!(self.containers(), [(self.container(), "running".to_owned())]);
        assert_eq!(self.volumes(), [self.volume()]);
        assert_eq!(self.answer(), self.version);
    }

    /// Panics unless there is nothing of this project but these volumes.
    #[track_caller]
    pub(crate) fn assert_only(&self, volumes: &[&str]) {
        assert_eq!(self.containers(), Vec::<(String, String)>::new());
        assert_eq!(self.volumes(), volumes);
        assert_eq!(self.places(), Vec::<PathBuf>::new());
    }

    pub(crate) fn home(&self) -> &Path {
        self.project.home()
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // A daemon that has ended took everything along.
        if self.api.answers() {
            for (container, _) in self.containers() {
                self.api.ask("DELETE", &format!("/containers/{container}?force=1"), None);
            }
            for volume in self.volumes() {
                self.api.ask("DELETE", &format!("/volumes/{volume}"), None);
            }
        }
    }
}
