//! A table's definition, changed: its columns, properties and comment, and what it asks of those who write it.

use deltalake_core::DeltaTableError;
use deltalake_core::kernel::{Action, Metadata, Protocol, Snapshot, StructField, StructType};
use serde_json::{Map, Value, json};

/// Asked of readers and writers by columns of times without a zone.
const NTZ: &str = "timestampNtz";
const NTZ_TYPE: &str = "timestamp_ntz";
/// Asked of writers by columns that must not be null.
const INVARIANTS: &str = "invariants";

/// What a new table with these columns asks of those who read and write it; none if that is what tables ask by default. (The library
/// leaves `invariants` out, without which Spark refuses the table, and does not look into maps.)
pub fn protocol(columns: &StructType) -> Result<Option<Protocol>, DeltaTableError> {
    let columns = json(columns)?;
    if !holds(&columns, &json!(NTZ_TYPE)) {
        return Ok(None);
    }
    let writer = if requires(&columns) { json!([NTZ, INVARIANTS]) } else { json!([NTZ]) };
    let protocol =
        json!({"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": [NTZ], "writerFeatures": writer});
    serde_json::from_value(protocol).map(Some).map_err(unreadable)
}

/// The next definition of a table. Edited in the form in which the log keeps it, so that what we do not know stays as it is.
#[derive(Debug)]
pub struct Definition {
    metadata: Value,
    schema: Value,
    protocol: Value,
    /// What its protocol was.
    before: Value,
}

impl Definition {
    /// The definition of a version, to be changed.
    pub fn of(snapshot: &Snapshot) -> Result<Self, DeltaTableError> {
        let metadata = json(snapshot.metadata())?;
        let text = metadata["schemaString"].as_str().unwrap_or_default();
        let schema = serde_json::from_str(text).map_err(unreadable)?;
        let protocol = json(snapshot.protocol())?;
        Ok(Self { metadata, schema, before: protocol.clone(), protocol })
    }

    /// Adds a column behind all others.
    pub fn add(&mut self, column: &StructField) -> Result<(), DeltaTableError> {
        let column = json(column)?;
        if holds(&column, &json!(NTZ_TYPE)) {
            self.require_of_readers(NTZ);
        }
        if let Some(fields) = self.schema["fields"].as_array_mut() {
            fields.push(column);
        }
        Ok(())
    }

    /// Sets a column's comment, or takes it away; false if there is no such column.
    pub fn comment_column(&mut self, name: &str, comment: Option<&str>) -> bool {
        let fields = self.schema["fields"].as_array_mut().into_iter().flatten();
        let Some(field) = fields.into_iter().find(|field| field["name"] == name) else { return false };
        let Some(metadata) = field["metadata"].as_object_mut() else { return false };
        set(metadata, "comment", comment);
        true
    }

    /// Sets the table's comment, or takes it away.
    pub fn comment(&mut self, comment: Option<&str>) {
        if let Some(metadata) = self.metadata.as_object_mut() {
            set(metadata, "description", comment);
        }
    }

    /// Sets a property, or takes it away.
    pub fn property(&mut self, key: &str, value: Option<&str>) {
        if let Some(properties) = self.metadata["configuration"].as_object_mut() {
            set(properties, key, value);
        }
    }

    /// Asks all writers to look at CHECK constraints.
    pub fn require_checks(&mut self) {
        const CHECKS: &str = "checkConstraints";
        if let Some(features) = self.protocol["writerFeatures"].as_array_mut() {
            add(features, CHECKS);
        } else if self.protocol["minWriterVersion"].as_u64().unwrap_or_default() < 3 {
            self.protocol["minWriterVersion"] = 3.into();
        }
    }

    /// Asks all readers to know a feature. A protocol that still counts versions is first written as the features that those
    /// versions stand for (Delta protocol, "Table Features").
    fn require_of_readers(&mut self, feature: &str) {
        const WRITERS: [(u64, &str); 6] = [
            (2, "appendOnly"),
            (2, "invariants"),
            (3, "checkConstraints"),
            (4, "changeDataFeed"),
            (4, "generatedColumns"),
            (5, "columnMapping"),
        ];
        let (reader, writer) = (self.protocol["minReaderVersion"].as_u64(), self.protocol["minWriterVersion"].as_u64());
        if !self.protocol["writerFeatures"].is_array() {
            let stood_for = WRITERS.iter().filter(|(version, _)| writer >= Some(*version)).map(|(_, name)| json!(name));
            self.protocol["writerFeatures"] = stood_for.collect();
        }
        if !self.protocol["readerFeatures"].is_array() {
            self.protocol["readerFeatures"] = if reader == Some(2) { json!(["columnMapping"]) } else { json!([]) };
        }
        self.protocol["minReaderVersion"] = 3.into();
        self.protocol["minWriterVersion"] = 7.into();
        for features in ["readerFeatures", "writerFeatures"] {
            if let Some(features) = self.protocol[features].as_array_mut() {
                add(features, feature);
            }
        }
    }

    /// What a commit says of the change.
    pub fn actions(mut self) -> Result<Vec<Action>, DeltaTableError> {
        self.metadata["schemaString"] = self.schema.to_string().into();
        if requires(&self.schema)
            && let Some(features) = self.protocol["writerFeatures"].as_array_mut()
        {
            add(features, INVARIANTS);
        }
        let metadata: Metadata = serde_json::from_value(self.metadata).map_err(unreadable)?;
        let mut actions = vec![Action::Metadata(metadata)];
        if self.protocol != self.before {
            let protocol: Protocol = serde_json::from_value(self.protocol).map_err(unreadable)?;
            actions.insert(0, Action::Protocol(protocol));
        }
        Ok(actions)
    }
}

fn set(map: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    match value {
        Some(value) => map.insert(key.to_owned(), value.into()),
        None => map.remove(key),
    };
}

fn add(features: &mut Vec<Value>, feature: &str) {
    if !features.iter().any(|known| known == feature) {
        features.push(feature.into());
    }
}

/// Whether a type stands anywhere in the JSON of a schema.
fn holds(schema: &Value, data_type: &Value) -> bool {
    const TYPES: [&str; 4] = ["type", "elementType", "keyType", "valueType"];
    match schema {
        Value::Object(parts) => parts.iter().any(|(key, part)| {
            key != "metadata" && (TYPES.contains(&key.as_str()) && part == data_type || holds(part, data_type))
        }),
        Value::Array(parts) => parts.iter().any(|part| holds(part, data_type)),
        _ => false,
    }
}

/// Whether something in a schema must not be null.
fn requires(schema: &Value) -> bool {
    match schema {
        Value::Object(parts) => {
            parts.get("nullable") == Some(&Value::Bool(false))
                || parts.iter().any(|(key, part)| key != "metadata" && requires(part))
        }
        Value::Array(parts) => parts.iter().any(requires),
        _ => false,
    }
}

fn json(part: &impl serde::Serialize) -> Result<Value, DeltaTableError> {
    serde_json::to_value(part).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> DeltaTableError {
    DeltaTableError::GenericError { source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(columns: Value) -> Option<Value> {
        let columns: StructType = serde_json::from_value(columns).expect("a schema");
        protocol(&columns).expect("a protocol").map(|protocol| json(&protocol).expect("JSON")["writerFeatures"].clone())
    }

    #[test]
    fn a_new_table_names_the_features_of_its_columns() {
        let column = |data_type: Value, nullable: bool| json!({"type": "struct", "fields": [{"name": "a", "type": data_type, "nullable": nullable, "metadata": {}}]});
        let map = json!({"type": "map", "keyType": "string", "valueType": NTZ_TYPE, "valueContainsNull": true});
        assert_eq!(features(column(json!("timestamp"), false)), None);
        assert_eq!(features(column(json!(NTZ_TYPE), true)), Some(json!([NTZ])));
        assert_eq!(features(column(map, true)), Some(json!([NTZ])));
        let inside = column(json!(NTZ_TYPE), false);
        let both = features(column(inside, true)).expect("features");
        assert!(both.as_array().is_some_and(|both| both.len() == 2 && both.contains(&json!(INVARIANTS))), "{both}");
    }
}
