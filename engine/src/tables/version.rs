//! One version of a Delta table: its schema and its files, as a query sees them from start to end.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::{ScalarValue, Statistics};
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::{LogicalFileView, Snapshot};
use deltalake_core::logstore::LogStoreRef;
use futures::TryStreamExt;
use object_store::path::Path;

use super::statistics;
use crate::write::checks::Check;

/// Reader features that the Parquet lowering implements fully.
const READER_FEATURES: [&str; 3] = ["timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"];
/// Reader features that change what rows a file holds or what its columns are called; delta-rs reads those.
const DELTA_RS_FEATURES: [&str; 2] = ["columnMapping", "deletionVectors"];

/// Writer features that our writer honours, or that ask nothing of it (what they ask is checked by the properties and
/// columns that they come with).
const WRITER_FEATURES: [&str; 8] = [
    "appendOnly",
    "invariants",
    "checkConstraints",
    "changeDataFeed",
    "generatedColumns",
    "timestampNtz",
    "v2Checkpoint",
    "vacuumProtocolCheck",
];
/// Property that names the columns of the primary key, as a JSON list.
pub const KEY: &str = "huitong.primaryKey";
const CHANGE_DATA: &str = "delta.enableChangeDataFeed";
/// Keys of a column's metadata that ask the writer to compute or check its values.
const COMPUTED: [&str; 3] = ["delta.generationExpression", "delta.identity.", "delta.invariants"];

/// How a version may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// As plain Parquet files: on every back end.
    Parquet,
    /// Through delta-rs, on the coordinator only; the reason is for people.
    DeltaRs(String),
}

/// A pinned version.
#[derive(Debug)]
pub struct TableVersion {
    pub number: u64,
    /// Columns in table order, partition columns last.
    pub schema: SchemaRef,
    pub partition_columns: Vec<String>,
    pub files: Vec<DataFile>,
    pub reading: Reading,
    pub snapshot: Arc<Snapshot>,
}

/// One data file.
#[derive(Debug)]
pub struct DataFile {
    /// Path in the object store, not relative to the table.
    pub path: Path,
    /// Path as the log names it.
    pub log_path: String,
    pub size_bytes: u64,
    pub modified_ms: i64,
    pub partition_values: Vec<ScalarValue>,
    /// Partition values as the log writes them, by column.
    pub log_partition_values: HashMap<String, Option<String>>,
    /// Over file columns only.
    pub bounds: Arc<Statistics>,
    /// Over file columns only.
    pub statistics: Arc<Statistics>,
}

impl TableVersion {
    /// Reads the file list of a snapshot; `root` is the table's path in the object store.
    pub async fn load(snapshot: Arc<Snapshot>, store: &LogStoreRef, root: &Path) -> Result<Self, DeltaTableError> {
        let partition_columns = snapshot.metadata().partition_columns().to_vec();
        let (schema, file_schema) = schemas(&snapshot.arrow_schema(), &partition_columns)?;
        let mut reading = reading(&snapshot)?;
        let views: Vec<LogicalFileView> = snapshot.file_views(store.as_ref(), None).try_collect().await?;
        if views.iter().any(|view| view.deletion_vector_descriptor().is_some()) {
            reading = Reading::DeltaRs("the table has deletion vectors".into());
        }
        let partition_fields = &schema.fields()[file_schema.fields().len()..];
        let files = views
            .iter()
            .map(|view| data_file(view, root, &file_schema, partition_fields))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { number: snapshot.version(), schema, partition_columns, files, reading, snapshot })
    }

    /// Columns that are stored in the files.
    pub fn file_schema(&self) -> SchemaRef {
        let stored = self.schema.fields().len() - self.partition_columns.len();
        Arc::new(Schema::new(self.schema.fields()[..stored].to_vec()))
    }

    /// What the table asks of its writers that ours does not do; written without it, the table would break its promise.
    pub fn unsupported_for_writing(&self) -> Option<String> {
        let protocol = self.snapshot.protocol();
        let features = protocol.writer_features().into_iter().flatten().map(ToString::to_string);
        let named = features.into_iter().find(|feature| !WRITER_FEATURES.contains(&feature.as_str()));
        let properties = self.snapshot.metadata().configuration();
        let captured = || properties.get(CHANGE_DATA).filter(|on| *on == "true").map(|_| CHANGE_DATA.to_owned());
        let computed = || {
            let fields = self.snapshot.schema();
            fields.fields().find_map(|field| {
                let keys = field.metadata().keys();
                keys.into_iter().find(|key| COMPUTED.iter().any(|prefix| key.starts_with(prefix))).cloned()
            })
        };
        named.or_else(captured).or_else(computed)
    }

    /// Conditions that each row must fulfil.
    pub fn checks(&self) -> Vec<Check> {
        Check::of(self.snapshot.metadata().configuration())
    }

    /// Columns that together are declared to be different in each row; none if no key is declared.
    pub fn key(&self) -> Vec<String> {
        let declared = self.snapshot.metadata().configuration().get(KEY);
        declared.and_then(|columns| serde_json::from_str(columns).ok()).unwrap_or_default()
    }

    /// Whether rows may only be added.
    pub fn is_append_only(&self) -> bool {
        self.snapshot.metadata().configuration().get("delta.appendOnly").is_some_and(|on| on == "true")
    }

    /// Bytes of all data files.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }
}

impl DataFile {
    /// How many rows the file holds, where the log says so.
    pub fn rows(&self) -> Option<u64> {
        self.statistics.num_rows.get_value().map(|rows| *rows as u64)
    }
}

/// The table's columns with partition columns last, and those stored in files.
fn schemas(schema: &Schema, partition_columns: &[String]) -> Result<(SchemaRef, SchemaRef), DeltaTableError> {
    let is_partition = |field: &&Arc<Field>| partition_columns.contains(field.name());
    let stored: Vec<_> = schema.fields().iter().filter(|f| !is_partition(f)).cloned().collect();
    let by_name = |name: &String| {
        let field = schema.field_with_name(name)?;
        Ok(Arc::new(field.clone()))
    };
    let partitions = partition_columns.iter().map(by_name).collect::<Result<Vec<_>, arrow::error::ArrowError>>()?;
    let all = stored.iter().cloned().chain(partitions).collect::<Vec<_>>();
    Ok((Arc::new(Schema::new(all)), Arc::new(Schema::new(stored))))
}

fn reading(snapshot: &Snapshot) -> Result<Reading, DeltaTableError> {
    let protocol = snapshot.protocol();
    let named = protocol.reader_features().map(|features| features.iter().map(ToString::to_string).collect());
    let features: Vec<String> = match (protocol.min_reader_version(), named) {
        (_, Some(features)) => features,
        (2, None) => vec!["columnMapping".into()],
        _ => vec![],
    };
    let mapped = snapshot.metadata().configuration().get("delta.columnMapping.mode").is_some_and(|m| m != "none");
    if mapped {
        return Ok(Reading::DeltaRs("the table renames its columns (column mapping)".into()));
    }
    let known = |feature: &&String| {
        READER_FEATURES.contains(&feature.as_str()) || DELTA_RS_FEATURES.contains(&feature.as_str())
    };
    match features.iter().find(|feature| !known(feature)) {
        Some(feature) => Err(DeltaTableError::Generic(format!("unsupported reader feature `{feature}`"))),
        None => Ok(Reading::Parquet),
    }
}

fn data_file(
    view: &LogicalFileView,
    root: &Path,
    file_schema: &SchemaRef,
    partition_fields: &[Arc<Field>],
) -> Result<DataFile, DeltaTableError> {
    let size_bytes = u64::try_from(view.size()).unwrap_or_default();
    let text = view.stats();
    let parsed = statistics::parse(text.as_deref(), file_schema, usize::try_from(size_bytes).unwrap_or(usize::MAX));
    let values = view.partition_values_map();
    let log_path = view.path().into_owned();
    let partition_values = partition_fields
        .iter()
        .map(|field| partition_value(values.get(field.name()).cloned().flatten(), field.data_type()))
        .collect::<Result<Vec<_>, _>>()?;
    let relative = view.object_store_path();
    Ok(DataFile {
        path: Path::from_iter(root.parts().chain(relative.parts())),
        size_bytes,
        log_path,
        modified_ms: view.modification_time(),
        partition_values,
        log_partition_values: values,
        bounds: parsed.bounds,
        statistics: parsed.exact,
    })
}

/// A partition value from its text in the log; an empty text is null for every type (Delta protocol, "Partition Value
/// Serialization").
fn partition_value(text: Option<String>, data_type: &DataType) -> Result<ScalarValue, DeltaTableError> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(ScalarValue::try_from(data_type)?),
        Some(text) => Ok(ScalarValue::try_from_string(text, data_type)?),
    }
}
