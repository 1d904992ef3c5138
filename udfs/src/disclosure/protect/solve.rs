//! From the table as it is to the table that may be seen.

use super::super::cell_key::Perturbation;
use super::super::primary::{self, Rules};
use super::super::rounding;
use super::super::secondary::{self, Case};
use super::super::table::Error;
use super::cells::{Cell, Cells};
use super::options::{Method, Options};

/// What became of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub value: Option<f64>,
    pub flag: &'static str,
    pub reason: Option<&'static str>,
}

impl Shown {
    fn published(value: f64) -> Self {
        Shown { value: Some(value), flag: "published", reason: None }
    }
}

/// Every cell of the complete table, in the order of its codes.
///
/// # Errors
/// What makes it no table, or one that cannot be protected; nothing of it is then to be seen.
pub fn protect(given: &[Cell], options: &Options) -> Result<(Cells, Vec<Shown>), Error> {
    let cells = Cells::of(given)?;
    let mut shown = match options.method {
        Method::Suppress(rules) => suppressed(&cells, &rules, options.is_explained)?,
        Method::CellKey(noise) => {
            let perturbation = Perturbation::new(noise)?;
            changed(&cells, "perturbed", |count, key| perturbation.perturb(count, key))?
        }
        Method::Round { base } => changed(&cells, "rounded", |count, key| rounding::round(count, base, key))?,
    };
    for (shown, _) in shown.iter_mut().zip(&cells.table.impossible).filter(|(_, impossible)| **impossible) {
        *shown = Shown { value: None, flag: "impossible", reason: None };
    }
    Ok((cells, shown))
}

fn suppressed(cells: &Cells, rules: &Rules, is_explained: bool) -> Result<Vec<Shown>, Error> {
    let table = &cells.table;
    let is_counts = cells.contributors.is_none();
    let (primaries, singletons) = match &cells.contributors {
        Some(all) => {
            let singletons = all.iter().map(|of| of.count == 1).collect();
            (primary::of_amounts(table, all, rules), singletons)
        }
        None => {
            table.check_counts()?;
            (primary::of_counts(table, rules), Vec::new())
        }
    };
    // That nobody contributed to a cell of amounts tells nothing of an amount.
    let zeros = if is_counts { rules.zeros } else { primary::Zeros::Publish };
    let case = Case { zeros, group: f64::from(rules.min_cell), is_counts, singletons };
    let suppression = secondary::suppress(table, &primaries, &case)?;
    let shown = |(value, reason): (&f64, &Option<primary::Reason>)| match reason {
        None => Shown::published(*value),
        // Who could tell the small cells from the others would know more of both.
        Some(reason) => {
            let told = if is_explained { reason.name() } else { "confidential" };
            Shown { value: None, flag: "suppressed", reason: Some(told) }
        }
    };
    Ok(table.values.iter().zip(&suppression.reasons).map(shown).collect())
}

fn changed(cells: &Cells, flag: &'static str, change: impl Fn(u64, i64) -> u64) -> Result<Vec<Shown>, Error> {
    if cells.contributors.is_some() {
        return Err(Error::Option("amounts are protected by `suppress` only".into()));
    }
    cells.table.check_counts()?;
    let told = || Error::Option("this method needs the sums of record keys".into());
    let keys = match &cells.keys {
        Some(keys) => keys,
        None if cells.table.values.iter().all(|value| *value == 0.0) => return Ok(empty(cells)),
        None => return Err(told()),
    };
    // Counts are whole and below 2^53.
    let shown = |(value, key): (&f64, &i64)| match *value > 0.0 {
        true => Shown { value: Some(change(*value as u64, *key) as f64), flag, reason: None },
        false => Shown::published(0.0),
    };
    Ok(cells.table.values.iter().zip(keys).map(shown).collect())
}

fn empty(cells: &Cells) -> Vec<Shown> {
    cells.table.values.iter().map(|value| Shown::published(*value)).collect()
}
