//! What only a Dagger engine tells, through the client that is in its image: who uses it, and its cache. Its Control
//! service has neither (dagger/dagger `engine/server/buildkitcontroller.go`).

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::{Container, Daemon, DaemonError, Pruned};
use crate::report::printable;
use crate::value::Version;

/// What we call ourselves, so that we do not count.
const OURSELVES: &str = "pin-probe";

/// A client that asks something and goes, and reports nothing home.
const CLIENT: [&str; 4] = ["dagger", "query", "-M", "--silent"];

/// How much longer than we wait for it such a client lives: nobody else ends it when the engine does not answer.
const MARGIN: Duration = Duration::from_secs(5);

/// What it is told (dagger/dagger `engine/client/client.go`; consoledonottrack.com).
const VARIABLES: [&str; 4] =
    ["DAGGER_SESSION_CLIENT_ID=pin-probe", "DAGGER_NO_UPDATE_CHECK=1", "DAGGER_NO_NAG=1", "DO_NOT_TRACK=1"];

/// From this release on, an engine tells who uses it.
const TELLS_CLIENTS: Version = Version::new(0, 19, 4);

/// From this release on, pruning can be bounded.
const PRUNES_TO_SIZE: Version = Version::new(0, 20, 0);

/// How many lines of the log are looked through for the machines of clients.
const LINES: usize = 2000;

#[derive(Deserialize)]
struct Answer {
    engine: Engine,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Engine {
    #[serde(default)]
    clients: Vec<String>,
    local_cache: Option<LocalCache>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LocalCache {
    entry_set: Option<EntrySet>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntrySet {
    disk_space_bytes: u64,
}

impl Daemon {
    /// Returns who uses a Dagger engine, each with the machine that it is on where the log tells that; `None` where
    /// nobody can tell.
    pub async fn clients(&self, engine: &Container) -> Result<Option<Vec<String>>, DaemonError> {
        if engine.version.as_ref().is_none_or(|version| *version < TELLS_CLIENTS) {
            return Ok(None);
        }
        let mut clients = self.query(&engine.name, "{engine{clients}}").await?.clients;
        clients.retain(|client| client != OURSELVES);
        if !clients.is_empty() {
            let log = self.log(&engine.name, LINES).await?;
            clients = clients.iter().map(|client| named(client, &log)).collect();
        }
        Ok(Some(clients))
    }

    /// Returns how large the cache of a Dagger engine is, in bytes.
    pub async fn dagger_cache(&self, name: &str) -> Result<Option<u64>, DaemonError> {
        let answer = self.query(name, "{engine{localCache{entrySet{diskSpaceBytes}}}}").await?;
        Ok(answer.local_cache.and_then(|cache| cache.entry_set).map(|entries| entries.disk_space_bytes))
    }

    /// Prunes the cache of a Dagger engine until it is not larger than `keep` bytes, which takes `bound` at most; returns
    /// what has gone. Entries are not counted: they are none of files.
    pub async fn prune_dagger(
        &self,
        name: &str,
        keep: Option<u64>,
        bound: Duration,
    ) -> Result<Pruned, DaemonError> {
        let before = self.dagger_cache(name).await?;
        let arguments = keep.map(|bytes| format!("(maxUsedSpace:\"{bytes}\")")).unwrap_or_default();
        let pruning = format!("{{engine{{localCache{{prune{arguments}}}}}}}");
        drop(self.query_for(bound, name, &pruning).await?);
        let after = self.dagger_cache(name).await?;
        let size = before.zip(after).map(|(before, after)| before.saturating_sub(after));
        Ok(Pruned { size, entries: None })
    }

    async fn query(&self, name: &str, query: &str) -> Result<Engine, DaemonError> {
        self.query_for(self.bound(), name, query).await
    }

    async fn query_for(&self, bound: Duration, name: &str, query: &str) -> Result<Engine, DaemonError> {
        let longest = (bound + MARGIN).as_secs().to_string();
        let client = [&["timeout", &longest], &CLIENT[..]].concat();
        let printed = self.run(name, &client, &VARIABLES, query.as_bytes(), bound).await?;
        parse(&printed).map_err(|why| self.refused(&format!("let the engine in {name} be asked"), None, why))
    }
}

/// Returns whether a Dagger engine prunes its cache to a size; others prune everything, or nothing.
pub fn prunes_to_size(engine: &Container) -> bool {
    engine.version.as_ref().is_some_and(|version| *version >= PRUNES_TO_SIZE)
}

fn parse(printed: &[u8]) -> Result<Engine, String> {
    let value: Value =
        serde_json::from_slice(printed).map_err(|_| "its client prints no answer".to_owned())?;
    let answer: Answer = serde_json::from_value(value)
        .map_err(|error| format!("its client prints something else: {error}"))?;
    Ok(answer.engine)
}

/// Returns a client with its machine: an engine says it in its log only (`client_hostname=HOST client_id=ID`).
fn named(client: &str, log: &str) -> String {
    let of = |line: &str, name: &str| {
        let (_, rest) = line.split_once(name)?;
        Some(rest.split_whitespace().next()?.to_owned())
    };
    let line = log.lines().rev().find(|line| of(line, "client_id=").as_deref() == Some(client));
    let host = line.and_then(|line| of(line, "client_hostname="));
    let plain = |text: &str| printable(text, 64);
    match host {
        Some(host) => format!("{} on {}", plain(client), plain(&host)),
        None => plain(client),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_the_client_are_read() {
        let engine = parse(br#"{"engine":{"clients":["a","pin-probe"],"name":"vm"}}"#).unwrap();
        assert_eq!(engine.clients, ["a", "pin-probe"]);
        let engine = parse(br#"{"engine":{"localCache":{"entrySet":{"diskSpaceBytes":7}}}}"#).unwrap();
        assert_eq!(engine.local_cache.unwrap().entry_set.unwrap().disk_space_bytes, 7);
        assert!(parse(br#"{"engine":{"localCache":{"prune":null}}}"#).is_ok());
        assert_eq!(parse(b"").err().unwrap(), "its client prints no answer");
        assert!(parse(b"{}").err().unwrap().starts_with("its client prints something else"));
    }

    #[test]
    fn a_client_is_named_with_its_machine() {
        let log = "msg=\"handling http request\" client_hostname=old client_id=a\n\
                   msg=\"handling http request\" client_hostname=ci-7 client_id=a method=POST\n\
                   msg=\"handling http request\" client_hostname=vm client_id=ab\n";
        assert_eq!(named("a", log), "a on ci-7");
        assert_eq!(named("b", log), "b");
    }
}
