//! The JSON Schema of `pin.lock`, for whoever reads it.

use serde_json::{Value, json};

use crate::document::schema;

const PATH: &str = "src/lock/schema.json";

#[test]
fn the_schema_is_what_the_tables_say() {
    schema::check_read::<super::tables::shape::Root>("pin.lock", PATH);
    schema::check_reader(PATH, wrap, |text| super::parse(text).map(drop));
}

fn wrap(table: &str, value: Value) -> Value {
    let toolchain = |toolchain: Value| json!({ "version": 1, "toolchain": { "dagger": toolchain } });
    match table {
        "Root" => value,
        "Toolchains" => json!({ "version": 1, "toolchain": value }),
        "Toolchain" => toolchain(value),
        "Revision" => toolchain(json!({ "revisions": [value] })),
        "Archive" => toolchain(json!({ "archives": [value] })),
        "Image" => json!({ "version": 1, "images": [value] }),
        "Nixpkgs" => {
            let hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
            let rev = "873cc22ba46b73d4a6c1aa6c102ef3aabc736496";
            let revision =
                json!({ "rev": rev, "nar-hash": hash, "last-modified": 1, "nixpkgs": value, "from": "x" });
            toolchain(json!({ "revisions": [revision] }))
        }
        other => panic!("where does {other} stand?"),
    }
}
