//! What the values of `pin.lock` look like, as far as a JSON Schema can say it.

use schemars::json_schema;

use crate::document::schema::texts;

const DIGEST: &str = "^sha256:[0-9a-f]{64}$";

texts! {
    Text json_schema!({ "type": "string" });
    FormatVersion json_schema!({ "type": "integer", "const": 1 });
    Version json_schema!({ "type": "string", "pattern": r"^\d+\.\d+\.\d+" });
    Rev json_schema!({ "type": "string", "pattern": "^[0-9a-f]{40}$" });
    NarHash json_schema!({ "type": "string", "pattern": "^sha256-[A-Za-z0-9+/]{43}=$" });
    Hex json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$" });
    Digest json_schema!({ "type": "string", "pattern": DIGEST });
    Digests json_schema!({ "type": "object", "additionalProperties": { "type": "string", "pattern": DIGEST } });
}
