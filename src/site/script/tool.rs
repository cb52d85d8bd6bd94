//! Tools that install the CLI and are told its version as an argument.

use std::ops::Range;

use super::command::{Simple, inner, name};
use super::walk::Walker;
use crate::catalog;
use crate::site::expression::{self, Position};
use crate::site::{Kind, Stated};
use crate::value::{FlakeRef, Rev};

/// Packages by the names that installers have for them, before `@`.
const PACKAGES: [&str; 8] = [
    "dagger",
    "ubi:dagger/dagger",
    "aqua:dagger/dagger",
    "github:dagger/dagger",
    "asdf:dagger",
    "dagger/tap/dagger",
    "dagger.io",
    "github.com/dagger/dagger/cmd/dagger",
];

/// Commands that take them.
const INSTALLERS: [&str; 7] = ["mise", "rtx", "asdf", "brew", "pkgx", "go", "devbox"];

impl Walker<'_, '_, '_> {
    /// Adds what the command's arguments state.
    pub(super) fn tool(&mut self, simple: &Simple) {
        let text = self.text();
        let Some((first, arguments)) = simple.words.split_first() else { return };
        let command = name(text, first);
        for (index, argument) in arguments.iter().enumerate() {
            let range = inner(text, argument);
            let word = &text[range.clone()];
            if word.starts_with("github:dagger/nix") && !matches!(command, "echo" | "printf" | "sed" | "grep")
            {
                self.flake(range);
            } else if INSTALLERS.contains(&command) {
                let package = word.split_once('@').filter(|(package, _)| PACKAGES.contains(package));
                let apart =
                    (command == "asdf" && word == "dagger").then(|| arguments.get(index + 1)).flatten();
                if let Some((package, _)) = package {
                    self.version(range.start + package.len() + 1..range.end);
                } else if let Some(version) = apart {
                    self.version(version.clone());
                }
            }
        }
    }

    fn version(&mut self, range: Range<usize>) {
        expression::add(Kind::InstallScript, Position::Version, self.fragment, range, self.scope, self.scan);
    }

    fn flake(&mut self, range: Range<usize>) {
        let Some(reference) = FlakeRef::parse(&self.text()[range.clone()]).filter(FlakeRef::is_dagger) else {
            return;
        };
        let Some((pin, place)) = reference.pin else {
            self.scan.add_in(Kind::NixInput, self.fragment, range, Stated::Missing);
            return;
        };
        let place = range.start + place.start..range.start + place.end;
        let stated = match Rev::parse(pin).map(|rev| catalog::revision(&rev)) {
            Some(Some(revision)) => match revision.version() {
                Some(version) => Stated::Version(version),
                None => Stated::Unresolvable("this revision of dagger/nix packages no CLI".to_owned()),
            },
            Some(None) => Stated::Revision(pin.to_owned()),
            None if pin.contains('$') || pin.contains('{') => return,
            None => Stated::Floating(pin.to_owned()),
        };
        self.scan.add_in(Kind::NixInput, self.fragment, place, stated);
    }
}
