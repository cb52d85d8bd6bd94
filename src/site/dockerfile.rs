//! Dockerfiles: `ARG`, `ENV`, `FROM`, `COPY --from`, `ADD`, `RUN`
//! (docs.docker.com, "Dockerfile reference").
//!
//! Split into instructions here and not by a parser that refuses a whole file: templates, examples
//! and files of other builders are close to the format without being in it.

mod declared;
mod instruction;

use std::collections::BTreeMap;
use std::ops::Range;

pub(super) use declared::{assignments, image_texts};

use super::format::{FilePath, Spec};
use super::scan::{Companion, Companionship, Follow, Name};
use super::scope::Scope;
use super::{DAGGER, Scan, Stated, checksum, expression, image, name, release, script};
use crate::text::{Escapes, Fragment, Span};
use instruction::Instruction;

/// Build files by the usual names.
pub(super) const FORMAT: Spec = Spec {
    claims: is_dockerfile,
    max_size: 2 << 20,
    ..Spec::of(|source, scan| {
        find(source.text(), scan);
        Ok(())
    })
};

/// What follows `Dockerfile.` in the name of a file that is about one.
const OTHER_EXTENSIONS: [&str; 10] = ["md", "txt", "go", "rs", "py", "ts", "js", "yml", "yaml", "json"];

fn is_dockerfile(path: &FilePath<'_>) -> bool {
    let is_name =
        |name: &str| name.eq_ignore_ascii_case("dockerfile") || name.eq_ignore_ascii_case("containerfile");
    let prefix = path.file.split(['.', '-', '_']).next().unwrap_or(path.file);
    is_name(path.file)
        || is_name(path.extension)
        || ((is_name(path.stem) || is_name(prefix)) && !OTHER_EXTENSIONS.contains(&path.extension))
}

/// Adds the sites of a Dockerfile.
fn find(text: &str, scan: &mut Scan<'_>) {
    let mut reader = Reader::default();
    for instruction in instruction::instructions(text) {
        reader.read(&instruction, 0, scan);
    }
    if let Some((address, shown)) = reader.installer.filter(|_| !has_installer(scan)) {
        scan.add(super::Kind::InstallScript, address, &shown, Stated::Missing);
    }
}

/// Returns whether something says which version an installer that was added to the image takes.
fn has_installer(scan: &Scan<'_>) -> bool {
    scan.definitions.iter().any(|definition| {
        matches!(&definition.name, Name::Variable(name) if name == "DAGGER_VERSION" || name == "DAGGER_COMMIT")
    })
}

#[derive(Default)]
struct Reader {
    /// Arguments from before the first stage: visible to `FROM`, and to a stage that asks for them.
    globals: Scope,
    /// The stage that is read.
    stage: Option<Stage>,
    /// Stages by name, that others begin with.
    stages: BTreeMap<String, Scope>,
    /// An installer that is added to the image, and its address as written.
    installer: Option<(Span, String)>,
}

#[derive(Default)]
struct Stage {
    name: String,
    scope: Scope,
}

impl Reader {
    fn read(&mut self, instruction: &Instruction, from: usize, scan: &mut Scan<'_>) {
        let (keyword, arguments) = instruction.keyword(from);
        match keyword.as_str() {
            "FROM" => self.from(instruction, arguments, scan),
            "ARG" => {
                for word in instruction.words(arguments) {
                    self.argument(instruction, word, scan);
                }
            }
            "ENV" => self.environment(instruction, arguments, scan),
            "RUN" | "CMD" | "ENTRYPOINT" => self.command(instruction, arguments, scan),
            "HEALTHCHECK" => {
                let command = instruction
                    .words(arguments)
                    .into_iter()
                    .find(|word| instruction.content.text()[word.clone()].eq_ignore_ascii_case("CMD"));
                if let Some(command) = command {
                    self.command(instruction, command.end, scan);
                }
            }
            "COPY" | "ADD" => self.copy(instruction, arguments, scan),
            // Only one level is allowed.
            "ONBUILD" if from == 0 && arguments > 0 => self.read(instruction, arguments, scan),
            _ => {}
        }
    }

    fn scope(&mut self) -> &mut Scope {
        match &mut self.stage {
            Some(stage) => &mut stage.scope,
            None => &mut self.globals,
        }
    }

    fn from(&mut self, instruction: &Instruction, arguments: usize, scan: &mut Scan<'_>) {
        let text = instruction.content.text();
        let words = instruction.words(arguments);
        let mut words = words.iter().filter(|word| !text[(*word).clone()].starts_with("--"));
        let Some(base) = words.next() else { return };
        image::find_whole(&instruction.content, base.clone(), &self.globals, scan);
        if let Some(last) = self.stage.take() {
            self.stages.insert(last.name, last.scope);
        }
        let scope = self.stages.get(&text[base.clone()].to_ascii_lowercase()).cloned().unwrap_or_default();
        let name = words.nth(1).map(|word| text[word.clone()].to_ascii_lowercase());
        // A stage without a name can only be the last of its kind.
        self.stage = Some(Stage { name: name.unwrap_or_default(), scope });
    }

    /// `NAME=value`, or `NAME` alone: what the build is given, or what the file said before the
    /// first stage.
    fn argument(&mut self, instruction: &Instruction, word: Range<usize>, scan: &mut Scan<'_>) {
        let text = &instruction.content.text()[word.clone()];
        match text.split_once('=') {
            Some((name, _)) => {
                let value = word.start + name.len() + 1..word.end;
                self.assign(&instruction.content, name, value, scan);
            }
            None => {
                let given = Follow::There(Name::Variable(text.to_owned()));
                let follow = self.globals.get(text).cloned().unwrap_or(given);
                self.scope().set(text, follow);
            }
        }
    }

    fn environment(&mut self, instruction: &Instruction, arguments: usize, scan: &mut Scan<'_>) {
        let text = instruction.content.text();
        let words = instruction.words(arguments);
        let Some(first) = words.first() else { return };
        if !text[first.clone()].contains('=') {
            // The old form: `ENV NAME the rest of the line`.
            let value = words.get(1).map_or(text.len(), |word| word.start)..text.len();
            self.assign(&instruction.content, &text[first.clone()], value, scan);
            return;
        }
        for word in words {
            let Some((name, _)) = text[word.clone()].split_once('=') else { continue };
            let value = word.start + name.len() + 1..word.end;
            self.assign(&instruction.content, name, value, scan);
        }
    }

    fn assign(&mut self, content: &Fragment<'_>, name: &str, value: Range<usize>, scan: &mut Scan<'_>) {
        let scope = self.scope();
        image::find_in(content, value.clone(), scope, scan);
        release::find_in(content, value.clone(), scope, scan);
        let variable = Name::Variable(name.to_owned());
        let is_empty = matches!(&content.text()[value.clone()], "" | "\"\"" | "''");
        match expression::define(&variable, content, value.clone(), scope, scan) {
            Some(follow) => scope.set(name, follow),
            None if !is_empty => {
                let words = format!("`{name}`, which is set to something else");
                scope.set(name, Follow::Outside(words));
            }
            None => {}
        }
        checksum(content, name, value, scan);
    }

    fn command(&mut self, instruction: &Instruction, arguments: usize, scan: &mut Scan<'_>) {
        let content = &instruction.content;
        let text = content.text();
        let options = instruction.words(arguments);
        let n_options = options.iter().take_while(|word| text[(*word).clone()].starts_with("--")).count();
        let start = options.get(n_options).map_or(text.len(), |word| word.start);
        // `RUN --mount=type=bind,from=IMAGE`.
        image::find_in(content, arguments..start, self.scope(), scan);
        // What a command assigns is gone with it.
        let mut scope = self.scope().clone();
        if text[start..].starts_with('[') && exec(content, start, &mut scope, scan) {
            return;
        }
        script::find(&content.part(start..text.len()), &mut scope, scan);
        if text.contains("DAGGER_VERSION=") || text.contains("DAGGER_COMMIT=") {
            self.installer = None;
        }
    }

    fn copy(&mut self, instruction: &Instruction, arguments: usize, scan: &mut Scan<'_>) {
        let content = &instruction.content;
        let text = content.text();
        let mut sums = Vec::new();
        for word in instruction.words(arguments) {
            let whole = &text[word.clone()];
            if let Some(image) = whole.strip_prefix("--from=") {
                image::find_whole(content, word.end - image.len()..word.end, &self.globals, scan);
                continue;
            }
            if whole.starts_with("--checksum=") {
                sums = checksum::hashes(text, word);
                continue;
            }
            if let Some(address) = script::installer_address(text, word.clone()) {
                let shown = text[address.clone()].to_owned();
                let is_given = self.scope().get("DAGGER_VERSION").is_some();
                let span = content.span(address).filter(|_| !is_given);
                self.installer = self.installer.take().or(span.map(|span| (span, shown)));
            }
            let scope = self.scope();
            image::find_in(content, word.clone(), scope, scan);
            for release in release::find_in(content, word, scope, scan) {
                let span = sums.first().and_then(|sum| content.span(sum.clone()));
                if let (Some(span), Some((site, _))) = (span, scan.sites.get_mut(release.site)) {
                    let what = Companionship::Archive(release.system.map(str::to_owned));
                    site.companions.push(Companion { span, what });
                }
            }
        }
    }
}

/// Reads `["sh", "-c", "script"]`; returns false when it is not of this form.
fn exec(content: &Fragment<'_>, start: usize, scope: &mut Scope, scan: &mut Scan<'_>) -> bool {
    let text = content.text();
    let Ok(words) = serde_json::from_str::<Vec<String>>(text[start..].trim_end()) else { return false };
    let mut at = start;
    for word in &words {
        // The decoded words stand in the same order as the quoted ones.
        let Some(open) = text[at..].find('"').map(|len| at + len + 1) else { break };
        let close = closing_quote(text, open);
        let raw = &text[open..close];
        if raw == word {
            script::find(&content.part(open..close), scope, scan);
        } else if let Some(span) = content.span(open..close) {
            script::find(&Fragment::align(raw, span.start, word, Escapes::Backslash), scope, scan);
        }
        at = (close + 1).min(text.len());
    }
    true
}

/// `ARG DAGGER_SHA256=…` goes with the version that is named so too.
fn checksum(content: &Fragment<'_>, variable: &str, value: Range<usize>, scan: &mut Scan<'_>) {
    let is_ours = name::words(variable).iter().any(|word| word == DAGGER);
    let hashes = checksum::hashes(content.text(), value);
    let ([hash], true) = (hashes.as_slice(), is_ours) else { return };
    let version = scan.definitions.iter().rposition(|definition| {
        matches!(&definition.name, Name::Variable(name) if name::says_dagger_version(name))
            && matches!(definition.stated, Stated::Version(_))
    });
    let system = checksum::system(content.text(), hash).map(str::to_owned);
    let site = version.and_then(|version| scan.promote(version));
    if let (Some(span), Some(site)) = (content.span(hash.clone()), site) {
        scan.sites[site].0.companions.push(Companion { span, what: Companionship::Archive(system) });
    }
}

/// Returns where the JSON text that begins at `open` ends.
fn closing_quote(text: &str, open: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = open;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests;
