//! What decodes strangers' bytes, a function for each: they call what the doors call with whatever bytes come, and panic where what is promised does not
//! hold.
//!
//! Public because fuzz targets are programs of their own (`fuzz/`, `tests/it/fuzz`); nothing else has a use for them.

pub use crate::flight::fuzzing as flight;
pub use crate::http::fuzzing as http;
pub use crate::postgres::fuzzing as postgres;
