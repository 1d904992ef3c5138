//! The rows of a hierarchy as a table of times by nodes.

use std::collections::BTreeMap;

use crate::forecast::Error;
use crate::forecast::calendar::show;
use crate::series::clock::Clock;
use crate::series::grid::moment;
use crate::series::rows::Rows;

pub struct Nodes {
    pub paths: Vec<Vec<String>>,
    pub times: Vec<i64>,
    /// Per time, the forecast of each node.
    pub base: Vec<Vec<f64>>,
    pub errors: Errors,
}

/// What is known of the base forecasts' errors.
pub enum Errors {
    /// Per node, at the same times.
    Residuals(Vec<Vec<f64>>),
    /// Per time, the variance of each node.
    Variances(Vec<Vec<f64>>),
    None,
}

impl Nodes {
    /// # Errors
    /// A node without a forecast at a time where another has one, or with two, or one that is not finite.
    pub fn of(rows: &Rows, clock: &Clock) -> Result<Self, Error> {
        let (paths, yhat) = (rows.paths(0), rows.numbers(1));
        let mut places: BTreeMap<&Vec<String>, usize> = paths.iter().map(|path| (path, 0)).collect();
        places.values_mut().enumerate().for_each(|(place, of)| *of = place);
        let mut times = rows.times.clone();
        times.dedup();
        let mut base = vec![vec![f64::NAN; places.len()]; times.len()];
        let mut at = vec![vec![None; places.len()]; times.len()];
        let mut step = 0;
        for (row, time) in rows.times.iter().enumerate() {
            step += usize::from(times[step] != *time);
            let node = places[&paths[row]];
            let told = |what: &str| told(what, &paths[row], *time, clock);
            if at[step][node].replace(row).is_some() {
                return Err(told("more than one forecast"));
            }
            if !yhat[row].is_finite() {
                return Err(told("no finite forecast"));
            }
            base[step][node] = yhat[row];
        }
        for (step, rows) in at.iter().enumerate() {
            if let Some((path, _)) = places.iter().find(|(_, node)| rows[**node].is_none()) {
                return Err(told("no forecast", path, times[step], clock));
            }
        }
        let errors = errors(rows.lists(2), &at, places.len());
        Ok(Nodes { paths: places.into_keys().cloned().collect(), times, base, errors })
    }
}

fn told(what: &str, path: &[String], time: i64, clock: &Clock) -> Error {
    let at = moment(clock, time).map_or_else(|_| time.to_string(), |moment| show(moment.local));
    Error::Option(format!("node `{}` has {what} at {at}", path.join("/")))
}

/// Lists of residuals where every node has one, variances where every row has one.
fn errors(lists: &[Vec<f64>], at: &[Vec<Option<usize>>], nodes: usize) -> Errors {
    let of = |row: &Option<usize>| row.and_then(|row| lists.get(row)).map_or(&[][..], Vec::as_slice);
    let longest = |node: usize| at.iter().map(|rows| of(&rows[node])).max_by_key(|list| list.len()).unwrap_or(&[]);
    let all: Vec<&[f64]> = (0..nodes).map(longest).collect();
    let shortest = all.iter().map(|list| list.len()).min().unwrap_or(0);
    if shortest > 1 {
        let ends: Vec<&[f64]> = all.iter().map(|list| &list[list.len() - shortest..]).collect();
        let complete: Vec<usize> = (0..shortest).filter(|t| ends.iter().all(|end| end[*t].is_finite())).collect();
        return Errors::Residuals(ends.iter().map(|end| complete.iter().map(|t| end[*t]).collect()).collect());
    }
    let variance = |row: &Option<usize>| match of(row) {
        [variance] if *variance > 0.0 && variance.is_finite() => Some(*variance),
        _ => None,
    };
    let variances: Option<Vec<Vec<f64>>> = at.iter().map(|rows| rows.iter().map(variance).collect()).collect();
    variances.map_or(Errors::None, Errors::Variances)
}
