//! `mix.exs` and `mix.lock` (hexdocs.pm, `mix deps`): the Elixir SDK.

use std::ops::Range;

use super::format::{FilePath, Spec};
use super::{Kind, Scan, Stated};
use crate::text::Fragment;
use crate::value::Grammar;

/// Projects and locks: both are Elixir terms.
pub(super) const FORMAT: Spec = Spec {
    names: &["mix.exs", "mix.lock"],
    ..Spec::of(|source, scan| {
        if FilePath::new(scan.path).extension == "lock" {
            find_locked(source.text(), scan);
        } else {
            find(source.text(), scan);
        }
        Ok(())
    })
};

/// `{:dagger, "~> 0.18.2", only: :dev}`; a path or a repository in the place of a requirement
/// states no release.
fn find(text: &str, scan: &mut Scan<'_>) {
    let fragment = Fragment::verbatim(text, 0);
    for line in lines(text) {
        for at in tuples(&text[line.clone()], "dagger") {
            let Some(literal) = literal(text, line.start + at) else { continue };
            let stated = Stated::of_requirement(Grammar::Hex, &text[literal.clone()]);
            scan.add_in(Kind::SdkElixir, &fragment, literal, stated);
        }
    }
}

/// `"dagger": {:hex, :dagger, "0.18.2", "<checksum>", …}`.
fn find_locked(text: &str, scan: &mut Scan<'_>) {
    let fragment = Fragment::verbatim(text, 0);
    for line in lines(text) {
        for at in tuples(&text[line.clone()], "hex") {
            let rest = &text[line.start + at..];
            let blank = rest.len() - rest.trim_start().len();
            let Some(after) = rest.trim_start().strip_prefix(":dagger,") else { continue };
            let start = line.start + at + blank + (rest.trim_start().len() - after.len());
            let Some(literal) = literal(text, start) else { continue };
            let stated = Stated::of(&text[literal.clone()]);
            scan.add_in(Kind::SdkElixirLock, &fragment, literal, stated);
        }
    }
}

/// Returns the places of lines that are no comment.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        if !line.trim_start().starts_with('#') {
            lines.push(start..start + line.len());
        }
        start += line.len();
    }
    lines
}

/// Returns where what follows `{:NAME,` begins.
fn tuples(line: &str, name: &str) -> Vec<usize> {
    let open = format!(":{name},");
    let starts = line.match_indices(&open).filter(|(at, _)| line[..*at].trim_end().ends_with('{'));
    starts.map(|(at, _)| at + open.len()).collect()
}

/// Returns the content of the string that stands at `at`.
fn literal(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let start = at + rest.len() - rest.trim_start().len();
    let inside = text[start..].strip_prefix('"')?;
    let end = inside.find(['"', '\n'])?;
    inside[end..].starts_with('"').then(|| start + 1..start + 1 + end)
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    #[test]
    fn a_requirement_is_a_site() {
        for text in [
            "  defp deps do\n    [\n      {:dagger, \"~> 0.18.2\", only: :dev}\n",
            "[{:dagger,\"~> 0.18.2\"},{:jason, \"~> 1.0\"}]",
            "[ { :dagger, \n \"~> 0.18.2\"}]",
        ] {
            check_at("mix.exs", text, &["sdk.elixir ~> 0.18.2 mirror 0.18.2"]);
        }
    }

    #[test]
    fn other_dependencies_are_none() {
        for text in [
            "{:dagger, path: \"./dagger_sdk\"}",
            "app: :dagger,\n version: \"0.1.0\"",
            "# {:dagger, \"~> 0.18.2\"}",
            "{:dagger_module_runtime, \"~> 0.18.2\"}",
            "{:dagger, \"~> 0.18",
            "{:dagger,",
        ] {
            check_at("mix.exs", text, &[]);
        }
    }

    #[test]
    fn the_lock_states_what_was_chosen() {
        check_at(
            "mix.lock",
            "%{\n  \"dagger\": {:hex, :dagger, \"0.18.2\", \"00\", [:mix], [], \"hexpm\", \"01\"},\n  \"jason\": {:hex, :jason, \"1.0.0\"},\n}\n",
            &["sdk.elixir.lock 0.18.2 mirror 0.18.2"],
        );
    }
}
