//! Justfiles: variables, and recipes with their parameters (just manual, "Variables and
//! Substitution", "Recipe Parameters", "Shebang Recipes").
//!
//! A recipe is read as one script, although every line runs in a shell of its own: what one line
//! fetches, the next one runs.

mod statement;
mod value;

use std::collections::BTreeSet;

use super::format::Spec;
use super::scan::{Follow, Name};
use super::scope::Scope;
use super::{Scan, image, release, script};
use crate::text::Fragment;
use statement::{Recipe, Statement};

/// Justfiles by the usual names, and what they import.
pub(super) const FORMAT: Spec = Spec {
    names: &["justfile", "Justfile", "JUSTFILE", ".justfile"],
    extensions: &["just", "justfile"],
    ..Spec::of(|source, scan| {
        find(source.text(), scan);
        Ok(())
    })
};

/// Variables that the installer reads from its environment, where just puts only exported ones.
const INSTALLER: [&str; 2] = ["DAGGER_VERSION", "DAGGER_COMMIT"];

/// Adds the sites of a justfile.
fn find(text: &str, scan: &mut Scan<'_>) {
    let statements = statement::statements(text);
    let mut scope = Scope::default();
    if statements.iter().any(|statement| matches!(statement, Statement::Setting(name) if is_dotenv(name))) {
        for name in INSTALLER {
            scope.set(name, Follow::There(Name::Variable(name.to_owned())));
        }
    }
    for statement in &statements {
        if let Statement::Variable(variable) = statement {
            scope.set(variable.name, Follow::There(Name::Variable(variable.name.to_owned())));
        }
    }
    for statement in &statements {
        if let Statement::Variable(variable) = statement {
            value::define(text, variable, &mut scope, scan);
        }
    }
    for statement in &statements {
        if let Statement::Variable(variable) = statement {
            for value in value::values(text, &variable.tokens) {
                image::find(&value, &scope, scan);
                release::find_in(&value, 0..value.text().len(), &scope, scan);
            }
        }
    }
    let exported = exported(&statements);
    for statement in &statements {
        if let Statement::Recipe(recipe) = statement {
            run(text, recipe, &exported, scope.clone(), scan);
        }
    }
}

/// Returns whether a setting has just read `.env`, which may give any variable.
fn is_dotenv(setting: &str) -> bool {
    setting.starts_with("dotenv")
}

/// Returns which of the installer's variables recipes have in their environment.
fn exported<'t>(statements: &[Statement<'t>]) -> BTreeSet<&'t str> {
    let mut exported = BTreeSet::new();
    for statement in statements {
        match statement {
            Statement::Variable(variable) if variable.is_exported => {
                exported.insert(variable.name);
            }
            Statement::Setting(name) if *name == "export" || is_dotenv(name) => {
                exported.extend(INSTALLER);
            }
            _ => {}
        }
    }
    exported
}

/// Reads a recipe: the defaults of its parameters, and its lines.
fn run(text: &str, recipe: &Recipe<'_>, exported: &BTreeSet<&str>, mut scope: Scope, scan: &mut Scan<'_>) {
    let mut given = BTreeSet::new();
    for parameter in &recipe.parameters {
        if parameter.tokens.is_empty() {
            let words = format!("`{}`, which the caller gives", parameter.name);
            scope.set(parameter.name, Follow::Outside(words));
        } else {
            value::define(text, parameter, &mut scope, scan);
        }
        if parameter.is_exported {
            given.insert(parameter.name);
        }
    }
    for name in INSTALLER {
        if !exported.contains(name) && !given.contains(name) {
            scope.remove(name);
        }
    }
    let mut body = Fragment::empty();
    for line in &recipe.lines {
        body.push(&text[line.clone()], line.start);
        body.push_unplaced("\n");
    }
    if body.text().starts_with("#!") && !script::has_shell_line(body.text()) {
        image::find(&body, &scope, scan);
        release::find_in(&body, 0..body.text().len(), &scope, scan);
    } else {
        script::find(&body, &mut scope, scan);
    }
}

#[cfg(test)]
mod tests;
