//! Text that a repository holds, in the three syntaxes of a GitHub runner: nothing in it may become a command, a table
//! cell, or markup of its own.

use std::fmt::Write as _;

/// Returns the message of a workflow command (actions/runner, `ActionCommand.cs`).
pub(super) fn message(text: &str) -> String {
    escape(text, "%\r\n")
}

/// Returns the value of a workflow command's property.
pub(super) fn property(text: &str) -> String {
    escape(text, "%\r\n:,")
}

fn escape(text: &str, special: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if special.contains(character) {
            let _ = write!(out, "%{:02X}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Returns a line that is no workflow command wherever it is printed: the old syntax (`##[error]`) is looked for inside
/// of a line too.
pub(super) fn log_line(text: &str) -> String {
    let line = text.replace(['\r', '\n'], " ").replace("##[", "## [");
    if line.trim_start().starts_with("::") { format!("> {line}") } else { line }
}

/// Returns a cell of a Markdown table: literal text, in which only what stands between two backticks is code.
pub(super) fn cell(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return literal(text);
    }
    let part = |(index, part): (usize, &&str)| match index % 2 {
        0 => literal(part),
        _ => format!("<code>{}</code>", literal(part)),
    };
    parts.iter().enumerate().map(part).collect()
}

/// Returns text as Markdown that shows it as it is: what could be markup, a mention, or the end of a cell becomes a
/// character reference; line breaks become spaces.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\r' | '\n' => out.push(' '),
            character if "&<>|`*_[]\\~#@$!".contains(character) || character.is_control() => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The reader's side: what the runner replaces, in its order.
    fn unescape_message(text: &str) -> String {
        text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    }

    fn unescape_property(text: &str) -> String {
        let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    }

    /// The reader's side: character references are decoded once.
    fn decode(markdown: &str) -> String {
        let mut parts = markdown.split("&#");
        let mut out = parts.next().unwrap().to_owned();
        for part in parts {
            let (number, rest) = part.split_once(';').unwrap();
            out.push(char::from_u32(number.parse().unwrap()).unwrap());
            out.push_str(rest);
        }
        out
    }

    #[test]
    fn commands_are_escaped_as_the_runner_reads_them() {
        let check = |text: &str, as_message: &str, as_property: &str| {
            assert_eq!((&*message(text), &*property(text)), (as_message, as_property));
        };
        check("plain", "plain", "plain");
        check("100%", "100%25", "100%25");
        check("a:b,c", "a:b,c", "a%3Ab%2Cc");
        check("a\r\nb", "a%0D%0Ab", "a%0D%0Ab");
        check("%0A", "%250A", "%250A");
        check("::error::x", "::error::x", "%3A%3Aerror%3A%3Ax");
    }

    #[test]
    fn a_cell_holds_text_and_code() {
        let check = |text: &str, expect: &str| assert_eq!(cell(text), expect);
        check("run `pin sync`", "run <code>pin sync</code>");
        check("a|b", "a&#124;b");
        check("`a|b`", "<code>a&#124;b</code>");
        check("one ` only", "one &#96; only");
        check("<img src=x>\n# @all", "&#60;img src=x&#62; &#35; &#64;all");
        check(
            "[x](y) **z** _u_ \\| $m$",
            "&#91;x&#93;(y) &#42;&#42;z&#42;&#42; &#95;u&#95; &#92;&#124; &#36;m&#36;",
        );
    }

    #[test]
    fn a_line_of_the_log_is_no_command() {
        let check = |text: &str, expect: &str| assert_eq!(log_line(text), expect);
        check("dagger: 0.21.8", "dagger: 0.21.8");
        check("  ::set-output name=x::y", ">   ::set-output name=x::y");
        check("x ##[error]y\n::error::z", "x ## [error]y ::error::z");
    }

    proptest! {
        #[test]
        fn what_the_reader_unescapes_is_what_was_escaped(text in "[%:,\r\n0-9A-D a-z|`&;#<]{0,40}") {
            prop_assert_eq!(unescape_message(&message(&text)), text.clone());
            prop_assert_eq!(unescape_property(&property(&text)), text.clone());
            prop_assert!(!property(&text).contains([':', ',', '\n', '\r']));
            prop_assert_eq!(decode(&literal(&text)), text.replace(['\r', '\n'], " "));
            let as_cell = cell(&text);
            prop_assert!(!as_cell.contains(['|', '`', '\n', '\r']), "{}", as_cell);
        }
    }
}
