//! Timestamps of one SQL type, to and from the calendar.

use arrow::array::timezone::Tz;
use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone};
use datafusion_common::{Result, plan_err};

use crate::forecast::calendar::{Future, Moment};

/// The unit timestamps are counted in and the zone whose calendar they follow.
#[derive(Debug, Clone)]
pub struct Clock {
    pub data_type: DataType,
    units_per_second: i64,
    seconds_per_unit: i64,
    zone: Option<Tz>,
}

impl Clock {
    pub fn new(data_type: DataType) -> Result<Self> {
        let (units_per_second, seconds_per_unit) = match &data_type {
            DataType::Date32 => (1, 86_400),
            DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => (1_000, 1),
            DataType::Timestamp(TimeUnit::Second, _) => (1, 1),
            DataType::Timestamp(TimeUnit::Microsecond, _) => (1_000_000, 1),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => (1_000_000_000, 1),
            other => return plan_err!("`ts` must be a DATE or TIMESTAMP, got {other}"),
        };
        let zone = match &data_type {
            DataType::Timestamp(_, Some(zone)) => Some(zone.parse::<Tz>()?),
            _ => None,
        };
        Ok(Clock { data_type, units_per_second, seconds_per_unit, zone })
    }

    /// `None` outside the calendar.
    pub fn moment(&self, raw: i64) -> Option<Moment> {
        let seconds = raw.div_euclid(self.units_per_second).checked_mul(self.seconds_per_unit)?;
        let nanos = raw.rem_euclid(self.units_per_second) * (1_000_000_000 / self.units_per_second);
        let universal = DateTime::from_timestamp(seconds, u32::try_from(nanos).ok()?)?.naive_utc();
        let local = match &self.zone {
            // The local calendar ends before the universal one does.
            Some(zone) => {
                let offset = chrono::Offset::fix(&zone.offset_from_utc_datetime(&universal));
                universal.checked_add_offset(offset)?
            }
            None => universal,
        };
        Some(Moment { local, universal })
    }

    /// `None` outside the range of the type.
    pub fn raw(&self, future: Future) -> Option<i64> {
        let universal = match future {
            Future::Universal(universal) => universal,
            Future::Local(local) => self.universal(local)?,
        }
        .and_utc();
        let raw = universal.timestamp().checked_mul(self.units_per_second)? / self.seconds_per_unit;
        let part = i64::from(universal.timestamp_subsec_nanos()) / (1_000_000_000 / self.units_per_second);
        let raw = raw.checked_add(part)?;
        let fits = self.data_type != DataType::Date32 || i32::try_from(raw).is_ok();
        fits.then_some(raw)
    }

    /// A local time that occurs twice means the first; one that a change of the clock skips moves behind it.
    fn universal(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        const QUARTERS_PER_DAY: i64 = 96;
        let Some(zone) = &self.zone else { return Some(local) };
        let later = |quarters: i64| local.checked_add_signed(TimeDelta::minutes(15 * quarters));
        let existing = |local: NaiveDateTime| zone.from_local_datetime(&local).earliest();
        let found = (0..=QUARTERS_PER_DAY).filter_map(later).find_map(existing);
        found.map(|found| found.naive_utc())
    }
}
