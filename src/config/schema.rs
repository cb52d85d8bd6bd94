//! The JSON Schemas of `pin.toml` and of the user's own `config.toml`, for editors.

use serde_json::{Value, json};

use crate::document::schema;

const USER_PATH: &str = "src/config/user/schema.json";

const PATH: &str = "src/config/schema.json";

#[test]
fn the_schema_is_what_the_tables_say() {
    schema::check_read::<super::tables::shape::Root>("pin.toml", PATH);
    schema::check_reader(PATH, wrap, |text| super::parse("pin.toml", text).map(drop));
}

#[test]
fn the_schema_of_the_users_file_is_what_the_tables_say() {
    schema::check_read::<super::tables::shape::User>("config.toml", USER_PATH);
    schema::check_reader(USER_PATH, wrap_user, |text| super::parse_user(text).map(drop));
}

fn wrap_user(table: &str, value: Value) -> Value {
    match table {
        "Root" => value,
        "UserEngine" => json!({ "engine": value }),
        other => panic!("where does {other} stand?"),
    }
}

fn wrap(table: &str, value: Value) -> Value {
    let list = match table {
        "Root" => return value,
        "Toolchain" => return json!({ "toolchain": { "dagger": value } }),
        "RuleOverride" => "rules",
        "Group" => "groups",
        "Ignore" => "ignore",
        "Site" => "site",
        "Engine" => return json!({ "engine": remote(value) }),
        "Gc" => return json!({ "engine": { "gc": value } }),
        "Tls" => return json!({ "engine": remote(json!({ "tls": paired(value) })) }),
        other => panic!("where does {other} stand?"),
    };
    json!({ "toolchain": { "dagger": { list: [value] } } })
}

/// What is only for a remote engine needs one.
fn remote(mut engine: Value) -> Value {
    if engine.get("tls").is_some() {
        engine["endpoint"] = "tcp://a:1".into();
    }
    if engine.get("endpoint").is_some() {
        engine["mode"] = "remote".into();
    }
    engine
}

/// A certificate and its key come together.
fn paired(mut tls: Value) -> Value {
    for (one, other) in [("cert", "key"), ("key", "cert")] {
        if tls.get(one).is_some() && tls.get(other).is_none() {
            tls[other] = "a.pem".into();
        }
    }
    tls
}
