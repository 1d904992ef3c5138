//! How much of the future prediction intervals cover, of series that nothing was chosen on: `coverage [MODEL [SERIES]]`.
//!
//! Simulated series of known processes with normal errors (so many of each, 40 unless told), a part of which is forecast; and
//! the weekly series of the M4 competition from `$HUITONG_DATASETS/forecasting/m4_weekly.parquet` (`series_id`, `t`, `split`,
//! `y`), where there is one. Interval of 95 %; a line says the share of outcomes within, over all steps and of the last one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Error;
use std::path::Path;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use huitong_udfs::forecast::{Model, forecast};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "auto".to_owned());
    let model = Model::from_name(&name).ok_or_else(|| Error::other(format!("unknown model `{name}`")))?;
    let count: usize = arguments.next().map_or(Ok(40), |count| count.parse())?;
    println!(
        "{:<10} {:<14} {:>6} {:>6} {:>8} {:>9} {:>9}",
        "steps", "process", "length", "series", "horizon", "all", "last"
    );
    for frequency in FREQUENCIES {
        simulated(&frequency, model, count)?;
    }
    if let Some(folder) = std::env::var_os("HUITONG_DATASETS") {
        let series = weekly(&Path::new(&folder).join("forecasting/m4_weekly.parquet"))?;
        let mut covered = Covered::default();
        // Every third: the long ones take a second each.
        for (train, test) in series.iter().step_by(3) {
            covered.add(train, test, 52, model)?;
        }
        covered.print("weeks", "M4 weekly", 0, 13);
    }
    Ok(())
}

struct Frequency {
    name: &'static str,
    period: usize,
    lengths: [usize; 2],
    horizon: usize,
}

const FREQUENCIES: [Frequency; 4] = [
    Frequency { name: "years", period: 1, lengths: [20, 40], horizon: 6 },
    Frequency { name: "quarters", period: 4, lengths: [32, 80], horizon: 8 },
    Frequency { name: "months", period: 12, lengths: [60, 144], horizon: 18 },
    Frequency { name: "days", period: 7, lengths: [70, 210], horizon: 14 },
];

fn simulated(frequency: &Frequency, model: Model, count: usize) -> Result<()> {
    let Frequency { name, period, lengths, horizon } = *frequency;
    for length in lengths {
        let mut all = Covered::default();
        for (process, simulate) in PROCESSES {
            let mut covered = Covered::default();
            for seed in 0..count {
                let path = simulate(&mut Dice::new(seed as u64), length + horizon, period);
                covered.add(&path[..length], &path[length..], period, model)?;
            }
            covered.print(name, process, length, horizon);
            all.merge(&covered);
        }
        all.print(name, "all processes", length, horizon);
    }
    Ok(())
}

#[derive(Default)]
struct Covered {
    series: usize,
    steps: usize,
    within: usize,
    last_within: usize,
}

impl Covered {
    fn add(&mut self, train: &[f64], test: &[f64], period: usize, model: Model) -> Result<()> {
        let found = forecast(train, period, test.len(), model)?;
        let bounds = found.lo.iter().zip(&found.hi).zip(test);
        let within: Vec<bool> = bounds.map(|((lo, hi), y)| lo <= y && y <= hi).collect();
        self.series += 1;
        self.steps += within.len();
        self.within += within.iter().filter(|within| **within).count();
        self.last_within += usize::from(within.last() == Some(&true));
        Ok(())
    }

    fn merge(&mut self, other: &Covered) {
        self.series += other.series;
        self.steps += other.steps;
        self.within += other.within;
        self.last_within += other.last_within;
    }

    fn print(&self, name: &str, process: &str, length: usize, horizon: usize) {
        let share = |part: usize, of: usize| 100.0 * part as f64 / of as f64;
        let (all, last) = (share(self.within, self.steps), share(self.last_within, self.series));
        let series = self.series;
        println!("{name:<10} {process:<14} {length:>6} {series:>6} {horizon:>8} {all:>7.1} % {last:>7.1} %");
    }
}

type Simulate = fn(&mut Dice, usize, usize) -> Vec<f64>;

const PROCESSES: [(&str, Simulate); 5] = [
    ("random walk", random_walk),
    ("ETS(A,A,A)", additive),
    ("ETS(M,Ad,M)", multiplicative),
    ("airline", airline),
    ("AR(1)", autoregressive),
];

/// A fixed linear congruential generator.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(2026))
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The sum of twelve uniform numbers.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// A season of mean zero.
    fn season(&mut self, period: usize, size: f64) -> Vec<f64> {
        let raw: Vec<f64> = (0..period).map(|_| size * self.normal()).collect();
        let mean = raw.iter().sum::<f64>() / period as f64;
        raw.iter().map(|value| if period > 1 { value - mean } else { 0.0 }).collect()
    }
}

/// With drift.
fn random_walk(dice: &mut Dice, length: usize, _period: usize) -> Vec<f64> {
    let drift = 0.3 * dice.normal();
    let mut level = 100.0;
    let next = |_| {
        level += drift + dice.normal();
        level
    };
    (0..length).map(next).collect()
}

fn additive(dice: &mut Dice, length: usize, period: usize) -> Vec<f64> {
    let (mut level, mut slope, mut season) = (200.0, 0.5 * dice.normal(), dice.season(period, 8.0));
    let next = |t: usize| {
        let error = 2.0 * dice.normal();
        let value = level + slope + season[t % period] + error;
        (level, slope) = (level + slope + 0.3 * error, slope + 0.03 * error);
        if period > 1 {
            season[t % period] += 0.1 * error;
        }
        value
    };
    (0..length).map(next).collect()
}

fn multiplicative(dice: &mut Dice, length: usize, period: usize) -> Vec<f64> {
    const PHI: f64 = 0.95;
    let (mut level, mut slope) = (1000.0, 10.0 * dice.normal());
    let mut season: Vec<f64> = dice.season(period, 0.1).iter().map(|index| index.exp()).collect();
    let next = |t: usize| {
        let error = 0.03 * dice.normal();
        let trend = level + PHI * slope;
        let value = trend * season[t % period] * (1.0 + error);
        (level, slope) = (trend * (1.0 + 0.4 * error), PHI * slope + 0.05 * trend * error);
        if period > 1 {
            season[t % period] *= 1.0 + 0.1 * error;
        }
        value
    };
    (0..length).map(next).collect()
}

/// (0,1,1)(0,1,1) with θ = 0.4 and Θ = 0.6; (0,1,1) without a season.
fn airline(dice: &mut Dice, length: usize, period: usize) -> Vec<f64> {
    let season = dice.season(period, 6.0);
    let errors: Vec<f64> = (0..length).map(|_| dice.normal()).collect();
    let error = |t: usize, back: usize| t.checked_sub(back).map_or(0.0, |place| errors[place]);
    let mut y: Vec<f64> = vec![];
    for t in 0..length {
        let plain = error(t, 0) - 0.4 * error(t, 1);
        let value = match t.checked_sub(period + 1) {
            Some(oldest) if period > 1 => {
                let seasonal = -0.6 * (error(t, period) - 0.4 * error(t, period + 1));
                y[t - 1] + y[t - period] - y[oldest] + plain + seasonal
            }
            _ if period > 1 => 150.0 + season[t % period] + error(t, 0),
            _ => y.last().copied().unwrap_or(150.0) + plain,
        };
        y.push(value);
    }
    y
}

fn autoregressive(dice: &mut Dice, length: usize, period: usize) -> Vec<f64> {
    let season = dice.season(period, 3.0);
    let mut state = 0.0;
    let next = |t: usize| {
        state = 0.7 * state + dice.normal();
        50.0 + season[t % period] + state
    };
    (0..length).map(next).collect()
}

/// Training and test part of each series.
fn weekly(path: &Path) -> Result<Vec<(Vec<f64>, Vec<f64>)>> {
    let mut series: BTreeMap<String, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()? {
        let batch = batch?;
        let column = |name: &str, kind: &DataType| -> Result<_> {
            let found = batch.column_by_name(name).ok_or_else(|| Error::other(format!("no column `{name}`")))?;
            Ok(cast(found, kind)?)
        };
        let (ids, splits) = (column("series_id", &DataType::Utf8)?, column("split", &DataType::Utf8)?);
        let values = column("y", &DataType::Float64)?;
        for row in 0..batch.num_rows() {
            let (train, test) = series.entry(ids.as_string::<i32>().value(row).to_owned()).or_default();
            let part = if splits.as_string::<i32>().value(row) == "train" { train } else { test };
            part.push(values.as_primitive::<Float64Type>().value(row));
        }
    }
    Ok(series.into_values().collect())
}
