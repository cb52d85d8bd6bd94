//! The parts that the addresses of engines share: host and port, and what stands behind `?`.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The port of `tls` where none is written.
pub(super) const TLS_PORT: u16 = 443;

/// A host, perhaps with its port.
pub(super) struct HostPort {
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

/// Returns the host, without brackets, and the port of `HOST[:PORT]`.
pub(super) fn host_port(text: &str) -> Result<HostPort, String> {
    if text.contains('@') {
        return Err("this address takes no user and no password".to_owned());
    }
    let (host, port) = match text.rfind(':') {
        Some(colon) if !text.ends_with(']') => (&text[..colon], Some(&text[colon + 1..])),
        _ => (text, None),
    };
    let port = port.map(parse_port).transpose()?;
    let plain = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => is_host(host).then_some(host),
    };
    let host = plain.ok_or("wanted a host and a port behind the scheme, such as `127.0.0.1:1234`")?;
    Ok(HostPort { host: host.to_owned(), port })
}

pub(super) fn parse_port(text: &str) -> Result<u16, String> {
    let number = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let port = number.and_then(|text| text.parse().ok()).filter(|port| *port > 0);
    port.ok_or_else(|| "a port is a number from 1 to 65535".to_owned())
}

/// Hosts of a cluster or of a user's own list may have an underscore, whatever the RFC says; what looks like an address
/// has to be one.
pub(super) fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or(text);
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 253 && text.split('.').all(is_label) && (!is_number || text.parse::<Ipv4Addr>().is_ok())
}

/// Returns the host as an address has it.
pub(super) fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// What stands behind `?`, of which every key is known and given once.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Returns what stands before `?`, and the query behind it.
    pub(super) fn split(text: &str) -> Result<(&str, Self), String> {
        if text.contains('#') {
            return Err("an address has no `#`".to_owned());
        }
        let (before, query) = text.split_once('?').unwrap_or((text, ""));
        if before.contains('@') {
            return Err("this address takes no user and no password".to_owned());
        }
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = decode(key).zip(decode(value));
            decoded.ok_or_else(|| "what stands behind `?` is not encoded as addresses are".to_owned())
        });
        Ok((before, Self(pairs.collect::<Result<_, _>>()?)))
    }

    /// Takes a key's value; `what` it is, for the error. An empty one is none, as the clients have it.
    pub(super) fn take(
        &mut self,
        key: &str,
        is_right: fn(&str) -> bool,
        what: &str,
    ) -> Result<Option<String>, String> {
        let Some(at) = self.0.iter().position(|(own, _)| own == key) else { return Ok(None) };
        match self.0.remove(at).1 {
            empty if empty.is_empty() => Ok(None),
            value if is_right(&value) => Ok(Some(value)),
            _ => Err(format!("`{key}` is not the name of {what}")),
        }
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self, known: &[&str]) -> Result<(), String> {
        match (self.0.first(), known) {
            (None, _) => Ok(()),
            (Some(_), []) => Err("this address has nothing behind `?`".to_owned()),
            (Some((key, _)), known) if known.contains(&key.as_str()) => {
                Err(format!("`{key}` is given twice"))
            }
            (Some(_), known) => Err(format!("behind `?` this address knows {}", known.join(", "))),
        }
    }
}

/// Percent-encoding and `+` for a space, as Go reads a query.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                data_encoding::HEXLOWER_PERMISSIVE.decode(&digits).ok()?.pop()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Writes the query of what is there.
pub(super) fn write_query(f: &mut fmt::Formatter<'_>, pairs: &[(&str, &Option<String>)]) -> fmt::Result {
    let there = pairs.iter().filter_map(|(key, value)| Some((key, value.as_deref()?)));
    for (index, (key, value)) in there.enumerate() {
        write!(f, "{}{key}=", if index == 0 { '?' } else { '&' })?;
        for byte in value.bytes() {
            match byte {
                b'/' | b':' | b'@' | b'-' | b'.' | b'_' | b'~' => write!(f, "{}", char::from(byte))?,
                byte if byte.is_ascii_alphanumeric() => write!(f, "{}", char::from(byte))?,
                byte => write!(f, "%{byte:02X}")?,
            }
        }
    }
    Ok(())
}
