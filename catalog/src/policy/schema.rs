use std::sync::LazyLock;

use cedar_policy::{Schema, Validator};

pub const TEXT: &str = include_str!("schema.cedarschema");

pub static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| Validator::new(schema()));

#[expect(clippy::expect_used, reason = "the text is part of the program, and a test reads it")]
fn schema() -> Schema {
    Schema::from_cedarschema_str(TEXT).expect("a schema of the program").0
}

pub const ENTITY_TYPES: [&str; 6] = ["Department", "Role", "User", "Library", "Dataset", "Field"];

pub const ACTIONS: [&str; 2] = ["read", "write"];
