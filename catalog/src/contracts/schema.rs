//! JSON Schema for editors, made from the same keys that the reader checks by.

use serde_json::{Map, Value, json};

use super::keys;
use super::shape::{FLAGS, Key, Need, Shape};

/// The kinds of YAML files in a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    Elements,
    Codes,
    Organisation,
    Dataset,
}

impl Document {
    pub const ALL: [Self; 4] = [Self::Elements, Self::Codes, Self::Organisation, Self::Dataset];

    /// As a command names it, and a file of the schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Elements => "elements",
            Self::Codes => "codes",
            Self::Organisation => "org",
            Self::Dataset => "dataset",
        }
    }

    /// The files of a model that it describes, as a pattern of an editor.
    pub fn files(self) -> &'static str {
        match self {
            Self::Elements => "elements.yaml",
            Self::Codes => "codes.yaml",
            Self::Organisation => "org.yaml",
            Self::Dataset => "*/*.yaml",
        }
    }

    pub(super) fn shape(self) -> &'static Shape {
        match self {
            Self::Elements => &keys::ELEMENTS,
            Self::Codes => &keys::CODE_TABLES,
            Self::Organisation => &keys::ORGANISATION,
            Self::Dataset => &keys::DATASET,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Elements => "huitong data elements · 数据元",
            Self::Codes => "huitong code tables · 代码表",
            Self::Organisation => "huitong organisation · 组织机构",
            Self::Dataset => "huitong dataset · 数据集",
        }
    }
}

/// The schema of a kind of file (draft 7, which editors know best). What it refuses, the reader refuses, too; names that
/// lead nowhere and values that do not fit their type are told by the reader alone.
pub fn schema(document: Document) -> Value {
    let mut schema = of(document.shape());
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = document.title().into();
    schema
}

fn of(shape: &Shape) -> Value {
    // An editor reads a bare `2026` as a number; to the reader it is a text like any other.
    let scalar = || json!(["string", "number", "boolean"]);
    match shape {
        Shape::Text => json!({ "type": scalar(), "minLength": 1 }),
        Shape::Form(pattern) => json!({ "type": scalar(), "pattern": pattern }),
        Shape::Mask(pattern) => json!({ "type": ["string", "null"], "pattern": pattern }),
        Shape::Flag => json!({ "enum": choices(FLAGS) }),
        Shape::Word(words) => json!({ "enum": choices(words) }),
        Shape::List(items, least) => json!({ "type": "array", "items": of(items), "minItems": least }),
        Shape::Bounds => {
            json!({ "type": "array", "items": { "type": ["string", "number", "null"] }, "minItems": 2, "maxItems": 2 })
        }
        Shape::Keys(keys) => object(keys),
        Shape::Named(values) => json!({ "type": "object", "additionalProperties": of(values) }),
        Shape::Either(scalar, mapping) => json!({ "anyOf": [of(scalar), of(mapping)] }),
    }
}

fn object(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let named = |need| keys.iter().filter(move |key| key.need == need).map(|key| key.name);
    let required: Vec<&str> = named(Need::Required).collect();
    let alternatives: Vec<Value> = named(Need::OneOfThese).map(|name| json!({ "required": [name] })).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    if !alternatives.is_empty() {
        schema["oneOf"] = alternatives.into();
    }
    schema
}

fn property(key: &Key) -> Value {
    let mut schema = of(&key.shape);
    schema["description"] = format!("{} · {}", key.doc, key.doc_zh).into();
    schema
}

/// Words, and what an editor's YAML makes of them when they stand without quotes.
fn choices(words: &[&str]) -> Vec<Value> {
    let mut choices = Vec::new();
    for word in words {
        match serde_json::from_str(word) {
            Ok(plain @ (Value::Number(_) | Value::Bool(_))) => choices.extend([plain, Value::from(*word)]),
            _ => choices.push(Value::from(*word)),
        }
    }
    choices
}

#[cfg(test)]
mod tests;
