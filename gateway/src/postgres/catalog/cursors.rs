//! `pg_cursors`: the cursors of the connection. When they were declared is not told.

use arrow::array::RecordBatch;
use huitong_catalog::Result;

use super::lists::{List, Same};
use crate::postgres::portal::Known;

/// The list's name.
pub const NAME: &str = "pg_cursors";

/// The list of these.
pub fn list(cursors: &[(String, Known)]) -> Result<RecordBatch> {
    List::new(cursors.len())
        .text("name", cursors.iter().map(|(name, _)| Some(name.as_str())))
        .text("statement", cursors.iter().map(|(_, known)| Some(known.text.trim_start())))
        .flags("is_holdable", cursors.iter().map(|(_, known)| known.holds))
        .flags("is_binary", cursors.iter().map(|(_, known)| known.binary))
        .same(&[("is_scrollable", Same::Flag(false)), ("creation_time", Same::NoText)])
        .build()
}
