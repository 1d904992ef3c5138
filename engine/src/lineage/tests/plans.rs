//! Two small tables in memory, and what plans over them tell.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider,
    SchemaProvider, TableProvider,
};
use datafusion::datasource::MemTable;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use huitong_catalog::names::TableName;

use crate::lineage::{Found, Tables};
use crate::planning::{self, CATALOG, DEFAULT_SCHEMA, Target};
use crate::statement;

/// Tables with their columns.
pub type Data = Vec<(&'static str, Vec<(&'static str, Vec<i64>)>)>;

pub fn data() -> Data {
    vec![
        (
            "t",
            vec![
                ("id", vec![1, 2, 3, 4, 5, 6]),
                ("k", vec![1, 1, 2, 2, 3, 3]),
                ("a", vec![10, 20, 30, 40, 50, 60]),
                ("b", vec![6, 5, 4, 3, 2, 1]),
                ("c", vec![0, 1, 0, 1, 0, 1]),
            ],
        ),
        ("s", vec![("k", vec![1, 2, 3, 4]), ("x", vec![7, 8, 9, 10]), ("y", vec![1, 0, 1, 0])]),
    ]
}

pub struct Lab {
    pub state: SessionState,
    pub tables: Tables,
}

impl Lab {
    pub fn new(data: &Data) -> Self {
        let (catalogs, catalog) = (MemoryCatalogProviderList::new(), MemoryCatalogProvider::new());
        let schema = MemorySchemaProvider::new();
        let mut tables = Vec::new();
        for (name, columns) in data {
            let columns = columns.iter().map(|(name, values)| {
                let values: ArrayRef = Arc::new(Int64Array::from(values.clone()));
                (*name, values, true)
            });
            let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
            let table: Arc<dyn TableProvider> = Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap());
            tables.push((Arc::as_ptr(&table).cast::<()>().addr(), TableName::new(DEFAULT_SCHEMA, *name).unwrap()));
            schema.register_table((*name).to_owned(), table).unwrap();
        }
        catalog.register_schema(DEFAULT_SCHEMA, Arc::new(schema)).unwrap();
        catalogs.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
        let config = planning::config(Target::Local, 1);
        let state = planning::state(config, Arc::new(RuntimeEnv::default()), Arc::new(catalogs));
        Self { state, tables: Tables(tables) }
    }

    pub async fn plan(&self, sql: &str) -> LogicalPlan {
        let parsed = statement::parse(sql).unwrap();
        let plan = self.state.statement_to_plan(parsed.statement).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        planning::analyzed(&self.state, plan).unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    pub async fn found(&self, sql: &str) -> Found {
        Found::read(&self.state, &self.plan(sql).await, self.tables.clone()).await
    }

    /// `a: t.a aggregation; *: t. rows, t.k group_by`
    pub async fn told(&self, sql: &str) -> String {
        let found = self.found(sql).await;
        let columns = found.0.iter().map(|(column, sources)| {
            let sources = sources
                .iter()
                .map(|(place, kind)| format!("{}.{} {}", place.table.table(), place.column, kind.as_str()))
                .collect::<Vec<_>>();
            format!("{}: {}", if column.is_empty() { "*" } else { column }, sources.join(", "))
        });
        columns.collect::<Vec<_>>().join("; ")
    }
}

#[tokio::test]
async fn plans_tell_what_columns_come_from() {
    let lab = Lab::new(&data());
    for (sql, told) in [
        (
            "CREATE VIEW v AS SELECT a, b + c AS d FROM t",
            "*: t. rows; a: t.a identity; d: t.b transformation, t.c transformation",
        ),
        ("CREATE VIEW v AS SELECT a AS z FROM t WHERE c = 1", "*: t. rows, t.c filter; z: t.a identity"),
        (
            "CREATE TABLE n AS SELECT k, sum(a) AS a FROM t GROUP BY k",
            "*: t. rows, t.k group_by; a: t.a aggregation; k: t.k identity",
        ),
        ("CREATE VIEW v AS SELECT count(*) AS n FROM t", "*: t. rows"),
        ("CREATE VIEW v AS SELECT DISTINCT k FROM t", "*: t. rows, t.k group_by; k: t.k identity"),
        (
            "CREATE VIEW v AS SELECT a FROM t AS q JOIN s ON q.k = s.k",
            "*: s. rows, s.k join, t. rows, t.k join; a: t.a identity",
        ),
        // What is false today is not left out.
        ("CREATE VIEW v AS SELECT a FROM t WHERE now() < TIMESTAMP '1990-01-01'", "*: t. rows; a: t.a identity"),
        // The extractor passes over filters of windows.
        (
            "CREATE VIEW v AS SELECT sum(a) FILTER (WHERE c = 1) OVER (PARTITION BY k) AS n FROM t",
            "*: t. unresolved, t.a unresolved, t.b unresolved, t.c unresolved, t.id unresolved, t.k unresolved",
        ),
        ("INSERT INTO s SELECT k, a, 1 FROM t WHERE b > 2", "*: t. rows, t.b filter; k: t.k identity; x: t.a identity"),
        ("INSERT INTO s VALUES (1, 2, 3)", ""),
        ("UPDATE t SET a = b + 1 WHERE c = 1", "a: t.b transformation, t.c filter"),
        ("UPDATE t SET a = 1 WHERE k IN (SELECT k FROM s WHERE y = 1)", "a: s.k join, s.y filter, t.k join"),
        ("DELETE FROM t WHERE c = 1", "*: t. rows, t.c filter"),
        (
            "MERGE INTO t USING s ON t.k = s.k WHEN MATCHED THEN UPDATE SET a = s.x \
             WHEN NOT MATCHED THEN INSERT (k, b) VALUES (s.k, s.y)",
            "*: s. rows, s.k join, t.k join; a: s.x identity; b: s.y identity, t.b identity; c: t.c identity; \
             id: t.id identity; k: s.k identity, t.k identity",
        ),
    ] {
        assert_eq!(lab.told(sql).await, told, "{sql}");
    }
}
