//! The functions that huitong adds to SQL.

use std::sync::Arc;

use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::ScalarUDF;
use huitong_udfs::time::now::Now;

/// Moments that are the same in every zone.
mod epochs;
/// Rows of moments.
mod series;

/// Adds huitong's functions. They are stateless and travel by name, so registering them here is all that an executor
/// needs to run them.
pub fn register(state: &mut SessionState) {
    for function in huitong_udfs::all_scalars() {
        replace(function.name().to_owned(), state.register_udf(function));
    }
    series::register(state);
    for function in epochs::all() {
        // Those of the same name are meant.
        if let Err(error) = state.register_udf(function) {
            tracing::error!(%error, "function could not be registered");
        }
    }
    for function in huitong_udfs::all_aggregates() {
        replace(function.name().to_owned(), state.register_udaf(function));
    }
}

/// Gives a statement's state the functions that know its moment. The library's own, such as `current_date`, take theirs from
/// the state.
pub fn of_statement(state: &mut SessionState, started_ms: i64, zone: &str) {
    state.mark_start_execution();
    let now = Now::of_statement(started_ms.saturating_mul(1000), zone);
    replace("now".to_owned(), state.register_udf(Arc::new(now.into())));
}

/// Adds the functions of the door that a session came by.
pub fn of_door(state: &mut SessionState, functions: &[Arc<ScalarUDF>]) {
    for function in functions {
        if let Err(error) = state.register_udf(function.clone()) {
            tracing::error!(name = function.name(), %error, "function could not be registered");
        }
    }
}

/// A function of ours that hides one of DataFusion's unawares is worth a line in the log.
fn replace<T>(name: String, previous: datafusion::error::Result<Option<T>>) {
    match previous {
        Ok(None) => {}
        Ok(Some(_)) if huitong_udfs::STAND_INS.contains(&name.as_str()) => {}
        Ok(Some(_)) => tracing::warn!(name, "function replaces one of the same name"),
        Err(error) => tracing::error!(name, %error, "function could not be registered"),
    }
}

/// Names of all aggregates.
pub fn aggregates() -> Vec<String> {
    let all = datafusion::functions_aggregate::all_default_aggregate_functions().into_iter();
    let all = all.chain(huitong_udfs::all_aggregates());
    all.flat_map(|function| function.aliases().iter().cloned().chain([function.name().to_owned()]).collect::<Vec<_>>())
        .collect()
}
