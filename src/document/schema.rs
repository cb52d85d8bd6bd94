//! Schemas of our own files and outputs are generated from types, committed, and held to them.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// Compares the schema of a file that is read with the committed one.
pub(crate) fn check_read<T: JsonSchema>(title: &str, path: &str) {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    drop(schema.insert("title".to_owned(), Value::from(title)));
    RecursiveTransform(without_null).transform(&mut schema);
    compare(&schema, path);
}

/// Compares the schema of an output with the committed one.
pub(crate) fn check_written<T: JsonSchema>(path: &str) {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    compare(&generator.into_root_schema_for::<T>(), path);
}

/// A key that may be left out is no key that may be null.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(mut choices)) = schema.remove("anyOf") {
        choices.retain(|choice| *choice != serde_json::json!({ "type": "null" }));
        match choices.as_mut_slice() {
            [Value::Object(only)] => only.iter().for_each(|(key, value)| {
                drop(schema.insert(key.clone(), value.clone()));
            }),
            _ => drop(schema.insert("anyOf".to_owned(), choices.into())),
        }
    }
    for (key, null) in [("type", Value::from("null")), ("enum", Value::Null)] {
        let Some(Value::Array(values)) = schema.get_mut(key) else { continue };
        values.retain(|value| *value != null);
        if let ("type", [only]) = (key, values.as_slice()) {
            let only = only.clone();
            drop(schema.insert(key.to_owned(), only));
        }
    }
}

/// `PIN_UPDATE=1` writes the committed schema again.
#[expect(clippy::disallowed_methods, reason = "tests compare files of the repository")]
fn compare(schema: &Schema, path: &str) {
    if std::env::var("PIN_UPDATE").is_ok_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
        std::fs::write(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")), text).unwrap();
    }
    let hint = "run `PIN_UPDATE=1 cargo test --lib schema`";
    assert!(committed(path) == *schema.as_value(), "{path} is not what the types say: {hint}");
}

/// Declares types that are a text of some form.
macro_rules! texts {
    ($($name:ident $schema:expr;)*) => {
        $(
            pub(super) struct $name;

            impl schemars::JsonSchema for $name {
                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn inline_schema() -> bool {
                    true
                }

                fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    $schema
                }
            }
        )*
    };
}

pub(crate) use texts;

/// Holds a reader to its schema: every example of every key is read, every table is refused without
/// a key that it needs and with one that nobody knows. `wrap` puts a table of that name into a whole
/// file.
pub(crate) fn check_reader(
    path: &str,
    wrap: fn(&str, Value) -> Value,
    read: fn(&str) -> Result<(), super::Mistake>,
) {
    let root = committed(path);
    let tables = root["$defs"].as_object().unwrap().iter();
    for (name, table) in tables.chain([(&"Root".to_owned(), &root)]) {
        let properties = table["properties"].as_object().unwrap();
        let is_required =
            |key: &str| table["required"].as_array().is_some_and(|keys| keys.contains(&key.into()));
        let example = |key: &str| (key.to_owned(), properties[key]["examples"][0].clone());
        let needed: serde_json::Map<String, Value> =
            properties.keys().filter(|key| is_required(key)).map(|key| example(key)).collect();
        let text = |table: serde_json::Map<String, Value>| document(&wrap(name, Value::Object(table)));
        for key in properties.keys() {
            let mut with = needed.clone();
            with.extend([example(key)]);
            let text = text(with);
            assert_eq!(read(&text).err(), None, "{name}.{key}\n{text}");
        }
        for key in needed.keys() {
            let mut without = needed.clone();
            without.remove(key);
            let message = read(&text(without)).unwrap_err().message;
            assert!(message.contains(&format!("`{key}`")), "{name} without {key}: {message}");
        }
        let mut with = needed.clone();
        with.extend([("zzzzzzzz".to_owned(), Value::from(1))]);
        assert_eq!(read(&text(with)).unwrap_err().message, "unknown key `zzzzzzzz`", "{name}");
    }
}

fn committed(path: &str) -> Value {
    #[expect(clippy::disallowed_methods, reason = "tests compare files of the repository")]
    let text = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")));
    serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default()
}

/// Returns a TOML document of the keys, each on one line.
fn document(value: &Value) -> String {
    let keys = value.as_object().unwrap().iter();
    keys.map(|(key, value)| format!("{key} = {}\n", inline(value))).collect()
}

fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(keys) => {
            let keys =
                keys.iter().map(|(key, value)| format!("{} = {}", Value::from(key.as_str()), inline(value)));
            format!("{{ {} }}", keys.collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}
