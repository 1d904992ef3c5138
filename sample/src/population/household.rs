//! The household register: one row per household that has residents.

use super::kinship;
use super::life::Block;
use super::person::household_number;
use crate::batch::{Column, Rows, date, int, text};
use crate::calendar::{AS_OF, Day};
use crate::city::{Plan, record_id};
use crate::geography::{address, division};
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "population",
    name: "household",
    zh: "户籍信息",
    columns: COLUMNS,
    expected_rows: |plan| plan.people * 36 / 100,
    parts: |plan| plan.blocks,
    write,
};

const COLUMNS: &[Column] = &[
    int("record_id", "记录编号"),
    text("household_id", "户号"),
    text("head_citizen_id", "户主公民身份号码"),
    text("head_name", "户主姓名"),
    text("household_type", "户类型"),
    int("members", "户内人数"),
    text("address", "户籍地址"),
    text("division_code", "行政区划代码"),
    text("community_code", "社区代码"),
    text("unit_number", "居住不动产单元号"),
    date("formed_on", "立户日期"),
    date("moved_on", "现址迁入日期"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    let members = members(&block);
    let seat = division::seat(plan, part);
    for (index, head) in kinship::heads(&block).into_iter().enumerate() {
        let Some(head) = head else { continue };
        let (household, head) = (&block.households[index], block.person(head));
        let moved = household.residences.last().map(|r| r.0);
        rows.push([
            record_id(part, index).into(),
            household_number(plan, part, index as u32).into(),
            (&head.number).into(),
            (&head.name.full).into(),
            if members[index] == 1 { "单身户" } else { "家庭户" }.into(),
            members[index].into(),
            address::address(plan, household.residence()).into(),
            division::district_code(seat.district).to_string().into(),
            division::community_code(seat).into(),
            address::unit_number(plan, household.residence()).into(),
            household.formed.into(),
            moved.map(|day: Day| day.max(household.formed)).into(),
        ]);
    }
}

fn members(block: &Block) -> Vec<i64> {
    let mut counts = vec![0; block.households.len()];
    for person in block.people.iter().filter(|p| p.is_resident(AS_OF)) {
        counts[person.household as usize] += 1;
    }
    counts
}
