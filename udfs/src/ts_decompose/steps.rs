//! Which places of the grid are steps of the series: all, or, where no January is ever published, eleven a year.

use chrono::{Datelike, Months};

use crate::forecast::calendar::Step;
use crate::forecast::holidays::Period;
use crate::series::grid::Grid;

pub struct Steps {
    /// Places on the grid.
    pub places: Vec<usize>,
    /// Whether January and February are one step, that of February.
    pub without_january: bool,
}

impl Steps {
    /// Interpolating every January would make one twelfth of the series up, and the festival's effect fall on nothing.
    pub fn of(grid: &Grid) -> Self {
        const YEARS_MIN: usize = 2;
        let is_january = |place: &usize| grid.moments[*place].local.month() == 1;
        let all: Vec<usize> = (0..grid.values.len()).collect();
        let januaries: Vec<usize> = all.iter().copied().filter(is_january).collect();
        let without_january = matches!(grid.calendar.step, Step::Months(1, _))
            && januaries.len() >= YEARS_MIN
            && januaries.iter().all(|place| grid.values[*place].is_nan());
        let places = if without_january { all.into_iter().filter(|place| !is_january(place)).collect() } else { all };
        Steps { places, without_january }
    }

    pub fn values(&self, grid: &Grid) -> Vec<f64> {
        self.places.iter().map(|place| grid.values[*place]).collect()
    }

    /// The months of each step.
    pub fn periods(&self, grid: &Grid, months: u32) -> Vec<Period> {
        let period = |place: &usize| {
            let date = grid.moments[*place].local.date();
            match date.checked_sub_months(Months::new(1)) {
                Some(january) if self.without_january && date.month() == 2 => Period { start: january, months: 2 },
                _ => Period { start: date, months },
            }
        };
        self.places.iter().map(period).collect()
    }

    /// Values of steps on the grid, `NaN` where there is no step.
    pub fn spread(&self, values: &[f64], count: usize) -> Vec<f64> {
        let mut all = vec![f64::NAN; count];
        self.places.iter().zip(values).for_each(|(place, value)| all[*place] = *value);
        all
    }
}
