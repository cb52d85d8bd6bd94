//! Functions of make: `$(or $(X),0.21.4)`, `$(shell …)` (GNU make manual, "Functions for
//! Transforming Text"). No shell has commands of these names.

use std::ops::Range;

use super::{Context, Operands, command, nested, syntax};

/// Functions whose value is that of their last argument, if in another spelling.
const EDITORS: [&str; 6] = ["strip", "subst", "patsubst", "firstword", "lastword", "value"];

/// Returns what the call between the brackets can be, when it is one of a function of make, or a
/// reference with a substitution (`$(X:v%=%)`).
pub(super) fn read(context: Context<'_>, range: Range<usize>) -> Option<Operands> {
    let text = &context.text[range.clone()];
    let len = syntax::name_len(text);
    let (name, rest) = text.split_at(len);
    if len > 0 && rest.starts_with(':') && rest.contains('=') && !rest.contains(char::is_whitespace) {
        return Some(Operands::follow(context.variable(name)));
    }
    if !rest.starts_with([' ', '\t']) {
        return None;
    }
    let arguments = || arguments(context.text, range.start + len..range.end);
    let any = |arguments: &[Range<usize>]| {
        let values = arguments.iter().map(|argument| nested(context, argument.clone()));
        values.fold(Operands::default(), Operands::or)
    };
    match name {
        "shell" => Some(command::read(context.deeper()?, range.start + len..range.end)),
        "or" | "and" => Some(any(&arguments())),
        // A shell's `if` has no commas.
        "if" => arguments().get(1..).filter(|branches| !branches.is_empty()).map(any),
        _ if EDITORS.contains(&name) => arguments().last().map(|last| nested(context, last.clone())),
        _ => None,
    }
}

/// Returns the arguments: what commas outside other calls part.
fn arguments(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let text = &text[..range.end];
    let mut arguments = Vec::new();
    let (mut start, mut at) = (range.start, range.start);
    while at < range.end {
        let byte = text.as_bytes()[at];
        let call = if byte == b'$' { syntax::find_at(text, at) } else { None };
        if byte == b',' {
            arguments.push(start..at);
            start = at + 1;
        }
        at = call.map_or(at + 1, |call| call.end);
    }
    arguments.push(start..range.end);
    arguments
}
