/// Comments are wrapped at this width.
const WIDTH: usize = 100;

/// A TOML text that grows.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// Adds a line as it is; one with what cannot stand on a line is left out.
    pub(super) fn line(&mut self, line: &str) {
        if !line.contains(char::is_control) {
            self.0.push_str(line);
            self.0.push('\n');
        }
    }

    /// Adds a comment, on as many lines as it needs.
    pub(super) fn say(&mut self, words: &str) {
        let mut line = "#".to_owned();
        for word in unbroken(words) {
            if line.chars().count() + 1 + word.chars().count() > WIDTH && line.len() > 1 {
                self.line(&line);
                line.truncate(1);
            }
            line.push(' ');
            line.push_str(&word);
        }
        self.line(&line);
    }

    /// Adds a suggestion whose value is a list.
    pub(super) fn list(&mut self, key: &str, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.filter(|item| !item.contains(char::is_control)).collect();
        self.line(&format!("# {key} = [{}]", items.join(", ")));
    }

    /// Adds an empty line between two things.
    pub(super) fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    /// Returns the text; it ends with one line break.
    pub(super) fn finish(self) -> String {
        format!("{}\n", self.0.trim_end_matches('\n'))
    }
}

/// Returns the words of a text; what stands in backticks is one word.
fn unbroken(words: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut is_code = false;
    for word in words.split_whitespace() {
        match out.last_mut().filter(|_| is_code) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => out.push(word.to_owned()),
        }
        is_code ^= word.matches('`').count() % 2 == 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_wrapped_between_words() {
        let mut text = Text::default();
        text.say(&format!("{} `a b` c", "x".repeat(94)));
        text.line("a\nb");
        text.gap();
        text.gap();
        text.list("a", ["1".to_owned(), "\u{1b}".to_owned(), "2".to_owned()].into_iter());
        text.gap();
        assert_eq!(text.finish(), format!("# {}\n# `a b` c\n\n# a = [1, 2]\n", "x".repeat(94)));
    }
}
