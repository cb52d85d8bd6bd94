//! Asking who publishes releases about several things at once.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::catalog::{Image, Learnt, Packaged};
use crate::command::Common;
use crate::registry::{Registry, RegistryError};
use crate::upstream::{Release, Upstream, UpstreamError};
use crate::value::{Rev, Version};
use crate::world::http::{Http, HttpError};

/// So many are asked about at once; each answer may need eighty megabytes of memory.
const AT_ONCE: usize = 4;

/// What was answered.
#[derive(Debug)]
pub(super) struct Answers {
    /// About commits.
    pub(super) revisions: BTreeMap<Rev, Result<Packaged, UpstreamError>>,
    /// About the releases that those commits package, and the one that was asked about.
    pub(super) releases: BTreeMap<Version, Result<Option<Release>, HttpError>>,
    /// About the engine's image, if that was asked about.
    pub(super) image: Option<Result<Option<Learnt<Image>>, RegistryError>>,
}

/// Returns what is answered about the commits, about the releases that they package and one more, and about an image.
pub(super) async fn ask(
    common: &Common,
    revs: &[Rev],
    release: Option<&Version>,
    image: Option<&str>,
) -> Result<Answers, HttpError> {
    let http = Http::new(&common.network.http)?;
    let upstream = Upstream::new(&http, &common.network.addresses);
    let progress = common.voice.progress(revs.len(), "asking about commits");
    let revisions: BTreeMap<Rev, Result<Packaged, UpstreamError>> = stream::iter(revs)
        .map(|rev| async {
            let answer = upstream.revision(rev).await;
            progress.advance();
            (*rev, answer)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    drop(progress);
    let packaged = revisions.values().filter_map(|answer| answer.as_ref().ok()?.revision.fact.version());
    let versions: BTreeSet<Version> = packaged.chain(release.cloned()).collect();
    let progress = common.voice.progress(versions.len(), "asking about releases");
    let releases = stream::iter(versions)
        .map(|version| async {
            let answer = upstream.release(&version).await;
            progress.advance();
            (version, answer)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let registry = Registry::new(&http, common.network.credentials.clone());
    let image = match image {
        Some(reference) => Some(registry.image(reference).await),
        None => None,
    };
    Ok(Answers { revisions, releases, image })
}
