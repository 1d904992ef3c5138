//! Lists of a row.

use arrow::array::{Array, AsArray, Int64Array, ListArray, StringViewArray};
use arrow::datatypes::Int64Type;

/// Beside a longer list, sets are sorted instead of searched.
const SHORT: usize = 32;

/// A column of lists of texts or of whole numbers.
#[derive(Debug, Clone)]
pub struct Lists {
    lists: ListArray,
    elements: Elements,
}

#[derive(Debug, Clone)]
enum Elements {
    Texts(StringViewArray),
    Numbers(Int64Array),
}

impl Lists {
    /// Of lists whose elements are views of texts or 64-bit numbers.
    pub fn new(lists: ListArray) -> Option<Self> {
        let elements = match lists.values().as_string_view_opt() {
            Some(texts) => Elements::Texts(texts.clone()),
            None => Elements::Numbers(lists.values().as_primitive_opt::<Int64Type>()?.clone()),
        };
        Some(Lists { lists, elements })
    }

    /// How many different elements both lists of a row have; `None` where one of the lists is null or they are of different types.
    pub fn shared(&self, other: &Lists, row: usize) -> Option<usize> {
        if self.lists.is_null(row) || other.lists.is_null(row) {
            return None;
        }
        let (left, right) = (self.range(row), other.range(row));
        match (&self.elements, &other.elements) {
            (Elements::Texts(ours), Elements::Texts(theirs)) => Some(shared(
                left.filter(|at| ours.is_valid(*at)).map(|at| ours.value(at)),
                right.filter(|at| theirs.is_valid(*at)).map(|at| theirs.value(at)),
            )),
            (Elements::Numbers(ours), Elements::Numbers(theirs)) => Some(shared(
                left.filter(|at| ours.is_valid(*at)).map(|at| ours.value(at)),
                right.filter(|at| theirs.is_valid(*at)).map(|at| theirs.value(at)),
            )),
            _ => None,
        }
    }

    /// How many of the elements of the shorter list the other one has too, as a part; both without repetitions. `None` also beside an
    /// empty list.
    pub fn overlap(&self, other: &Lists, row: usize) -> Option<f64> {
        let shared = self.shared(other, row)?;
        let least = self.distinct(row).min(other.distinct(row));
        (least > 0).then(|| shared as f64 / least as f64)
    }

    /// How many different elements a list has.
    fn distinct(&self, row: usize) -> usize {
        let range = self.range(row);
        match &self.elements {
            Elements::Texts(texts) => {
                distinct(range.filter(|at| texts.is_valid(*at)).map(|at| texts.value(at)).collect())
            }
            Elements::Numbers(numbers) => {
                distinct(range.filter(|at| numbers.is_valid(*at)).map(|at| numbers.value(at)).collect())
            }
        }
    }

    fn range(&self, row: usize) -> std::ops::Range<usize> {
        let offsets = self.lists.value_offsets();
        offsets[row] as usize..offsets[row + 1] as usize
    }
}

fn shared<T: Ord + Copy>(left: impl Iterator<Item = T> + Clone, right: impl Iterator<Item = T> + Clone) -> usize {
    let is_long = |items: &dyn Fn() -> usize| items() > SHORT;
    if is_long(&|| left.clone().take(SHORT + 1).count()) || is_long(&|| right.clone().take(SHORT + 1).count()) {
        return crate::similarity::jaccard::shared(&mut left.collect::<Vec<_>>(), &mut right.collect::<Vec<_>>());
    }
    let is_first = |at: usize, item: T| !left.clone().take(at).any(|earlier| earlier == item);
    let is_shared = |(at, item): &(usize, T)| right.clone().any(|other| other == *item) && is_first(*at, *item);
    left.clone().enumerate().filter(is_shared).count()
}

fn distinct<T: Ord>(mut all: Vec<T>) -> usize {
    all.sort_unstable();
    all.dedup();
    all.len()
}
