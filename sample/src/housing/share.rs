//! Shares as fractions, always in lowest terms, so that the shares of a unit sum to exactly one.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub numerator: u64,
    pub denominator: u64,
}

impl Share {
    pub const WHOLE: Self = Self { numerator: 1, denominator: 1 };
    pub const HALF: Self = Self { numerator: 1, denominator: 2 };

    /// Fractions are reduced; inheritance over the decades of one simulation keeps denominators far below overflow.
    pub fn of(numerator: u64, denominator: u64) -> Self {
        let common = gcd(numerator, denominator).max(1);
        Self { numerator: numerator / common, denominator: denominator / common }
    }

    pub fn plus(self, other: Self) -> Self {
        let numerator = self.numerator * other.denominator + other.numerator * self.denominator;
        Self::of(numerator, self.denominator * other.denominator)
    }

    pub fn divided(self, parts: u64) -> Self {
        Self::of(self.numerator, self.denominator * parts.max(1))
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
