//! Measures of two texts.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion_common::{Result, exec_datafusion_err, exec_err, plan_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::super::edits::{self, Edits};
use super::super::{Scratch, TooLong, jaro, lcs};
use super::{as_views, is_text, over_rows};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Jaro,
    JaroWinkler,
    DamerauLevenshtein,
    LcsRatio,
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Texts {
    asked: Asked,
    signature: Signature,
}

impl Texts {
    /// `jaro(a, b)`: 0 to 1.
    pub fn jaro() -> Self {
        Self::of(Asked::Jaro)
    }

    /// `jaro_winkler(a, b)`: 0 to 1.
    pub fn jaro_winkler() -> Self {
        Self::of(Asked::JaroWinkler)
    }

    /// `damerau_levenshtein(a, b [, most])`: edits; `most + 1` if there are more than `most`.
    pub fn damerau_levenshtein() -> Self {
        Self::of(Asked::DamerauLevenshtein)
    }

    /// `lcs_ratio(a, b)`: 0 to 1.
    pub fn lcs_ratio() -> Self {
        Self::of(Asked::LcsRatio)
    }

    fn of(asked: Asked) -> Self {
        Self { asked, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn run(&self, arrays: &[ArrayRef]) -> Result<ArrayRef> {
        let [left, right, rest @ ..] = arrays else { return exec_err!("{} takes two texts", self.name()) };
        let (left, right) = (as_views(left)?, as_views(right)?);
        let pairs = Pairs { left: left.as_string_view(), right: right.as_string_view() };
        let mut scratch = Scratch::default();
        Ok(match self.asked {
            Asked::Jaro => Arc::new(pairs.numbers(|left, right| Ok(jaro::jaro(left, right, &mut scratch)))?),
            Asked::JaroWinkler => {
                Arc::new(pairs.numbers(|left, right| Ok(jaro::jaro_winkler(left, right, &mut scratch)))?)
            }
            Asked::LcsRatio => Arc::new(pairs.numbers(|left, right| lcs::lcs_ratio(left, right, &mut scratch))?),
            Asked::DamerauLevenshtein => Arc::new(pairs.edits(rest.first(), &mut scratch)?),
        })
    }
}

struct Pairs<'a> {
    left: &'a StringViewArray,
    right: &'a StringViewArray,
}

impl<'a> Pairs<'a> {
    fn at(&self, row: usize) -> Option<(&'a str, &'a str)> {
        (self.left.is_valid(row) && self.right.is_valid(row)).then(|| (self.left.value(row), self.right.value(row)))
    }

    fn numbers(&self, mut of: impl FnMut(&str, &str) -> Result<f64, TooLong>) -> Result<Float64Array> {
        let answers = (0..self.left.len()).map(|row| self.at(row).map(|(left, right)| of(left, right)).transpose());
        answers.collect::<Result<_, _>>().map_err(|error| exec_datafusion_err!("{error}"))
    }

    fn edits(&self, most: Option<&ArrayRef>, scratch: &mut Scratch) -> Result<Int64Array> {
        let most = most.map(AsArray::as_primitive::<Int64Type>);
        let mut answers = Int64Array::builder(self.left.len());
        for row in 0..self.left.len() {
            let bound = most.map(|most| most.is_valid(row).then(|| most.value(row)));
            let answer = match (self.at(row), bound) {
                (None, _) | (_, Some(None)) => None,
                (Some((left, right)), None) => Some(
                    edits::distance(Edits::Damerau, left, right, scratch)
                        .map_err(|error| exec_datafusion_err!("damerau_levenshtein: {error}"))?,
                ),
                (Some((left, right)), Some(Some(most))) => {
                    Some(edits::within(Edits::Damerau, left, right, bounded(most)?, scratch))
                }
            };
            answers.append_option(answer.map(|edits| edits as i64));
        }
        Ok(answers.finish())
    }
}

/// So that two texts of a million characters are compared in some seconds at worst.
const EDITS_MOST: i64 = 1000;

fn bounded(most: i64) -> Result<usize> {
    match usize::try_from(most) {
        Ok(most) if most <= EDITS_MOST as usize => Ok(most),
        _ => exec_err!("damerau_levenshtein: the largest distance must be from 0 to {EDITS_MOST}, got {most}"),
    }
}

impl ScalarUDFImpl for Texts {
    fn name(&self) -> &'static str {
        match self.asked {
            Asked::Jaro => "jaro",
            Asked::JaroWinkler => "jaro_winkler",
            Asked::DamerauLevenshtein => "damerau_levenshtein",
            Asked::LcsRatio => "lcs_ratio",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match (self.asked, given) {
            (_, [left, right]) if is_text(left) && is_text(right) => Ok(given.to_vec()),
            (Asked::DamerauLevenshtein, [left, right, most])
                if is_text(left) && is_text(right) && (most.is_integer() || most.is_null()) =>
            {
                Ok(vec![left.clone(), right.clone(), DataType::Int64])
            }
            (Asked::DamerauLevenshtein, _) => plan_err!("{} takes two texts and a whole number", self.name()),
            _ => plan_err!("{} takes two texts", self.name()),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.asked {
            Asked::DamerauLevenshtein => DataType::Int64,
            _ => DataType::Float64,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_rows(&arguments, |arrays| self.run(arrays))
    }
}
