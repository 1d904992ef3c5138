//! Dwellings and their addresses: a dwelling is a number within its block, everything else follows from it.

use std::fmt::Write;

use super::division::{self, CITY, PROVINCE};
use crate::city::Plan;
use crate::rng::{Domain, Rng, mix};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Dwelling {
    pub block: u64,
    pub index: u32,
}

const ROOMS_PER_FLOOR: u32 = 2;
const FLOORS: u32 = 18;
const UNITS: u32 = 2;
const ROOMS_PER_BUILDING: u32 = ROOMS_PER_FLOOR * FLOORS * UNITS;
const BUILDINGS_PER_PARCEL: u32 = 6;

const ROADS: [&str; 14] = [
    "建设路",
    "人民路",
    "解放路",
    "文昌街",
    "滨河大道",
    "学府路",
    "中山路",
    "和平街",
    "朝阳路",
    "工业大道",
    "青年路",
    "新华街",
    "迎宾路",
    "环城路",
];
const ESTATES: [&str; 12] = [
    "锦绣花园",
    "阳光小区",
    "翠竹苑",
    "和谐家园",
    "滨江名邸",
    "学府华庭",
    "康乐新村",
    "御景湾",
    "书香里",
    "金色家园",
    "幸福里",
    "望湖轩",
];

impl Dwelling {
    fn building(self) -> u32 {
        self.index / ROOMS_PER_BUILDING + 1
    }

    fn room(self) -> (u32, u32) {
        let within = self.index % ROOMS_PER_BUILDING;
        let floor = within / (ROOMS_PER_FLOOR * UNITS) + 1;
        (within / ROOMS_PER_FLOOR % UNITS + 1, floor * 100 + within % ROOMS_PER_FLOOR + 1)
    }

    fn parcel(self) -> u32 {
        self.index / (ROOMS_PER_BUILDING * BUILDINGS_PER_PARCEL) + 1
    }
}

/// The full address text.
pub(crate) fn address(plan: &Plan, dwelling: Dwelling) -> String {
    let seat = division::seat(plan, dwelling.block);
    let place = mix(plan.seed ^ dwelling.block << 8 ^ u64::from(dwelling.parcel()));
    let (unit, room) = dwelling.room();
    let mut text = String::with_capacity(128);
    for part in [PROVINCE, CITY, &division::district_name(seat.district), &division::street_name(seat)] {
        text.push_str(part);
    }
    text.push_str(ROADS[(place % 14) as usize]);
    let (number, estate) = (place / 14 % 300 + 1, ESTATES[(place / 7919 % 12) as usize]);
    let _ = write!(text, "{number}号{estate}{}幢{unit}单元{room}室", dwelling.building());
    text
}

/// The number of a real-estate unit: division 6, cadastral area 3, cadastral sub-area 3, parcel feature 2, parcel 5,
/// structure `F` and 8 digits of building and room (GB/T 37346-2019, 28 characters).
pub(crate) fn unit_number(plan: &Plan, dwelling: Dwelling) -> String {
    let seat = division::seat(plan, dwelling.block);
    format!(
        "{}{:03}{:03}GB{:05}F{:04}{:04}",
        division::district_code(seat.district),
        seat.street + 1,
        seat.community + 1,
        dwelling.parcel(),
        dwelling.building(),
        dwelling.index % ROOMS_PER_BUILDING + 1
    )
}

/// Floor area in hundredths of a square metre.
pub(crate) fn area(plan: &Plan, dwelling: Dwelling) -> i64 {
    let mut rng = Rng::stream(plan.seed, Domain::Address, dwelling.block, u64::from(dwelling.index));
    4500 + rng.range(0, 6000) + rng.range(0, 5000)
}

#[cfg(test)]
mod tests;
