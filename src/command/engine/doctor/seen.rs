//! What is looked at: what takes time side by side, each within its bound.

use crate::command::engine::settled::Settled;
use crate::engine::About;
use crate::engine::runtime::{Address, Found, Here, Socket};
use crate::world;

/// What there is around a daemon that answers.
#[derive(Debug)]
pub(super) struct Seen {
    /// What it says about itself, or why it does not.
    pub(super) about: Result<About, String>,
    /// Its socket.
    pub(super) socket: Option<Socket>,
    /// What is left of the disk that it keeps its data on, and how large that is; only of one on this machine.
    pub(super) disk: Option<(u64, u64)>,
    /// How many bytes the cache of the pinned engine has.
    pub(super) cache: Option<u64>,
    /// When it was asked, in seconds since 1970.
    pub(super) now: u64,
    /// This machine.
    pub(super) here: Here,
}

impl Seen {
    pub(super) async fn look(found: &Found, settled: &Settled) -> Self {
        let here = Here::look(&settled.common.environment);
        let volume = settled.wanted().ok().map(|wanted| wanted.volume());
        let size = async {
            let volume = volume?;
            // A daemon counts the bytes of every volume, if need be.
            found.daemon.volume_owner(&volume).await.ok()??;
            found.daemon.volume_sizes().await.ok()?.get(&volume).copied()
        };
        let (about, cache) = tokio::join!(found.daemon.about(), size);
        let about = about.map_err(|error| error.to_string());
        let now = world::now();
        let local = match &found.candidate.address {
            Ok(Address::Unix(path)) => Some(path),
            _ => None,
        };
        let root =
            about.as_ref().ok().filter(|about| !about.is_desktop).and_then(|about| about.root.as_ref());
        Self {
            socket: local.and_then(|path| Socket::look(path, here.user.as_deref())),
            disk: local.and(root).and_then(|root| world::free_space(root)),
            about,
            cache,
            now,
            here,
        }
    }
}
