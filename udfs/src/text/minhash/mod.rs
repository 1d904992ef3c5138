//! MinHash (Broder, "On the resemblance and containment of documents", 1997): a signature of `k` numbers by which the Jaccard
//! similarity of two sets is estimated, and bands of it by which similar sets meet in an equi-join.
//!
//! A word is hashed once, by XXH64 with the seed, to `x`. Its value in permutation `i` is `h₁ + i·h₂ + i²·h₃` modulo 2³², read as
//! a signed number: `h₁` and `h₂` are the low and high half of `x`, `h₃` the low half of the finalizer of SplitMix64 over `x`. Three
//! values of one word are independent but for a few low bits, so that the estimate is unbiased and has the variance of
//! independent permutations, `J(1 − J)/k`, which only depends on pairs of them. Each value follows from the last by two additions,
//! which processors do for several permutations at once.

use twox_hash::XxHash64;

#[cfg(test)]
mod tests;

/// The most permutations of a signature.
pub const PERMUTATIONS_MAX: usize = 4096;
/// Bytes of a number in a signature.
pub const WIDTH: usize = 4;
/// Permutations that are computed together.
const LANES: usize = 8;

/// Makes signatures; keeps its memory from one set to the next.
#[derive(Debug)]
pub struct Signer {
    least: Vec<[i32; LANES]>,
    permutations: usize,
    seed: u64,
}

impl Signer {
    pub fn new(permutations: usize, seed: u64) -> Self {
        let blocks = permutations.min(PERMUTATIONS_MAX).div_ceil(LANES);
        Self { least: vec![[i32::MAX; LANES]; blocks], permutations, seed }
    }

    /// The signature of a set, as `k` little-endian numbers of four bytes; repeated words count once. Nothing for an empty set, which
    /// resembles nothing.
    pub fn sign<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) -> Option<impl Iterator<Item = u8>> {
        self.least.fill([i32::MAX; LANES]);
        let mut any = false;
        for word in words {
            any = true;
            self.add(XxHash64::oneshot(self.seed, word.as_bytes()));
        }
        let least = self.least.as_flattened().iter().take(self.permutations);
        any.then(|| least.flat_map(|number| number.to_le_bytes()))
    }

    fn add(&mut self, x: u64) {
        let (h1, h2, h3) = (x as u32, (x >> 32) as u32, finalize(x) as u32);
        // Lane by lane: the value, what it grows by, and what that grows by, from one block of lanes to the next.
        const STEP: u32 = LANES as u32;
        let lanes: [u32; LANES] = std::array::from_fn(|lane| lane as u32);
        let value = lanes.map(|i| h1.wrapping_add(i.wrapping_mul(h2)).wrapping_add((i * i).wrapping_mul(h3)));
        let growth = lanes.map(|i| {
            let square = (2 * STEP * i + STEP * STEP).wrapping_mul(h3);
            STEP.wrapping_mul(h2).wrapping_add(square)
        });
        lower(&mut self.least, value, growth, (2 * STEP * STEP).wrapping_mul(h3));
    }
}

/// Takes the values of a word, block by block. A function of its own with a loop for each step: so compilers make vector instructions of
/// it, which they do not when it stands in the middle of its caller.
#[inline(never)]
fn lower(all: &mut [[i32; LANES]], mut value: [u32; LANES], mut growth: [u32; LANES], more: u32) {
    for least in all {
        for lane in 0..LANES {
            let (old, new) = (least[lane], value[lane] as i32);
            least[lane] = if new < old { new } else { old };
        }
        for lane in 0..LANES {
            value[lane] = value[lane].wrapping_add(growth[lane]);
        }
        for growth in &mut growth {
            *growth = growth.wrapping_add(more);
        }
    }
}

/// The share of permutations in which two signatures agree: an estimate of the Jaccard similarity of their sets with the standard
/// error `√(J(1 − J)/k)`. Nothing when the signatures differ in length or have none.
pub fn similarity(a: &[u8], b: &[u8]) -> Option<f64> {
    if a.len() != b.len() || a.is_empty() || !a.len().is_multiple_of(WIDTH) {
        return None;
    }
    let (a, b) = (a.as_chunks::<WIDTH>().0, b.as_chunks::<WIDTH>().0);
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    Some(equal as f64 / a.len() as f64)
}

/// A number for each of `bands` equal parts of a signature: XXH64 of the part, with its place as the seed, so that numbers of
/// different places do not meet. Two sets agree in a given band with probability `Jʳ`, `r` being the permutations in it. Nothing
/// when the signature cannot be divided so.
pub fn bands(signature: &[u8], bands: usize) -> Option<impl Iterator<Item = i64>> {
    let bytes = signature.len().checked_div(bands)?;
    let fits = bytes > 0 && bytes % WIDTH == 0 && bytes * bands == signature.len();
    let part = move |(place, part): (usize, &[u8])| XxHash64::oneshot(place as u64, part).cast_signed();
    fits.then(|| signature.chunks_exact(bytes).enumerate().map(part))
}

/// The finalizer of SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
fn finalize(x: u64) -> u64 {
    let x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}
