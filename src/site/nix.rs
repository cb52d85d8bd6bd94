//! Nix expressions: flake inputs, overrides and own derivations of the CLI.
//!
//! The file is parsed, never evaluated: names are followed as far as the file itself tells what
//! they mean ([`value`]), and where only the evaluation could choose, everything that it can choose
//! from counts ([`reach`]). One literal is one site, however many expressions lead to it.

mod attribute;
mod declared;
mod definition;
mod depth;
mod derivation;
mod embedded;
mod fetched;
mod file;
mod function;
mod input;
mod place;
mod reach;
mod release;
mod shell;
mod split;
mod tree;
mod value;

use rnix::ParseError;

pub(super) use declared::Bindings;

use super::format::Spec;
use super::{Scan, lines};
use crate::document::SyntaxError;

/// Any Nix expression; only the files that Nix and devenv know by name have to parse.
pub(super) const FORMAT: Spec = Spec {
    extensions: &["nix"],
    is_looked_up: |path| path.file == "devenv.nix",
    max_size: 5 << 19,
    ..Spec::of(|source, scan| match find(source.text(), scan) {
        Err(_) if !KNOWN.contains(&file_name(scan.path)) => {
            lines::find(source.text(), scan);
            Ok(())
        }
        result => result,
    })
};

/// Files that are read by name.
const KNOWN: [&str; 3] = ["flake.nix", "devenv.nix", "devenv.local.nix"];

/// Adds the sites of a Nix expression. What the parser cannot make sense of is an error in a file
/// that is known by name; in any other one the rest of it is looked at.
fn find(text: &str, scan: &mut Scan<'_>) -> Result<(), SyntaxError> {
    let file = file_name(scan.path);
    let (is_flake, is_known) = (file == "flake.nix", KNOWN.contains(&file));
    if let Some(at) = depth::too_deep(text) {
        return Err(SyntaxError { message: "nested too deeply".to_owned(), at });
    }
    let parsed = rnix::Root::parse(text);
    if let Some(error) = parsed.errors().first().filter(|_| is_known) {
        return Err(syntax_error(error, text));
    }
    let file = file::File::new(parsed.syntax());
    shell::find_loads(&file, scan);
    let speaks_of_dagger = |bytes: &[u8]| bytes.windows(6).any(|word| word.eq_ignore_ascii_case(b"dagger"));
    if !speaks_of_dagger(text.as_bytes()) && !is_about_dagger(scan.path) {
        return Ok(());
    }
    if is_flake {
        input::find_inputs(&file, scan);
    }
    input::find_uses(&file, scan);
    derivation::find(&file, scan);
    split::find(&file, scan);
    definition::find(&file, scan);
    embedded::find(text, &file, scan);
    shell::find(text, &file, scan);
    Ok(())
}

/// Returns whether a path leads to a file that is about the CLI: its name or its directory says so.
fn is_about_dagger(path: &str) -> bool {
    let mut parts = path.rsplit('/').map(|part| part.strip_suffix(".nix").unwrap_or(part));
    let is_name = |part: &str| part == "dagger" || part.starts_with("dagger-") || part.starts_with("dagger_");
    match parts.next() {
        Some(stem) => is_name(stem) || parts.next().is_some_and(|directory| directory == "dagger"),
        None => false,
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn syntax_error(error: &ParseError, text: &str) -> SyntaxError {
    let at = match error {
        ParseError::Unexpected(range)
        | ParseError::UnexpectedExtra(range)
        | ParseError::UnexpectedWanted(_, range, _)
        | ParseError::UnexpectedDoubleBind(range)
        | ParseError::DuplicatedArgs(range, _) => usize::from(range.start()),
        _ => text.len(),
    };
    let message = match error {
        ParseError::Unexpected(_) | ParseError::UnexpectedExtra(_) | ParseError::UnexpectedWanted(..) => {
            "unexpected token".to_owned()
        }
        ParseError::UnexpectedDoubleBind(_) => "the argument is bound twice".to_owned(),
        ParseError::DuplicatedArgs(_, name) => format!("the argument `{name}` stands twice"),
        ParseError::RecursionLimitExceeded => "nested too deeply".to_owned(),
        _ => "unexpected end of the file".to_owned(),
    };
    SyntaxError { message, at }
}

#[cfg(test)]
mod tests;
