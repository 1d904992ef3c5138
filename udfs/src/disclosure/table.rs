//! A table of k dimensions with all its margins: one number per cell, a cell being one code of each dimension, of which the last is
//! the total of that dimension.
//!
//! What ties the cells together, and lets a reader compute some from others, is one equation per line: along each dimension, with the
//! codes of all others fixed (totals included), the categories add up to the total.

use std::ops::Range;

/// More cells than anybody publishes in one table; the work grows faster than their number.
pub const CELLS_MAX: usize = 100_000;
/// A move of the attack has 2^k corners.
pub const DIMENSIONS_MAX: usize = 8;

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("a table has 1 to {DIMENSIONS_MAX} dimensions, not {0}")]
    Dimensions(usize),
    #[error("a published table has at most {CELLS_MAX} cells with its totals, this one would have more")]
    Size,
    #[error("the value of a cell is not a finite number that is at least 0")]
    Value,
    #[error("a count is not a whole number below 2^53")]
    Count,
    #[error("a cell is given twice")]
    Twice,
    #[error("totals are not the sums of their cells: only what adds up can be protected in one table")]
    Margins,
    #[error("a cell cannot be protected even with all others suppressed")]
    Unprotected,
    #[error("{0}")]
    Option(String),
}

/// How many categories each dimension has, and where in a flat array a cell lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    sizes: Vec<usize>,
    strides: Vec<usize>,
    cells: usize,
}

impl Shape {
    /// # Errors
    /// No dimension or too many, one without categories, or more cells than [`CELLS_MAX`].
    pub fn new(sizes: Vec<usize>) -> Result<Self, Error> {
        if sizes.is_empty() || sizes.len() > DIMENSIONS_MAX || sizes.contains(&0) {
            return Err(Error::Dimensions(sizes.len()));
        }
        let mut strides = vec![1; sizes.len()];
        let mut cells = 1_usize;
        for (stride, size) in strides.iter_mut().zip(&sizes).rev() {
            *stride = cells;
            cells = cells.checked_mul(size + 1).filter(|cells| *cells <= CELLS_MAX).ok_or(Error::Size)?;
        }
        Ok(Shape { sizes, strides, cells })
    }

    pub fn dimensions(&self) -> usize {
        self.sizes.len()
    }

    /// The number of categories of a dimension, which is also the code of its total.
    pub fn total(&self, dimension: usize) -> usize {
        self.sizes[dimension]
    }

    pub fn cells(&self) -> usize {
        self.cells
    }

    /// How far apart two neighbours along a dimension lie.
    pub fn stride(&self, dimension: usize) -> usize {
        self.strides[dimension]
    }

    pub fn code(&self, cell: usize, dimension: usize) -> usize {
        cell / self.strides[dimension] % (self.sizes[dimension] + 1)
    }

    pub fn is_total(&self, cell: usize, dimension: usize) -> bool {
        self.code(cell, dimension) == self.sizes[dimension]
    }

    /// Of how many dimensions the cell is a total.
    pub fn totals(&self, cell: usize) -> usize {
        (0..self.dimensions()).filter(|dimension| self.is_total(cell, *dimension)).count()
    }

    pub fn index(&self, codes: &[usize]) -> usize {
        codes.iter().zip(&self.strides).map(|(code, stride)| code * stride).sum()
    }

    /// The first cell of the line along a dimension through a cell.
    pub fn line(&self, cell: usize, dimension: usize) -> usize {
        cell - self.code(cell, dimension) * self.strides[dimension]
    }

    /// Each line along a dimension, by its first cell.
    pub fn lines(&self, dimension: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.cells).filter(move |cell| self.code(*cell, dimension) == 0)
    }

    /// The categories on a line; its total follows at `first + total * stride`.
    pub fn categories(&self, first: usize, dimension: usize) -> impl Iterator<Item = usize> + use<> {
        let stride = self.strides[dimension];
        let codes: Range<usize> = 0..self.sizes[dimension];
        codes.map(move |code| first + code * stride)
    }

    pub fn line_total(&self, first: usize, dimension: usize) -> usize {
        first + self.sizes[dimension] * self.strides[dimension]
    }

    /// Whether a cell is the other one or a total over it.
    pub fn contains(&self, whole: usize, part: usize) -> bool {
        (0..self.dimensions()).all(|dim| self.is_total(whole, dim) || self.code(whole, dim) == self.code(part, dim))
    }

    /// Whether one of two cells is part of the other.
    pub fn related(&self, one: usize, other: usize) -> bool {
        self.contains(one, other) || self.contains(other, one)
    }
}

/// Numbers that add up, none below 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub shape: Shape,
    pub values: Vec<f64>,
    /// Cells that everybody knows to be empty, as married children are.
    pub impossible: Vec<bool>,
}

impl Table {
    /// Sums the totals up from the inner cells; whatever stands in a total before is overwritten.
    ///
    /// # Errors
    /// A value that is not finite or below 0, or one of an impossible cell.
    pub fn from_inner(shape: Shape, mut values: Vec<f64>, mut impossible: Vec<bool>) -> Result<Self, Error> {
        let wrong = |cell: usize| {
            let value = values[cell];
            !value.is_finite() || value < 0.0 || (impossible[cell] && value > 0.0)
        };
        if values.len() != shape.cells() || impossible.len() != shape.cells() {
            return Err(Error::Size);
        }
        if (0..shape.cells()).any(|cell| shape.totals(cell) == 0 && wrong(cell)) {
            return Err(Error::Value);
        }
        for dimension in 0..shape.dimensions() {
            // Sums over later dimensions are not there yet; they are made of these when their turn comes.
            for first in shape.lines(dimension) {
                let total = shape.line_total(first, dimension);
                values[total] = shape.categories(first, dimension).map(|cell| values[cell]).sum();
                impossible[total] = shape.categories(first, dimension).all(|cell| impossible[cell]);
            }
        }
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(Table { shape, values, impossible }),
            false => Err(Error::Value),
        }
    }

    /// # Errors
    /// A value that is no whole number, or too large for sums of such to be exact.
    pub fn check_counts(&self) -> Result<(), Error> {
        let is_count = |value: &f64| value.fract() == 0.0 && *value < 9_007_199_254_740_992.0;
        if self.values.iter().all(is_count) { Ok(()) } else { Err(Error::Count) }
    }
}

#[cfg(test)]
mod tests;
