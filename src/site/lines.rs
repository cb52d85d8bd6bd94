//! Files that their format's parser refuses (Helm templates, say): looked at line by line.

use std::ops::Range;

use memchr::memmem;

use super::expression::{self, Position};
use super::scan::Name;
use super::scope::Scope;
use super::{Kind, MARKERS, Scan, image, name, release, script, yaml};
use crate::text::Fragment;

/// What lines begin with that are comments in some language.
const COMMENTS: [&str; 6] = ["#", "//", ";", "::", "REM ", "rem "];

/// How much of a large text is looked at together.
const PIECE: usize = 1 << 20;

/// Adds the sites that single lines show without a parse.
///
/// A large text is looked at in pieces, of which only those matter in which the toolchain's name stands.
pub(super) fn find(text: &str, scan: &mut Scan<'_>) {
    if text.len() <= PIECE {
        return find_part(&Fragment::verbatim(text, 0), scan);
    }
    let mut start = 0;
    while start < text.len() {
        let least = (start + PIECE).min(text.len());
        let end =
            memchr::memchr(b'\n', &text.as_bytes()[least..]).map_or(text.len(), |line| least + line + 1);
        let piece = &text[start..end];
        if MARKERS.iter().any(|marker| memmem::find(piece.as_bytes(), marker.as_bytes()).is_some()) {
            find_part(&Fragment::verbatim(piece, start), scan);
        }
        start = end;
    }
}

fn find_part(fragment: &Fragment<'_>, scan: &mut Scan<'_>) {
    let text = fragment.text();
    let mut scope = Scope::default();
    let lines = lines(text);
    for (index, line) in lines.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| lines.get(index));
        let entry = entry(text, line);
        if let Some((key, value)) = &entry {
            named(fragment, key, value.clone(), &mut scope, scan);
            // `- name: X` and `value: y` below it.
            let named_before =
                before.and_then(|before| self::entry(text, before)).filter(|(key, _)| *key == "name");
            if let Some((_, variable)) = named_before.filter(|_| *key == "value") {
                named(fragment, unquoted(&text[variable]), value.clone(), &mut scope, scan);
            }
            if matches!(*key, "image" | "Image" | "container")
                && image::kind_of(unquoted(&text[value.clone()])).is_some()
            {
                image::find_whole(fragment, value.clone(), &scope, scan);
            }
            split_image(fragment, &lines, index, &scope, scan);
            chart(fragment, &lines, index, &scope, scan);
            // systemd's `Environment="NAME=value"`.
            if *key == "Environment"
                && let Some(inner) = text[value.clone()].strip_prefix('"')
                && let Some((name, given)) = inner.split('"').next().and_then(|inner| inner.split_once('='))
            {
                let start = value.start + 1 + name.len() + 1;
                named(fragment, name, start..start + given.len(), &mut scope, scan);
            }
        }
        image::find_in(fragment, line.clone(), &scope, scan);
        release::find_in(fragment, after_key(text, line), &scope, scan);
    }
    scripts(fragment, &lines, &mut scope, scan);
}

/// A value under a name that says it is the engine's version.
fn named(fragment: &Fragment<'_>, key: &str, value: Range<usize>, scope: &mut Scope, scan: &mut Scan<'_>) {
    if name::says_dagger_version(key) {
        let variable = Name::Variable(key.to_owned());
        if let Some(follow) = expression::define(&variable, fragment, value, scope, scan) {
            scope.set(format!("env.{key}"), follow.clone());
            scope.set(key, follow);
        }
    }
}

/// `repository:` and `tag:` on neighbouring lines of one map.
fn split_image(
    fragment: &Fragment<'_>,
    lines: &[Range<usize>],
    index: usize,
    scope: &Scope,
    scan: &mut Scan<'_>,
) {
    let text = fragment.text();
    let Some(("tag", value)) = entry(text, &lines[index]) else { return };
    for line in neighbours(text, lines, index) {
        let Some(("repository" | "image" | "name", repository)) = entry(text, line) else { continue };
        let is_engine = image::kind_of(unquoted(&text[repository])) == Some(Kind::ImageEngine);
        if is_engine && indent(text, line) == indent(text, &lines[index]) {
            expression::add(Kind::ImageEngineTag, Position::Tag, fragment, value, scope, scan);
            return;
        }
    }
}

/// The chart and its version on neighbouring lines of one map.
fn chart(fragment: &Fragment<'_>, lines: &[Range<usize>], index: usize, scope: &Scope, scan: &mut Scan<'_>) {
    let text = fragment.text();
    let version = entry(text, &lines[index]).filter(|(key, _)| yaml::is_chart_version(key));
    let Some((_, value)) = version else { return };
    let is_chart = |line: &&Range<usize>| {
        indent(text, line) == indent(text, &lines[index])
            && entry(text, line).is_some_and(|(key, name)| yaml::is_chart(key, unquoted(&text[name])))
    };
    if neighbours(text, lines, index).any(|line| is_chart(&line)) {
        expression::add(Kind::ChartVersion, Position::Tag, fragment, value, scope, scan);
    }
}

/// Returns the lines near by in which the other keys of a small map stand: an item of a list ends
/// at the next dash.
fn neighbours<'l>(
    text: &'l str,
    lines: &'l [Range<usize>],
    index: usize,
) -> impl Iterator<Item = &'l Range<usize>> {
    let is_item = |line: &Range<usize>| text[line.clone()].trim_start().starts_with('-');
    let is_first = is_item(&lines[index]);
    let mut is_over = is_first;
    let before = lines[..index].iter().rev().take(4).take_while(move |line| {
        let was_over = is_over;
        is_over |= is_item(line);
        !was_over
    });
    let after = lines[index + 1..].iter().take(4).take_while(move |line| !is_item(line));
    before.chain(after)
}

/// Reads the lines that speak of the engine as shell, continued ones as one.
fn scripts(fragment: &Fragment<'_>, lines: &[Range<usize>], scope: &mut Scope, scan: &mut Scan<'_>) {
    let text = fragment.text();
    let mut index = 0;
    while index < lines.len() {
        let first = index;
        let goes_on = |index: usize| {
            text[lines[index].clone()].trim_end().ends_with('\\')
                || lines.get(index + 1).is_some_and(|next| text[next.clone()].trim_start().starts_with('|'))
        };
        while index + 1 < lines.len() && goes_on(index) {
            index += 1;
        }
        let value = entry(text, &lines[first]).map(|(_, value)| value);
        let value = value.unwrap_or_else(|| after_key(text, &lines[first])).start;
        let range = value..lines[index].end;
        index += 1;
        let words = &text[range.clone()];
        if words.contains("dagger") || words.contains("DAGGER") {
            script::find(&fragment.part(range), scope, scan);
        }
    }
}

/// Returns the lines that are no comments, without the comments at their ends.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut comment = None;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        let trimmed = line.trim_start();
        // Of Go's templates, Jinja's and ERB's.
        let comments = [("{{/*", "*/"), ("{{- /*", "*/"), ("{#", "#}"), ("<%#", "%>")];
        let opened = comments.iter().find(|(open, _)| trimmed.starts_with(open)).map(|(_, close)| *close);
        if let Some(close) = comment.or(opened) {
            comment = Some(close).filter(|close| !line.contains(close));
        } else if !COMMENTS.iter().any(|mark| trimmed.starts_with(mark)) {
            let end = line.find(" #").map_or(range.end, |at| range.start + at).min(range.end);
            lines.push(range.start..end.max(range.start));
        }
    }
    lines
}

/// Returns the line without a quoted key: in a table of checksums by address, nothing is downloaded.
fn after_key(text: &str, line: &Range<usize>) -> Range<usize> {
    let inner = text[line.clone()].trim_start();
    let key = inner.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    match key {
        Some((_, value)) if value.trim_start().starts_with([':', '=']) => line.end - value.len()..line.end,
        _ => line.clone(),
    }
}

fn indent(text: &str, line: &Range<usize>) -> usize {
    let line = &text[line.clone()];
    line.len() - line.trim_start_matches([' ', '\t', '-']).len()
}

/// Returns key and value of a `key: value` or `key = value` line, in a list or not.
fn entry<'t>(text: &'t str, line: &Range<usize>) -> Option<(&'t str, Range<usize>)> {
    let start = line.start + indent(text, line);
    let rest = &text[start..line.end];
    // Batch files.
    let set = rest.strip_prefix("set ").map_or(rest, |rest| rest.trim_start_matches('"'));
    let start = line.end - set.len();
    let rest = set;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-\"'".contains(byte);
    let len = rest.bytes().take_while(is_name).count();
    let after = rest[len..].trim_start();
    let is_yaml = after.starts_with(": ");
    if len == 0 || !(is_yaml || after.starts_with('=') && !after.starts_with("==")) {
        return None;
    }
    let value = after[1..].trim();
    let value_end = start + rest.trim_end().len();
    Some((unquoted(&rest[..len]), value_end - value.len()..value_end))
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::shown;

    /// Expects `kind text value` of every site, a derived one's value in brackets.
    fn check(text: &str, expect: &[&str]) {
        let mut scan = Scan::new("charts/x/templates/a.yaml");
        find(text, &mut scan);
        assert_eq!(shown::in_short(text, scan), expect, "{text}");
    }

    #[test]
    fn a_template_shows_images_and_names() {
        check(
            "{{- if .Values.a }}\nimage: {{ if .b }}{{ .b }}{{ else }}registry.dagger.io/engine:v{{ .Chart.Version }}{{ end }}\n",
            &["image.engine v{{ .Chart.Version }} (-)"],
        );
        check(
            "{{- if x }}\r\n  image: registry.dagger.io/engine\r\n",
            &["image.engine registry.dagger.io/engine missing"],
        );
        check("{{/*\nimage: registry.dagger.io/engine:v0.1.0\n*/}}\n", &[]);
        check("{{- /* DAGGER_VERSION: 0.1.0 */}}\n# DAGGER_VERSION: 0.1.0\n  // DAGGER_VERSION=0.1.0", &[]);
        check("{{ x }}\nDAGGER_VERSION: \"0.21.4\" # 0.1.0", &["env.version 0.21.4 0.21.4"]);
        check("- name: DAGGER_VERSION\n  value: '0.21.4'\n{{ end }}", &["env.version 0.21.4 0.21.4"]);
        check(
            "  repository: registry.dagger.io/engine\n  tag: v0.21.4\n  x: {{ y }}",
            &["image.engine.tag v0.21.4 0.21.4"],
        );
        check(
            "- name: {{ . }}\n  chart: oci://registry.dagger.io/dagger-helm\n  version: \"0.21.4\"\n- chart: x\n  version: 0.1.0\n",
            &["chart.version 0.21.4 0.21.4"],
        );
        check("  repository: registry.dagger.io/engine\ntag: v0.21.4\n", &[]);
        check("repository: x\ntag: v0.21.4\nengineVersion: v0.21.4", &[]);
    }

    #[test]
    fn a_table_of_checksums_names_no_download() {
        let url =
            "https://github.com/dagger/dagger/releases/download/v0.21.4/dagger_v0.21.4_linux_amd64.tar.gz";
        check(&format!("{{{{ x }}}}\n  \"{url}\": \"0a\",\n"), &[]);
        check(&format!("{{{{ x }}}}\n  \"url\": \"{url}\",\n"), &["release.url v0.21.4 0.21.4"]);
    }

    #[test]
    fn shell_in_it_is_read() {
        let url = "https://dl.dagger.io/dagger/install.sh";
        check(&format!("run: curl {url} | sh"), &[&format!("install.script {url} missing")]);
        check(
            &format!("- |\n  curl {url} \\\n    | DAGGER_VERSION=0.21.4 sh\n"),
            &["install.script 0.21.4 0.21.4"],
        );
        check(
            &format!("  DAGGER_VERSION: 0.21.4\nx: {{{{ y }}}}\nrun: curl {url} | sh"),
            &["env.version 0.21.4 0.21.4"],
        );
        check("  export DAGGER_VERSION=0.21.4", &["env.version 0.21.4 0.21.4"]);
    }
}
