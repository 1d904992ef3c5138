//! `pg_attribute`: the columns of tables. A table has to be opened to know its columns, so only those that a statement asks for are.

/// Which tables are opened.
mod opening;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session as Planning, TableProvider};
use datafusion::error::Result as DfResult;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use futures::{StreamExt, stream};
use huitong_catalog::Result;
use huitong_engine::Session;

use super::lists::{List, Same};
use super::oids::{self, Relation};
use super::{SCHEMA, columns_of};
use crate::flight::clients::safe_schema;
use crate::postgres::types::{Shape, modifier};
use crate::postgres::variables::Variables;
use opening::Opening;

/// Tables that are opened at a time.
const OPENED_MAX: usize = 16;

/// The list's name.
pub const NAME: &str = "pg_attribute";

/// The list.
#[derive(Debug)]
pub struct Attributes {
    tables: Arc<Tables>,
    schema: SchemaRef,
}

/// The tables whose columns are listed.
#[derive(Debug)]
struct Tables {
    session: Session,
    variables: Arc<Variables>,
}

impl Attributes {
    pub fn new(session: Session, variables: Arc<Variables>) -> Self {
        Self { tables: Arc::new(Tables { session, variables }), schema: schema() }
    }
}

impl Tables {
    fn all(&self) -> Vec<Relation> {
        oids::relations(&self.session)
    }

    /// The rows of these tables. One that cannot be opened is left out, with a line in the log.
    async fn columns(&self, relations: Vec<Relation>) -> Result<RecordBatch> {
        let opened = stream::iter(relations).map(|relation| async move {
            let fields = self.fields(&relation).await.unwrap_or_else(|error| {
                let Relation { schema, name, .. } = &relation;
                tracing::warn!(schema, name, %error, "table is listed without columns");
                Vec::new()
            });
            fields.into_iter().enumerate().map(move |(at, field)| (relation.oid, at + 1, field)).collect::<Vec<_>>()
        });
        rows(&opened.buffered(OPENED_MAX).collect::<Vec<_>>().await.concat())
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

    /// Made by this process, so that no other is asked for it.
    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _state: &dyn Planning,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Opening::new(self.tables.clone(), &self.schema, projection)?))
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
