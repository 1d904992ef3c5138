//! Which filings are worth a comparison: those that share a key. Keys are numbers, so that candidates are found by one equi-join.
//!
//! - the project code; the applicant's credit code, or how the end of its name sounds, alone and within an industry; the sound with a title within a park;
//! - a parcel within a park; a title within a park;
//! - two amounts of different units, the largest of each: an area and a capacity are the same by chance in few projects;
//! - the investment, or the capacity, of projects with one title;
//! - bands of MinHash over title and summary: texts that are nearly copies.

use twox_hash::XxHash64;

use super::features::Features;
use crate::text::is_of_word;
use crate::text::minhash::{Signer, bands};
use crate::text::ngrams::ngrams;
use crate::text::quantities::{SQUARE_METRE, YUAN, number_and_unit};

#[cfg(test)]
mod tests;

/// Units of which amounts are paired.
const UNITS_MOST: usize = 4;
/// Near-copies meet in one of the bands: nine tenths of the runs in common, with a probability of 0.73; half of them, of 0.001.
const BANDS: usize = 4;
const PERMUTATIONS: usize = 48;
const SEED: u64 = 1;
/// Units in which every project tells its size, those that tell most apart first; capacities, which other units count, come behind them.
const OF_ALL: [&str; 3] = [YUAN, SQUARE_METRE, "亩"];
/// Many projects employ as many, or have as many places for cars.
const BEHIND: [&str; 4] = ["人", "个", "座", "英镑"];

#[derive(Clone, Copy)]
enum Kind {
    Code = 1,
    CreditCode,
    Firm,
    Parcel,
    Title,
    Amounts,
    Investment,
    Text,
    Capacity,
    Product,
}

/// What of a filing is looked up by and not compared.
pub struct Beside<'a> {
    /// Whether or not its check is right.
    pub credit_code: Option<&'a str>,
    /// How the end of the applicant's stem sounds.
    pub firm_end: Option<&'a str>,
    /// Title and summary, normalized.
    pub texts: [Option<&'a str>; 2],
}

/// The keys of a filing, sorted, without repetitions.
pub fn keys(of: &Features, beside: &Beside) -> Vec<i64> {
    let mut keys = Vec::new();
    let industry = of.industry.as_deref();
    let mut put = |kind: Kind, parts: &[Option<&str>]| keys.extend(key(kind, parts));
    put(Kind::Code, &[of.project_code.as_deref()]);
    // Without the industry too, which may be unknown on one side; of a firm with many filings these keys tell nothing.
    for industry in [industry, Some("")] {
        put(Kind::CreditCode, &[beside.credit_code, industry]);
        put(Kind::Firm, &[beside.firm_end, industry]);
    }
    // Of firms whose names sound alike there are many in a large city; of those that make the same in one park, few. Phases meet here where a
    // code is missing.
    put(Kind::Product, &[beside.firm_end, of.title.as_deref(), of.park.as_deref()]);
    put(Kind::Parcel, &[of.park.as_deref(), of.parcel.as_deref()]);
    put(Kind::Title, &[of.park.as_deref(), of.title.as_deref()]);
    let largest = largest(&of.amounts);
    for (at, one) in largest.iter().enumerate() {
        largest[at + 1..].iter().for_each(|other| put(Kind::Amounts, &[Some(one.text), Some(other.text)]));
    }
    let largest_sum = largest.iter().find(|amount| amount.unit == YUAN).map(|amount| amount.text);
    // The first sum is the investment, which a yearly output may exceed.
    let first_sum = of.amounts.iter().find(|amount| number_and_unit(amount).1 == YUAN).map(String::as_str);
    for sum in [first_sum, largest_sum] {
        put(Kind::Investment, &[sum, of.title.as_deref()]);
    }
    let capacity = largest.iter().find(|amount| rank(amount.unit) == OF_ALL.len()).map(|amount| amount.text);
    put(Kind::Capacity, &[capacity, of.title.as_deref()]);
    keys.extend(copies(beside.texts));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// None where a part is missing.
fn key(kind: Kind, parts: &[Option<&str>]) -> Option<i64> {
    let parts: Option<Vec<&str>> = parts.iter().copied().collect();
    Some(XxHash64::oneshot(kind as u64, parts?.join("\u{1f}").as_bytes()).cast_signed())
}

struct Amount<'a> {
    unit: &'a str,
    number: f64,
    text: &'a str,
}

/// Where a unit stands among those that are paired: people, parts of buildings and other currencies behind capacities.
fn rank(unit: &str) -> usize {
    let capacities = OF_ALL.len();
    let is_last = BEHIND.contains(&unit) || (unit != YUAN && unit.ends_with(YUAN));
    if is_last { capacities + 1 } else { OF_ALL.iter().position(|of_all| *of_all == unit).unwrap_or(capacities) }
}

/// Of each unit the largest amount, of the most telling units.
fn largest(amounts: &[String]) -> Vec<Amount<'_>> {
    let mut all: Vec<Amount> = amounts
        .iter()
        .filter_map(|text| {
            let (number, unit) = number_and_unit(text);
            Some(Amount { unit, number: number.parse().ok()?, text })
        })
        .collect();
    all.sort_by(|a, b| rank(a.unit).cmp(&rank(b.unit)).then(a.unit.cmp(b.unit)).then(b.number.total_cmp(&a.number)));
    all.dedup_by(|later, first| later.unit == first.unit);
    all.truncate(UNITS_MOST);
    all
}

fn copies(texts: [Option<&str>; 2]) -> Vec<i64> {
    let words = texts.into_iter().flatten().flat_map(|text| text.split(|c: char| !is_of_word(c)));
    let runs = words.filter(|word| !word.is_empty()).flat_map(|word| ngrams(word, 2));
    let Some(signature) = Signer::new(PERMUTATIONS, SEED).sign(runs).map(Iterator::collect::<Vec<u8>>) else {
        return Vec::new();
    };
    let bands = bands(&signature, BANDS).into_iter().flatten();
    bands.map(|band| XxHash64::oneshot(Kind::Text as u64, &band.to_le_bytes()).cast_signed()).collect()
}
