//! What the values of `pin.toml` look like, as far as a JSON Schema can say it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::tables::shape;
use crate::config;
use crate::document::schema::texts;
use crate::finding;
use crate::site;
use crate::value;

texts! {
    Text json_schema!({ "type": "string" });
    Requirement json_schema!({ "type": "string", "pattern": r"^[\s<>=^~*\dxX]" });
    Version json_schema!({ "type": "string", "pattern": r"^v?\d[^\s]*$" });
    Path json_schema!({ "type": "string", "minLength": 1 });
    Checkout json_schema!({ "type": "string", "minLength": 1 });
    Glob json_schema!({ "type": "string", "minLength": 1 });
    KeyPath json_schema!({ "type": "string", "minLength": 1 });
    Image json_schema!({ "type": "string", "pattern": r"^[A-Za-z0-9._/:-]+$" });
    Pattern json_schema!({ "type": "string", "pattern": r"\(\?P?<version>" });
    Marker json_schema!({ "type": "string", "minLength": 1 });
    Endpoint json_schema!({ "type": "string", "pattern": r"^[a-z][a-z+-]*://\S" });
    Duration json_schema!({ "type": "string", "pattern": r"^\d+(ms|s|m|h|d)?$" });
    Size json_schema!({ "type": "string", "pattern": r"^\d+([kKMGT]B|[KMGT]iB|B)$" });
    Bound json_schema!({ "type": "string", "pattern": r"^(\d{1,3}%|\d+([kKMGT]B|[KMGT]iB|B))$" });
    EngineKind words(&config::EngineKind::ALL.map(config::EngineKind::toolchain));
    Mode words(&config::Mode::ALL.map(config::Mode::as_str));
    Runtime words(&config::user::RUNTIMES.map(value::Runtime::as_str));
    Policy words(&config::Policy::ALL.map(config::Policy::as_str));
    Rule words(&config::Rule::ALL.map(config::Rule::as_str));
    Kind explained(site::Kind::ALL.iter().map(|kind| (kind.as_str(), kind.explanation())));
    Code explained(finding::Code::ALL.iter().map(|code| (code.as_str(), code.explanation())));
}

/// Tables by the name of the toolchain.
pub(super) struct Toolchains;

impl JsonSchema for Toolchains {
    fn schema_name() -> Cow<'static, str> {
        "Toolchains".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = BTreeMap::<String, shape::Toolchain>::json_schema(generator);
        let names = serde_json::json!({ "pattern": r"^[^=\x00-\x1f]+$" });
        drop(schema.insert("propertyNames".to_owned(), names));
        schema
    }
}

fn words(words: &[&str]) -> Schema {
    json_schema!({ "type": "string", "enum": words })
}

/// Editors that are built on Taplo show what each word means.
fn explained(words: impl Iterator<Item = (&'static str, &'static str)>) -> Schema {
    let (words, explanations): (Vec<_>, Vec<_>) = words.unzip();
    json_schema!({
        "type": "string",
        "enum": words,
        "x-taplo": { "docs": { "enumValues": explanations } },
    })
}
