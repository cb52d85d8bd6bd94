use super::Outcome;
use crate::config;
use crate::lock;
use crate::report;

/// Returns everything that has a JSON Schema, with the schema: our own files, then the outputs.
pub fn schemas() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = [
        (config::FILE, config::SCHEMA),
        (config::USER_FILE, config::USER_SCHEMA),
        (lock::FILE, lock::SCHEMA),
    ];
    files.into_iter().chain(report::JSON_SCHEMAS.iter().copied())
}

/// Returns the JSON Schema of `pin.toml`, of the user's own `config.toml`, of `pin.lock`, or of what a verb prints as JSON.
pub fn schema(name: &str) -> Outcome {
    match schemas().find(|(known, _)| *known == name) {
        Some((_, schema)) => Outcome { stdout: schema.to_owned(), ..Outcome::default() },
        None => {
            let known: Vec<&str> = schemas().map(|(name, _)| name).collect();
            let hint = format!("run `pin schema` with one of {}", known.join(", "));
            Outcome::usage(&format!("nothing called `{name}` has a schema"), Some(&hint))
        }
    }
}
