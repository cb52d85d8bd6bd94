//! An engine, for people and as JSON.

use std::fmt::Write as _;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

#[cfg(test)]
use super::json::VERSION;

/// Output of `pin engine up --format json`: the engine that is up.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin engine up"))]
pub struct EngineUp {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    pub version: u32,
    /// Whose engine it is: `dagger` or `buildkit`.
    pub toolchain: &'static str,
    /// The version that is pinned, without `v`.
    pub pinned: String,
    /// The version that the engine says it has; null where only its own client can ask.
    pub found: Option<String>,
    /// How it came to be in force: `injected`, `isolated`, `remote` or `host`.
    pub mode: &'static str,
    /// Where clients reach it; null for the daemon's own.
    pub endpoint: Option<String>,
    /// The container that `pin` keeps; null where it keeps none.
    pub container: Option<String>,
    /// Whether there was nothing to do.
    pub was_up: bool,
    /// Why the engine has thrown its cache away when it started; null when it has not.
    pub wiped: Option<&'static str>,
    /// How long each step took, in order.
    pub timings: Vec<Timing>,
}

/// How long one step took.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Timing {
    /// What was done.
    pub step: String,
    /// Milliseconds.
    pub milliseconds: u64,
}

/// Output of `--dry-run --format json`: what would be done.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin engine --dry-run"))]
pub struct EnginePlan {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    pub version: u32,
    /// The steps, in order.
    pub steps: Vec<String>,
}

/// Output of `pin engine status --format json`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin engine status"))]
pub struct EngineStatus {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    pub version: u32,
    /// Whose engine it is: `dagger` or `buildkit`.
    pub toolchain: &'static str,
    /// The version that is pinned, without `v`; null when none is.
    pub pinned: Option<String>,
    /// How it came to be in force: `injected`, `isolated`, `remote` or `host`; null when nobody says it.
    pub mode: Option<&'static str>,
    /// The version that the engine says it has; null when it does not answer.
    pub found: Option<String>,
    /// Why there is no answer, or the wrong one; null when all is well.
    pub problem: Option<String>,
    /// Where clients reach it.
    pub endpoint: Option<String>,
    /// The daemon that its container is on; null where there is none.
    pub daemon: Option<String>,
    /// The project's containers of this toolchain, the pinned one first.
    pub containers: Vec<ContainerStatus>,
    /// The project's caches of this toolchain, sorted by name.
    pub caches: Vec<CacheStatus>,
}

/// A container of an engine.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ContainerStatus {
    /// Its name.
    pub name: String,
    /// The version of its engine; null when its label says none.
    pub engine: Option<String>,
    /// What it does: `created`, `running`, `paused`, `restarting`, `exited` or `gone`.
    pub state: &'static str,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// Who is connected, each with its machine where that is known; null where that cannot be told.
    pub clients: Option<Vec<String>>,
}

/// The volume of a cache.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct CacheStatus {
    /// Its name.
    pub volume: String,
    /// What versions share it.
    pub epoch: String,
    /// When it was made (RFC 3339); null when the daemon does not say it.
    pub created: Option<String>,
    /// Bytes; null where that cannot be told.
    pub size: Option<u64>,
}

/// Output of `pin engine prune --format json`: what has gone, or would.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin engine prune"))]
pub struct EnginePruned {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    pub version: u32,
    /// Whether nothing has gone: the rest is what would, at most.
    pub dry_run: bool,
    /// Bytes; null where the engine does not count them.
    pub size: Option<u64>,
    /// Entries of the cache; null where the engine does not count them, or only it knows which ones would go.
    pub entries: Option<usize>,
}

impl EngineUp {
    /// Returns the words for people.
    pub fn human(&self, title: &str) -> String {
        let found = self.found.as_deref().unwrap_or("an engine that cannot be asked");
        let how = match (self.mode, self.was_up) {
            ("isolated", true) => "was up".to_owned(),
            ("isolated", false) => "is up".to_owned(),
            (mode, _) => format!("is there ({mode})"),
        };
        let endpoint = self.endpoint.as_ref().map(|endpoint| format!(": {endpoint}")).unwrap_or_default();
        format!("{title} {found} {how}{endpoint}\n")
    }
}

impl EngineStatus {
    /// Returns the words for people.
    pub fn human(&self, title: &str) -> String {
        let mut lines = String::new();
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(lines, "{name:<10} {value}");
        };
        let pinned = self.pinned.as_deref().unwrap_or("of no version");
        let mode = self.mode.map(|mode| format!(", {mode}")).unwrap_or_default();
        line("engine", &format!("{title} {pinned}{mode}"));
        match (&self.found, &self.problem) {
            (Some(found), None) => line("answers", &format!("as {found}")),
            (_, Some(problem)) => line("answers", &format!("no: {problem}")),
            (None, None) => line("answers", "only to its own client"),
        }
        if let Some(endpoint) = &self.endpoint {
            line("endpoint", endpoint);
        }
        for container in &self.containers {
            let clients = match container.clients.as_deref() {
                None => String::new(),
                Some([]) => ", no clients".to_owned(),
                Some(clients) => format!(", used by {}", clients.join(", ")),
            };
            line("container", &format!("{}: {}{clients}", container.name, container.state));
        }
        for cache in &self.caches {
            let size = cache.size.map_or_else(|| "size unknown".to_owned(), bytes);
            let created = cache.created.as_deref().and_then(|created| created.get(..10));
            let created = created.map(|day| format!(", since {day}")).unwrap_or_default();
            line("cache", &format!("{}: {size}{created}", cache.volume));
        }
        if let Some(daemon) = &self.daemon {
            line("daemon", daemon);
        }
        lines
    }
}

/// Returns a size as people read it, in powers of ten: `1.2 GB`.
pub fn bytes(size: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let (mut tenths, mut unit) = (u128::from(size) * 10, 0);
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths /= 1000;
        unit += 1;
    }
    match (unit, tenths >= 1000) {
        (0, _) | (_, true) => format!("{} {}", tenths / 10, units[unit]),
        _ => format!("{}.{} {}", tenths / 10, tenths % 10, units[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_cut_for_people() {
        for (size, expect) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1_234_567, "1.2 MB"),
            (123_456_789, "123 MB"),
            (5_000_000_000, "5.0 GB"),
            (u64::MAX, "18446 PB"),
        ] {
            assert_eq!(bytes(size), expect);
        }
    }
}
