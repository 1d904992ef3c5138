//! `minhash(words, k [, seed])`, `minhash_bands(signature, bands)`, `minhash_similarity(a, b)`, `simhash64(words)`.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryBuilder, Float64Array, Int64Array, Int64Builder, ListBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion_common::{Result, exec_err, internal_err, plan_err};
use datafusion_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::{Lists, constant, documented, is_text_list, over_columns, text_list};
use crate::text::minhash::{self, PERMUTATIONS_MAX, Signer, WIDTH};
use crate::text::simhash;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Signature,
    Bands,
    Similarity,
    SimHash,
}

/// Sketches of sets of words, and what they tell.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Sketch {
    asked: Asked,
    signature: Signature,
}

impl Sketch {
    /// `minhash(words, k [, seed])`: a signature.
    pub fn minhash() -> Self {
        Self::of(Asked::Signature)
    }

    /// `minhash_bands(signature, bands)`: numbers by which similar sets meet.
    pub fn bands() -> Self {
        Self::of(Asked::Bands)
    }

    /// `minhash_similarity(a, b)`: the estimated Jaccard similarity.
    pub fn similarity() -> Self {
        Self::of(Asked::Similarity)
    }

    /// `simhash64(words)`: 64 bits.
    pub fn simhash() -> Self {
        Self::of(Asked::SimHash)
    }

    fn of(asked: Asked) -> Self {
        Self { asked, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn answer(&self, columns: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        match (self.asked, columns) {
            (Asked::Signature, [words, k, seed @ ..]) => sign(words, k, seed.first(), returns),
            (Asked::Bands, [signatures, bands]) => cut(signatures, bands),
            (Asked::Similarity, [a, b]) => compare(a, b),
            (Asked::SimHash, [words]) => vote(words),
            _ => internal_err!("{} got {} arguments", self.name(), columns.len()),
        }
    }
}

impl ScalarUDFImpl for Sketch {
    fn name(&self) -> &'static str {
        match self.asked {
            Asked::Signature => "minhash",
            Asked::Bands => "minhash_bands",
            Asked::Similarity => "minhash_similarity",
            Asked::SimHash => "simhash64",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Whole numbers keep their type: a constant stays one that planning can see.
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let is_number = |given: &DataType| given.is_integer() || given.is_null();
        match (self.asked, given) {
            (Asked::Signature, [words, k]) if is_text_list(words) && k.is_integer() => Ok(vec![text_list(), k.clone()]),
            (Asked::Signature, [words, k, seed]) if is_text_list(words) && k.is_integer() && is_number(seed) => {
                Ok(vec![text_list(), k.clone(), DataType::Int64])
            }
            (Asked::Bands, [signature, bands]) if is_signature(signature) && is_number(bands) => {
                Ok(vec![read_as(signature), DataType::Int64])
            }
            (Asked::Similarity, [a, b]) if is_signature(a) && is_signature(b) => Ok(vec![read_as(a), read_as(b)]),
            (Asked::SimHash, [words]) if is_text_list(words) => Ok(vec![text_list()]),
            (Asked::Signature, _) => {
                plan_err!("minhash takes a list of texts, a number of permutations and, if wanted, a seed")
            }
            (Asked::Bands, _) => plan_err!("minhash_bands takes what minhash answers, and a number of bands"),
            (Asked::Similarity, _) => plan_err!("minhash_similarity takes two answers of minhash"),
            (Asked::SimHash, _) => plan_err!("simhash64 takes a list of texts"),
        }
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        match self.asked {
            Asked::Signature => internal_err!("the type of a signature follows from the number of permutations"),
            Asked::Bands => Ok(DataType::new_list(DataType::Int64, true)),
            Asked::Similarity => Ok(DataType::Float64),
            Asked::SimHash => Ok(DataType::Int64),
        }
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let returns = match self.asked {
            Asked::Signature => {
                DataType::FixedSizeBinary(width(constant(arguments.scalar_arguments.get(1).copied().flatten()))?)
            }
            _ => self.return_type(&[])?,
        };
        Ok(Arc::new(Field::new(self.name(), returns, true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_columns(&arguments, |columns| self.answer(columns, arguments.return_field.data_type()))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(match self.asked {
            Asked::Signature => &MINHASH,
            Asked::Bands => &BANDS,
            Asked::Similarity => &SIMILARITY,
            Asked::SimHash => &SIMHASH,
        })
    }
}

/// Bytes of a signature.
fn width(permutations: Option<i64>) -> Result<i32> {
    match permutations.and_then(|k| usize::try_from(k).ok()) {
        Some(k @ 1..=PERMUTATIONS_MAX) => Ok((k * WIDTH) as i32),
        _ => plan_err!("minhash takes a constant number of permutations, 1 to {PERMUTATIONS_MAX}"),
    }
}

fn is_signature(given: &DataType) -> bool {
    matches!(given, DataType::Null | DataType::FixedSizeBinary(_)) || given.is_binary()
}

/// Signatures that a table kept are plain bytes.
fn read_as(given: &DataType) -> DataType {
    if matches!(given, DataType::FixedSizeBinary(_)) { given.clone() } else { DataType::Binary }
}

fn sign(words: &ArrayRef, k: &ArrayRef, seeds: Option<&ArrayRef>, returns: &DataType) -> Result<ArrayRef> {
    let &DataType::FixedSizeBinary(width) = returns else { return internal_err!("a signature is no {returns}") };
    let permutations = width as usize / WIDTH;
    let asked = cast(k, &DataType::Int64)?;
    if asked.as_primitive::<Int64Type>().iter().any(|asked| asked != Some(permutations as i64)) {
        return exec_err!("minhash takes one number of permutations for all rows");
    }
    let lists = Lists::of(words)?;
    let seeds = seeds.map(AsArray::as_primitive::<Int64Type>);
    let mut signers: Option<(i64, Signer)> = None;
    let mut signature = Vec::with_capacity(width as usize);
    let mut answer = FixedSizeBinaryBuilder::with_capacity(words.len(), width);
    for row in 0..words.len() {
        let seed = seeds.map_or(Some(0), |seeds| seeds.is_valid(row).then(|| seeds.value(row)));
        let (Some(words), Some(seed)) = (lists.row(row), seed) else {
            answer.append_null();
            continue;
        };
        let signer = match &mut signers {
            Some((of, signer)) if *of == seed => signer,
            other => &mut other.insert((seed, Signer::new(permutations, seed.cast_unsigned()))).1,
        };
        signature.clear();
        match signer.sign(words) {
            Some(bytes) => {
                signature.extend(bytes);
                answer.append_value(&signature)?;
            }
            None => answer.append_null(),
        }
    }
    Ok(Arc::new(answer.finish()))
}

/// The signatures of a column, as bytes.
fn signatures(column: &ArrayRef) -> Result<BinaryArray> {
    Ok(cast(column, &DataType::Binary)?.as_binary::<i32>().clone())
}

fn cut(column: &ArrayRef, bands: &ArrayRef) -> Result<ArrayRef> {
    let (signatures, bands) = (signatures(column)?, bands.as_primitive::<Int64Type>());
    let mut answer = ListBuilder::new(Int64Builder::new());
    for (signature, bands) in signatures.iter().zip(bands) {
        let (Some(signature), Some(bands)) = (signature, bands) else {
            answer.append_null();
            continue;
        };
        let Some(numbers) = usize::try_from(bands).ok().and_then(|bands| minhash::bands(signature, bands)) else {
            let k = signature.len() / WIDTH;
            return exec_err!("a signature of {k} permutations cannot be cut into {bands} equal bands");
        };
        answer.values().extend(numbers.map(Some));
        answer.append(true);
    }
    Ok(Arc::new(answer.finish()))
}

fn compare(a: &ArrayRef, b: &ArrayRef) -> Result<ArrayRef> {
    let (a, b) = (signatures(a)?, signatures(b)?);
    let similarity = |(a, b): (Option<&[u8]>, Option<&[u8]>)| match a.zip(b) {
        None => Ok(None),
        Some((a, b)) => match minhash::similarity(a, b) {
            None => exec_err!("signatures of {} and {} bytes cannot be compared", a.len(), b.len()),
            found => Ok(found),
        },
    };
    Ok(Arc::new(a.iter().zip(&b).map(similarity).collect::<Result<Float64Array>>()?))
}

fn vote(words: &ArrayRef) -> Result<ArrayRef> {
    let lists = Lists::of(words)?;
    let hash = |row| lists.row(row).and_then(simhash::simhash64).map(u64::cast_signed);
    Ok(Arc::new((0..words.len()).map(hash).collect::<Int64Array>()))
}

static MINHASH: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "The MinHash signature of a set of texts: `k` numbers of four bytes by which `minhash_similarity` estimates the Jaccard \
         similarity of two sets, with the standard error √(J(1 − J)/k). Signatures of one `k` and seed can be compared wherever \
         and whenever they were made. NULL for a list without texts.",
        "minhash(words, k [, seed])",
    )
    .with_sql_example("```sql\nSELECT id, minhash(ngrams(zh_normalize(title), 2), 128) AS signature FROM projects;\n```")
    .with_argument("words", "List of texts; order and repetition do not matter, nulls are left out.")
    .with_argument("k", "Number of permutations, a constant, 1 to 4096.")
    .with_argument("seed", "BIGINT, 0 if not given.")
    .build()
});

static BANDS: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "A number for each of `bands` equal parts of a signature. Sets of Jaccard similarity J have one in common with probability \
         1 − (1 − Jʳ)ᵇ, for b bands of r permutations: unnested, they are the key of an equi-join that finds candidates.",
        "minhash_bands(signature, bands)",
    )
    .with_sql_example("```sql\nSELECT id, unnest(minhash_bands(signature, 32)) AS band FROM signed;\n```")
    .with_argument("signature", "What `minhash` answers.")
    .with_argument("bands", "How many; it divides the number of permutations.")
    .build()
});

static SIMILARITY: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "The Jaccard similarity of two sets, estimated from their signatures, which must have one length.",
        "minhash_similarity(a, b)",
    )
    .with_sql_example("```sql\nSELECT minhash_similarity(l.signature, r.signature) FROM pairs;\n```")
    .with_argument("a", "What `minhash` answers.")
    .with_argument("b", "What `minhash` answers, with the same `k` and seed.")
    .build()
});

static SIMHASH: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "SimHash of a bag of texts: 64 bits, of which similar bags have most in common: `bit_count(a # b)` of them differ. NULL for a list \
         without texts.",
        "simhash64(words)",
    )
    .with_sql_example("```sql\nSELECT simhash64(zh_tokens(abstract)) FROM projects;\n```")
    .with_argument("words", "List of texts; each counts as often as it occurs, nulls are left out.")
    .build()
});
