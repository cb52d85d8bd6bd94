//! Tools that install the CLI and are told its version as an argument.

use std::ops::Range;

use super::simple::{Simple, inner, name};
use super::walk::Walker;
use crate::catalog;
use crate::site::expression::{self, Position};
use crate::site::{Kind, Stated, tool};
use crate::value::{FlakeRef, Rev};

/// Packages by the names that installers have for them, before `@`.
const PACKAGES: [&str; 5] = [
    "dagger/dagger",
    "dagger/tap/dagger",
    "dagger.io",
    "github.com/dagger/dagger/cmd/dagger",
    "runx:dagger/dagger",
];

/// Commands that take `PACKAGE@VERSION`.
const INSTALLERS: [&str; 10] =
    ["mise", "rtx", "asdf", "brew", "pkgx", "go", "devbox", "arkade", "aqua", "webi"];

/// Commands that are told the version of a package apart from its name, and the package.
const APART: [(&str, &str); 6] = [
    ("asdf", "dagger"),
    ("arkade", "dagger"),
    ("eget", "dagger/dagger"),
    ("ubi", "dagger/dagger"),
    ("gh", "dagger/dagger"),
    ("helm", CHART),
];

/// The engine's chart.
const CHART: &str = "oci://registry.dagger.io/dagger-helm";

impl Walker<'_, '_, '_> {
    /// Adds what the command's arguments state.
    pub(super) fn tool(&mut self, simple: &Simple) {
        let text = self.text();
        let Some((first, arguments)) = simple.words.split_first() else { return };
        let command = name(text, first);
        let words: Vec<Range<usize>> = arguments.iter().map(|argument| inner(text, argument)).collect();
        for range in &words {
            let word = &text[range.clone()];
            if word.starts_with("github:dagger/nix") && !matches!(command, "echo" | "printf" | "sed" | "grep")
            {
                self.flake(range.clone());
            } else if INSTALLERS.contains(&command) {
                let is_ours = |package: &str| PACKAGES.contains(&package) || tool::is_cli(package);
                let package = word.split_once('@').filter(|(package, _)| is_ours(package));
                if let Some((package, _)) = package {
                    self.version(Kind::InstallScript, range.start + package.len() + 1..range.end);
                }
            }
        }
        let is_named =
            |package: &str| words.iter().any(|word| text[word.clone()].rsplit('=').next() == Some(package));
        if let Some((_, package)) = APART.iter().find(|(tool, package)| *tool == command && is_named(package))
        {
            let kind = if *package == CHART { Kind::ChartVersion } else { Kind::InstallScript };
            if *package == CHART {
                self.chart_values(&words);
            }
            // Nothing else among these arguments looks like a version.
            let mut versions = words.iter().map(|word| match text[word.clone()].split_once('=') {
                Some((_, value)) => word.end - value.len()..word.end,
                None => word.clone(),
            });
            if let Some(version) = versions.find(|word| expression::states_version(&text[word.clone()])) {
                self.version(kind, version);
            }
        }
    }

    /// `--set image.tag=v0.21.8` of the engine's chart.
    fn chart_values(&mut self, words: &[Range<usize>]) {
        for word in words {
            let mut start = word.start;
            for setting in self.text()[word.clone()].split(',') {
                let end = start + setting.len();
                if let Some((key, tag)) = setting.rsplit_once('=')
                    && (key == "image.tag" || key.ends_with(".image.tag") || key.ends_with("=image.tag"))
                {
                    let tag = end - tag.len()..end;
                    let kind = Kind::ImageEngineTag;
                    expression::add(kind, Position::Tag, self.fragment, tag, self.scope, self.scan);
                }
                start = end + 1;
            }
        }
    }

    fn version(&mut self, kind: Kind, range: Range<usize>) {
        expression::add(kind, Position::Version, self.fragment, range, self.scope, self.scan);
    }

    fn flake(&mut self, range: Range<usize>) {
        let Some(reference) = FlakeRef::parse(&self.text()[range.clone()]).filter(FlakeRef::is_dagger) else {
            return;
        };
        let Some((pin, place)) = reference.pin else { return };
        let place = range.start + place.start..range.start + place.end;
        let stated = match Rev::parse(pin).map(|rev| catalog::revision(&rev)) {
            Some(Some(revision)) => Stated::of_revision(revision),
            Some(None) => Stated::Revision(pin.to_owned()),
            None if pin.contains('$') || pin.contains('{') => return,
            None => Stated::Floating(pin.to_owned()),
        };
        self.scan.add_in(Kind::NixInput, self.fragment, place, stated);
    }
}
