//! The rows that were collected, as a table.

use std::collections::BTreeSet;

use super::super::cell_key::KEYS;
use super::super::primary::Contributors;
use super::super::table::{DIMENSIONS_MAX, Error, Shape, Table};

/// Totals that the engine added up itself may differ by this, relative to the table's largest.
const ROUNDING: f64 = 1e-9;

/// A cell as it was given. Dimensions of which it is a total are set in `grouping`, the last one being the lowest bit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    pub dims: Vec<Option<String>>,
    pub grouping: i64,
    /// `None`: known to be impossible.
    pub value: Option<f64>,
    pub contributors: Option<u64>,
    /// The largest contributions, in any order.
    pub top: Vec<f64>,
    pub key: Option<i64>,
}

/// A complete table: what was not given is empty.
pub struct Cells {
    pub table: Table,
    /// The names of each dimension's categories, in the order of their codes.
    pub categories: Vec<Vec<Option<String>>>,
    /// Of tables of amounts.
    pub contributors: Option<Vec<Contributors>>,
    /// The sum of the records' keys of each cell, if they were given.
    pub keys: Option<Vec<i64>>,
}

impl Cells {
    /// # Errors
    /// Cells with different numbers of dimensions, given twice, or not adding up to the totals that were given; no cell within.
    pub fn of(given: &[Cell]) -> Result<Self, Error> {
        let dimensions = given.first().map_or(0, |cell| cell.dims.len());
        if !(1..=DIMENSIONS_MAX).contains(&dimensions) {
            return Err(Error::Dimensions(dimensions));
        }
        let is_odd = |cell: &Cell| cell.dims.len() != dimensions || !(0..1 << dimensions).contains(&cell.grouping);
        if given.iter().any(is_odd) {
            return Err(Error::Option(
                "all cells have the same dimensions, and grouping says of which they are totals".into(),
            ));
        }
        let is_total = |cell: &Cell, at: usize| cell.grouping >> (dimensions - 1 - at) & 1 == 1;
        let categories: Vec<Vec<Option<String>>> = (0..dimensions)
            .map(|at| {
                let names = given.iter().filter(|cell| !is_total(cell, at)).map(|cell| cell.dims[at].clone());
                names.collect::<BTreeSet<_>>().into_iter().collect()
            })
            .collect();
        let shape = Shape::new(categories.iter().map(Vec::len).collect())?;
        let code = |cell: &Cell, at: usize| match is_total(cell, at) {
            true => shape.total(at),
            // It is there: the names are those of all cells.
            false => categories[at].binary_search(&cell.dims[at]).unwrap_or(0),
        };
        let mut places: Vec<Option<&Cell>> = vec![None; shape.cells()];
        for cell in given {
            let codes: Vec<usize> = (0..dimensions).map(|at| code(cell, at)).collect();
            if places[shape.index(&codes)].replace(cell).is_some() {
                return Err(Error::Twice);
            }
        }
        let is_impossible = |cell: &Option<&Cell>| cell.is_some_and(|cell| cell.value.is_none());
        let impossible = places.iter().map(is_impossible).collect();
        let values = places.iter().map(|cell| cell.and_then(|cell| cell.value).unwrap_or(0.0)).collect();
        let table = Table::from_inner(shape, values, impossible)?;
        check_totals(&table, &places)?;
        let contributors = contributors(&table, &places)?;
        let keys = keys(&table, &places)?;
        Ok(Cells { table, categories, contributors, keys })
    }

    /// The names of a cell's categories, `None` for totals, and of which dimensions it is a total.
    pub fn name(&self, cell: usize) -> (Vec<Option<&str>>, i64) {
        let shape = &self.table.shape;
        let name = |at: usize| self.categories[at].get(shape.code(cell, at)).and_then(Option::as_deref);
        let grouping = |bits: i64, at: usize| bits << 1 | i64::from(shape.is_total(cell, at));
        ((0..shape.dimensions()).map(name).collect(), (0..shape.dimensions()).fold(0, grouping))
    }
}

fn check_totals(table: &Table, places: &[Option<&Cell>]) -> Result<(), Error> {
    let slack = table.values.iter().copied().fold(0.0, f64::max) * ROUNDING;
    let is_other = |(cell, sum): (&Option<&Cell>, &f64)| {
        // NaN differs too.
        cell.and_then(|cell| cell.value).is_some_and(|value| (value - sum).abs() > slack || !value.is_finite())
    };
    if places.iter().zip(&table.values).any(is_other) { Err(Error::Margins) } else { Ok(()) }
}

/// Who contributed, if that was given for any cell; then it has to be for all that are not empty, since totals' cannot be computed.
fn contributors(table: &Table, places: &[Option<&Cell>]) -> Result<Option<Vec<Contributors>>, Error> {
    if !places.iter().flatten().any(|cell| cell.contributors.is_some()) {
        return Ok(None);
    }
    let of = |(cell, value): (&Option<&Cell>, &f64)| match cell.and_then(|cell| Some((cell, cell.contributors?))) {
        Some((cell, count)) => {
            let is_wrong = |amount: &f64| !amount.is_finite() || *amount < 0.0;
            if cell.top.iter().any(is_wrong) || (count == 0 && *value > 0.0) {
                return Err(Error::Value);
            }
            let mut top = cell.top.clone();
            top.sort_by(|one, other| other.total_cmp(one));
            let at = |place: usize| top.get(place).copied().unwrap_or(0.0);
            Ok(Contributors { count, largest: at(0), second: at(1) })
        }
        None if *value > 0.0 => {
            Err(Error::Option("contributors are given for all cells and totals, or for none".into()))
        }
        None => Ok(Contributors::default()),
    };
    places.iter().zip(&table.values).map(of).collect::<Result<_, _>>().map(Some)
}

/// Keys of totals are summed up from the cells within, as the values are.
fn keys(table: &Table, places: &[Option<&Cell>]) -> Result<Option<Vec<i64>>, Error> {
    let key = |cell: &Option<&Cell>| cell.and_then(|cell| cell.key);
    if !places.iter().any(|cell| key(cell).is_some()) {
        return Ok(None);
    }
    let shape = &table.shape;
    let is_missing = |cell: usize| shape.totals(cell) == 0 && table.values[cell] > 0.0 && key(&places[cell]).is_none();
    if (0..shape.cells()).any(is_missing) {
        return Err(Error::Option("sums of record keys are given for all cells, or for none".into()));
    }
    let mut keys: Vec<i64> = places.iter().map(|cell| key(cell).unwrap_or(0).rem_euclid(KEYS)).collect();
    for dimension in 0..shape.dimensions() {
        for first in shape.lines(dimension) {
            let sum: i64 = shape.categories(first, dimension).map(|cell| keys[cell]).sum();
            keys[shape.line_total(first, dimension)] = sum.rem_euclid(KEYS);
        }
    }
    Ok(Some(keys))
}
