use super::Up;
use crate::config::EngineKind;
use crate::engine::plan::in_the_way;
use crate::engine::{Clients, Container, DaemonError, Seen};

impl Up<'_> {
    /// Returns what there is.
    pub(super) async fn see(&self) -> Result<Seen, DaemonError> {
        let (daemon, wanted) = (self.daemon, self.wanted);
        let engines = daemon.engines(wanted.kind, &wanted.project).await?;
        let name = wanted.volume();
        let mut on_volume = daemon.users(&name).await?;
        on_volume.retain(|name| !engines.iter().any(|engine| engine.name == *name));
        let has_image = daemon.has_image(&wanted.image.reference()).await?;
        let volume = daemon.volume_owner(&name).await?;
        let is_cut_off = |engine: &&Container| {
            engine.state.is_up() && self.place.of(&engine.name).has_lost(engine.sockets.as_deref())
        };
        let cut_off = engines.iter().filter(is_cut_off).map(|engine| engine.name.clone()).collect();
        let mut seen = Seen { engines, cut_off, volume, has_image, on_volume, clients: Vec::new() };
        let mut clients = Vec::new();
        for engine in in_the_way(wanted, &seen) {
            clients.extend(self.clients(engine).await.map(|clients| (engine.name.clone(), clients)));
        }
        seen.clients = clients;
        Ok(seen)
    }

    /// Returns who uses an engine, or `None` where that cannot be told: BuildKit has no such question.
    pub(super) async fn clients(&self, engine: &Container) -> Option<Clients> {
        if self.wanted.kind == EngineKind::BuildKit {
            return None;
        }
        match self.daemon.clients(engine).await {
            Ok(clients) => clients.map(Clients::Known),
            Err(error) => Some(Clients::Untold(error.to_string())),
        }
    }
}
