//! Expressions of GitHub workflows (docs.github.com, "Evaluate expressions in workflows"): read by
//! their own grammar, so that a literal which is only compared with is told from one that is used.

use std::ops::Range;

use super::{Context, Operands};
use crate::site::scan::{Follow, Name};

/// Parentheses, calls and negations are read this deep.
const MAX_DEPTH: usize = 24;

/// Returns what the expression between `${{` and `}}` can be.
pub(super) fn read(context: Context<'_>, range: Range<usize>) -> Operands {
    let mut parser = Parser { context, at: range.start, end: range.end, depth: 0 };
    match parser.either() {
        Some(operands) if parser.peek().is_none() => operands,
        _ => Operands::outside("an expression that does not parse"),
    }
}

struct Parser<'a> {
    context: Context<'a>,
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = &self.context.text.as_bytes()[..self.end];
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let is_next = self.peek().is_some()
            && self.context.text.as_bytes()[self.at..self.end].starts_with(symbol.as_bytes());
        self.at += if is_next { symbol.len() } else { 0 };
        is_next
    }

    /// `a || b` is either.
    fn either(&mut self) -> Option<Operands> {
        let mut operands = self.last_of_all()?;
        while self.takes("||") {
            operands = operands.or(self.last_of_all()?);
        }
        Some(operands)
    }

    /// `a && b` is `b`, or something false that is no version.
    fn last_of_all(&mut self) -> Option<Operands> {
        let mut operands = self.comparison()?;
        while self.takes("&&") {
            operands = self.comparison()?;
        }
        Some(operands)
    }

    /// A comparison is true or false: nothing in it is the value.
    fn comparison(&mut self) -> Option<Operands> {
        let mut operands = self.operand()?;
        while ["==", "!=", "<=", ">=", "<", ">"].iter().any(|symbol| self.takes(symbol)) {
            self.operand()?;
            operands = Operands::default();
        }
        Some(operands)
    }

    fn operand(&mut self) -> Option<Operands> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let operands = self.operand_here();
        self.depth -= 1;
        operands
    }

    fn operand_here(&mut self) -> Option<Operands> {
        match self.peek()? {
            b'!' => {
                self.at += 1;
                self.operand()?;
                Some(Operands::default())
            }
            b'(' => {
                self.at += 1;
                let operands = self.either()?;
                let is_closed = self.takes(")");
                let operands = is_closed.then_some(operands)?;
                let is_whole = self.accesses(String::new())?.is_empty();
                Some(if is_whole { operands } else { Operands::outside("a part of a value") })
            }
            b'\'' => self.string().map(Operands::literal),
            b'0'..=b'9' | b'-' | b'+' => {
                self.word(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
                Some(Operands::default())
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => self.named(),
            _ => None,
        }
    }

    fn word(&mut self, is_word: impl Fn(u8) -> bool) -> Range<usize> {
        let bytes = &self.context.text.as_bytes()[self.at..self.end];
        let start = self.at;
        self.at += bytes.iter().take_while(|byte| is_word(**byte)).count();
        start..self.at
    }

    /// Returns the text between the quotes; `''` stands for one quote inside.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at + 1;
        let bytes = &self.context.text.as_bytes()[..self.end];
        let mut at = start;
        loop {
            match (bytes.get(at)?, bytes.get(at + 1)) {
                (b'\'', Some(b'\'')) => at += 2,
                (b'\'', _) => break,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(start..at)
    }

    /// A function call, or a context with the path into it.
    fn named(&mut self) -> Option<Operands> {
        let name = self.word(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let name = self.context.text[name].to_ascii_lowercase();
        if self.peek() == Some(b'(') {
            let operands = self.call(&name)?;
            let is_whole = self.accesses(String::new())?.is_empty();
            return Some(if is_whole {
                operands
            } else {
                Operands::outside(format!("a part of `{name}(…)`"))
            });
        }
        if matches!(name.as_str(), "true" | "false" | "null") {
            return Some(Operands::default());
        }
        let path = self.accesses(name)?;
        Some(Operands::follow(look_up(self.context, &path)))
    }

    /// Reads `.key`, `['key']`, `.*` and `[index]` and returns the dotted path.
    fn accesses(&mut self, base: String) -> Option<String> {
        let mut path = base;
        loop {
            if self.takes(".") {
                self.peek();
                let key = self.word(|byte| byte.is_ascii_alphanumeric() || b"_-*".contains(&byte));
                path = format!("{path}.{}", &self.context.text[key]);
            } else if self.takes("[") {
                if self.peek()? == b'\'' {
                    let key = self.string()?;
                    path = format!("{path}.{}", &self.context.text[key]);
                } else {
                    self.either_deeper()?;
                    path.push_str(".[]");
                }
                if !self.takes("]") {
                    return None;
                }
            } else {
                return Some(path);
            }
        }
    }

    fn either_deeper(&mut self) -> Option<Operands> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let operands = self.either();
        self.depth -= 1;
        operands
    }

    fn call(&mut self, name: &str) -> Option<Operands> {
        self.at += 1;
        let mut arguments = Vec::new();
        if !self.takes(")") {
            loop {
                arguments.push(self.either_deeper()?);
                if self.takes(")") {
                    break;
                }
                if !self.takes(",") {
                    return None;
                }
            }
        }
        Some(returned(name, arguments))
    }
}

/// Returns what a function's value can be: of the functions that hand a value through, that value.
fn returned(name: &str, arguments: Vec<Operands>) -> Operands {
    let skipped = match name {
        "format" => 1,
        "fromjson" | "tojson" => 0,
        "contains" | "startswith" | "endswith" | "success" | "failure" | "always" | "cancelled" => {
            return Operands::default();
        }
        _ => return Operands::outside(format!("what `{name}(…)` returns")),
    };
    let mut values = arguments.into_iter().skip(skipped);
    match (values.next(), values.next()) {
        (Some(value), None) => value,
        _ => Operands::outside(format!("what `{name}(…)` returns")),
    }
}

fn look_up(context: Context<'_>, path: &str) -> Follow {
    if let Some(known) = context.scope.get(path) {
        return known.clone();
    }
    let older = path.strip_prefix("github.event.inputs.").map(|name| format!("inputs.{name}"));
    if let Some(known) = older.and_then(|path| context.scope.get(&path)) {
        return known.clone();
    }
    // `variables.x` is Azure's spelling.
    for prefix in ["env.", "variables."] {
        if let Some(name) = path.strip_prefix(prefix) {
            let known = context.scope.get(name).cloned();
            return known.unwrap_or_else(|| Follow::There(Name::Variable(name.to_owned())));
        }
    }
    let words = match path.split('.').next() {
        Some("vars" | "secrets") => "is set outside the repository",
        Some("steps" | "needs" | "jobs") => "is known only at run time",
        _ => "nothing in this file defines",
    };
    Follow::Outside(format!("`{path}`, which {words}"))
}
