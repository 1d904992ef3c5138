//! The functions that huitong adds to SQL.

use std::sync::{Arc, OnceLock};

use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::ScalarUDF;
use huitong_udfs::time::now::Now;

/// Functions whose answers may be too large.
mod bounded;
/// Moments that are the same in every zone.
mod epochs;
/// Items of lists.
pub mod items;
/// Lists of functions.
pub mod listed;
/// Statements without their values.
pub mod outline;
/// How many pairs may be compared.
mod pairs;
/// Rows of moments.
mod series;
/// The day and the time of a statement.
mod today;

/// Adds huitong's functions. They are stateless and travel by name, so registering them here is all that an executor
/// needs to run them.
pub fn register(state: &mut SessionState) {
    for function in huitong_udfs::all_scalars() {
        replace(function.name().to_owned(), state.register_udf(function));
    }
    series::register(state);
    stand_in(state, epochs::all().chain(items::all()).chain([outline::function(), pairs::function()]));
    for function in huitong_udfs::all_aggregates() {
        replace(function.name().to_owned(), state.register_udaf(function));
    }
    let bounded = bounded::all(state);
    stand_in(state, bounded.into_iter());
}

/// Gives a statement's state the functions that know its moment.
pub fn of_statement(state: &mut SessionState, started_ms: i64, zone: &str) {
    state.mark_start_execution();
    let now = Now::of_statement(started_ms.saturating_mul(1000), zone);
    replace("now".to_owned(), state.register_udf(Arc::new(now.into())));
    stand_in(state, today::of_statement(started_ms));
}

/// Adds the functions of the door that a session came by.
pub fn of_door(state: &mut SessionState, functions: &[Arc<ScalarUDF>]) {
    for function in functions {
        if let Err(error) = state.register_udf(function.clone()) {
            tracing::error!(name = function.name(), %error, "function could not be registered");
        }
    }
}

/// Puts functions into the places of those of the same name.
fn stand_in(state: &mut SessionState, functions: impl Iterator<Item = Arc<ScalarUDF>>) {
    for function in functions {
        let name = function.name().to_owned();
        if let Err(error) = state.register_udf(function) {
            tracing::error!(name, %error, "function could not be registered");
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

/// Names of all functions, in their order, for whoever looks for a near one.
pub fn names() -> &'static [String] {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| listed::all().into_keys().collect())
}
