//! `token_idf(idf, word)`, `token_cosine(a, b, idf)`, `token_bm25(query, words, idf)`, `rare_tokens(words, n, idf)`: what the counts
//! of `idf_build` make of words.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, Float64Array, ListBuilder, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion_common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use twox_hash::XxHash64;

use super::{Lists, documented, is_text, is_text_list, text_list};
use crate::text::frequency::{Bag, Frequencies, bm25, cosine};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Idf,
    Cosine,
    Bm25,
    Rare,
}

/// Weights and scores of words; the counts come last.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Score {
    asked: Asked,
    signature: Signature,
}

impl Score {
    /// `token_idf(word, idf)`: the weight of a word.
    pub fn idf() -> Self {
        Self::of(Asked::Idf)
    }

    /// `token_cosine(a, b, idf)`: the cosine of two bags of words.
    pub fn cosine() -> Self {
        Self::of(Asked::Cosine)
    }

    /// `token_bm25(query, words, idf)`: how well words answer a query.
    pub fn bm25() -> Self {
        Self::of(Asked::Bm25)
    }

    /// `rare_tokens(words, n, idf)`: the words that tell most.
    pub fn rare() -> Self {
        Self::of(Asked::Rare)
    }

    fn of(asked: Asked) -> Self {
        Self { asked, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Score {
    fn name(&self) -> &'static str {
        match self.asked {
            Asked::Idf => "token_idf",
            Asked::Cosine => "token_cosine",
            Asked::Bm25 => "token_bm25",
            Asked::Rare => "rare_tokens",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let Some((idf, rest)) = given.split_last() else { return plan_err!("{} takes arguments", self.name()) };
        let rest = match (self.asked, rest) {
            (Asked::Idf, [word]) if is_text(word) => vec![DataType::Utf8View],
            (Asked::Cosine | Asked::Bm25, [a, b]) if is_text_list(a) && is_text_list(b) => {
                vec![text_list(), text_list()]
            }
            (Asked::Rare, [words, n]) if is_text_list(words) && (n.is_integer() || n.is_null()) => {
                vec![text_list(), DataType::Int64]
            }
            (Asked::Idf, _) => return plan_err!("token_idf takes a text and what idf_build answers"),
            (Asked::Rare, _) => {
                return plan_err!("rare_tokens takes a list of texts, a number, and what idf_build answers");
            }
            _ => return plan_err!("{} takes two lists of texts and what idf_build answers", self.name()),
        };
        match idf.is_binary() || idf.is_null() {
            true => Ok(rest.into_iter().chain([DataType::BinaryView]).collect()),
            false => plan_err!("{} takes what idf_build answers, not {idf}", self.name()),
        }
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(if self.asked == Asked::Rare { text_list() } else { DataType::Float64 })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some((idf, rest)) = arguments.args.split_last() else {
            return internal_err!("{} got nothing", self.name());
        };
        let constant = arguments.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { arguments.number_rows };
        let columns = rest.iter().map(|column| column.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let counts = Counts::of(idf)?;
        let answer: ArrayRef = match (self.asked, columns.as_slice()) {
            (Asked::Idf, [words]) => weights(words, &counts)?,
            (Asked::Cosine, [a, b]) => scores(a, b, &counts, cosine)?,
            (Asked::Bm25, [a, b]) => scores(a, b, &counts, bm25)?,
            (Asked::Rare, [words, n]) => rarest(words, n, &counts)?,
            (_, other) => return internal_err!("{} got {} arguments", self.name(), other.len()),
        };
        match constant {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?)),
            false => Ok(ColumnarValue::Array(answer)),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(match self.asked {
            Asked::Idf => &IDF,
            Asked::Cosine => &COSINE,
            Asked::Bm25 => &BM25,
            Asked::Rare => &RARE,
        })
    }
}

/// The counts beside each row: mostly the same ones, which are not copied for it.
struct Counts(BinaryViewArray);

impl Counts {
    fn of(idf: &ColumnarValue) -> Result<Self> {
        let bytes = cast(&idf.to_array(1)?, &DataType::BinaryView)?;
        Ok(Self(bytes.as_binary_view().clone()))
    }

    fn row(&self, row: usize) -> Result<Option<Frequencies<'_>>> {
        let row = if self.0.len() == 1 { 0 } else { row };
        let bytes = self.0.is_valid(row).then(|| self.0.value(row));
        match bytes.map(Frequencies::read) {
            None => Ok(None),
            Some(Some(counts)) => Ok(Some(counts)),
            Some(None) => exec_err!("these bytes are not what idf_build answers"),
        }
    }
}

fn weights(words: &ArrayRef, counts: &Counts) -> Result<ArrayRef> {
    let words = words.as_string_view();
    let weigh = |(row, word): (usize, Option<&str>)| {
        let counts = counts.row(row)?;
        Ok(word.zip(counts).map(|(word, counts)| counts.idf(XxHash64::oneshot(0, word.as_bytes()))))
    };
    Ok(Arc::new(words.iter().enumerate().map(weigh).collect::<Result<Float64Array>>()?))
}

fn scores(
    a: &ArrayRef,
    b: &ArrayRef,
    counts: &Counts,
    score: fn(&Bag, &Bag, &Frequencies<'_>) -> f64,
) -> Result<ArrayRef> {
    let (a_lists, b_lists) = (Lists::of(a)?, Lists::of(b)?);
    let (mut left, mut right) = (Bag::default(), Bag::default());
    let row = |row: usize| {
        let (Some(a), Some(b), Some(counts)) = (a_lists.row(row), b_lists.row(row), counts.row(row)?) else {
            return Ok(None);
        };
        left.fill(a);
        right.fill(b);
        Ok(Some(score(&left, &right, &counts)))
    };
    Ok(Arc::new((0..a.len()).map(row).collect::<Result<Float64Array>>()?))
}

fn rarest(words: &ArrayRef, n: &ArrayRef, counts: &Counts) -> Result<ArrayRef> {
    let (lists, n) = (Lists::of(words)?, n.as_primitive::<Int64Type>());
    let mut answer = ListBuilder::new(StringBuilder::new());
    let mut ranked: Vec<(u32, &str)> = vec![];
    for row in 0..words.len() {
        let n = n.is_valid(row).then(|| n.value(row));
        let (Some(words), Some(n), Some(counts)) = (lists.row(row), n, counts.row(row)?) else {
            answer.append_null();
            continue;
        };
        ranked.clear();
        ranked.extend(words.map(|word| (counts.texts_with(XxHash64::oneshot(0, word.as_bytes())), word)));
        ranked.sort_unstable();
        ranked.dedup();
        ranked.iter().take(usize::try_from(n).unwrap_or(0)).for_each(|(_, word)| answer.values().append_value(word));
        answer.append(true);
    }
    Ok(Arc::new(answer.finish()))
}

static IDF: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "The weight of a text, ln((1 + N)/(1 + n)) + 1, where N lists were counted and n of them have it; n is 0 for one that was not \
         counted.",
        "token_idf(word, idf)",
    )
    .with_sql_example("```sql\nSELECT token_idf('光伏', idf) FROM weights;\n```")
    .with_argument("word", "A text.")
    .with_argument("idf", "What `idf_build` answers.")
    .build()
});

static COSINE: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "The cosine of two bags of texts, each weighing as often as it occurs times its `token_idf`: 0 to 1, 0 when one is empty.",
        "token_cosine(a, b, idf)",
    )
    .with_sql_example("```sql\nSELECT token_cosine(l.words, r.words, idf) FROM pairs CROSS JOIN weights;\n```")
    .with_argument("a", "List of texts.")
    .with_argument("b", "List of texts.")
    .with_argument("idf", "What `idf_build` answers.")
    .build()
});

static BM25: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "How well a bag of texts answers a query: BM25 with k₁ 1.2 and b 0.75, 0 when nothing is shared. Mean length and counts are those \
         of the lists that `idf_build` saw.",
        "token_bm25(query, words, idf)",
    )
    .with_sql_example("```sql\nSELECT id FROM projects, weights ORDER BY token_bm25(query, words, idf) DESC LIMIT 10;\n```")
    .with_argument("query", "List of texts.")
    .with_argument("words", "List of texts.")
    .with_argument("idf", "What `idf_build` answers.")
    .build()
});

static RARE: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "The `n` different texts of a list that occur in the fewest of the lists counted, the rarest first, equals in the order of \
         their code points: keys of an equi-join that finds candidates.",
        "rare_tokens(words, n, idf)",
    )
    .with_sql_example("```sql\nSELECT id, unnest(rare_tokens(words, 3, idf)) AS token FROM projects, weights;\n```")
    .with_argument("words", "List of texts.")
    .with_argument("n", "How many.")
    .with_argument("idf", "What `idf_build` answers.")
    .build()
});
