use super::Up;
use crate::config::EngineKind;

impl Up<'_> {
    /// Returns why the engine threw its cache away when it started, if it did: it says so in its log and nowhere else.
    pub(super) async fn wiped(&self, name: &str) -> Option<&'static str> {
        let lines = self.daemon.log_since_start(name).await.ok()?;
        why(self.wanted.kind, &lines)
    }
}

fn why(kind: EngineKind, lines: &[String]) -> Option<&'static str> {
    let of = |line: &String| kind.wipes().iter().find(|(words, _)| line.contains(words)).map(|(_, why)| *why);
    lines.iter().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wipe_is_found_in_the_log() {
        let check = |kind, line: &str, expect: Option<&str>| {
            let lines = ["starting".to_owned(), line.to_owned()];
            assert_eq!(why(kind, &lines).map(|why| &why[..9]), expect, "{line}");
        };
        let killed = "level=warning msg=\"dagql persistence store marked unclean; wiping and cold-starting\"";
        check(EngineKind::Dagger, killed, Some("it was ki"));
        check(
            EngineKind::Dagger,
            "dagql persistence import failed; wiping and cold-starting",
            Some("it cannot"),
        );
        check(EngineKind::Dagger, "running server on /run/dagger/engine.sock", None);
        check(EngineKind::BuildKit, "failed to open database file x, resetting to empty.", Some("it was ki"));
        check(EngineKind::BuildKit, killed, None);
    }
}
