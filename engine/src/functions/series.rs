//! `range` and `generate_series` over moments: the library's count in nanoseconds, and a TIMESTAMP here is in microseconds.

use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::catalog::{TableFunction, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Expr;

const NAMES: [&str; 2] = ["generate_series", "range"];

/// Lets them take moments of any unit.
pub fn register(state: &mut SessionState) {
    for name in NAMES {
        if let Some(function) = state.table_functions().get(name).cloned() {
            state.register_udtf(name, Arc::new(OfAnyUnit(function)));
        }
    }
}

#[derive(Debug)]
struct OfAnyUnit(Arc<TableFunction>);

impl TableFunctionImpl for OfAnyUnit {
    fn call_with_args(&self, arguments: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let counted = arguments.exprs().iter().map(in_nanoseconds).collect::<Result<Vec<_>>>()?;
        self.0.create_table_provider_with_args(TableFunctionArgs::new(&counted, arguments.session()))
    }
}

fn in_nanoseconds(argument: &Expr) -> Result<Expr> {
    match argument {
        Expr::Literal(value, metadata) => match value.data_type() {
            DataType::Timestamp(TimeUnit::Nanosecond, _) => Ok(argument.clone()),
            DataType::Timestamp(_, zone) => {
                let value: ScalarValue = value.cast_to(&DataType::Timestamp(TimeUnit::Nanosecond, zone))?;
                Ok(Expr::Literal(value, metadata.clone()))
            }
            _ => Ok(argument.clone()),
        },
        _ => Ok(argument.clone()),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::RecordBatch;
    use datafusion::catalog::MemoryCatalogProviderList;
    use datafusion::execution::runtime_env::RuntimeEnv;
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::planning::{self, Target};

    #[tokio::test]
    async fn moments_of_microseconds_are_counted() {
        let (config, runtime) = (planning::config(Target::Local, 1), Arc::new(RuntimeEnv::default()));
        let state = planning::state(config, runtime, Arc::new(MemoryCatalogProviderList::new()));
        let context = SessionContext::new_with_state(state);
        for (call, rows) in [
            ("generate_series(TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-02', INTERVAL '1 hour')", 25),
            ("range(TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-02', INTERVAL '1 hour')", 24),
            ("generate_series(1, 3)", 3),
        ] {
            let found = context.sql(&format!("SELECT * FROM {call}")).await.unwrap().collect().await.unwrap();
            assert_eq!(found.iter().map(RecordBatch::num_rows).sum::<usize>(), rows, "{call}");
        }
        let beyond = "SELECT * FROM range(TIMESTAMP '9999-01-01', TIMESTAMP '9999-01-02', INTERVAL '1 hour')";
        assert!(context.sql(beyond).await.is_err(), "nanoseconds end in 2262");
    }
}
