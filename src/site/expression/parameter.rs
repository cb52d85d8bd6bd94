//! `${…}` of shells, Dockerfiles and compose files (POSIX "Parameter Expansion"; Bash manual,
//! "Shell Parameter Expansion").

use std::ops::Range;

use super::syntax::name_len;
use super::{Context, Operands, make, nested};

/// Returns what the expansion between `${` and `}` can be.
pub(super) fn read(context: Context<'_>, range: Range<usize>) -> Operands {
    let text = &context.text[range.clone()];
    // `${!X}` names the variable that holds the name; `${#X}` is a length.
    if text.starts_with(['!', '#']) {
        return Operands::outside(format!("`${{{text}}}`"));
    }
    if let Some(operands) = groovy(context, range.clone()) {
        return operands;
    }
    // Make takes either kind of bracket for a call.
    if text.contains([' ', '\t'])
        && let Some(operands) = make::read(context, range.clone())
    {
        return operands;
    }
    // PowerShell writes `${env:X}`.
    let is_powershell = text.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("env:"));
    let start = range.start + if is_powershell { 4 } else { 0 };
    let rest = &context.text[start..range.end];
    let len = name_len(rest);
    if len == 0 {
        // `${1:-0.21.8}`: the argument is the caller's, the default is not.
        let digits =
            rest.bytes().take_while(u8::is_ascii_digit).count().max(usize::from(rest.starts_with('@')));
        let value = Operands::outside(format!("`${{{text}}}`, an argument"));
        return if digits == 0 { value } else { operated(context, value, start + digits..range.end) };
    }
    let value = Operands::follow(context.variable(&rest[..len]));
    operated(context, value, start + len..range.end)
}

/// `${env.X}`, `${params.X ?: '0.21.8'}`, `${module.engineVersion}` of Jenkins; no shell has dots in
/// its names.
fn groovy(context: Context<'_>, range: Range<usize>) -> Option<Operands> {
    let text = &context.text[range.clone()];
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte);
    let len = text.bytes().take_while(is_path).count();
    let path = &text[..len];
    // What is called is a method.
    let path = if text[len..].starts_with('(') { path.rsplit_once('.')?.0 } else { path };
    let variable = path.strip_prefix("env.").or_else(|| path.strip_prefix("params."));
    let follow = match (context.scope.get(path), variable) {
        _ if !path.contains('.') => return None,
        (Some(known), _) => known.clone(),
        (None, Some(variable)) => context.variable(variable),
        (None, None) => return None,
    };
    let value = Operands::follow(follow);
    Some(match text.find("?:") {
        Some(at) => value.or(nested(context, range.start + at + 2..range.end)),
        None => value,
    })
}

/// Returns what the value is after the operator that stands at the start of `range`.
fn operated(context: Context<'_>, value: Operands, range: Range<usize>) -> Operands {
    let operator = &context.text[range.clone()];
    let word = |len: usize| nested(context, range.start + len..range.end);
    match operator.as_bytes() {
        [b':', b'-' | b'=', ..] => value.or(word(2)),
        [b'-' | b'=', ..] => value.or(word(1)),
        // `${X:+v$X}` is the word, and only while X is set.
        [b':', b'+', ..] => word(2).or(value),
        [b'+', ..] => word(1).or(value),
        // A template of JavaScript: `${options.version || '0.21.8'}`.
        [b'.' | b' ', ..] if operator.contains("||") || operator.contains("??") => {
            let at = operator.rfind("||").max(operator.rfind("??")).map_or(operator.len(), |at| at + 2);
            value.or(word(at))
        }
        [b'[', ..] => Operands::outside("an element of an array"),
        // `?`, `#`, `%`, `/`, `^`, `,`, `@` and a substring change how it is written, or nothing.
        _ => value,
    }
}
