//! `to_timestamp` and its kin: moments in UTC, whatever zone a session has set.
//!
//! The library's functions take the session's zone for that of a number of seconds too, so that 0 is midnight there and not 1970 in
//! UTC; with formats they promise a zone that their answer has not; and an executor, which knows no session, answers without one. So
//! they answer as in a session that has set none.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::error::Result;
use datafusion::functions::datetime;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

/// The library's function as it is in no session; a session's settings do not change it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct InUtc(Arc<ScalarUDF>);

/// All of them.
pub fn all() -> impl Iterator<Item = Arc<ScalarUDF>> {
    let epochs = datetime::functions().into_iter().filter(|function| function.name().starts_with("to_timestamp"));
    epochs.map(|function| Arc::new(ScalarUDF::from(InUtc(function))))
}

impl ScalarUDFImpl for InUtc {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn aliases(&self) -> &[String] {
        self.0.aliases()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.0.return_type(arguments)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.0.return_field_from_args(arguments)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.0.invoke_with_args(arguments)
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        self.0.coerce_types(arguments)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.0.documentation()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::util::display::array_value_to_string;
    use datafusion::catalog::MemoryCatalogProviderList;
    use datafusion::execution::runtime_env::RuntimeEnv;
    use datafusion::prelude::SessionContext;

    use crate::planning::{self, Target};

    #[tokio::test]
    async fn a_zone_does_not_move_them() {
        let mut config = planning::config(Target::Local, 1);
        config.options_mut().execution.time_zone = Some("Asia/Shanghai".to_owned());
        let catalogs = std::sync::Arc::new(MemoryCatalogProviderList::new());
        let state = planning::state(config, std::sync::Arc::new(RuntimeEnv::default()), catalogs);
        let context = SessionContext::new_with_state(state);
        for (call, expected) in [
            ("to_timestamp(0)", "1970-01-01T00:00:00"),
            ("to_timestamp(CAST(0 AS SMALLINT))", "1970-01-01T00:00:00"),
            ("to_timestamp_seconds(60)", "1970-01-01T00:01:00"),
            ("to_timestamp(a, '%Y-%m-%d')", "2026-01-02T00:00:00"),
            ("to_timestamp(a)", "2026-01-02T00:00:00"),
        ] {
            let sql = format!("SELECT {call} FROM (VALUES ('2026-01-02')) AS t (a)");
            let rows = context.sql(&sql).await.unwrap().collect().await.unwrap();
            assert_eq!(array_value_to_string(rows[0].column(0), 0).unwrap(), expected, "{call}");
        }
    }
}
