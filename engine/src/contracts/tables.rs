//! What becomes of the table of a dataset: it is made, gets the columns that it lacks, or cannot follow.

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use huitong_catalog::contracts::{Column, ColumnType, Dataset, Difference, Type, compare};
use huitong_catalog::state::ObjectKind;

use crate::spelled::{quoted, quoted_table, text};
use crate::statement::lengths;

/// A table as it is.
pub struct Existing {
    pub kind: ObjectKind,
    pub columns: Vec<Column>,
    pub schema: SchemaRef,
}

/// Something about the table of a dataset.
#[derive(Debug)]
pub enum Step {
    /// There is none: the statement makes it.
    Make(String),
    /// It lacks a column: the statement adds it.
    Add(Difference, String),
    /// A column allows more than its contract says; the contract's checks look after that.
    Loose(Difference),
    /// It is otherwise than its contract says, and may be.
    Note(Difference),
    /// It cannot be what its contract says before somebody changes one of them.
    Stop(Difference),
}

/// The steps from a table, or from none, to what a contract says.
pub fn steps(dataset: &Dataset, existing: Option<&Existing>) -> Vec<Step> {
    let Some(existing) = existing else { return vec![Step::Make(make(dataset))] };
    let grows = existing.kind == ObjectKind::Table;
    compare(dataset, &existing.columns).into_iter().map(|difference| step(dataset, difference, grows)).collect()
}

fn step(dataset: &Dataset, difference: Difference, grows: bool) -> Step {
    match &difference {
        Difference::Missing { column, column_type, .. } if grows => {
            let table = quoted_table(&dataset.name);
            let sql = format!("ALTER TABLE {table} ADD COLUMN {} {}", quoted(column), column_type.sql());
            Step::Add(difference, sql)
        }
        // A text that is too long is no value of the contract's type, and the checks of a load find it.
        Difference::Type { contract, table: ColumnType::Known(table), .. }
            if contract.is_string() && table.is_string() =>
        {
            Step::Loose(difference)
        }
        Difference::MayBeNull { .. } => Step::Loose(difference),
        Difference::Missing { .. } | Difference::Type { .. } | Difference::Spelling { .. } => Step::Stop(difference),
        Difference::Undeclared { .. } | Difference::MayNotBeNull { .. } => Step::Note(difference),
    }
}

fn make(dataset: &Dataset) -> String {
    let columns = dataset.fields.iter().map(|field| {
        let required = if field.required { " NOT NULL" } else { "" };
        let comment = text(&field.labels.zh);
        format!("{} {}{required} COMMENT {comment}", quoted(&field.name), field.column_type.sql())
    });
    let key = dataset.key.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
    let key = (!key.is_empty()).then(|| format!("PRIMARY KEY ({key})"));
    let parts: Vec<String> = columns.chain(key).collect();
    let table = quoted_table(&dataset.name);
    format!("CREATE TABLE {table} ({}) COMMENT = {}", parts.join(", "), text(&dataset.labels.zh))
}

/// The columns of a table as contracts know columns.
pub fn columns(schema: &Schema) -> Vec<Column> {
    let declared = lengths::declared(schema);
    let length = |name: &str| declared.iter().find(|(column, _)| column == name).map(|(_, length)| *length);
    let column = |field: &arrow::datatypes::FieldRef| Column {
        name: field.name().clone(),
        column_type: column_type(field.data_type(), length(field.name())),
        nullable: field.is_nullable(),
    };
    schema.fields().iter().map(column).collect()
}

/// What conditions on rows may name: the columns of the contract, and others that the table has.
pub fn after(dataset: &Dataset, existing: Option<&Schema>) -> Schema {
    let declared = dataset.fields.iter().map(|field| Field::new(&field.name, data_type(&field.column_type), true));
    let mut fields: Vec<Field> = declared.collect();
    for field in existing.into_iter().flat_map(|schema| schema.fields().iter()) {
        match fields.iter_mut().find(|known| known.name() == field.name()) {
            Some(known) => *known = field.as_ref().clone(),
            None => fields.push(field.as_ref().clone()),
        }
    }
    Schema::new(fields)
}

fn data_type(declared: &Type) -> DataType {
    match declared {
        Type::String { .. } => DataType::Utf8,
        Type::Int => DataType::Int32,
        Type::BigInt => DataType::Int64,
        Type::Decimal { precision, scale } => {
            DataType::Decimal128(*precision, i8::try_from(*scale).unwrap_or_default())
        }
        Type::Double => DataType::Float64,
        Type::Boolean => DataType::Boolean,
        Type::Date => DataType::Date32,
        Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::Binary => DataType::Binary,
    }
}

fn column_type(data_type: &DataType, length: Option<u64>) -> ColumnType {
    ColumnType::Known(match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Type::String { length: length.and_then(|length| u32::try_from(length).ok()) }
        }
        DataType::Int32 => Type::Int,
        DataType::Int64 => Type::BigInt,
        DataType::Decimal128(precision, scale) => match u8::try_from(*scale) {
            Ok(scale) => Type::Decimal { precision: *precision, scale },
            Err(_) => return ColumnType::Other(data_type.to_string()),
        },
        DataType::Float64 => Type::Double,
        DataType::Boolean => Type::Boolean,
        DataType::Date32 => Type::Date,
        DataType::Timestamp(TimeUnit::Microsecond, None) => Type::Timestamp,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Type::Binary,
        other => return ColumnType::Other(other.to_string()),
    })
}
