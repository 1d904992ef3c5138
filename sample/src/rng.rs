//! Random numbers that never change: the sample city must be equal on every machine and with every future release of
//! any dependency, so the generator and its distributions are our own.
//!
//! Generator: xoshiro256++ 1.0; seeding: splitmix64 (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number
//! generators", ACM TOMS 47(4), 2021). No function of the mathematics library is used anywhere in this crate: `ln` or
//! `cos` may differ in the last bit between platforms, additions and multiplications may not.

/// What a stream of random numbers is for. Two purposes never share a stream, so a new column in one table does not
/// move the values of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domain {
    Life = 1,
    ExchangePerson,
    ExchangeCouple,
    Housing,
    PersonRegister,
    MarriageRegister,
    TitleRegister,
    Address,
    Entity,
    Project,
    ProjectCopy,
    Certificate,
    Case,
    CreditRecord,
    Place,
    Indicator,
    Namesake,
    Layout,
}

#[derive(Debug, Clone)]
pub(crate) struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of one purpose for one part of the city: the same arguments always give the same numbers.
    pub fn stream(seed: u64, domain: Domain, part: u64, sub: u64) -> Self {
        let mut key = mix(seed ^ mix(domain as u64 ^ mix(part ^ mix(sub ^ 0x9E37_79B9_7F4A_7C15))));
        let mut next = || {
            key = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
            mix(key)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in `0..n`, and 0 when `n` is 0. Multiply-shift: the bias is below n / 2^64.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }

    /// Uniform in `low..=high`; `low` when the range is empty.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as usize) as i64
    }

    /// [`Rng::range`] for the small numbers of days, ages and floors.
    pub fn small(&mut self, low: i32, high: i32) -> i32 {
        self.range(i64::from(low), i64::from(high)) as i32
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Nearly standard normal: the sum of twelve uniform numbers less six (Irwin–Hall), within ±6.
    pub fn normal(&mut self) -> f64 {
        let mut sum = 0u64;
        for _ in 0..3 {
            let bits = self.next_u64();
            sum += (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        }
        sum as f64 / 65536.0 - 6.0
    }

    /// One of a non-empty list.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    pub fn weighted<T: Copy>(&mut self, table: &Weighted<T>) -> T {
        let mut left = self.below(table.total as usize) as u32;
        for &(item, weight) in table.items {
            if left < weight {
                return item;
            }
            left -= weight;
        }
        table.items[0].0
    }
}

/// A list with weights, best written with the heaviest first, since it is searched from the front.
pub(crate) struct Weighted<T: 'static> {
    items: &'static [(T, u32)],
    total: u32,
}

impl<T: Copy> Weighted<T> {
    pub const fn new(items: &'static [(T, u32)]) -> Self {
        let (mut total, mut at) = (0, 0);
        while at < items.len() {
            total += items[at].1;
            at += 1;
        }
        Self { items, total }
    }

    #[cfg(test)]
    pub fn items(&self) -> &'static [(T, u32)] {
        self.items
    }
}

/// A fixed bijection of 64 bits (the finalizer of splitmix64), also used as the hash of everything here.
pub(crate) const fn mix(value: u64) -> u64 {
    let z = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests;
