//! The cache of an engine, as the engine itself tells and prunes it (moby/buildkit
//! `api/services/control/control.proto`).

use std::time::Duration;

use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use bollard_buildkit_proto::moby::buildkit::v1::{DiskUsageRequest, PruneRequest};
use tokio::time::timeout;
use tonic::Status;

use super::{ProbeError, Way};

/// The most bytes of one answer: an entry takes some hundred.
const MAX_ANSWER: usize = 256 << 20;

/// How long an engine may say nothing while it deletes.
const PRUNE_SILENCE: Duration = Duration::from_mins(5);

/// What an engine has in its cache, or has had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheUsage {
    /// Bytes.
    pub size: u64,
    /// Entries.
    pub entries: usize,
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
        let asked = Box::pin(async {
            let mut client = ControlClient::new(way.channel().await?).max_decoding_message_size(MAX_ANSWER);
            let answer =
                client.disk_usage(DiskUsageRequest::default()).await.map_err(|status| broken(&status))?;
            let mut usage = Self::default();
            answer.into_inner().record.iter().for_each(|record| usage.add(record.size));
            Ok(usage)
        });
        timeout(bound, asked).await.unwrap_or(Err(ProbeError::Silent(bound)))
    }

    fn add(&mut self, size: i64) {
        self.entries += 1;
        self.size = self.size.saturating_add(u64::try_from(size).unwrap_or_default());
    }
}

impl Prune {
    /// Prunes the cache of an engine; returns what has gone. `seen` hears of every entry.
    pub async fn run(
        &self,
        way: &Way<'_>,
        mut seen: impl FnMut(CacheUsage),
    ) -> Result<CacheUsage, ProbeError> {
        let mut client = ControlClient::new(way.channel().await?);
        let keep = i64::try_from(self.keep.unwrap_or_default()).unwrap_or(i64::MAX);
        let request = PruneRequest {
            all: true,
            keep_duration: self.unused_for.map_or(0, nanoseconds),
            // Releases below 0.17 know the first only; to later ones it is the least that stays, whatever the other says.
            reserved_space: keep,
            max_used_space: keep,
            ..PruneRequest::default()
        };
        let mut stream = client.prune(request).await.map_err(|status| broken(&status))?.into_inner();
        let mut gone = CacheUsage::default();
        loop {
            let next = timeout(PRUNE_SILENCE, stream.message()).await;
            let Some(record) =
                next.map_err(|_| ProbeError::Silent(PRUNE_SILENCE))?.map_err(|status| broken(&status))?
            else {
                return Ok(gone);
            };
            gone.add(record.size);
            seen(gone);
        }
    }
}

/// Durations of the protocol are Go's (`time.Duration`).
fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

fn broken(status: &Status) -> ProbeError {
    ProbeError::Broken(status.message().to_owned())
}
