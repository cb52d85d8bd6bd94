use std::fmt;

/// A path of keys in a file: `toolchain.channel`, `services.db.image`, `a[0].b`, `"a.b".*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath {
    text: String,
    parts: Vec<Part>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A key, or the index of a list.
    Name(String),
    /// Every entry.
    Any,
}

impl KeyPath {
    /// Returns the path that `text` spells, or what is wrong with it.
    ///
    /// Names are separated by dots and quoted where they have dots themselves; `[0]` and `0` are
    /// the first entry of a list, `*` and `[*]` every entry of a list or a map.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let (part, after) = match rest.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let (name, after) = rest[1..]
                        .split_once(quote)
                        .ok_or_else(|| format!("a quote in `{text}` is not closed"))?;
                    (Part::Name(name.to_owned()), after)
                }
                Some('[') => {
                    let (index, after) = rest[1..]
                        .split_once(']')
                        .ok_or_else(|| format!("a bracket in `{text}` is not closed"))?;
                    let index = index.trim();
                    let is_number = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
                    if index != "*" && !is_number {
                        return Err(format!(
                            "`[{index}]` in `{text}` is no index, wanted one like `[0]` or `[*]`"
                        ));
                    }
                    (if index == "*" { Part::Any } else { Part::Name(index.to_owned()) }, after)
                }
                _ => {
                    let len = rest.find(['.', '[']).unwrap_or(rest.len());
                    let name = rest[..len].trim();
                    if name.is_empty() {
                        return Err(format!(
                            "a name is missing in `{text}`, wanted one like `toolchain.channel`"
                        ));
                    }
                    (if name == "*" { Part::Any } else { Part::Name(name.to_owned()) }, &rest[len..])
                }
            };
            parts.push(part);
            rest = match after.chars().next() {
                None => return Ok(Self { text: text.to_owned(), parts }),
                Some('.') => &after[1..],
                Some('[') => after,
                Some(_) => return Err(format!("a dot is missing in `{text}` before `{after}`")),
            };
        }
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns the first `len` steps and then `name`, as one would write it.
    pub(super) fn with(&self, len: usize, name: &str) -> String {
        let quoted =
            if name.contains(['.', '[', '"', '*']) { format!("\"{name}\"") } else { name.to_owned() };
        let parts = self.parts.iter().take(len).map(Part::to_string).chain([quoted]);
        parts.collect::<Vec<_>>().join(".")
    }

    /// Returns the names joined by dots, for files whose names have dots of their own; `None` when
    /// the path has a `*`.
    pub(super) fn joined(&self) -> Option<String> {
        let names = self.parts.iter().map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Any => None,
        });
        names.collect::<Option<Vec<_>>>().map(|names| names.join("."))
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Part {
    /// Returns whether an entry of that name is one that the step leads to.
    pub(super) fn is(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Any => true,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) if name.contains(['.', '[', '"', '*']) => write!(f, "\"{name}\""),
            Self::Name(name) => f.write_str(name),
            Self::Any => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_at_its_dots() {
        for (text, expect) in [
            ("a", "a"),
            ("a.b.c", "a|b|c"),
            ("a[0].b", "a|0|b"),
            ("a.0.b", "a|0|b"),
            ("a[*].*", "a|*|*"),
            ("\"a.b\".c", "\"a.b\"|c"),
            ("a.'b c'[1][2]", "a|b c|1|2"),
            ("variable.x.default", "variable|x|default"),
        ] {
            let parts: Vec<String> =
                KeyPath::parse(text).unwrap().parts().iter().map(Part::to_string).collect();
            assert_eq!(parts.join("|"), expect, "{text}");
        }
        for text in ["", "a.", ".a", "a..b", "\"a", "a[", "a[x]", "a[]", "\"a\"b"] {
            assert!(KeyPath::parse(text).is_err(), "{text}");
        }
        assert_eq!(KeyPath::parse("a.b").unwrap().with(1, "c.d"), "a.\"c.d\"");
        assert_eq!(KeyPath::parse("a.b").unwrap().joined().as_deref(), Some("a.b"));
    }
}
