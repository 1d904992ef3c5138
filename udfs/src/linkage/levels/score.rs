//! Scores of pairs, computed when a level first asks for them and kept for the levels after it.

use arrow::array::{Array, Float64Array};

use super::super::spec::{Measure, Score};
use super::bind::{Binder, day};
use super::list::Lists;
use super::text::Texts;
use crate::similarity::edits::{self, Edits};
use crate::similarity::{Scratch, jaccard, jaro, lcs, moments, numbers};

const SECONDS_OF_DAY: f64 = 86_400.0;
/// Not computed yet; no measure answers it.
const PENDING: f64 = f64::NEG_INFINITY;

/// The scores of one comparison.
pub struct Scores {
    rows: usize,
    slots: Vec<Slot>,
    scratch: Scratch,
}

struct Slot {
    score: Score,
    columns: Columns,
    /// The largest threshold: an edit distance beyond it need not be known.
    most: f64,
    values: Vec<f64>,
}

enum Columns {
    Texts(Texts, Texts),
    Numbers(Float64Array, Float64Array),
    Moments(Float64Array, Float64Array),
    Lists(Lists, Lists),
}

impl Scores {
    pub fn new(rows: usize) -> Self {
        Scores { rows, slots: Vec::new(), scratch: Scratch::default() }
    }

    /// Where the values of a score are.
    pub fn slot(&mut self, score: &Score, threshold: f64, binder: &mut Binder) -> Result<usize, String> {
        if let Some(at) = self.slots.iter().position(|slot| slot.score == *score) {
            self.slots[at].most = self.slots[at].most.max(threshold);
            return Ok(at);
        }
        let columns = Columns::bind(score, binder)?;
        let values = vec![PENDING; self.rows];
        self.slots.push(Slot { score: score.clone(), columns, most: threshold, values });
        Ok(self.slots.len() - 1)
    }

    /// The score of a pair; `NaN` if it is unknown.
    pub fn at(&mut self, slot: usize, row: usize) -> f64 {
        let slot = &mut self.slots[slot];
        if slot.values[row] == PENDING {
            slot.values[row] =
                slot.columns.score(slot.score.measure, row, slot.most, &mut self.scratch).unwrap_or(f64::NAN);
        }
        slot.values[row]
    }
}

impl Columns {
    fn bind(Score { measure, left, right }: &Score, binder: &mut Binder) -> Result<Self, String> {
        Ok(match measure {
            Measure::Jaro
            | Measure::JaroWinkler
            | Measure::Levenshtein
            | Measure::DamerauLevenshtein
            | Measure::Jaccard
            | Measure::LcsRatio => Columns::Texts(binder.texts(left)?, binder.texts(right)?),
            Measure::Seconds | Measure::Days | Measure::Months => {
                Columns::Moments(binder.moments(left)?, binder.moments(right)?)
            }
            Measure::Difference | Measure::RelativeDifference | Measure::ShareOfLarger => {
                Columns::Numbers(binder.numbers(left)?, binder.numbers(right)?)
            }
            Measure::Shared | Measure::Overlap => Columns::Lists(binder.lists(left)?, binder.lists(right)?),
        })
    }

    fn score(&self, measure: Measure, row: usize, most: f64, scratch: &mut Scratch) -> Option<f64> {
        match self {
            Columns::Texts(left, right) => {
                let (left, right) = (left.get(row)?, right.get(row)?);
                of_texts(measure, &left, &right, most, scratch)
            }
            Columns::Numbers(left, right) => of_numbers(measure, value(left, row)?, value(right, row)?),
            Columns::Moments(left, right) => of_moments(measure, value(left, row)?, value(right, row)?),
            Columns::Lists(left, right) if measure == Measure::Overlap => left.overlap(right, row),
            Columns::Lists(left, right) => left.shared(right, row).map(|shared| shared as f64),
        }
    }
}

fn value(array: &Float64Array, row: usize) -> Option<f64> {
    array.is_valid(row).then(|| array.value(row))
}

/// `None` also for texts that are too long for the measure.
fn of_texts(measure: Measure, left: &str, right: &str, most: f64, scratch: &mut Scratch) -> Option<f64> {
    let mut edits = |edits| Some(edits::within(edits, left, right, most.max(0.0) as usize, scratch) as f64);
    match measure {
        Measure::Levenshtein => edits(Edits::Levenshtein),
        Measure::DamerauLevenshtein => edits(Edits::Damerau),
        Measure::Jaro => Some(jaro::jaro(left, right, scratch)),
        Measure::JaroWinkler => Some(jaro::jaro_winkler(left, right, scratch)),
        Measure::Jaccard => Some(jaccard::of_characters(left, right, 1, scratch)),
        Measure::LcsRatio => lcs::lcs_ratio(left, right, scratch).ok(),
        _ => None,
    }
}

fn of_numbers(measure: Measure, left: f64, right: f64) -> Option<f64> {
    match measure {
        Measure::RelativeDifference => Some(numbers::relative_difference(left, right)),
        Measure::ShareOfLarger => Some((left - right).abs() / if right > left { right } else { left }),
        _ => Some((left - right).abs()),
    }
}

fn of_moments(measure: Measure, left: f64, right: f64) -> Option<f64> {
    let days = |seconds: f64| (seconds / SECONDS_OF_DAY).floor();
    match measure {
        Measure::Days => Some((days(left) - days(right)).abs()),
        Measure::Months => Some(moments::months(day(left)?, day(right)?) as f64),
        _ => Some((left - right).abs()),
    }
}
