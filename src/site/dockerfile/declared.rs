//! What a Dockerfile assigns and names, for sites that a repository declares itself.

use std::ops::Range;

use super::instruction;
use crate::site::custom::Assignment;
use crate::site::expression;
use crate::text::Fragment;

/// Returns what `ARG` and `ENV` give a value to, in order: by the bare name, and as `ARG.NAME`.
pub(in crate::site) fn assignments(text: &str) -> Vec<Assignment<'static>> {
    let mut found = Vec::new();
    for instruction in instruction::instructions(text) {
        let (keyword, arguments) = instruction.keyword(0);
        if !matches!(keyword.as_str(), "ARG" | "ENV") {
            continue;
        }
        let content = instruction.content.text();
        let words = instruction.words(arguments);
        let mut add = |name: &str, value: Range<usize>| {
            let value = expression::unquoted(content, value);
            let mut text = Fragment::empty();
            text.append(&instruction.content.part(value));
            found.push(Assignment {
                name: name.to_owned(),
                also: Some(format!("{keyword}.{name}")),
                value: text,
            });
        };
        match words.as_slice() {
            // The old form: `ENV NAME the rest of the line`.
            [first, rest, ..] if keyword == "ENV" && !content[first.clone()].contains('=') => {
                add(&content[first.clone()], rest.start..content.len());
            }
            words => {
                for word in words {
                    if let Some((name, _)) = content[word.clone()].split_once('=') {
                        add(name, word.start + name.len() + 1..word.end);
                    }
                }
            }
        }
    }
    found
}

/// Returns the texts in which a Dockerfile may name an image, and whether each is one as a whole:
/// what `FROM` and `--from=` take, stages of the file itself aside.
pub(in crate::site) fn image_texts(text: &str) -> Vec<(Fragment<'static>, bool)> {
    let mut found = Vec::new();
    let mut stages: Vec<String> = Vec::new();
    for instruction in instruction::instructions(text) {
        let (keyword, arguments) = instruction.keyword(0);
        let content = instruction.content.text();
        let words = instruction.words(arguments);
        let mut add = |range: Range<usize>, is_whole: bool| {
            let mut text = Fragment::empty();
            text.append(&instruction.content.part(range));
            found.push((text, is_whole));
        };
        let is_stage = |stages: &[String], range: &Range<usize>| {
            stages.iter().any(|stage| stage.eq_ignore_ascii_case(&content[range.clone()]))
        };
        if keyword == "FROM" {
            let mut words = words.iter().filter(|word| !content[(*word).clone()].starts_with("--"));
            let Some(base) = words.next() else { continue };
            if !is_stage(&stages, base) {
                add(base.clone(), true);
            }
            stages.extend(words.nth(1).map(|name| content[name.clone()].to_owned()));
            continue;
        }
        let mut at = arguments;
        for word in &words {
            let whole = &content[word.clone()];
            if !whole.starts_with("--") {
                break;
            }
            // `--from=IMAGE` of COPY, `--mount=type=bind,from=IMAGE` of RUN.
            if let Some(from) = whole.find("from=").map(|from| word.start + from + "from=".len()) {
                let end = content[from..word.end].find(',').map_or(word.end, |len| from + len);
                if !is_stage(&stages, &(from..end)) {
                    add(from..end, true);
                }
            }
            at = word.end;
        }
        add(at..content.len(), false);
    }
    found
}
