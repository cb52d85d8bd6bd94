use std::ops::Range;

use crate::site::expression::name_len;
use crate::text::Fragment;

/// After so many here-documents that nothing ends, none is looked for any more.
const MAX_UNENDED: usize = 8;

/// One instruction of a Dockerfile: continued lines joined, comment lines between them left out,
/// here-documents kept after it as a shell would read them.
#[derive(Debug)]
pub(super) struct Instruction {
    /// Keyword and arguments.
    pub(super) content: Fragment<'static>,
    /// The character that continues a line.
    escape: char,
}

impl Instruction {
    /// Returns the keyword at `from` in upper case, and where its arguments begin.
    pub(super) fn keyword(&self, from: usize) -> (String, usize) {
        let rest = &self.content.text()[from..];
        let len = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let arguments = self.content.text().len() - rest[len..].trim_start().len();
        (rest[..len].to_ascii_uppercase(), arguments)
    }

    /// Returns the words from `from` on: separated by white space outside quotes.
    pub(super) fn words(&self, from: usize) -> Vec<Range<usize>> {
        let text = self.content.text();
        let bytes = text.as_bytes();
        let mut words: Vec<Range<usize>> = Vec::new();
        let mut quote = None;
        let mut start = None;
        let mut at = from;
        while at < bytes.len() {
            let byte = bytes[at];
            match quote {
                None if byte.is_ascii_whitespace() => {
                    words.extend(start.take().map(|start| start..at));
                    at += 1;
                    continue;
                }
                None if byte == b'"' || byte == b'\'' => quote = Some(byte),
                Some(open) if open == byte => quote = None,
                _ => {}
            }
            start.get_or_insert(at);
            at += 1;
            if char::from(byte) == self.escape {
                at += text[at..].chars().next().map_or(0, char::len_utf8);
            }
        }
        words.extend(start.map(|start| start..bytes.len()));
        words
    }
}

/// Returns the instructions of the file (docs.docker.com, "Dockerfile reference", "Format"). A line
/// that is no instruction is returned as one, with a keyword that nobody knows.
pub(super) fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape(text);
    let mut lines = Lines { text, at: 0, n_unended: 0 };
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let trimmed = text[line.clone()].trim_start();
        if !trimmed.trim_end().is_empty() && !trimmed.starts_with('#') {
            found.push(instruction(line, &mut lines, escape));
        }
    }
    found
}

fn instruction(first: Range<usize>, lines: &mut Lines<'_>, escape: char) -> Instruction {
    let text = lines.text;
    let mut content = Fragment::empty();
    let mut next = Some(first);
    let mut is_first = true;
    while let Some(line) = next {
        let whole = &text[line.clone()];
        let is_left_out = whole.trim().is_empty() || whole.trim_start().starts_with('#');
        if !is_first && is_left_out {
            next = lines.next();
            continue;
        }
        let start = if is_first { line.end - whole.trim_start().len() } else { line.start };
        let rest = text[start..line.end].trim_end();
        is_first = false;
        match rest.strip_suffix(escape) {
            Some(rest) => {
                content.push(rest, start);
                next = lines.next();
            }
            None => {
                content.push(rest, start);
                next = None;
            }
        }
    }
    let mut instruction = Instruction { content, escape };
    here_documents(&mut instruction, lines);
    instruction
}

/// Appends the bodies of the here-documents that the instruction opens.
fn here_documents(instruction: &mut Instruction, lines: &mut Lines<'_>) {
    if !matches!(instruction.keyword(0).0.as_str(), "RUN" | "COPY" | "ADD" | "ONBUILD") {
        return;
    }
    let content = &mut instruction.content;
    for word in delimiters(content.text()) {
        if lines.n_unended == MAX_UNENDED {
            return;
        }
        lines.n_unended += 1;
        let mut ahead = Lines { ..*lines };
        let start = ahead.at;
        // A marker that nothing ends was none.
        while let Some(line) = ahead.next() {
            if lines.text[line].trim() == word {
                content.push_unplaced("\n");
                content.push(&lines.text[start..ahead.at], start);
                lines.at = ahead.at;
                lines.n_unended -= 1;
                break;
            }
        }
    }
}

/// Returns the end marks of the here-documents on a line: `<<EOF`, `<<-"EOF"`.
fn delimiters(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("<<") {
        rest = &rest[at + 2..];
        if rest.starts_with('<') {
            rest = rest.trim_start_matches('<');
            continue;
        }
        let word = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(['"', '\'']);
        let len = name_len(word);
        if len > 0 && found.len() < 16 {
            found.push(word[..len].to_owned());
        }
    }
    found
}

/// Returns the character that continues a line: the one that a directive in the first lines says.
fn escape(text: &str) -> char {
    for line in text.lines() {
        let Some(directive) = line.trim().strip_prefix('#') else { break };
        let Some((name, value)) = directive.split_once('=') else { break };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

/// The lines of a text, without their endings.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    /// Here-documents so far that nothing ends.
    n_unended: usize,
}

impl Lines<'_> {
    fn next(&mut self) -> Option<Range<usize>> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let end = self.text[start..].find('\n').map_or(self.text.len(), |len| start + len);
        self.at = (end + 1).min(self.text.len());
        Some(start..end)
    }
}
