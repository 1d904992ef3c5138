//! What can go wrong: only the caller's request.

use crate::city::PEOPLE_MAX;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a sample city has at most {PEOPLE_MAX} people, `{people}` were asked for")]
    TooManyPeople { people: u64 },
    #[error("column `{column}` has type `{data_type}`, which no table of the sample city uses")]
    UnsupportedType { column: String, data_type: arrow::datatypes::DataType },
}
