//! The population register: one row per person ever registered, and some twice.

use super::kinship;
use super::life::{Block, Exit, Marital, Person};
use crate::batch::{Cell, Column, Rows, date, int, text};
use crate::calendar::{AS_OF, Day};
use crate::city::{Plan, record_id};
use crate::errors::{abbreviated_address, garbled_name, garbled_number, homophone, substituted};
use crate::geography::{address, division};
use crate::rng::{Domain, Rng};
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "population",
    name: "person",
    zh: "人口基本信息",
    columns: COLUMNS,
    expected_rows: |plan| plan.people + (plan.people as f64 * plan.rates.duplicate_person) as u64,
    parts: |plan| plan.blocks,
    write,
};

const COLUMNS: &[Column] = &[
    int("record_id", "记录编号"),
    text("citizen_id", "公民身份号码"),
    text("name", "姓名"),
    text("former_name", "曾用名"),
    text("sex", "性别代码"),
    date("birth_date", "出生日期"),
    text("ethnicity", "民族代码"),
    text("education", "学历代码"),
    text("marital_status", "婚姻状况代码"),
    text("household_id", "户号"),
    text("relation_to_head", "与户主关系代码"),
    text("registered_address", "户籍地址"),
    text("division_code", "行政区划代码"),
    text("community_code", "社区代码"),
    text("phone", "联系电话"),
    text("status", "人员状态"),
    date("status_date", "状态日期"),
    date("registered_on", "入户日期"),
    date("updated_on", "更新日期"),
];

/// A row of the register: which person, and whether it is the second row of that person.
pub(crate) struct Entry {
    pub record_id: i64,
    pub person: u32,
    pub duplicate: bool,
}

/// The rows of a block: all persons in order, then the duplicates.
pub(crate) fn entries(plan: &Plan, block: &Block) -> Vec<Entry> {
    let mut rng = Rng::stream(plan.seed, Domain::PersonRegister, block.number, u64::MAX);
    let persons = 0..block.people.len() as u32;
    let twice = persons.clone().filter(|_| rng.chance(plan.rates.duplicate_person)).collect::<Vec<u32>>();
    let all = persons.map(|person| (person, false)).chain(twice.into_iter().map(|person| (person, true)));
    all.enumerate()
        .map(|(at, (person, duplicate))| Entry { record_id: record_id(block.number, at), person, duplicate })
        .collect()
}

pub(crate) fn household_number(plan: &Plan, block: u64, household: u32) -> String {
    let district = division::district_code(division::seat(plan, block).district);
    format!("{district}{block:05}{household:05}")
}

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    let heads = kinship::heads(&block);
    let seat = division::seat(plan, part);
    let district = division::district_code(seat.district).to_string();
    let community = division::community_code(seat);
    for entry in entries(plan, &block) {
        let mut rng = Rng::stream(plan.seed, Domain::PersonRegister, part, entry.record_id as u64);
        let p = block.person(entry.person);
        let head = heads[p.household as usize].filter(|_| p.is_resident(AS_OF));
        let status = status(plan, &mut rng, p);
        let relation = head.map(|head| kinship::relation(&block, head, entry.person));
        let household = (!entry.duplicate).then(|| household_number(plan, part, p.household));
        rows.push([
            entry.record_id.into(),
            number(plan, &mut rng, p, entry.duplicate).into(),
            name(plan, &mut rng, p, entry.duplicate).into(),
            p.former_name.as_ref().map(|(name, _)| name).into(),
            p.sex.code().into(),
            p.born.into(),
            p.ethnicity.into(),
            education(p).into(),
            marital(plan, &mut rng, &block, p).into(),
            household.into(),
            if entry.duplicate { Cell::Null } else { relation.into() },
            place(plan, &mut rng, &block, p).into(),
            district.as_str().into(),
            community.as_str().into(),
            phone(plan, &mut rng, p).into(),
            status.0.into(),
            status.1.into(),
            p.entered.into(),
            updated(&mut rng, p).into(),
        ]);
    }
}

fn number(plan: &Plan, rng: &mut Rng, p: &Person, duplicate: bool) -> String {
    let held = garbled_number(rng, &plan.rates.person_number, &p.number, AS_OF);
    if duplicate { substituted(rng, &held) } else { held }
}

fn name(plan: &Plan, rng: &mut Rng, p: &Person, duplicate: bool) -> String {
    let held = garbled_name(rng, &plan.rates.person_name, &p.name.full);
    if !duplicate {
        return held;
    }
    match &p.former_name {
        Some((former, _)) => former.clone(),
        None if rng.chance(0.3) => homophone(rng, &held).unwrap_or(held),
        None => held,
    }
}

/// GB/T 4658-2006; those still at school have what they finished.
fn education(p: &Person) -> &'static str {
    let until = p.exit.map_or(AS_OF, |(day, _)| day);
    let (age, luck) = (p.born.age_at(until), p.schooling);
    // Each later generation stays at school longer: a share of 40 points over fifty years.
    let drive = luck + f64::from((p.born.year() - 1950).clamp(0, 50)) * 0.008;
    match age {
        ..6 => "90",
        6..12 => "80",
        12..15 => "70",
        15..18 => "60",
        _ if drive > 1.34 && age >= 25 => "10",
        _ if drive > 1.08 && age >= 22 => "20",
        _ if drive > 0.92 && age >= 21 => "30",
        _ if drive > 0.78 => "60",
        _ if drive > 0.70 => "40",
        _ if drive > 0.30 => "70",
        _ if drive > 0.08 => "80",
        _ => "90",
    }
}

/// The status in force, or, when the register is late, the one before.
fn marital(plan: &Plan, rng: &mut Rng, block: &Block, p: &Person) -> &'static str {
    let changed = p.marriage.map(|m| {
        let marriage = &block.marriages[m as usize];
        marriage.end.map_or(marriage.from, |(day, _)| day)
    });
    let late = rng.chance(plan.rates.stale_marital) && changed.is_some_and(|day| day.age_at(AS_OF) < 8);
    let status = match p.marital {
        status if !late => status,
        Marital::First => Marital::Single,
        Marital::Again | Marital::Reunited => Marital::Divorced,
        _ => Marital::First,
    };
    status.code()
}

fn place(plan: &Plan, rng: &mut Rng, block: &Block, p: &Person) -> String {
    let household = &block.households[p.household as usize];
    let stale = rng.chance(plan.rates.stale_address);
    let dwelling = household.former_residence().filter(|_| stale).unwrap_or_else(|| household.residence());
    let full = address::address(plan, dwelling);
    if rng.chance(plan.rates.abbreviated_address) { abbreviated_address(&full) } else { full }
}

/// Numbers that begin with 1000 are no mobile numbers, so they ring nowhere.
fn phone(plan: &Plan, rng: &mut Rng, p: &Person) -> Option<String> {
    let missing = rng.chance(plan.rates.phone_missing);
    let digits = rng.below(10_000_000);
    (!missing && p.born.age_at(AS_OF) >= 12).then(|| format!("1000{digits:07}"))
}

fn status(plan: &Plan, rng: &mut Rng, p: &Person) -> (&'static str, Option<Day>) {
    let unreported = rng.chance(plan.rates.death_unreported);
    match p.exit {
        Some((day, Exit::Died)) if !unreported => ("死亡注销", Some(day)),
        Some((day, Exit::MovedOut)) => ("迁出", Some(day)),
        _ => ("正常", None),
    }
}

fn updated(rng: &mut Rng, p: &Person) -> Day {
    let since = p.last_event.max(Day::of(2005, 1, 1)).min(AS_OF);
    since + rng.small(0, (AS_OF.0 - since.0).min(2000))
}
