use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::document::Mistake;
use crate::text::Source;

/// Returns the lines for stderr about a mistake in one of our own files: what it is, the line with
/// carets below the place, and what to write instead.
pub fn human_mistake(name: &str, source: &Source, mistake: &Mistake) -> String {
    let place = source.place(mistake.span.start);
    // Only the line itself is given to the renderer: a file may be huge.
    let (start, line) = source.line_at(mistake.span.start);
    let line = &without_user(line);
    let from = (mistake.span.start - start).min(line.len());
    let to = (mistake.span.end - start).min(line.len());
    let annotation = AnnotationKind::Primary.span(from..to.max(from));
    let snippet = Snippet::source(line).line_start(place.line).path(name).annotation(annotation);
    let group = Level::ERROR.primary_title(&mistake.message).element(snippet);
    let mut lines = Renderer::plain().decor_style(DecorStyle::Ascii).render(&[group]);
    lines.push('\n');
    if let Some(hint) = &mistake.hint {
        lines.push_str("hint: ");
        lines.push_str(hint);
        lines.push('\n');
    }
    lines
}

/// Returns the line with a `*` for every byte of the user and the password in an address: a quoted line ends in logs.
fn without_user(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, address)) = rest.split_once("://") {
        let end = address.find(['"', '\'', '`']).unwrap_or(address.len());
        let user = address[..end].rfind('@').unwrap_or(0);
        shown.push_str(before);
        shown.push_str("://");
        shown.push_str(&"*".repeat(user));
        rest = &address[user..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    fn check(text: &str, span: Span, expect: &str) {
        let mistake = Mistake { message: "wrong".to_owned(), span, hint: Some("right".to_owned()) };
        assert_eq!(human_mistake("pin.toml", &Source::new(text.into()), &mistake), expect);
    }

    #[test]
    fn the_place_is_shown_whatever_it_is() {
        check(
            "a = 1\r\nb = 'x'\r\n",
            Span::new(11, 14),
            "error: wrong\n --> pin.toml:2:5\n  |\n2 | b = 'x'\n  |     ^^^\nhint: right\n",
        );
        // A table goes on over several lines, a missing key stands nowhere, and what is unfinished ends the file.
        check(
            "a = [\n  1,\n]\n",
            Span::new(4, 12),
            "error: wrong\n --> pin.toml:1:5\n  |\n1 | a = [\n  |     ^\nhint: right\n",
        );
        check("", Span::new(0, 0), "error: wrong\n --> pin.toml:1:1\n  |\n1 |\n  | ^\nhint: right\n");
        check(
            "a = [",
            Span::new(5, 5),
            "error: wrong\n --> pin.toml:1:6\n  |\n1 | a = [\n  |      ^\nhint: right\n",
        );
    }

    #[test]
    fn who_and_by_which_password_is_not_shown() {
        let check = |line: &str, expect: &str| {
            let shown = without_user(line);
            assert_eq!(shown, expect);
            assert_eq!(shown.len(), line.len());
        };
        check("a = 'tcp://me:pw@a:1', b = 'c@d'", "a = 'tcp://*****@a:1', b = 'c@d'");
        check("a = \"tcp://m/e:p@w@a\" # tls://x@y", "a = \"tcp://*******@a\" # tls://*@y");
        check("a = 'tcp://ä@b'", "a = 'tcp://**@b'");
        check("a = 'tcp://a:1/b' # c@d", "a = 'tcp://a:1/b' # c@d");
        check("://@", "://@");
    }
}
