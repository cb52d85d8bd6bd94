//! The grammars of what becomes an argument of a program: nothing that begins with `-` is in them.

/// Returns whether `text` is a name or an id of a container (moby/moby, `RestrictedNamePattern`).
pub(super) fn is_container(text: &str) -> bool {
    is_word(text, "_.-")
}

/// Returns whether `text` is the name of a Docker context (docker/cli, "restrictedNamePattern").
pub(super) fn is_docker_context(text: &str) -> bool {
    is_word(text, "_.+-")
}

fn is_word(text: &str, others: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.len() <= 255
        && text.chars().all(|part| part.is_ascii_alphanumeric() || others.contains(part))
}

/// Returns whether `text` is a label of a domain (RFC 1123), as namespaces and containers of pods are named.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_word(text)
}

/// Returns whether `text` is a domain, as pods are named (kubernetes/apimachinery, `IsDNS1123Subdomain`): only the
/// whole of it has a bound there.
pub(super) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_word)
}

fn is_dns_word(text: &str) -> bool {
    let is_plain = |part: char| part.is_ascii_lowercase() || part.is_ascii_digit();
    text.starts_with(is_plain)
        && text.ends_with(is_plain)
        && text.chars().all(|part| part == '-' || is_plain(part))
}

/// Returns whether `text` is a context of kubectl, which may be called anything: an ARN, an address.
pub(super) fn is_kube_context(text: &str) -> bool {
    is_path(text) && !text.starts_with('-')
}

/// Returns whether `text` may name a file.
pub(super) fn is_path(text: &str) -> bool {
    !text.is_empty() && text.len() <= 4096 && !text.contains(|part: char| part.is_control())
}
