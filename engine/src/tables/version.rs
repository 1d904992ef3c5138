//! One version of a Delta table: its schema and its files, as a query sees them from start to end.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::{Add, DataType as DeltaType, LogicalFileView, Snapshot};
use deltalake_core::logstore::LogStoreRef;
use futures::TryStreamExt;
use object_store::path::Path;

use super::changes::Changes;
use super::{properties, statistics};
use crate::write::checks::Check;

/// Reader features that the Parquet lowering implements fully.
const READER_FEATURES: [&str; 3] = ["timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"];
/// Reader features that change what rows a file holds or what its columns are called; delta-rs reads those.
const DELTA_RS_FEATURES: [&str; 2] = ["columnMapping", "deletionVectors"];

/// Writer features that our writer honours, or that ask nothing of it (what they ask is checked by the properties and
/// columns that they come with).
const WRITER_FEATURES: [&str; 7] = [
    "appendOnly",
    "invariants",
    "checkConstraints",
    "changeDataFeed",
    "generatedColumns",
    "timestampNtz",
    "v2Checkpoint",
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
    pub files: Vec<Arc<DataFile>>,
    pub reading: Reading,
    pub snapshot: Arc<Snapshot>,
    /// Those of all files together, once somebody asked.
    statistics: OnceLock<Statistics>,
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
    /// Surely contain every value, over all columns.
    pub bounds: Statistics,
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
        let partitions = &schema.fields()[file_schema.fields().len()..];
        let files = Files { root, file_schema, partitions };
        let files = views.iter().map(|view| files.read(Listed::from(view)).map(Arc::new)).collect::<Result<_, _>>()?;
        let number = snapshot.version();
        Ok(Self { number, schema, partition_columns, files, reading, snapshot, statistics: OnceLock::new() })
    }

    /// The version that `snapshot` is of, after commits that only added and removed files. None of what was read before is
    /// read again.
    pub fn advance(&self, snapshot: Arc<Snapshot>, changes: Changes, root: &Path) -> Result<Self, DeltaTableError> {
        let Changes { touched, added } = changes;
        let file_schema = self.file_schema();
        let partitions = &self.schema.fields()[file_schema.fields().len()..];
        let read = Files { root, file_schema, partitions };
        let mut files = Vec::with_capacity(self.files.len() + added.len());
        files.extend(self.files.iter().filter(|file| !touched.contains(&file.log_path)).cloned());
        for add in added.into_values() {
            files.push(Arc::new(read.read(add.into())?));
        }
        Ok(Self {
            number: snapshot.version(),
            schema: self.schema.clone(),
            partition_columns: self.partition_columns.clone(),
            files,
            reading: self.reading.clone(),
            snapshot,
            statistics: OnceLock::new(),
        })
    }

    /// Columns that are stored in the files.
    pub fn file_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.stored_fields().to_vec()))
    }

    fn stored_fields(&self) -> &[Arc<Field>] {
        &self.schema.fields()[..self.schema.fields().len() - self.partition_columns.len()]
    }

    /// What aggregates may be answered from, where it is exact, of all files together.
    pub fn statistics(&self) -> &Statistics {
        self.statistics.get_or_init(|| self.statistics_of(self.files.iter().map(Arc::as_ref)))
    }

    /// The same of some files.
    pub fn statistics_of<'a>(&self, files: impl IntoIterator<Item = &'a DataFile>) -> Statistics {
        let bounds = Statistics::try_merge_iter(files.into_iter().map(|file| &file.bounds), &self.schema);
        bounds.map_or_else(
            |_| Statistics::new_unknown(&self.schema),
            |bounds| statistics::exact(bounds, self.stored_fields()),
        )
    }

    /// What the table asks of its writers that ours does not do; written without it, the table would break its promise.
    pub fn unsupported_for_writing(&self) -> Option<String> {
        let protocol = self.snapshot.protocol();
        let features = protocol.writer_features().into_iter().flatten().map(ToString::to_string);
        let mut unknown: Vec<_> = features.filter(|feature| !WRITER_FEATURES.contains(&feature.as_str())).collect();
        unknown.sort();
        let named = (!unknown.is_empty()).then(|| unknown.join("`, `"));
        let properties = self.snapshot.metadata().configuration();
        let captured = || properties.get(CHANGE_DATA).filter(|on| *on == "true").map(|_| CHANGE_DATA.to_owned());
        let computed = || {
            let fields = self.snapshot.schema();
            fields.fields().find_map(|field| {
                let keys = field.metadata().keys();
                keys.into_iter().find(|key| COMPUTED.iter().any(|prefix| key.starts_with(prefix))).cloned()
            })
        };
        let mapped = || is_mapped(&self.snapshot).then(|| "columnMapping".to_owned());
        let required = || {
            let columns = self.snapshot.schema();
            let found = columns.fields().find(|field| requires_inside(field.data_type()));
            found.map(|field| format!("invariants: NOT NULL inside column {}", field.name()))
        };
        named.or_else(mapped).or_else(captured).or_else(computed).or_else(required)
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

    /// How large its files are to be, where the table says so.
    pub fn file_bytes_target(&self) -> Option<u64> {
        self.property(properties::FILE_BYTES).and_then(properties::bytes)
    }

    /// Whether small files are put together by themselves, where the table says so.
    pub fn auto_compact(&self) -> Option<bool> {
        self.property(properties::AUTO_COMPACT).and_then(properties::is_on)
    }

    fn property(&self, key: &str) -> Option<&str> {
        self.snapshot.metadata().configuration().get(key).map(String::as_str)
    }

    /// Bytes of all data files.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }
}

impl DataFile {
    /// How many rows the file holds, where the log says so.
    pub fn rows(&self) -> Option<u64> {
        self.bounds.num_rows.get_value().map(|rows| *rows as u64)
    }
}

/// A column whose insides may be null. Files do not say NOT NULL there even if the table does, and the scan would not take the one
/// for the other. Items of lists have the name that they have in lists that a query makes: functions of two lists would not take
/// the one for the other.
fn loose(field: &Arc<Field>) -> Arc<Field> {
    Arc::new(field.as_ref().clone().with_data_type(loose_type(field.data_type())))
}

const ITEM: &str = Field::LIST_FIELD_DEFAULT_NAME;

fn loose_type(data_type: &DataType) -> DataType {
    let inside = |field: &Arc<Field>| Arc::new(loose(field).as_ref().clone().with_nullable(true));
    match data_type {
        DataType::List(item) => DataType::List(Arc::new(inside(item).as_ref().clone().with_name(ITEM))),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inside).collect()),
        DataType::Map(entries, sorted) => match entries.data_type() {
            DataType::Struct(fields) => {
                let fields = fields
                    .iter()
                    .enumerate()
                    .map(|(index, field)| if index == 0 { loose(field) } else { inside(field) });
                let entries = entries.as_ref().clone().with_data_type(DataType::Struct(fields.collect()));
                DataType::Map(Arc::new(entries), *sorted)
            }
            _ => data_type.clone(),
        },
        other => other.clone(),
    }
}

/// The table's columns with partition columns last, and those stored in files.
fn schemas(schema: &Schema, partition_columns: &[String]) -> Result<(SchemaRef, SchemaRef), DeltaTableError> {
    let is_partition = |field: &&Arc<Field>| partition_columns.contains(field.name());
    let stored: Vec<_> = schema.fields().iter().filter(|f| !is_partition(f)).map(loose).collect();
    let by_name = |name: &String| {
        let field = schema.field_with_name(name)?;
        Ok(Arc::new(field.clone()))
    };
    let partitions = partition_columns.iter().map(by_name).collect::<Result<Vec<_>, arrow::error::ArrowError>>()?;
    let all = stored.iter().cloned().chain(partitions).collect::<Vec<_>>();
    Ok((Arc::new(Schema::new(all)), Arc::new(Schema::new(stored))))
}

fn is_mapped(snapshot: &Snapshot) -> bool {
    snapshot.metadata().configuration().get("delta.columnMapping.mode").is_some_and(|mode| mode != "none")
}

/// Whether something inside a value of that type must not be null; of whole columns the writer makes sure.
fn requires_inside(data_type: &DeltaType) -> bool {
    match data_type {
        DeltaType::Array(array) => !array.contains_null() || requires_inside(array.element_type()),
        DeltaType::Map(map) => {
            !map.value_contains_null() || requires_inside(map.key_type()) || requires_inside(map.value_type())
        }
        DeltaType::Struct(fields) => {
            fields.fields().any(|field| !field.is_nullable() || requires_inside(field.data_type()))
        }
        _ => false,
    }
}

fn reading(snapshot: &Snapshot) -> Result<Reading, DeltaTableError> {
    let protocol = snapshot.protocol();
    let named = protocol.reader_features().map(|features| features.iter().map(ToString::to_string).collect());
    let features: Vec<String> = match (protocol.min_reader_version(), named) {
        (_, Some(features)) => features,
        (2, None) => vec!["columnMapping".into()],
        _ => vec![],
    };
    if is_mapped(snapshot) {
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

/// What the log says of one data file.
pub struct Listed {
    /// Decoded.
    path: String,
    size: i64,
    modified_ms: i64,
    stats: Option<String>,
    partition_values: HashMap<String, Option<String>>,
}

impl From<&LogicalFileView> for Listed {
    fn from(view: &LogicalFileView) -> Self {
        Self {
            path: view.path().into_owned(),
            size: view.size(),
            modified_ms: view.modification_time(),
            stats: view.stats(),
            partition_values: view.partition_values_map(),
        }
    }
}

impl From<Add> for Listed {
    fn from(add: Add) -> Self {
        let Add { path, size, modification_time, stats, partition_values, .. } = add;
        Self { path, size, modified_ms: modification_time, stats, partition_values }
    }
}

/// What is the same for all files of a table.
pub struct Files<'a> {
    /// The table's path in the object store.
    root: &'a Path,
    file_schema: SchemaRef,
    partitions: &'a [Arc<Field>],
}

impl Files<'_> {
    fn read(&self, listed: Listed) -> Result<DataFile, DeltaTableError> {
        let Listed { path, size, modified_ms, stats, partition_values: values } = listed;
        let size_bytes = u64::try_from(size).unwrap_or_default();
        let bytes = usize::try_from(size_bytes).unwrap_or(usize::MAX);
        let stored = statistics::bounds(stats.as_deref(), &self.file_schema, bytes);
        let value =
            |field: &Arc<Field>| partition_value(values.get(field.name()).cloned().flatten(), field.data_type());
        let partition_values = self.partitions.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        // As delta-rs: a path that is a path already is left as it is.
        let relative = Path::parse(&path).unwrap_or_else(|_| Path::from(path.as_str()));
        Ok(DataFile {
            bounds: with_partitions(stored, &partition_values),
            path: Path::from_iter(self.root.parts().chain(relative.parts())),
            size_bytes,
            log_path: path,
            modified_ms,
            partition_values,
            log_partition_values: values,
        })
    }
}

/// File columns' statistics followed by those of the partition values, which are constants in the file.
fn with_partitions(mut statistics: Statistics, partition_values: &[ScalarValue]) -> Statistics {
    let rows = statistics.num_rows;
    statistics.column_statistics.extend(partition_values.iter().map(|value| match value.is_null() {
        true => ColumnStatistics { null_count: rows, ..ColumnStatistics::new_unknown() },
        false => constant(value),
    }));
    statistics
}

/// Statistics of a column that has one value, which is not null.
pub fn constant(value: &ScalarValue) -> ColumnStatistics {
    ColumnStatistics {
        null_count: Precision::Exact(0),
        min_value: Precision::Exact(value.clone()),
        max_value: Precision::Exact(value.clone()),
        ..ColumnStatistics::new_unknown()
    }
}

/// A partition value from its text in the log; an empty text is null for every type (Delta protocol, "Partition Value
/// Serialization").
fn partition_value(text: Option<String>, data_type: &DataType) -> Result<ScalarValue, DeltaTableError> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(ScalarValue::try_from(data_type)?),
        Some(text) => Ok(ScalarValue::try_from_string(text, data_type)?),
    }
}
