//! Marriages between blocks. The two sides must agree although each block is simulated alone, so these couples are pure
//! functions of the seed: the first persons of every block are set aside for them ("slots"), and slot `i` of block `b` is
//! paired with slot `i` of block `c − b` (modulo the number of blocks, `c` drawn per slot), which is its own inverse.
//!
//! Price of that simplicity: until such a marriage ends, neither partner dies or moves away.

use super::Sex;
use crate::calendar::{AS_OF, Day, FIRST_YEAR, LAST_YEAR};
use crate::city::Plan;
use crate::names::{self, Name};
use crate::numbers::issuer;
use crate::rng::{Domain, Rng};

/// One in so many persons of a block is set aside.
const SHARE: u64 = 40;

/// What is known of a slot's person without simulating the block.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub sex: Sex,
    pub born: Day,
    pub name: Name,
    pub number: String,
    pub arrived: Day,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Couple {
    pub partner_block: u64,
    /// Whether the slot's own person is the husband.
    pub husband_here: bool,
    pub married: Day,
    pub divorced: Option<Day>,
}

pub(super) fn slots(plan: &Plan, block: u64) -> u64 {
    // 56 slots are what the birth dates of `identity` keep apart.
    (plan.persons_in(block) / SHARE).min(56)
}

/// The couple of a slot, if the slot has a counterpart.
pub(super) fn couple(plan: &Plan, block: u64, slot: u64) -> Option<Couple> {
    let turn = Rng::stream(plan.seed, Domain::Layout, slot, 0).below(plan.blocks as usize) as u64;
    let partner_block = (turn + plan.blocks - block) % plan.blocks;
    if partner_block == block || slot >= slots(plan, partner_block) {
        return None;
    }
    let mut rng = Rng::stream(plan.seed, Domain::ExchangeCouple, block.min(partner_block), slot);
    let married = Day::within(&mut rng, wedding_year(plan, block.min(partner_block), slot));
    let years = rng.small(2, 15);
    let divorced = rng.chance(0.15).then(|| married + years * 365 + rng.small(0, 364)).filter(|&day| day <= AS_OF);
    let husband_here = (block < partner_block) == slot.is_multiple_of(2);
    Some(Couple { partner_block, husband_here, married, divorced })
}

pub(super) fn identity(plan: &Plan, block: u64, slot: u64) -> Identity {
    let couple = couple(plan, block, slot);
    let mut rng = Rng::stream(plan.seed, Domain::ExchangePerson, block, slot);
    let sex = match couple {
        Some(couple) if couple.husband_here => Sex::Male,
        Some(_) => Sex::Female,
        None => Sex::any(&mut rng),
    };
    let wedding = couple.map_or(LAST_YEAR - 4, |c| c.married.year());
    let age = if sex == Sex::Male { rng.small(23, 32) } else { rng.small(21, 30) };
    let born = birth_date(&mut rng, wedding - age, slot);
    let name = names::person::any(&mut rng, sex, born.year(), "01");
    let arrival_year = wedding - rng.small(1, 3);
    let arrived = Day::within(&mut rng, arrival_year.max(FIRST_YEAR + 1));
    Identity { sex, born, name, number: issuer::exchange_number(block, born, sex), arrived }
}

fn wedding_year(plan: &Plan, block: u64, slot: u64) -> i32 {
    Rng::stream(plan.seed, Domain::ExchangeCouple, block, slot | 1 << 32).small(1992, LAST_YEAR - 1)
}

/// The day of the year follows from the slot, so that no two slots of one block share a birth date and thus a number.
fn birth_date(rng: &mut Rng, year: i32, slot: u64) -> Day {
    let month = rng.small(1, 6) + if slot < 28 { 0 } else { 6 };
    Day::of(year, month, 1 + (slot % 28) as i32)
}

#[cfg(test)]
mod tests;
