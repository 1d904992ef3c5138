//! Who issues which number, so that no two persons of the city share one although blocks are made without knowing of
//! each other.
//!
//! For one division, birth date and sex there are 500 sequence numbers. The blocks that issue under a division divide
//! these among themselves by rank; within a block a count per day keeps them apart, and a birth that finds its day used up
//! is moved by the caller. The sequence is rotated by day so that a block cannot be told from its numbers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::citizen;
use crate::calendar::Day;
use crate::city::Plan;
use crate::geography::division;
use crate::population::Sex;
use crate::rng::{Rng, mix};

const SEQUENCES: u64 = 500;
/// Cities 02 to 98 of the province, 20 counties each, are where people from elsewhere were born.
const OUTSIDE_CODES: u64 = 97 * 20;
/// How many blocks share one outside division at most: the sequence numbers must go round.
const BLOCKS_PER_OUTSIDE_CODE: u64 = 200;

pub(crate) struct Issuer {
    native: Share,
    outside: Share,
    outside_group: u64,
    outside_groups: u64,
    district: u64,
    /// Looked up only, by division, day and sex.
    used: HashMap<u64, u64, BuildHasherDefault<Mixer>>,
}

/// A block's part of the sequence numbers under a division.
#[derive(Clone, Copy)]
struct Share {
    first: u64,
    count: u64,
}

impl Share {
    fn of(rank: u64, ranks: u64) -> Self {
        let count = SEQUENCES / ranks.clamp(1, SEQUENCES);
        Self { first: rank * count, count }
    }
}

impl Issuer {
    pub fn new(plan: &Plan, block: u64) -> Self {
        let groups = plan.blocks.div_ceil(BLOCKS_PER_OUTSIDE_CODE).max(1);
        Self {
            native: Share::of(block / plan.districts, plan.blocks.div_ceil(plan.districts)),
            outside: Share::of(block / groups, plan.blocks.div_ceil(groups)),
            outside_group: block % groups,
            outside_groups: groups,
            district: block % plan.districts,
            used: HashMap::default(),
        }
    }

    /// A number for someone born in this block; `None` when the day is used up.
    pub fn native(&mut self, born: Day, sex: Sex) -> Option<String> {
        self.issue(division::native_code(self.district, born), self.native, born, sex)
    }

    /// A number for someone born elsewhere in the province.
    pub fn outside(&mut self, rng: &mut Rng, born: Day, sex: Sex) -> Option<String> {
        let choices = OUTSIDE_CODES / self.outside_groups;
        let index = rng.below(choices as usize) as u64 * self.outside_groups + self.outside_group;
        self.issue(outside_code(index), self.outside, born, sex)
    }

    fn issue(&mut self, code: u32, share: Share, born: Day, sex: Sex) -> Option<String> {
        let used = self.used.entry(key(code, born, sex)).or_insert(0);
        if *used >= share.count {
            return None;
        }
        let index = share.first + *used;
        *used += 1;
        Some(number(code, born, sex, index))
    }
}

/// The number of a person of an exchange couple (see `population::exchange`), who must be known without simulating the
/// block: city 99 is theirs alone, and the caller keeps the dates of one block apart.
pub(crate) fn exchange_number(block: u64, born: Day, sex: Sex) -> String {
    number(999_901 + (block / SEQUENCES) as u32, born, sex, block % SEQUENCES)
}

fn key(code: u32, born: Day, sex: Sex) -> u64 {
    u64::from(code) << 33 | u64::from(born.0 as u32) << 1 | u64::from(sex == Sex::Male)
}

/// Hashes one number by [`mix`]: the default hash resists attackers, of whom there are none here, and costs more.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = mix(self.0 ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = mix(value);
    }
}

fn outside_code(index: u64) -> u32 {
    990_000 + (2 + index / 20) as u32 * 100 + 21 + (index % 20) as u32
}

fn number(code: u32, born: Day, sex: Sex, index: u64) -> String {
    let rotated = (index + mix(u64::from(code) << 32 ^ born.0 as u64)) % SEQUENCES;
    citizen::compose(code, born, rotated as u32 * 2 + u32::from(sex == Sex::Male))
}

#[cfg(test)]
mod tests;
