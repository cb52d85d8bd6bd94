//! The JSON Schema of `pin.toml`, for editors.

use serde_json::{Value, json};

use crate::document::schema;

const PATH: &str = "src/config/schema.json";

#[test]
fn the_schema_is_what_the_tables_say() {
    schema::check_read::<super::tables::shape::Root>("pin.toml", PATH);
    schema::check_reader(PATH, wrap, |text| super::parse("pin.toml", text).map(drop));
}

fn wrap(table: &str, value: Value) -> Value {
    let list = match table {
        "Root" => return value,
        "Toolchain" => return json!({ "toolchain": { "dagger": value } }),
        "RuleOverride" => "rules",
        "Group" => "groups",
        "Ignore" => "ignore",
        "Site" => "site",
        other => panic!("where does {other} stand?"),
    };
    json!({ "toolchain": { "dagger": { list: [value] } } })
}
