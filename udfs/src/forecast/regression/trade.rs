//! What the calendar is worth in forecasts of China's foreign trade, from rolling origins.

use chrono::{Datelike, NaiveDate};

use super::*;
use crate::forecast::adjust::tests::load;

/// Absolute errors of the logarithm of targets in January, February and March, and in other months, summed.
#[derive(Debug, Default, Clone, Copy)]
struct Errors {
    early: f64,
    early_count: usize,
    other: f64,
    other_count: usize,
}

impl Errors {
    fn add(&mut self, mean: &[f64], truth: &[f64], first_month: u32) {
        for (h, (mean, truth)) in mean.iter().zip(truth).enumerate() {
            let error = (mean.max(f64::MIN_POSITIVE) / truth).ln().abs();
            match (first_month as usize - 1 + h) % 12 {
                0..3 => (self.early, self.early_count) = (self.early + error, self.early_count + 1),
                _ => (self.other, self.other_count) = (self.other + error, self.other_count + 1),
            }
        }
    }

    fn means(&self) -> (f64, f64) {
        (self.early / self.early_count as f64, self.other / self.other_count as f64)
    }
}

const HORIZON: usize = 12;

/// Origins every `stride` months with at least ten years of history from `year` on: without and with the calendar.
fn rolled(name: &str, year: i32, stride: usize, model: Model) -> Option<[Errors; 2]> {
    let all = load(name)?;
    let skip = ((year - 1983) * 12 - 6) as usize;
    let y = &all[skip..];
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    let mut errors = [Errors::default(); 2];
    for origin in (120..y.len()).step_by(stride) {
        let truth = &y[origin..y.len().min(origin + HORIZON)];
        let steps = Steps::months(first, 1, origin + truth.len()).unwrap();
        let month = steps.start(origin).unwrap().month();
        let plain = forecast(&y[..origin], 12, truth.len(), model).unwrap();
        let regressors = Regressors { given: vec![], calendar: Some(steps) };
        let with = forecast_with(&y[..origin], 12, truth.len(), model, &regressors).unwrap();
        errors[0].add(&plain.mean, truth, month);
        errors[1].add(&with.forecast.mean, truth, month);
    }
    Some(errors)
}

/// Every fifth month from 2003 on. Most of what is missed is the level of the next year, which the calendar does not know.
#[test]
fn the_calendar_lowers_errors_of_the_first_months() {
    let (mut before, mut after) = (0.0, 0.0);
    for name in ["china_exports", "china_imports"] {
        let Some([plain, with]) = rolled(name, 1993, 5, Model::AutoEts) else { return };
        let ((early, other), (early_with, other_with)) = (plain.means(), with.means());
        println!(
            "{name}: January to March {early:.4} -> {early_with:.4} ({:+.1} %), other months {other:.4} -> \
             {other_with:.4}, {} and {} targets",
            100.0 * (early_with / early - 1.0),
            plain.early_count,
            plain.other_count,
        );
        assert!(early_with < early, "{name}: {early_with} is not below {early}");
        (before, after) = (before + early, after + early_with);
    }
    assert!(after < 0.93 * before, "{after} of {before}");
}
