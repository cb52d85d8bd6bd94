//! Reads `[engine]`: what excludes each other is refused where it stands, before anything is pulled.

use std::path::{Component, Path};
use std::time::Duration;

use super::{Bound, Engine, EngineKind, Mode, Provision};
use crate::config::tables;
use crate::document::strict::{boolean, entries, filled, list, misplaced, one_of, string, wrong};
use crate::document::{Mistake, Node};
use crate::text::Span;
use crate::value::{Endpoint, ImageName, ImageRef, TlsFiles, parse_bytes, parse_duration};

type Result<T> = std::result::Result<T, Mistake>;

/// Returns what the table says.
pub(in crate::config) fn engine(node: &Node<'_>) -> Result<Engine> {
    refuse_foreign(node)?;
    let keys = tables::Engine::read(node)?;
    let default = Provision::default();
    let provision = Provision {
        image: keys.image.map(image).transpose()?,
        gpu: keys.gpu.map(boolean).transpose()?.unwrap_or_default(),
        ca: keys.ca.map(certificates).transpose()?.unwrap_or_default(),
        gc: keys.gc.map(bound).transpose()?,
        start_timeout: keys.start_timeout.map(duration).transpose()?.unwrap_or(default.start_timeout),
        stop_timeout: keys.stop_timeout.map(duration).transpose()?.unwrap_or(default.stop_timeout),
        memory: keys.memory.map(memory).transpose()?,
    };
    let engine = Engine {
        kind: keys.toolchain.map(kind).transpose()?.unwrap_or_default(),
        mode: keys.mode.map(|node| placed(node, mode)).transpose()?,
        endpoint: keys.endpoint.map(|node| placed(node, endpoint)).transpose()?,
        tls: keys.tls.map(tls).transpose()?,
        provision,
    };
    check(&engine, &keys)?;
    Ok(engine)
}

fn placed<T>(node: &Node<'_>, read: fn(&Node<'_>) -> Result<T>) -> Result<(T, Span)> {
    Ok((read(node)?, node.span()))
}

/// Keys that stand elsewhere, and what is the user's own.
fn refuse_foreign(node: &Node<'_>) -> Result<()> {
    let keys = entries(node, "`engine`")?.iter().map(|(key, _)| key);
    for key in keys {
        let text = key.text();
        if let Some(variable) = personal(text) {
            let message = format!("`{text}` belongs to the user, never to a repository");
            let hint = format!("write it below `[engine]` in your own pin/config.toml, or set {variable}");
            return Err(Mistake { message, span: key.span, hint: Some(hint) });
        }
        if tables::Engine::KEYS.contains(&text) {
            continue;
        }
        if tables::Toolchain::KEYS.contains(&text) {
            return Err(misplaced(key, "it stands in a toolchain's table: `[toolchain.dagger]`".to_owned()));
        }
        if tables::Root::KEYS.contains(&text) {
            return Err(misplaced(key, "it stands at the top, before the first table".to_owned()));
        }
    }
    Ok(())
}

/// Returns the variable that says the same as a key of the user's own file which a repository must not have.
fn personal(key: &str) -> Option<&'static str> {
    match key {
        "runtime" => Some("PIN_ENGINE_RUNTIME"),
        "accept_privileged" => Some("PIN_ACCEPT_PRIVILEGED=1"),
        _ => None,
    }
}

/// Refuses what cannot be true at once.
fn check(engine: &Engine, keys: &tables::Engine<'_, '_>) -> Result<()> {
    let mode = engine.mode.map(|(mode, _)| mode);
    let refuse = |node: &Node<'_>, message: &str, hint: &str| {
        Err(Mistake { hint: Some(hint.to_owned()), ..wrong(node, message) })
    };
    if let (Some(Mode::Host), Some(node), EngineKind::Dagger) = (mode, keys.mode, engine.kind) {
        let message = "`host` means the daemon's own BuildKit, and Dagger has none there";
        return refuse(node, message, "write `isolated` or `remote`, or `toolchain = \"buildkit\"`");
    }
    for (key, node) in [("endpoint", keys.endpoint), ("tls", keys.tls)] {
        if let Some(node) = node.filter(|_| mode != Some(Mode::Remote)) {
            let hint = "write `mode = \"remote\"`, or take it out";
            return refuse(node, &format!("`{key}` is only for the mode `remote`"), hint);
        }
    }
    if let (Some(node), Some(files)) = (keys.tls, &engine.tls) {
        let hint = "write `endpoint = \"tcp://HOST:PORT\"`";
        match &engine.endpoint {
            Some((Endpoint::Tcp { .. }, _)) => {}
            Some((Endpoint::Tls { files: own, .. }, _)) if *own == TlsFiles::default() => {}
            Some((Endpoint::Tls { .. }, _)) => {
                return refuse(
                    node,
                    "the certificates are in the `endpoint` already",
                    "take out one of them",
                );
            }
            _ => return refuse(node, "`tls` is for an `endpoint` with a host and a port", hint),
        }
        if files.cert.is_some() != files.key.is_some() {
            return Err(wrong(node, "`cert` and `key` are given together or not at all"));
        }
    }
    if let Some(other) = mode.filter(|mode| *mode != Mode::Isolated) {
        let gpu = keys.gpu.filter(|_| engine.provision.gpu);
        let only_isolated =
            [("image", keys.image), ("gpu", gpu), ("ca", keys.ca), ("gc", keys.gc), ("memory", keys.memory)];
        for (key, node) in only_isolated {
            if let Some(node) = node {
                let hint =
                    format!("take it out: an engine in the mode `{}` is not provisioned", other.as_str());
                return refuse(node, &format!("`{key}` is only for the mode `isolated`"), &hint);
            }
        }
    }
    match keys.gpu {
        Some(node) if engine.provision.gpu && engine.kind == EngineKind::BuildKit => {
            refuse(node, "only Dagger has images for GPUs", "take it out, or write `toolchain = \"dagger\"`")
        }
        _ => Ok(()),
    }
}

fn kind(node: &Node<'_>) -> Result<EngineKind> {
    let word = string(node)?;
    let found = EngineKind::ALL.into_iter().find(|kind| kind.toolchain() == word);
    found.ok_or_else(|| one_of(node, "engine", word, &EngineKind::ALL.map(EngineKind::toolchain)))
}

/// Returns the mode of a word.
pub(in crate::config) fn mode(node: &Node<'_>) -> Result<Mode> {
    let word = string(node)?;
    Mode::parse(word).ok_or_else(|| {
        let mistake = one_of(node, "mode", word, &Mode::ALL.map(Mode::as_str));
        Mistake { hint: Mode::meant_by(word).map(str::to_owned).or(mistake.hint), ..mistake }
    })
}

fn endpoint(node: &Node<'_>) -> Result<Endpoint> {
    Endpoint::parse(filled(node)?).map_err(|message| wrong(node, &message))
}

fn tls(node: &Node<'_>) -> Result<TlsFiles> {
    let keys = tables::Tls::read(node)?;
    let path = |node: &Node<'_>| filled(node).map(str::to_owned);
    Ok(TlsFiles {
        ca: keys.ca.map(path).transpose()?,
        cert: keys.cert.map(path).transpose()?,
        key: keys.key.map(path).transpose()?,
    })
}

fn image(node: &Node<'_>) -> Result<ImageName> {
    let text = string(node)?;
    match ImageRef::parse(text) {
        Some(image) if image.tag.is_some() || image.digest.is_some() => {
            let hint = Some(format!("write `{}`: which one it is comes from the pin", image.repository));
            Err(Mistake { hint, ..wrong(node, "an image is named without its tag and digest") })
        }
        _ => ImageName::parse(text).ok_or_else(|| {
            wrong(node, &format!("`{text}` is no image, wanted one like `mirror.example/engine`"))
        }),
    }
}

/// What a repository makes an engine trust is in the repository.
fn certificates(node: &Node<'_>) -> Result<Vec<String>> {
    let path = |node: &Node<'_>| {
        let path = filled(node)?;
        let is_inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        match Path::new(path).components().all(is_inside) {
            true => Ok(path.to_owned()),
            false => Err(wrong(node, "a certificate stands in the repository, by a path from its root")),
        }
    };
    list(node)?.iter().map(path).collect()
}

fn bound(node: &Node<'_>) -> Result<Bound> {
    let max = tables::Gc::read(node)?.max;
    let text = string(max)?;
    let message =
        || format!("`{text}` bounds no cache, wanted a part such as `20%` or a size such as `200GB`");
    Bound::parse(text).ok_or_else(|| wrong(max, &message()))
}

fn duration(node: &Node<'_>) -> Result<Duration> {
    let text = string(node)?;
    parse_duration(text).map_err(|wanted| wrong(node, &format!("`{text}` is no duration, {wanted}")))
}

fn memory(node: &Node<'_>) -> Result<u64> {
    let text = string(node)?;
    parse_bytes(text).ok_or_else(|| wrong(node, &format!("`{text}` is no size, wanted one like `8GiB`")))
}
