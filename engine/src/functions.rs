//! The functions that huitong adds to SQL.

use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;

/// Adds huitong's functions. They are stateless and travel by name, so registering them here is all that an executor
/// needs to run them.
pub fn register(state: &mut SessionState) {
    for function in huitong_udfs::all_scalars() {
        replace(function.name().to_owned(), state.register_udf(function));
    }
    for function in huitong_udfs::all_aggregates() {
        replace(function.name().to_owned(), state.register_udaf(function));
    }
}

/// A function of ours that hides one of DataFusion's is worth a line in the log.
fn replace<T>(name: String, previous: datafusion::error::Result<Option<T>>) {
    match previous {
        Ok(None) => {}
        Ok(Some(_)) => tracing::warn!(name, "function replaces one of the same name"),
        Err(error) => tracing::error!(name, %error, "function could not be registered"),
    }
}
