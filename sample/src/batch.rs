//! Rows to Arrow: a table describes its columns once, in English and Chinese; the Arrow schema and the builders follow
//! from that description.
//!
//! Every field is nullable, because registers are: whether a column may be empty is a question for quality rules, not
//! for the type. Times are `Timestamp(Microsecond)` without a zone: local civil time, as Chinese registers store it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::calendar::Day;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Double,
    Bool,
    Date,
    Time,
    /// Yuan with two decimals.
    Money,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub name: &'static str,
    pub zh: &'static str,
    pub kind: Kind,
}

pub(crate) const fn text(name: &'static str, zh: &'static str) -> Column {
    Column { name, zh, kind: Kind::Text }
}
pub(crate) const fn int(name: &'static str, zh: &'static str) -> Column {
    Column { name, zh, kind: Kind::Int }
}
pub(crate) const fn double(name: &'static str, zh: &'static str) -> Column {
    Column { name, zh, kind: Kind::Double }
}
pub(crate) const fn flag(name: &'static str, zh: &'static str) -> Column {
    Column { name, zh, kind: Kind::Bool }
}
pub(crate) const fn date(name: &'static str, zh: &'static str) -> Column {
    Column { name, zh, kind: Kind::Date }
}
pub(crate) const fn time(name: &'static str, zh: &'static str) -> Column {
    Column { name, zh, kind: Kind::Time }
}
pub(crate) const fn money(name: &'static str, zh: &'static str) -> Column {
    Column { name, zh, kind: Kind::Money }
}

/// The Arrow schema of a table; the metadata key `zh` holds the Chinese name of the table and of each column.
pub(crate) fn arrow_schema(zh: &str, columns: &[Column]) -> SchemaRef {
    let named = |zh: &str| HashMap::from([("zh".to_owned(), zh.to_owned())]);
    let fields: Vec<Field> =
        columns.iter().map(|c| Field::new(c.name, data_type(c.kind), true).with_metadata(named(c.zh))).collect();
    Arc::new(Schema::new_with_metadata(fields, named(zh)))
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Int => DataType::Int64,
        Kind::Double => DataType::Float64,
        Kind::Bool => DataType::Boolean,
        Kind::Date => DataType::Date32,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
        Kind::Money => DataType::Decimal128(18, 2),
    }
}

/// One value on its way into a column.
#[derive(Debug, Clone)]
pub(crate) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Int(i64),
    Double(f64),
    Bool(bool),
    Date(Day),
    /// Microseconds since 1970-01-01 00:00 local time.
    Time(i64),
    /// Fen, a hundredth of a yuan.
    Money(i64),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(value: &'a str) -> Self {
        Cell::Text(Cow::Borrowed(value))
    }
}
impl<'a> From<&'a String> for Cell<'a> {
    fn from(value: &'a String) -> Self {
        Cell::Text(Cow::Borrowed(value))
    }
}
impl From<String> for Cell<'_> {
    fn from(value: String) -> Self {
        Cell::Text(Cow::Owned(value))
    }
}
impl From<i64> for Cell<'_> {
    fn from(value: i64) -> Self {
        Cell::Int(value)
    }
}
impl From<f64> for Cell<'_> {
    fn from(value: f64) -> Self {
        Cell::Double(value)
    }
}
impl From<bool> for Cell<'_> {
    fn from(value: bool) -> Self {
        Cell::Bool(value)
    }
}
impl From<Day> for Cell<'_> {
    fn from(value: Day) -> Self {
        Cell::Date(value)
    }
}
impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}

enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Double(Float64Builder),
    Bool(BooleanBuilder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
    Money(Decimal128Builder),
}

/// The rows of one part of a table, collected column by column.
pub(crate) struct Rows {
    builders: Vec<Builder>,
}

impl Rows {
    pub fn new(columns: &[Column]) -> Self {
        Self { builders: columns.iter().map(|c| Builder::new(c.kind)).collect() }
    }

    /// Adds one row. A cell whose kind is not the column's, which only a mistake in this crate can cause, is stored as
    /// null in release builds and stops a debug build.
    pub fn push<const N: usize>(&mut self, cells: [Cell<'_>; N]) {
        debug_assert_eq!(N, self.builders.len(), "a row has as many cells as the table has columns");
        let mut cells = cells.into_iter();
        for builder in &mut self.builders {
            builder.append(cells.next().unwrap_or(Cell::Null));
        }
    }

    pub fn len(&self) -> usize {
        self.builders.first().map_or(0, Builder::len)
    }

    #[expect(clippy::expect_used, reason = "schema and builders come from one description and rows fill every column")]
    pub fn finish(self, schema: &SchemaRef) -> RecordBatch {
        let arrays = self.builders.into_iter().map(Builder::finish).collect();
        RecordBatch::try_new(Arc::clone(schema), arrays).expect("columns of equal length, typed as the schema says")
    }
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Int => Builder::Int(Int64Builder::new()),
            Kind::Double => Builder::Double(Float64Builder::new()),
            Kind::Bool => Builder::Bool(BooleanBuilder::new()),
            Kind::Date => Builder::Date(Date32Builder::new()),
            Kind::Time => Builder::Time(TimestampMicrosecondBuilder::new()),
            Kind::Money => Builder::Money(Decimal128Builder::new().with_data_type(data_type(Kind::Money))),
        }
    }

    fn append(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Builder::Text(b), Cell::Text(v)) => b.append_value(v),
            (Builder::Int(b), Cell::Int(v)) => b.append_value(v),
            (Builder::Double(b), Cell::Double(v)) => b.append_value(v),
            (Builder::Bool(b), Cell::Bool(v)) => b.append_value(v),
            (Builder::Date(b), Cell::Date(v)) => b.append_value(v.0),
            (Builder::Time(b), Cell::Time(v)) => b.append_value(v),
            (Builder::Money(b), Cell::Money(v)) => b.append_value(i128::from(v)),
            (builder, cell) => {
                debug_assert!(matches!(cell, Cell::Null), "{cell:?} does not fit its column");
                builder.append_null();
            }
        }
    }

    fn append_null(&mut self) {
        match self {
            Builder::Text(b) => b.append_null(),
            Builder::Int(b) => b.append_null(),
            Builder::Double(b) => b.append_null(),
            Builder::Bool(b) => b.append_null(),
            Builder::Date(b) => b.append_null(),
            Builder::Time(b) => b.append_null(),
            Builder::Money(b) => b.append_null(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Builder::Text(b) => b.len(),
            Builder::Int(b) => b.len(),
            Builder::Double(b) => b.len(),
            Builder::Bool(b) => b.len(),
            Builder::Date(b) => b.len(),
            Builder::Time(b) => b.len(),
            Builder::Money(b) => b.len(),
        }
    }

    fn finish(self) -> arrow::array::ArrayRef {
        match self {
            Builder::Text(mut b) => Arc::new(b.finish()),
            Builder::Int(mut b) => Arc::new(b.finish()),
            Builder::Double(mut b) => Arc::new(b.finish()),
            Builder::Bool(mut b) => Arc::new(b.finish()),
            Builder::Date(mut b) => Arc::new(b.finish()),
            Builder::Time(mut b) => Arc::new(b.finish()),
            Builder::Money(mut b) => Arc::new(b.finish()),
        }
    }
}
