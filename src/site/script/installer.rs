//! The project's own installer script, and the version it is told (dagger/dagger `install.sh`:
//! `DAGGER_VERSION` or `DAGGER_COMMIT` in its environment, else the newest release).

use std::ops::Range;

use super::lexer::{Command, Joint};
use super::simple::{Assignment, Simple, name};
use super::walk::Walker;
use crate::site::expression::{self, Position};
use crate::site::{Kind, Site, Stated};

/// What the address of an installer begins with, and whether a git name stands before the file.
const PLACES: [(&str, bool); 5] = [
    ("dl.dagger.io/dagger/", false),
    ("releases.dagger.io/dagger/", false),
    ("raw.githubusercontent.com/dagger/dagger/", true),
    ("github.com/dagger/dagger/raw/", true),
    ("cdn.jsdelivr.net/gh/dagger/dagger", true),
];

/// Commands that fetch what an address holds.
const DOWNLOADERS: [&str; 13] = [
    "curl",
    "wget",
    "wget2",
    "aria2c",
    "fetch",
    "http",
    "https",
    "iwr",
    "irm",
    "Invoke-WebRequest",
    "Invoke-RestMethod",
    "ADD",
    "get_url",
];

/// Commands that only show their arguments.
const PRINTERS: [&str; 8] = ["echo", "printf", "cat", "log", "info", "warn", "die", "Write-Host"];

/// Returns where the address of the installer stands in `range`.
pub(super) fn address(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let inside = &text[range.clone()];
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/@".contains(&byte);
    PLACES.into_iter().find_map(|(place, has_ref)| {
        let at = inside.find(place)?;
        let after = at + place.len();
        let end = if has_ref {
            let end = expression::end_of(inside, after, is_part);
            ["/install.sh", "/install.ps1"]
                .iter()
                .any(|file| inside[after..end].ends_with(file))
                .then_some(end)
        } else {
            let file =
                ["install.sh", "install.ps1"].into_iter().find(|file| inside[after..].starts_with(file));
            file.map(|file| after + file.len())
        }?;
        let scheme = ["https://", "http://"].into_iter().find(|scheme| inside[..at].ends_with(scheme));
        Some(range.start + at - scheme.map_or(0, str::len)..range.start + end)
    })
}

impl Walker<'_, '_, '_> {
    /// Looks at the command at `index` as one that fetches the installer, or runs one that was
    /// fetched into a file before.
    pub(super) fn installer(
        &mut self,
        index: usize,
        commands: &[Command],
        simples: &[Simple],
        outer: &[Assignment],
    ) {
        let simple = &simples[index];
        if !self.downloads.is_empty() {
            self.run_downloaded(simple);
        }
        let Some(address) = self.downloaded(simple) else { return };
        let is_piped = commands[index].joint == Joint::Pipe || self.is_substituted;
        let mut given: Vec<&Assignment> = simple.before.iter().collect();
        for next in index + 1..commands.len() {
            if commands[next - 1].joint == Joint::End || self.downloaded(&simples[next]).is_some() {
                break;
            }
            given.extend(&simples[next].before);
        }
        given.extend(outer);
        let given: Vec<Assignment> = given.into_iter().cloned().collect();
        // PowerShell loads the installer first and is told the version then.
        let is_powershell = self.text()[address.clone()].contains("/install.ps1");
        if self.is_given(&given) {
            return;
        }
        if is_piped && !is_powershell {
            self.missing(address);
        } else {
            self.downloads.push(address);
        }
    }

    /// Adds the site of the version or commit among the assignments, and returns whether there is
    /// one.
    fn is_given(&mut self, assignments: &[Assignment]) -> bool {
        for (wanted, position) in [("DAGGER_VERSION", Position::Version), ("DAGGER_COMMIT", Position::Tag)] {
            for assignment in assignments {
                let value = assignment.value.clone();
                if self.text()[assignment.name.clone()] != *wanted
                    || matches!(&self.text()[value.clone()], "" | "\"\"" | "''")
                {
                    continue;
                }
                let added = expression::add(
                    Kind::InstallScript,
                    position,
                    self.fragment,
                    value,
                    self.scope,
                    self.scan,
                );
                // A short commit is one too; nothing else can stand there.
                let is_short = |site: &&mut Site| {
                    position == Position::Tag
                        && site.text != "head"
                        && matches!(site.stated, Stated::Floating(_))
                };
                if let Some(site) = added.filter(is_short) {
                    site.stated = Stated::Revision(site.text.clone());
                }
                return true;
            }
        }
        false
    }

    /// `DAGGER_VERSION=0.21.8 sh install.sh`, and `Install-Dagger -DaggerVersion 0.21.8`.
    fn run_downloaded(&mut self, simple: &Simple) {
        for (parameter, position) in [("-DaggerVersion", Position::Version), ("-DaggerCommit", Position::Tag)]
        {
            let is_parameter =
                |word: &Range<usize>| self.text()[word.clone()].eq_ignore_ascii_case(parameter);
            let at = simple.words.iter().position(is_parameter);
            if let Some(value) = at.and_then(|at| simple.words.get(at + 1)) {
                let value = value.clone();
                expression::add(Kind::InstallScript, position, self.fragment, value, self.scope, self.scan);
                self.downloads.clear();
                return;
            }
        }
        if !simple.words.is_empty() && self.is_given(&simple.before) {
            self.downloads.clear();
        }
    }

    /// Returns the installer's address when the command fetches it.
    fn downloaded(&self, simple: &Simple) -> Option<Range<usize>> {
        let text = self.text();
        let first = name(text, simple.words.first()?);
        if PRINTERS.contains(&first)
            || !simple.words.iter().any(|word| DOWNLOADERS.contains(&name(text, word)))
        {
            return None;
        }
        simple.words.iter().find_map(|word| {
            address(text, word.clone()).or_else(|| {
                let at = (word.start..word.end).find(|at| text.as_bytes()[*at] == b'$')?;
                let found = expression::find_at(&text[..word.end], at)?;
                self.installers.get(&text[found.inner]).cloned()
            })
        })
    }

    /// Adds a missing version at the installer's address, unless the environment gives one.
    pub(super) fn missing(&mut self, address: Range<usize>) {
        let names = ["DAGGER_VERSION", "DAGGER_COMMIT", "env.DAGGER_VERSION", "env.DAGGER_COMMIT"];
        if !names.iter().any(|name| self.scope.get(name).is_some()) {
            self.scan.add_in(Kind::InstallScript, self.fragment, address, Stated::Missing);
        }
    }
}
