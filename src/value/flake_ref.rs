use std::ops::Range;

/// A flake reference in the `github:OWNER/REPO[/REF-OR-REV][?ref=…&rev=…&dir=…]` form
/// (Nix manual, "Flake references"), with the place of its pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlakeRef<'a> {
    /// Owner of the repository.
    pub owner: &'a str,
    /// Name of the repository.
    pub repo: &'a str,
    /// The revision, branch or tag that is asked for, and its bytes in the text.
    pub pin: Option<(&'a str, Range<usize>)>,
}

impl<'a> FlakeRef<'a> {
    /// Returns the reference, or `None` when `text` is not of the `github:` form, nor the
    /// `git+https://github.com/OWNER/REPO` one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (prefix, is_git) = ["github:", "git+https://github.com/", "git+ssh://git@github.com/"]
            .into_iter()
            .find(|prefix| text.starts_with(prefix))
            .map(|prefix| (prefix, prefix.starts_with("git+")))?;
        let path_end = text.find(['?', '#']).unwrap_or(text.len());
        let mut parts = text[prefix.len()..path_end].split('/');
        let owner = parts.next().filter(|part| !part.is_empty())?;
        let repo = parts.next().filter(|part| !part.is_empty())?;
        let repo = repo.strip_suffix(".git").filter(|_| is_git).unwrap_or(repo);
        let in_path = match parts.next() {
            Some(first) if !first.is_empty() && !is_git => {
                let start = first.as_ptr().addr() - text.as_ptr().addr();
                Some((&text[start..path_end], start..path_end))
            }
            Some(_) if is_git => return None,
            _ => None,
        };
        let pin = in_path
            .or_else(|| query_value(text, path_end, "rev"))
            .or_else(|| query_value(text, path_end, "ref"));
        Some(Self { owner, repo, pin })
    }

    /// Returns whether the flake is the one that packages the Dagger CLI (`github:dagger/nix`).
    pub fn is_dagger(&self) -> bool {
        self.owner.eq_ignore_ascii_case("dagger") && self.repo.eq_ignore_ascii_case("nix")
    }
}

fn query_value<'a>(text: &'a str, path_end: usize, key: &str) -> Option<(&'a str, Range<usize>)> {
    let end = text.find('#').unwrap_or(text.len());
    let query = text.get(path_end..end)?.strip_prefix('?')?;
    query.split('&').find_map(|pair| {
        let value = pair.strip_prefix(key)?.strip_prefix('=').filter(|value| !value.is_empty())?;
        let start = value.as_ptr().addr() - text.as_ptr().addr();
        Some((value, start..start + value.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pin_is_found_wherever_it_stands() {
        for (text, expect) in [
            ("github:dagger/nix", None),
            ("github:dagger/nix/", None),
            ("github:dagger/nix/v0.21.6", Some("v0.21.6")),
            ("github:dagger/nix/feature/x", Some("feature/x")),
            ("github:dagger/nix?rev=abc", Some("abc")),
            ("github:dagger/nix?dir=a&ref=main", Some("main")),
            ("github:dagger/nix?ref=main&rev=abc", Some("abc")),
            ("github:dagger/nix/abc#packages.x86_64-linux.dagger", Some("abc")),
            ("git+https://github.com/dagger/nix.git?rev=abc", Some("abc")),
        ] {
            let found = FlakeRef::parse(text).unwrap();
            assert!(found.is_dagger(), "{text}");
            assert_eq!(found.pin.as_ref().map(|(pin, _)| *pin), expect, "{text}");
            if let Some((pin, range)) = found.pin {
                assert_eq!(&text[range], pin);
            }
        }
        for other in ["", "github:", "github:dagger", "path:./nix", "git+https://example.com/dagger/nix"] {
            assert_eq!(FlakeRef::parse(other), None, "{other}");
        }
    }
}
