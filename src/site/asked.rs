//! What one file asks of others: which of those that do not have the toolchain's name in them have to
//! be looked at, because they may define a name that is looked up.

use super::resolve::{is_in_reach, parent};
use super::scan::{Follow, Name};
use super::{Format, Scan};

/// A file in which one of these stands is looked at anyway.
pub const MARKERS: [&str; 3] = ["dagger", "DAGGER", "Dagger"];

impl Name {
    /// Returns a word that stands in every file which defines the name; `None` when the file is one that
    /// is looked at anyway.
    pub fn word(&self) -> Option<&str> {
        let (Self::Variable(name) | Self::Input { name, .. } | Self::ChartValue { key: name, .. }) = self
        else {
            // Catalogs list packages by their names.
            return None;
        };
        // A chart's own `@version` is the `version` of its metadata.
        let word = name.rsplit(['.', '@']).next().unwrap_or(name);
        MARKERS.iter().all(|marker| !word.contains(marker)).then_some(word)
    }

    /// Returns whether the file at `path` stands where the name may be defined for the one at `from`.
    pub fn may_come_from(&self, path: &str, from: &str) -> bool {
        match self {
            Self::ChartValue { chart, .. } => parent(path) == chart,
            Self::Variable(_) | Self::Input { .. } | Self::Catalog(_) => is_in_reach(from, path, self),
        }
    }
}

impl Format {
    /// Returns whether its files may make a shell read others, in which a variable is set that counts
    /// only then.
    pub fn loads(self) -> bool {
        matches!(self, Self::Shell | Self::Nix | Self::Mise)
    }
}

impl Scan<'_> {
    /// Returns the names that other files may define: those that are followed, and the inputs that
    /// callers give.
    pub fn asks(&self) -> impl Iterator<Item = &Name> {
        let sites = self.sites.iter().filter_map(|(_, follow)| follow.as_ref());
        let definitions = self.definitions.iter().filter_map(|definition| definition.follows.as_ref());
        let deciders = self.deciders.iter().map(|(_, follow)| follow);
        let followed = sites.chain(definitions).chain(deciders).filter_map(|follow| match follow {
            Follow::There(name) => Some(name),
            Follow::Here(_) | Follow::Module(_) | Follow::Outside(_) => None,
        });
        let inputs = self.definitions.iter().map(|definition| &definition.name);
        followed.chain(inputs.filter(|name| matches!(name, Name::Input { .. })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_where_the_name_is_defined() {
        let input = |name: &str| Name::Input { file: "ci.yml".to_owned(), name: name.to_owned() };
        let value = |key: &str| Name::ChartValue { chart: "charts/a".to_owned(), key: key.to_owned() };
        for (name, expect) in [
            (Name::Variable("ENGINE_TAG".to_owned()), Some("ENGINE_TAG")),
            (Name::Variable("DAGGER_VERSION".to_owned()), None),
            (input("engine-version"), Some("engine-version")),
            (input("dagger-version"), None),
            (value("engine.image.tag"), Some("tag")),
            (value("@appVersion"), Some("appVersion")),
            (Name::Catalog("default".to_owned()), None),
        ] {
            assert_eq!(name.word(), expect, "{name:?}");
        }
    }

    #[test]
    fn a_name_comes_from_where_it_reaches() {
        let value = Name::ChartValue { chart: "charts/a".to_owned(), key: "tag".to_owned() };
        assert!(value.may_come_from("charts/a/values.yaml", "charts/a/templates/engine.yaml"));
        assert!(!value.may_come_from("charts/b/values.yaml", "charts/a/templates/engine.yaml"));
        let variable = Name::Variable("TAG".to_owned());
        assert!(variable.may_come_from("deploy/.env", "deploy/one/compose.yaml"));
        assert!(!variable.may_come_from("other/.env", "deploy/one/compose.yaml"));
    }
}
