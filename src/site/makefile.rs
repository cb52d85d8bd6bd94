//! Makefiles: variables, and the recipes that use them (GNU make manual, "How to Use Variables",
//! "Writing Recipes in Rules").
//!
//! Branches and targets are read as if they all ran, from top to bottom. A recipe is read as one
//! script, although every line runs in a shell of its own: what one line fetches, the next one runs.

mod statement;

use std::collections::BTreeSet;

use super::format::{FilePath, Spec};
use super::scan::{Definition, Follow, Name};
use super::scope::Scope;
use super::{Scan, Stated, expression, image, release, script};
use statement::{Operator, Statement, Variable};

/// Makefiles by the usual names, and what they include.
pub(super) const FORMAT: Spec = Spec {
    names: &["Makefile", "makefile", "GNUmakefile", "BSDmakefile"],
    extensions: &["mk", "mak"],
    claims: is_makefile,
    ..Spec::of(|source, scan| {
        find(source.text(), scan);
        Ok(())
    })
};

fn is_makefile(path: &FilePath<'_>) -> bool {
    path.file.starts_with("Makefile.") && !matches!(path.extension, "md" | "txt" | "yml" | "yaml")
}

/// Variables that the installer reads from its environment, where make puts only exported ones.
const INSTALLER: [&str; 2] = ["DAGGER_VERSION", "DAGGER_COMMIT"];

/// Adds the sites of a makefile.
fn find(text: &str, scan: &mut Scan<'_>) {
    let statements = statement::statements(text);
    let mut scope = ahead(&statements, text);
    for statement in &statements {
        if let Statement::Variable(variable) = statement {
            assign(variable, &mut scope, scan);
        }
    }
    let environment = environment(&statements, &scope);
    for statement in &statements {
        match statement {
            Statement::Variable(Variable { value, .. }) => {
                image::find(value, &scope, scan);
                release::find_in(value, 0..value.text().len(), &scope, scan);
            }
            Statement::Recipe(recipe) => script::find(recipe, &mut environment.clone(), scan),
            Statement::Export(_) => {}
        }
    }
}

/// Returns the names that are given values somewhere in the file, or in one that it includes: a
/// value may use what is assigned after it.
fn ahead(statements: &[Statement<'_>], text: &str) -> Scope {
    let mut scope = Scope::default();
    let mut set = |name: &str| {
        scope.set(name, Follow::There(Name::Variable(name.to_owned())));
    };
    for statement in statements {
        if let Statement::Variable(variable) = statement {
            set(&variable.name);
        }
    }
    if statement::has_include(text) {
        for at in memchr::memchr_iter(b'$', text.as_bytes()) {
            let rest = text[at + 1..].strip_prefix(['(', '{']).unwrap_or_default();
            let len = expression::name_len(rest);
            if len > 1 && rest[len..].starts_with([')', '}', ':']) {
                set(&rest[..len]);
            }
        }
    }
    scope
}

/// Records what a variable is given, and makes it visible.
fn assign(variable: &Variable<'_>, scope: &mut Scope, scan: &mut Scan<'_>) {
    let key = variable.name.as_str();
    let value = &variable.value;
    let name = Name::Variable(key.to_owned());
    match variable.operator {
        Operator::Append => {
            scope.set(key, Follow::Outside(format!("`{key}`, which is put together")));
        }
        Operator::Command => {
            let command = format!("$({})", value.text());
            let follows = expression::follow(&command, 0..command.len(), scope, scan.path);
            let Some(span) = value.span(0..value.text().len()) else { return };
            let text = value.text().to_owned();
            let stated = Stated::Unresolved(String::new());
            let index = scan.define(Definition { name, span, text, stated, follows, is_intended: false });
            scope.set(key, Follow::Here(index));
        }
        Operator::Set => {
            // What a value of its own follows is the earlier one, or the environment's.
            let mut before = scope.clone();
            if matches!(scope.get(key), Some(Follow::There(own)) if *own == name) {
                before.remove(key);
            }
            match expression::define(&name, value, 0..value.text().len(), &before, scan) {
                Some(follow) => scope.set(key, follow),
                None if !value.text().trim().is_empty() => {
                    let words = format!("`{key}`, which is set to something else");
                    scope.set(key, Follow::Outside(words));
                }
                None => {}
            }
        }
    }
}

/// Returns what recipes see. `$(X)` is any variable, but the installer is only told the version by
/// one that is exported.
fn environment(statements: &[Statement<'_>], scope: &Scope) -> Scope {
    let mut exported = BTreeSet::new();
    for statement in statements {
        match statement {
            Statement::Export(names) if names.is_empty() => exported.extend(INSTALLER),
            Statement::Export(names) => exported.extend(names.iter().map(String::as_str)),
            Statement::Variable(variable) if variable.is_exported => {
                exported.insert(variable.name.as_str());
            }
            _ => {}
        }
    }
    let mut environment = scope.clone();
    for name in INSTALLER.iter().filter(|name| !exported.contains(*name)) {
        environment.remove(name);
    }
    environment
}

#[cfg(test)]
mod tests;
