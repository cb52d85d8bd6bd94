//! Variables as an object.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

/// Output of `pin env --shell json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin env"))]
pub(super) struct Env<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = super::VERSION)))]
    version: u32,
    /// What to set, sorted by name; nothing where somebody else has chosen the engine.
    variables: Vec<VariableRow<'a>>,
}

/// A variable.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Variable"))]
struct VariableRow<'a> {
    /// Its name.
    name: &'a str,
    /// Its value.
    value: &'a str,
}

/// Returns the object of some names and values.
pub(super) fn row<'a>(variables: &[(&'a str, &'a str)]) -> Env<'a> {
    let mut variables: Vec<_> = variables.iter().map(|(name, value)| VariableRow { name, value }).collect();
    variables.sort_by_key(|row| row.name);
    Env { version: super::VERSION, variables }
}
