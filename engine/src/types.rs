//! What SQL's names of types mean.
//!
//! Only where the library's answer does not fit what tables store: times are kept in microseconds, and nanoseconds end in
//! the year 2262, while "valid for ever" is commonly written as 9999-12-31.

use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{DataType as Sql, TimezoneInfo};

/// The zone of a session that has set none.
pub const DEFAULT_ZONE: &str = "UTC";

/// Types of one session.
#[derive(Debug)]
pub struct Types {
    /// What `TIMESTAMPTZ` shows its values in.
    zone: Arc<str>,
}

impl Types {
    pub fn new(zone: Option<&str>) -> Arc<Self> {
        Arc::new(Self { zone: zone.unwrap_or(DEFAULT_ZONE).into() })
    }

    /// Precisions 3 and 9 are the library's milliseconds and nanoseconds.
    fn timestamp(&self, precision: Option<u64>, info: TimezoneInfo) -> Option<DataType> {
        let unit = match precision {
            None | Some(6) => TimeUnit::Microsecond,
            Some(0) => TimeUnit::Second,
            Some(3) => TimeUnit::Millisecond,
            Some(9) => TimeUnit::Nanosecond,
            Some(_) => return None,
        };
        let zoned = matches!(info, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone);
        Some(DataType::Timestamp(unit, zoned.then(|| self.zone.clone())))
    }
}

impl TypePlanner for Types {
    fn plan_type(&self, sql: &Sql) -> Result<Option<DataType>> {
        Ok(match sql {
            Sql::Timestamp(precision, info) => self.timestamp(*precision, *info),
            Sql::Datetime(precision) => self.timestamp(*precision, TimezoneInfo::None),
            // Lengths are told of in `statement::lengths`.
            Sql::Character(_) | Sql::CharacterVarying(_) | Sql::CharVarying(_) | Sql::Nvarchar(_) => {
                Some(DataType::Utf8)
            }
            // Names that the library does not know. One with a length stays refused: a table would not keep it.
            Sql::Blob(None) | Sql::Binary(None) | Sql::Varbinary(None) => Some(DataType::Binary),
            _ => None,
        })
    }
}
