//! `.env` files: `NAME=value` lines.

use std::collections::BTreeSet;
use std::ops::Range;

use super::format::Spec;
use super::overrides::{Medium, Setting, Switch};
use super::scan::{Follow, Name};
use super::scope::Scope;
use super::{Scan, expression, image, release};
use crate::text::{Fragment, Span};

/// `.env` and its variants.
pub(super) const FORMAT: Spec = Spec {
    extensions: &["env"],
    claims: |path| path.file.starts_with(".env."),
    is_looked_up: |_| true,
    ..Spec::of(|source, scan| {
        find(source.text(), scan);
        Ok(())
    })
};

/// Adds the sites of a `.env` file.
fn find(text: &str, scan: &mut Scan<'_>) {
    let fragment = Fragment::verbatim(text, 0);
    let mut scope = Scope::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let Some((name, value)) = variable(text, range.clone()) else { continue };
        set_switch(text, range, name, value.clone(), scan);
        image::find_in(&fragment, value.clone(), &scope, scan);
        release::find_in(&fragment, value.clone(), &scope, scan);
        let variable = Name::Variable(name.to_owned());
        match expression::define(&variable, &fragment, value.clone(), &scope, scan) {
            Some(follow) => scope.set(name, follow),
            None if !value.is_empty() => {
                let words = format!("`{name}`, which is set to something else");
                scope.set(name, Follow::Outside(words));
            }
            None => {}
        }
    }
}

/// Records a variable that chooses what runs. A few loaders take `${X:-VALUE}` as a shell does.
fn set_switch(text: &str, line: Range<usize>, name: &str, value: Range<usize>, scan: &mut Scan<'_>) {
    let Some(switch) = Switch::of(name) else { return };
    let value = &text[value];
    let start = line.start + text[line].find(name).unwrap_or(0);
    if !switch.is_asked_in(value, &BTreeSet::new()) {
        let span = Span::new(start, start + name.len());
        scan.set_switch(switch, span, Setting::Value(value.to_owned()), Medium::Dotenv);
    }
}

/// Returns the name and the place of the value on a line; quotes and comments are not of it.
fn variable(text: &str, line: Range<usize>) -> Option<(&str, Range<usize>)> {
    let whole = text[line.clone()].trim_end();
    let rest = whole.trim_start();
    let rest = rest.strip_prefix("export ").unwrap_or(rest).trim_start();
    let (name, value) = rest.split_once('=')?;
    let name = name.trim_end();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_name) {
        return None;
    }
    let value = value.trim_start();
    let start = line.start + whole.len() - value.len();
    if let Some(quote) = value.chars().next().filter(|quote| "\"'`".contains(*quote)) {
        let len = value[1..].find(quote)?;
        return Some((name, start + 1..start + 1 + len));
    }
    let comment = value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len());
    let comment = if value.starts_with('#') { 0 } else { comment };
    Some((name, start..start + value[..comment].trim_end().len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::shown;

    /// Expects `kind text value` of every site, a derived one's value in brackets.
    fn check(text: &str, expect: &[&str]) {
        let mut scan = Scan::new(".env");
        find(text, &mut scan);
        assert_eq!(shown::in_short(text, scan), expect, "{text}");
    }

    #[test]
    fn every_spelling_of_a_line_is_read() {
        for text in [
            "DAGGER_VERSION=0.21.4",
            "A=b\r\nDAGGER_VERSION=0.21.4\r\n",
            "  export DAGGER_VERSION = '0.21.4' # DAGGER_VERSION=0.1.0\n",
            "DAGGER_VERSION=\"0.21.4\"",
            "DAGGER_VERSION=0.21.4 # é",
            "DAGGER_VERSION=${DAGGER_VERSION:-0.21.4}",
        ] {
            check(text, &["env.version 0.21.4 0.21.4"]);
        }
        for text in
            ["", "#DAGGER_VERSION=0.21.4", "DAGGER_VERSION=", "DAGGER_VERSION", "=0.21.4", "DAGGER_VERSION='"]
        {
            check(text, &[]);
        }
    }

    #[test]
    fn images_follow_earlier_lines() {
        check(
            "TAG=v0.21.4\nIMAGE=registry.dagger.io/engine:$TAG\nHOST=docker-image://registry.dagger.io/engine:v0.20.8\n",
            &["variable v0.21.4 0.21.4", "image.engine $TAG (0.21.4)", "image.engine v0.20.8 0.20.8"],
        );
    }
}
