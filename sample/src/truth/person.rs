//! Every person as they are.

use crate::batch::{Column, Rows, date, int, text};
use crate::city::Plan;
use crate::population::Block;
use crate::population::life::{Exit, Party};
use crate::population::person::household_number;
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "truth",
    name: "person",
    zh: "真实人员",
    columns: COLUMNS,
    expected_rows: |plan| plan.people,
    parts: |plan| plan.blocks,
    write,
};

const COLUMNS: &[Column] = &[
    int("person_id", "真实人员编号"),
    text("citizen_id", "公民身份号码"),
    text("name", "姓名"),
    text("sex", "性别代码"),
    date("birth_date", "出生日期"),
    int("father_id", "父亲编号"),
    int("mother_id", "母亲编号"),
    int("spouse_id", "配偶编号"),
    text("marital_status", "婚姻状况代码"),
    text("household_id", "户号"),
    date("entered_on", "入户日期"),
    date("died_on", "死亡日期"),
    date("moved_out_on", "迁出日期"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    let id = |party: Option<Party>| party.and_then(|party| block.person_id(plan, party));
    for (index, p) in (0u32..).zip(&block.people) {
        let left = |how| p.exit.filter(|(_, exit)| *exit == how).map(|(day, _)| day);
        rows.push([
            plan.person_id(part, index).into(),
            (&p.number).into(),
            (&p.name.full).into(),
            p.sex.code().into(),
            p.born.into(),
            id(p.father).into(),
            id(p.mother).into(),
            id(p.spouse).into(),
            p.marital.code().into(),
            household_number(plan, part, p.household).into(),
            p.entered.into(),
            left(Exit::Died).into(),
            left(Exit::MovedOut).into(),
        ]);
    }
}
