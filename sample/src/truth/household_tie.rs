//! Who belonged to which household from when to when.

use crate::batch::{Column, Rows, date, int, text};
use crate::city::Plan;
use crate::population::Block;
use crate::population::person::household_number;
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "truth",
    name: "household_tie",
    zh: "真实户籍关系",
    columns: COLUMNS,
    expected_rows: |plan| plan.people * 145 / 100,
    parts: |plan| plan.blocks,
    write,
};

const COLUMNS: &[Column] = &[
    int("person_id", "真实人员编号"),
    text("household_id", "户号"),
    date("from_date", "起始日期"),
    date("to_date", "终止日期"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    for stay in &block.stays {
        rows.push([
            plan.person_id(part, stay.person).into(),
            household_number(plan, part, stay.household).into(),
            stay.from.into(),
            stay.to.into(),
        ]);
    }
}
