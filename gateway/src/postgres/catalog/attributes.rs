//! `pg_attribute`: the columns of tables. A table has to be opened to know its columns, so only those that a statement asks for are.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session as Planning, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::error::Result as DfResult;
use datafusion::logical_expr::{Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use futures::{StreamExt, stream};
use huitong_catalog::Result;
use huitong_engine::Session;
use huitong_engine::error::into_datafusion;

use super::lists::{List, Same};
use super::oids::{self, Relation};
use super::{SCHEMA, columns_of};
use crate::flight::clients::safe_schema;
use crate::postgres::types::{Shape, modifier};
use crate::postgres::variables::Variables;

/// Tables that are opened at a time.
const OPENED_MAX: usize = 16;

/// The list's name.
pub const NAME: &str = "pg_attribute";

/// The list.
#[derive(Debug)]
pub struct Attributes {
    session: Session,
    variables: Arc<Variables>,
    schema: SchemaRef,
}

impl Attributes {
    pub fn new(session: Session, variables: Arc<Variables>) -> Self {
        Self { session, variables, schema: schema() }
    }

    /// Columns of the tables with these numbers, or of all. A table that cannot be opened is left out, with a line in the log.
    async fn columns(&self, wanted: Option<&[i32]>) -> Vec<(u32, usize, Field)> {
        let is_wanted = |oid: u32| wanted.is_none_or(|wanted| wanted.iter().any(|one| u32::try_from(*one) == Ok(oid)));
        let relations = oids::relations(&self.session).into_iter().filter(|relation| is_wanted(relation.oid));
        let opened = stream::iter(relations).map(|relation| async move {
            let fields = self.fields(&relation).await.unwrap_or_else(|error| {
                let Relation { schema, name, .. } = &relation;
                tracing::warn!(schema, name, %error, "table is listed without columns");
                Vec::new()
            });
            fields.into_iter().enumerate().map(move |(at, field)| (relation.oid, at + 1, field)).collect::<Vec<_>>()
        });
        opened.buffered(OPENED_MAX).collect::<Vec<_>>().await.concat()
    }

    async fn fields(&self, relation: &Relation) -> Result<Vec<Field>> {
        let found = match relation.schema == SCHEMA {
            true => columns_of(&relation.name, &self.session, &self.variables)?,
            false => self.session.table_schema(&relation.schema, &relation.name).await?,
        };
        // What is announced may be null everywhere; what the table says stays.
        let safe = safe_schema(&found);
        let fields = safe.fields().iter().zip(found.fields());
        Ok(fields.map(|(safe, own)| safe.as_ref().clone().with_nullable(own.is_nullable())).collect())
    }
}

#[async_trait]
impl TableProvider for Attributes {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Planning,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let wanted: Option<Vec<i32>> = filters.iter().find_map(numbers);
        let rows = rows(&self.columns(wanted.as_deref()).await).map_err(into_datafusion)?;
        MemTable::try_new(rows.schema(), vec![vec![rows]])?.scan(state, projection, &[], limit).await
    }
}

/// The numbers that a filter allows for `attrelid`; none if it allows others too.
fn numbers(filter: &Expr) -> Option<Vec<i32>> {
    let is_number = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == "attrelid");
    match filter {
        Expr::BinaryExpr(binary) if binary.op == Operator::Eq => {
            let (column, value) = match is_number(&binary.left) {
                true => (&binary.left, &binary.right),
                false => (&binary.right, &binary.left),
            };
            is_number(column).then(|| number(value).map(|number| vec![number])).flatten()
        }
        Expr::InList(list) if !list.negated && is_number(&list.expr) => list.list.iter().map(number).collect(),
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<i32> {
    match expr {
        Expr::Literal(value, _) => match value.cast_to(&DataType::Int32).ok()? {
            ScalarValue::Int32(number) => number,
            _ => None,
        },
        _ => None,
    }
}

/// The columns of the list itself; an empty one always has them.
pub fn schema() -> SchemaRef {
    rows(&[]).map_or_else(|_| Arc::new(Schema::empty()), |rows| rows.schema())
}

fn rows(columns: &[(u32, usize, Field)]) -> Result<RecordBatch> {
    use Same::{Flag, NoList, Number, Text};
    let shape = |field: &Field| Shape::of(field.data_type());
    List::new(columns.len())
        .oids("attrelid", columns.iter().map(|(oid, _, _)| *oid))
        .text("attname", columns.iter().map(|(_, _, field)| Some(field.name().as_str())))
        .oids("atttypid", columns.iter().map(|(_, _, field)| shape(field).oid()))
        .same(&[("attstattarget", Number(-1))])
        .numbers("attlen", columns.iter().map(|(_, _, field)| Some(i32::from(shape(field).size()))))
        .of_type(&DataType::Int16)?
        .numbers("attnum", columns.iter().map(|(_, number, _)| i32::try_from(*number).ok()))
        .of_type(&DataType::Int16)?
        .same(&[("attndims", Number(0)), ("attcacheoff", Number(-1))])
        .numbers("atttypmod", columns.iter().map(|(_, _, field)| Some(modifier(field))))
        .same(&[("attbyval", Flag(false)), ("attalign", Text("i")), ("attstorage", Text("p"))])
        .same(&[("attcompression", Text(""))])
        .flags("attnotnull", columns.iter().map(|(_, _, field)| !field.is_nullable()))
        .same(&[("atthasdef", Flag(false)), ("atthasmissing", Flag(false)), ("attidentity", Text(""))])
        .same(&[("attgenerated", Text("")), ("attisdropped", Flag(false)), ("attislocal", Flag(true))])
        .same(&[("attinhcount", Number(0)), ("attcollation", Number(0)), ("attacl", NoList)])
        .same(&[("attoptions", NoList), ("attfdwoptions", NoList), ("attmissingval", NoList)])
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::{col, lit};

    #[test]
    fn only_what_is_asked_for_is_opened() {
        assert_eq!(numbers(&col("attrelid").eq(lit(5_i64))), Some(vec![5]));
        assert_eq!(numbers(&lit("7").eq(col("attrelid"))), Some(vec![7]));
        assert_eq!(numbers(&col("attrelid").in_list(vec![lit(1), lit(2)], false)), Some(vec![1, 2]));
        assert_eq!(numbers(&col("attrelid").in_list(vec![lit(1)], true)), None);
        assert_eq!(numbers(&col("attnum").eq(lit(5))), None);
        assert_eq!(numbers(&col("attrelid").eq(col("attnum"))), None);
    }
}
