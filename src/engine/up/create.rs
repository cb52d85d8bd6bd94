//! Making the container.

use super::{Up, UpError};
use crate::engine::{DaemonError, Network};
use crate::report::printable;

impl Up<'_> {
    /// Fetches the image, with the user's credentials for its registry.
    pub(super) async fn pull(&self, reference: &str) -> Result<(), UpError> {
        if !self.pulls {
            return Err(UpError::NoImage(reference.to_owned()));
        }
        let name = &self.wanted.image.name;
        let login = self.credentials.login(name, self.daemon.bound()).await?;
        let progress = self.voice.progress_of_bytes(None, &format!("pulling {reference}"));
        let pulled = self
            .daemon
            .pull(reference, name.host(), login.as_ref(), |seen| progress.reach(seen.done, seen.total));
        pulled.await.map_err(UpError::Pull)?;
        // What goes wrong in the middle of the answer is not always told in a form that the protocol has.
        match self.daemon.has_image(reference).await? {
            true => Ok(()),
            false => Err(UpError::Unpulled(reference.to_owned())),
        }
    }

    /// Makes the container, with its files. A daemon that does not see our directory says so.
    pub(super) async fn create(&self, name: &str) -> Result<(), UpError> {
        let (daemon, wanted) = (self.daemon, self.wanted);
        let network = daemon.network().await?;
        if network == Network::Host {
            self.voice
                .say(&format!("note: the daemon has no bridge, so {name} uses the network of its machine"));
        }
        self.place.remove()?;
        self.place.make()?;
        let sockets = self.place.directory(wanted.kind.socket()).and_then(|directory| directory.to_str());
        let created = match daemon.create(name, wanted.body(network, sockets)).await {
            Err(DaemonError::Refused { message, .. })
                if sockets.is_some_and(|directory| message.contains(directory)) =>
            {
                daemon.create(name, wanted.body(network, None)).await
            }
            created => created,
        };
        let created = created?;
        for warning in &created.warnings {
            self.voice.say(&format!("warning: the daemon says about {name}: {}", printable(warning, 200)));
        }
        Ok(daemon.put(&created.id, &wanted.files()).await?)
    }
}
