//! Which cells must not be known, and how uncertain a reader has to stay about each.
//!
//! Rules (Hundepohl et al., *Statistical Disclosure Control*, Wiley 2012, §4.2):
//! - **threshold**: a cell of 1 to `min_cell` - 1 contributors. In a table of counts a reader must not be able to exclude any number
//!   from 0 to `min_cell`. In a table of amounts the share `RANGE` of the value, both ways.
//! - **dominance (1, k)**: the largest contributor holds more than k % of the amount; protected by `100/k x1 - X` both ways.
//! - **p %**: the second largest contributor, taking its own amount from the total, knows the largest better than to p %:
//!   `X - x1 - x2 < p/100 x1`; protected by what is missing to equality, both ways.
//!
//! Zeros: see [`Zeros`].

use super::table::{Error, Table};

/// Fewer people than that are protected in no practice known to us.
pub const MIN_CELL_LEAST: u32 = 3;
/// Both ways, of a cell with few contributors in a table of amounts: as τ-ARGUS' frequency safety range is used.
const RANGE: f64 = 0.3;

/// What is done about cells in which nobody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zeros {
    /// They are published. A reader may learn that all of a group are of one kind.
    Publish,
    /// They are published, but where all of a line would be of one kind: there, one empty cell becomes as uncertain as a small one.
    #[default]
    Group,
    /// They are small cells as any other, if they are possible.
    Protect,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    pub min_cell: u32,
    /// k of the (1, k) dominance rule, in percent.
    pub dominance: Option<f64>,
    /// p of the p % rule.
    pub p_percent: Option<f64>,
    pub zeros: Zeros,
}

impl Default for Rules {
    fn default() -> Self {
        Rules { min_cell: 10, dominance: None, p_percent: None, zeros: Zeros::default() }
    }
}

/// What is known of who contributed to a cell of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Contributors {
    pub count: u64,
    pub largest: f64,
    pub second: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    Threshold,
    Dominance,
    PPercent,
    /// An empty cell without which all of a line would be known to be of one kind.
    Group,
    /// It would give another one away.
    Secondary,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Reason::Threshold => "threshold",
            Reason::Dominance => "dominance",
            Reason::PPercent => "p_percent",
            Reason::Group => "group",
            Reason::Secondary => "secondary",
        }
    }
}

/// A cell that must not be known: what a reader can deduce has to reach from `below` under its value to `above` over it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Primary {
    pub cell: usize,
    pub below: f64,
    pub above: f64,
    pub reason: Reason,
}

impl Rules {
    /// # Errors
    /// A threshold below [`MIN_CELL_LEAST`], a percentage outside (0, 100).
    pub fn check(&self) -> Result<(), Error> {
        if self.min_cell < MIN_CELL_LEAST {
            return Err(Error::Option(format!("min_cell is at least {MIN_CELL_LEAST}")));
        }
        let percentages = [self.dominance, self.p_percent];
        match percentages.iter().flatten().all(|percent| *percent > 0.0 && *percent < 100.0) {
            true => Ok(()),
            false => Err(Error::Option("a percentage is above 0 and below 100".into())),
        }
    }
}

/// The small cells of a table of counts, in their order. Groups ([`Zeros::Group`]) are found with their protection.
pub fn of_counts(table: &Table, rules: &Rules) -> Vec<Primary> {
    let limit = f64::from(rules.min_cell);
    let is_small = |cell: usize| {
        let value = table.values[cell];
        value < limit && (value > 0.0 || (rules.zeros == Zeros::Protect && !table.impossible[cell]))
    };
    let primary = |cell: usize| {
        let value = table.values[cell];
        Primary { cell, below: value, above: limit - value, reason: Reason::Threshold }
    };
    (0..table.values.len()).filter(|cell| is_small(*cell)).map(primary).collect()
}

/// The sensitive cells of a table of amounts, in their order. Cells without contributors are empty and published.
pub fn of_amounts(table: &Table, contributors: &[Contributors], rules: &Rules) -> Vec<Primary> {
    let floor = mean_of_positive(table) * RANGE;
    let primary = |(cell, of): (usize, &Contributors)| {
        let value = table.values[cell];
        if of.count == 0 {
            return None;
        }
        let (largest, second) = (of.largest.clamp(0.0, value), of.second.clamp(0.0, value));
        let dominance = rules.dominance.map_or(0.0, |k| 100.0 / k * largest - value);
        let p_percent = rules.p_percent.map_or(0.0, |p| p / 100.0 * largest - (value - largest - second).max(0.0));
        let few = if of.count < u64::from(rules.min_cell) { (RANGE * value).max(f64::MIN_POSITIVE) } else { 0.0 };
        let (range, reason) = [(few, Reason::Threshold), (p_percent, Reason::PPercent), (dominance, Reason::Dominance)]
            .into_iter()
            .filter(|(range, _)| *range > 0.0)
            .max_by(|one, other| one.0.total_cmp(&other.0))?;
        // An amount of 0 has no share: it is uncertain upwards by what is common in the table.
        let above = if value > 0.0 { range } else { floor.max(1.0) };
        Some(Primary { cell, below: range.min(value), above, reason })
    };
    contributors.iter().enumerate().filter_map(primary).collect()
}

fn mean_of_positive(table: &Table) -> f64 {
    let inner = |cell: &usize| table.shape.totals(*cell) == 0 && table.values[*cell] > 0.0;
    let (sum, count) = (0..table.values.len())
        .filter(inner)
        .fold((0.0, 0.0), |(sum, count), cell| (sum + table.values[cell], count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests;
