//! A model state as text: what `ts_fit` writes, `ts_update` carries on and `ts_predict` reads.
//!
//! One line `huitong-ts-model VERSION CHECKSUM`, then JSON: either `time` (type, zone, step and last time), `level`, the series `y` on its
//! grid and what was `fitted` (see [`json`]), or, for a series that could not be fitted, `error` with what is known of it. The
//! series is in it because states are found by running it through the filter again: that is short, exact for every model, and
//! what intervals are calibrated on. Twenty years of months take three to six kilobytes under the default model.
//!
//! The checksum (FNV-1a, 64 bits) finds damage, not forgery; so all that is read is also checked for what it may be.

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::time::{self, Time};
use crate::forecast::Error;
use crate::forecast::fitted::{Fitted, json, numbers};
use crate::forecast::series::Series;
use crate::ts_forecast::asked::LEVELS;

const NAME: &str = "huitong-ts-model";
const VERSION: u32 = 1;
/// Bytes of a state at most: more than a million values.
pub const BYTES_MAX: usize = 16 << 20;

#[derive(Debug, Clone, PartialEq)]
pub enum State {
    Model(Box<Saved>),
    Failed(Failure),
}

/// A series with its model.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    pub time: Time,
    /// Coverage of the intervals, unless another one is asked for.
    pub level: f64,
    /// On the grid that ends at the last time; `NaN` for a gap.
    pub y: Vec<f64>,
    pub fitted: Fitted,
}

/// Why a series has no model.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub error: String,
    pub model: Option<String>,
    pub level: f64,
    pub n_obs: usize,
}

impl State {
    /// The state as bytes; one that would be too large says so instead.
    pub fn write(&self) -> Vec<u8> {
        let text = match self {
            State::Model(saved) => sealed(&saved.write()),
            State::Failed(failure) => sealed(&failure.write()),
        };
        match self {
            State::Model(saved) if text.len() > BYTES_MAX => {
                let error = format!("the model state takes {} bytes; at most {BYTES_MAX} are allowed", text.len());
                sealed(&saved.failure(error).write()).into_bytes()
            }
            _ => text.into_bytes(),
        }
    }

    /// The reverse.
    ///
    /// # Errors
    /// A message for the reader of the row: not such a text, of a later version, damaged, or too large.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > BYTES_MAX {
            return Err(format!("the model state has {} bytes; at most {BYTES_MAX} are read", bytes.len()));
        }
        let foreign = || "this is no model state: `ts_fit` makes one".to_owned();
        let text = std::str::from_utf8(bytes).map_err(|_| foreign())?;
        let (head, body) = text.split_once('\n').ok_or_else(foreign)?;
        let head: Vec<&str> = head.split(' ').collect();
        let [NAME, version, sum] = head[..] else { return Err(foreign()) };
        match version.parse::<u32>() {
            Ok(VERSION) => {}
            Ok(version) if version > VERSION => {
                return Err(format!("the model state has version {version}; this program reads version {VERSION}"));
            }
            _ => return Err(foreign()),
        }
        let damaged = || "the model state is damaged".to_owned();
        if sum != checksum(body) {
            return Err(damaged());
        }
        let value: Value = serde_json::from_str(body).map_err(|_| damaged())?;
        let failed = Failure::read(&value).map(State::Failed);
        failed.or_else(|| Saved::read(&value).map(|saved| State::Model(Box::new(saved)))).ok_or_else(damaged)
    }
}

impl Saved {
    fn write(&self) -> Value {
        json!({
            "time": self.time.write(),
            "level": self.level,
            "y": numbers::write(&self.y),
            "fitted": json::write(&self.fitted),
        })
    }

    fn read(value: &Value) -> Option<Self> {
        let y = numbers::read(value.get("y")?.as_str()?)?;
        let fitted = json::read(value.get("fitted")?)?;
        Series::at(&y, fitted.period, fitted.scale).ok()?;
        let level = value.get("level")?.as_f64().filter(|level| LEVELS.contains(level))?;
        Some(Saved { time: Time::read(value.get("time")?)?, level, y, fitted })
    }

    /// The state with rows that came later, in the order of time.
    ///
    /// # Errors
    /// A row that is not later, off the grid, or infinite.
    pub fn extended(mut self, times: &[i64], values: &[f64]) -> Result<Self, Error> {
        let places = time::places_after(&self.time, self.y.len(), times)?;
        if let Some((last, time)) = places.last().zip(times.last()) {
            self.y.resize(last + 1, f64::NAN);
            self.time.last = *time;
        }
        places.iter().zip(values).for_each(|(place, value)| self.y[*place] = *value);
        Series::at(&self.y, self.fitted.period, self.fitted.scale)?;
        Ok(self)
    }

    pub fn failure(&self, error: String) -> Failure {
        let n_obs = self.y.iter().filter(|value| !value.is_nan()).count();
        Failure { error, model: Some(self.fitted.model.name().into_owned()), level: self.level, n_obs }
    }
}

impl Failure {
    fn write(&self) -> Value {
        json!({"error": self.error, "model": self.model, "level": self.level, "n_obs": self.n_obs})
    }

    fn read(value: &Value) -> Option<Self> {
        Some(Failure {
            error: value.get("error")?.as_str()?.to_owned(),
            model: value.get("model")?.as_str().map(str::to_owned),
            level: value.get("level")?.as_f64()?,
            n_obs: value.get("n_obs")?.as_u64()? as usize,
        })
    }
}

fn sealed(value: &Value) -> String {
    let body = value.to_string();
    format!("{NAME} {VERSION} {}\n{body}", checksum(&body))
}

/// FNV-1a: any single changed byte changes it.
fn checksum(body: &str) -> String {
    let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", body.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}
