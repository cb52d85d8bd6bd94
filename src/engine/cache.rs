//! The cache of an engine, as the engine itself tells and prunes it (moby/buildkit
//! `api/services/control/control.proto`).

use std::time::Duration;

use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use bollard_buildkit_proto::moby::buildkit::v1::{DiskUsageRequest, PruneRequest, UsageRecord};
use tokio::time::timeout;
use tonic::Status;

use super::{Probe, ProbeError, Way};

/// The most bytes of one answer: an entry takes some hundred.
const MAX_ANSWER: usize = 256 << 20;

/// What an engine has in its cache, or has had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheUsage {
    /// Bytes.
    pub size: u64,
    /// Entries.
    pub entries: usize,
}

/// What has gone from a cache, or would; what nobody can tell is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Bytes.
    pub size: Option<u64>,
    /// Entries.
    pub entries: Option<usize>,
}

/// What is to go from a cache; what is in use stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prune {
    /// Only what nobody has used for that long.
    pub unused_for: Option<Duration>,
    /// Only until the cache is not larger than that many bytes.
    pub keep: Option<u64>,
}

impl CacheUsage {
    /// Returns what an engine has in its cache.
    pub async fn ask(way: &Way<'_>, bound: Duration) -> Result<Self, ProbeError> {
        let mut usage = Self::default();
        records(way, bound).await?.iter().for_each(|record| usage.add(record.size));
        Ok(usage)
    }

    fn add(&mut self, size: i64) {
        self.entries += 1;
        self.size = self.size.saturating_add(bytes(size));
    }
}

impl From<CacheUsage> for Pruned {
    fn from(gone: CacheUsage) -> Self {
        Self { size: Some(gone.size), entries: Some(gone.entries) }
    }
}

impl Prune {
    /// Prunes the cache of an engine; returns what has gone. One that does not say within `bound` what it is is not told
    /// to; what it says is then waited for as long as `silence` says, each time. `seen` hears of every entry.
    pub async fn run(
        &self,
        way: &Way<'_>,
        bound: Duration,
        silence: Duration,
        mut seen: impl FnMut(CacheUsage),
    ) -> Result<CacheUsage, ProbeError> {
        Probe::ask(way, bound).await?;
        let channel = within(bound, Box::pin(way.channel())).await?;
        let keep = i64::try_from(self.keep.unwrap_or_default()).unwrap_or(i64::MAX);
        let request = PruneRequest {
            all: true,
            keep_duration: self.unused_for.map_or(0, nanoseconds),
            // Releases below 0.17 know the first only; to later ones it is the least that stays, whatever the other says.
            reserved_space: keep,
            max_used_space: keep,
            ..PruneRequest::default()
        };
        let mut client = ControlClient::new(channel);
        let begun = async { client.prune(request).await.map_err(|status| broken(&status)) };
        let mut stream = within(silence, Box::pin(begun)).await?.into_inner();
        let mut gone = CacheUsage::default();
        loop {
            let next = async { stream.message().await.map_err(|status| broken(&status)) };
            let Some(record) = within(silence, next).await? else { return Ok(gone) };
            gone.add(record.size);
            seen(gone);
        }
    }

    /// Returns what would go at most, now: what an entry that stays is made of stays, too. Which entries go so that some
    /// bytes are left the engine alone knows.
    pub async fn would(&self, way: &Way<'_>, bound: Duration, now: u64) -> Result<Pruned, ProbeError> {
        Ok(self.of(&records(way, bound).await?, now))
    }

    /// As the engine does it (moby/buildkit `cache/manager.go`, `pruneOnce`).
    fn of(&self, records: &[UsageRecord], now: u64) -> Pruned {
        let is_old = |record: &UsageRecord| match (self.unused_for, record.last_used_at) {
            (Some(unused_for), Some(used)) => {
                let used = u64::try_from(used.seconds).unwrap_or_default();
                used.saturating_add(unused_for.as_secs()) <= now
            }
            _ => true,
        };
        let mut gone = CacheUsage::default();
        let free = records.iter().filter(|record| !record.in_use && is_old(record));
        free.for_each(|record| gone.add(record.size));
        // To an engine 0 is no bound at all.
        let Some(keep) = self.keep.filter(|keep| *keep > 0) else { return gone.into() };
        let counted = records.iter().filter(|record| !record.shared).map(|record| bytes(record.size));
        let excess = counted.fold(0, u64::saturating_add).saturating_sub(keep);
        let entries = if excess == 0 { Some(0) } else { None };
        Pruned { size: Some(excess.min(gone.size)), entries }
    }
}

async fn records(way: &Way<'_>, bound: Duration) -> Result<Vec<UsageRecord>, ProbeError> {
    let asked = Box::pin(async {
        let mut client = ControlClient::new(way.channel().await?).max_decoding_message_size(MAX_ANSWER);
        let answer = client.disk_usage(DiskUsageRequest::default()).await;
        Ok(answer.map_err(|status| broken(&status))?.into_inner().record)
    });
    within(bound, asked).await
}

async fn within<T>(
    bound: Duration,
    asked: impl Future<Output = Result<T, ProbeError>>,
) -> Result<T, ProbeError> {
    timeout(bound, asked).await.unwrap_or(Err(ProbeError::Silent(bound)))
}

/// A size that an engine does not know is negative.
fn bytes(size: i64) -> u64 {
    u64::try_from(size).unwrap_or_default()
}

/// Durations of the protocol are Go's (`time.Duration`).
fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

fn broken(status: &Status) -> ProbeError {
    ProbeError::Broken(status.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_go_is_what_nobody_uses_and_what_is_too_much() {
        let record = |size, used: i64| {
            let mut record = UsageRecord { size, ..UsageRecord::default() };
            record.last_used_at.get_or_insert_default().seconds = used;
            record
        };
        let never = UsageRecord { size: 1, ..UsageRecord::default() };
        let in_use = UsageRecord { in_use: true, ..record(1000, 0) };
        let shared = UsageRecord { shared: true, ..record(20, 50) };
        let records = [record(300, 90), record(-1, 10), never, in_use, shared];
        let check = |unused_for: Option<u64>, keep, size, entries| {
            let prune = Prune { unused_for: unused_for.map(Duration::from_secs), keep };
            let expect = Pruned { size: Some(size), entries };
            assert_eq!(prune.of(&records, 100), expect, "{prune:?}");
        };
        check(None, None, 321, Some(4));
        check(None, Some(0), 321, Some(4));
        check(Some(10), None, 321, Some(4));
        check(Some(11), None, 21, Some(3));
        check(Some(u64::MAX), None, 1, Some(1));
        // 1301 bytes are counted; what is shared is not.
        check(None, Some(2000), 0, Some(0));
        check(None, Some(1201), 100, None);
        check(None, Some(1), 321, None);
        check(Some(50), Some(1), 21, None);
        assert_eq!(Prune::default().of(&[], 0), Pruned { size: Some(0), entries: Some(0) });
    }
}
