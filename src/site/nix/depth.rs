//! Whether an expression nests too deeply to be parsed: the parser and the tree it makes recurse.

use rnix::{SyntaxKind, tokenize};

/// Most levels of brackets and strings.
const MAX_BRACKETS: usize = 500;

/// Most operators and applications that can be open at once; each is a level of the tree.
const MAX_CHAIN: usize = 1000;

/// One open bracket or string.
struct Level {
    /// Tokens since the last separator, each of which could be one level of the tree.
    chain: usize,
    /// Whether what stands side by side here does not nest: elements of a list, parts of a string,
    /// inherited names.
    is_flat: bool,
    is_list: bool,
}

/// Returns the offset at which `text` nests too deeply. Keywords are not counted: the parser limits
/// what they open by itself.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let level = |is_list| Level { chain: 0, is_flat: is_list, is_list };
    let mut levels = vec![level(false)];
    let (mut at, mut open_chains) = (0, 0_usize);
    for (kind, token) in tokenize(text) {
        let current = levels.last_mut()?;
        match kind {
            SyntaxKind::TOKEN_L_PAREN
            | SyntaxKind::TOKEN_L_BRACE
            | SyntaxKind::TOKEN_L_BRACK
            | SyntaxKind::TOKEN_INTERPOL_START
            | SyntaxKind::TOKEN_STRING_START => {
                let chained = usize::from(!current.is_flat);
                current.chain += chained;
                open_chains += chained;
                let is_list = matches!(kind, SyntaxKind::TOKEN_L_BRACK | SyntaxKind::TOKEN_STRING_START);
                levels.push(level(is_list));
            }
            SyntaxKind::TOKEN_R_PAREN
            | SyntaxKind::TOKEN_R_BRACE
            | SyntaxKind::TOKEN_R_BRACK
            | SyntaxKind::TOKEN_INTERPOL_END
            | SyntaxKind::TOKEN_STRING_END => {
                open_chains -= current.chain;
                current.chain = 0;
                if levels.len() > 1 {
                    levels.pop();
                }
            }
            SyntaxKind::TOKEN_SEMICOLON | SyntaxKind::TOKEN_COMMA | SyntaxKind::TOKEN_ASSIGN => {
                open_chains -= current.chain;
                current.chain = 0;
                current.is_flat = current.is_list;
            }
            SyntaxKind::TOKEN_INHERIT => current.is_flat = true,
            SyntaxKind::TOKEN_WHITESPACE
            | SyntaxKind::TOKEN_COMMENT
            | SyntaxKind::TOKEN_STRING_CONTENT
            | SyntaxKind::TOKEN_DOT => {}
            // `a or b or c` nests inside a list too.
            _ if current.is_flat && kind != SyntaxKind::TOKEN_OR => {}
            _ => {
                current.chain += 1;
                open_chains += 1;
            }
        }
        if levels.len() > MAX_BRACKETS || open_chains > MAX_CHAIN {
            return Some(at);
        }
        at += token.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_exhaust_the_stack_is_refused() {
        let hostile = [
            "[".repeat(20_000),
            "(".repeat(20_000),
            "{a=".repeat(20_000),
            "\"${".repeat(20_000),
            "''${".repeat(20_000),
            "- ".repeat(20_000),
            "!".repeat(20_000),
            "a ".repeat(20_000),
            "a ++ ".repeat(20_000),
            "a + ".repeat(20_000),
            "a // ".repeat(20_000),
            format!("[{}]", "a.b or ".repeat(20_000)),
            "}".repeat(10) + &"[".repeat(20_000),
        ];
        for text in hostile {
            let at = too_deep(&text).unwrap();
            assert!(at <= 60_000, "{at}");
        }
    }

    #[test]
    fn what_is_only_long_is_accepted() {
        for text in [
            format!("[{}]", "a ".repeat(20_000)),
            format!("{{ inherit {}; }}", "a ".repeat(20_000)),
            format!("{{ {} }}", "a.b.c = with x; f { y = 1; }; ".repeat(20_000)),
            format!("{{ {} ... }}: a", "a, ".repeat(20_000)),
            format!("\"{}\"", "${a} b ".repeat(20_000)),
        ] {
            assert_eq!(too_deep(&text), None);
        }
    }

    #[test]
    fn what_is_accepted_can_be_parsed_on_a_small_stack() {
        let deep = [
            "[".repeat(MAX_BRACKETS - 1),
            "(".repeat(MAX_BRACKETS - 1),
            "{a=".repeat(MAX_BRACKETS - 1),
            "\"${".repeat(MAX_BRACKETS / 2 - 1),
            "- ".repeat(MAX_CHAIN),
            "!".repeat(MAX_CHAIN),
            "a ".repeat(MAX_CHAIN),
            "a ++ ".repeat(MAX_CHAIN / 2),
            "a // ".repeat(MAX_CHAIN / 2),
            "a + ".repeat(MAX_CHAIN / 2),
            format!("[{}]", "a.b or ".repeat(MAX_CHAIN - 1)),
            "let a = 1; in ".repeat(20_000),
            "a: ".repeat(480),
            "if a then ".repeat(330),
            "with a; ".repeat(20_000),
            "assert a; ".repeat(20_000),
        ];
        for text in deep {
            assert_eq!(too_deep(&text), None, "{}", &text[..10]);
            let parsed = rnix::Root::parse(&text);
            assert!(parsed.syntax().descendants().count() > 0);
        }
    }
}
