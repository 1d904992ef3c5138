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

/// Functions of the library that do not exist here. Paths of files are the server's own business; and the place of a row in its file tells of
/// rows before it that whoever asks may not see.
pub const LEFT_OUT: [&str; 2] = ["file_row_index", "input_file_name"];

/// Adds huitong's functions. They are stateless and travel by name, so registering them here is all that an executor
/// needs to run them.
pub fn register(state: &mut SessionState) {
    for name in LEFT_OUT {
        if let Err(error) = state.deregister_udf(name) {
            tracing::error!(name, %error, "function could not be left out");
        }
    }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use datafusion::execution::runtime_env::RuntimeEnv;

    use super::*;
    use crate::planning;

    /// Under all of their names.
    fn registered() -> BTreeSet<String> {
        let state = planning::bare_state(1, Arc::new(RuntimeEnv::default()));
        let (rows, groups) = (state.scalar_functions().keys(), state.aggregate_functions().keys());
        let (others, windows) = (state.higher_order_functions().keys(), state.window_functions().keys());
        rows.chain(groups).chain(others).chain(windows).chain(state.table_functions().keys()).cloned().collect()
    }

    fn own() -> BTreeSet<String> {
        let named = |name: &str, aliases: &[String]| [&[name.to_owned()][..], aliases].concat();
        let rows = huitong_udfs::all_scalars().into_iter().flat_map(|udf| named(udf.name(), udf.aliases()));
        let groups = huitong_udfs::all_aggregates().into_iter().flat_map(|udf| named(udf.name(), udf.aliases()));
        rows.chain(groups).filter(|name| !huitong_udfs::STAND_INS.contains(&name.as_str())).collect()
    }

    #[test]
    fn somebody_has_read_every_function_of_the_library() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/functions/base.txt");
        let text = std::fs::read_to_string(&path).unwrap();
        let notes: String = text.lines().filter(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        let (all, own) = (registered(), own());
        let base: String =
            all.difference(&own).filter(|name| !name.starts_with("__")).map(|name| format!("{name}\n")).collect();
        let found = notes + &base;
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &found).unwrap();
        } else {
            assert_eq!(found, text);
        }
        assert!(all.contains("sum") && LEFT_OUT.iter().all(|name| !all.contains(*name)));
    }
}
