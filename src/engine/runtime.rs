//! Finding a container daemon: where one may be ([`candidates()`]), which of them answers ([`look`]), what its own
//! client has to be told ([`lead`]), and what to do when none does ([`Nowhere`]).

mod address;
mod candidates;
mod client;
mod context;
mod here;
mod miss;
mod nowhere;
mod socket;

use std::time::Duration;

use super::Daemon;
use crate::config::Said;
use crate::value::{Environment, Runtime};

pub use address::{Address, Refusal, TlsFiles};
pub use candidates::{Because, Candidate, Given, candidates};
pub use client::lead;
pub use context::Context;
pub use here::{Here, Inside, Start};
pub use miss::{Miss, Passed};
pub use nowhere::{Need, Nowhere};
pub use socket::Socket;

/// A daemon that was found, and those before it that do not answer.
#[derive(Debug)]
pub struct Found {
    /// The daemon.
    pub daemon: Daemon,
    /// Where it is, and who says so.
    pub candidate: Candidate,
    /// Who should have been there, with what went wrong.
    pub passed: Vec<Passed>,
}

impl Found {
    /// Returns what to tell the user: whom they have named, and who does not answer. Others are nobody's business.
    pub fn notes(&self) -> Vec<String> {
        let named = self.passed.iter().filter(|passed| passed.candidate.because.is_named());
        let instead = self.daemon.address();
        named.map(|passed| format!("warning: {passed}; using {instead} instead")).collect()
    }
}

/// Returns the first daemon that answers of those that there may be; each is waited for as long as `bound` says.
pub async fn look(
    environment: &Environment,
    only: Option<Said<Runtime>>,
    bound: Duration,
) -> Result<Found, Nowhere> {
    let context = Context::read(environment);
    let given = Given {
        environment,
        context: context.as_ref(),
        only,
        user: rustix::process::getuid().as_raw(),
        is_mac: cfg!(target_os = "macos"),
    };
    let found = first(candidates(&given), only.map(|only| only.value), bound).await;
    found.map_err(|passed| Nowhere { passed, only, here: Here::look(environment) })
}

/// Returns the first daemon that answers.
pub async fn find(candidates: Vec<Candidate>, bound: Duration) -> Result<Found, Vec<Passed>> {
    first(candidates, None, bound).await
}

async fn first(
    candidates: Vec<Candidate>,
    only: Option<Runtime>,
    bound: Duration,
) -> Result<Found, Vec<Passed>> {
    let mut passed = Vec::new();
    for candidate in candidates {
        match ask(&candidate, only, bound).await {
            Ok(daemon) => return Ok(Found { daemon, candidate, passed }),
            Err(miss) => passed.push(Passed { candidate, miss }),
        }
    }
    Err(passed)
}

/// Returns the daemon of a place. Where only one runtime will do, it has to say that it is that: either may listen where
/// the other usually does.
async fn ask(candidate: &Candidate, only: Option<Runtime>, bound: Duration) -> Result<Daemon, Miss> {
    let address = candidate.address.as_ref().map_err(|refusal| Miss::Refused(refusal.clone()))?;
    let address = socket::settled(address)?;
    let miss = |error| Miss::of(&address, error);
    let daemon = Daemon::connect(&address, bound).await.map_err(miss)?;
    let Some(only) = only else { return Ok(daemon) };
    let found = daemon.runtime().await.map_err(miss)?;
    if found == only { Ok(daemon) } else { Err(Miss::Stranger { found, wanted: only }) }
}
