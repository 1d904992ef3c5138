//! `sdc_table(TABLE t, dims => (district, sex))`: a table of counts or sums, of which nobody can compute what one person has.

use datafusion::sql::sqlparser::ast::{FunctionArg, Query};
use huitong_catalog::Result;
use serde_json::{Map, Value as Json};

use super::call::{Call, Key};
use super::template::{Parts, ROW, literal, quoted};

/// What the aggregate reads.
const OPTIONS: [&str; 10] =
    ["method", "min_cell", "dominance", "p_percent", "zeros", "explain", "max_noise", "variance", "smallest", "base"];
const FORM: &str = "sdc_table(TABLE t | (SELECT …), dims => (column, …)[, measure => column][, key => record_key(…)]\
                    [, method => 'suppress' | 'cell_key' | 'round'][, min_cell => 10])";
/// A cube has twice as many groupings with each.
const DIMENSIONS_MAX: usize = 6;
/// What is answered of a cell, besides its dimensions.
const FIELDS: [&str; 4] = ["grouping", "value", "flag", "reason"];

/// Placeholders of the parts.
const RELATION: &str = "relation of cells";
const MEASURE: &str = "measure of cells";
const KEY: &str = "key of records";

/// The cells, with all totals: the dimensions, `grouping` (a bit for each of them that the cell is a total of, the last one lowest),
/// `value`, `flag`, `reason`.
pub fn table(given: &[FunctionArg]) -> Result<Query> {
    let known = [&["dims", "measure", "key"][..], &OPTIONS].concat();
    let mut call = Call::read("sdc_table", FORM.to_owned(), 1..=1, &known, given)?;
    let relation = call.relations.pop().ok_or_else(|| call.missing("the relation"))?;
    let dims = call.keys("dims")?.ok_or_else(|| call.missing("`dims`"))?;
    if !(1..=DIMENSIONS_MAX).contains(&dims.len()) {
        return Err(call.bad(&format!("`dims` takes one to {DIMENSIONS_MAX} columns")));
    }
    call.check_columns(FIELDS.map(str::to_owned).into_iter().chain(dims.iter().map(Key::folded)))?;
    let (measure, key) = (call.take("measure"), call.take("key"));
    let options = options(&mut call, measure.is_some(), key.is_some())?;
    let text = text(&dims, measure.is_some(), key.is_some(), &options);
    let mut parts = Parts::default().relation(RELATION, relation);
    for (name, expression) in [(MEASURE, measure), (KEY, key)] {
        if let Some(expression) = expression {
            parts = parts.expression(name, expression);
        }
    }
    let put = |parts: Parts, (at, dim): (usize, &Key)| parts.expression(placeholder(at), dim.expression.clone());
    dims.iter().enumerate().fold(parts, put).put_into(&text)
}

/// What would protect nothing is refused, not passed over.
fn options(call: &mut Call, is_measured: bool, is_keyed: bool) -> Result<String> {
    let mut all = Map::new();
    for name in OPTIONS {
        if let Some(value) = call.literal(name)? {
            all.insert(name.to_owned(), value);
        }
    }
    if let Some(rule) = ["dominance", "p_percent"].into_iter().find(|rule| !is_measured && all.contains_key(*rule)) {
        return Err(call.bad(&format!("`{rule}` is about amounts, and there is no `measure`")));
    }
    if is_keyed && all.get("method").is_none_or(|method| method == "suppress") {
        return Err(call.bad("`key` is for the methods `cell_key` and `round`"));
    }
    Ok(Json::Object(all).to_string())
}

fn placeholder(dim: usize) -> String {
    format!("given dimension {dim}")
}

fn text(dims: &[Key], is_measured: bool, is_keyed: bool, options: &str) -> String {
    let columns: Vec<String> = (0..dims.len()).map(|at| format!("d{at}")).collect();
    let list = columns.join(", ");
    let texts: Vec<String> = columns.iter().map(|column| format!("CAST({column} AS VARCHAR)")).collect();
    let shown: String = dims
        .iter()
        .enumerate()
        .map(|(at, dim)| {
            let place = at + 1;
            format!("array_element(get_field(cell, 'dims'), {place}) AS {}, ", quoted(&dim.folded()))
        })
        .collect();
    let fields: Vec<String> =
        FIELDS.iter().map(|field| format!("get_field(cell, {}) AS {}", literal(field), quoted(field))).collect();
    let more = match (is_measured, is_keyed) {
        (false, false) => "",
        (false, true) => ", CAST(NULL AS BIGINT), CAST(NULL AS DOUBLE[]), key",
        (true, false) => ", contributors, top",
        (true, true) => ", contributors, top, key",
    };
    format!(
        "SELECT {shown}{fields} FROM (SELECT unnest(sdc_protect({options}, make_array({texts}), g, CAST(value AS DOUBLE){more})) AS cell \
         FROM {cells} AS cells) AS cells",
        fields = fields.join(", "),
        options = literal(options),
        texts = texts.join(", "),
        cells = cells(&list, dims.len(), is_measured, is_keyed),
    )
}

/// The cells as they are: counts within, whose totals follow; or sums with all their totals, since of a total too it must be known who
/// contributed most.
fn cells(list: &str, dims: usize, is_measured: bool, is_keyed: bool) -> String {
    let given: Vec<String> = (0..dims).map(|at| format!("{} AS d{at}", quoted(&placeholder(at)))).collect();
    let key = if is_keyed { format!(", {} AS key", quoted(KEY)) } else { String::new() };
    let summed = if is_keyed { ", sum(key) AS key" } else { "" };
    let (given, relation) = (given.join(", "), quoted(RELATION));
    if !is_measured {
        return format!(
            "(SELECT {list}, 0 AS g, count(*) AS value{summed} FROM (SELECT {given}{key} FROM {relation} AS {ROW}) AS record GROUP BY {list})"
        );
    }
    let largest = 2;
    format!(
        "(SELECT {list}, grouping({list}) AS g, coalesce(sum(amount), 0) AS value, count(amount) AS contributors, \
         coalesce(array_agg(amount) FILTER (WHERE place <= {largest}), CAST(make_array() AS DOUBLE[])) AS top{summed} \
         FROM (SELECT *, row_number() OVER (PARTITION BY {list} ORDER BY amount DESC NULLS LAST) AS place \
         FROM (SELECT {given}, CAST({measure} AS DOUBLE) AS amount{key} FROM {relation} AS {ROW}) AS record) AS record \
         GROUP BY CUBE ({list}))",
        measure = quoted(MEASURE),
    )
}
