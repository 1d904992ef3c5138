//! Who truly held which share of which unit from when to when.

use crate::batch::{Column, Rows, date, int, text};
use crate::city::Plan;
use crate::geography::address;
use crate::housing::ownership::{self, Holder};
use crate::housing::title;
use crate::legal::entity::Entity;
use crate::population::Block;
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "truth",
    name: "holding",
    zh: "真实产权份额",
    columns: COLUMNS,
    expected_rows: |plan| plan.people * 70 / 100,
    parts: |plan| plan.blocks,
    write,
};

const COLUMNS: &[Column] = &[
    text("unit_number", "不动产单元号"),
    int("person_id", "真实人员编号"),
    text("holder_code", "权利人代码"),
    int("share_numerator", "份额分子"),
    int("share_denominator", "份额分母"),
    date("from_date", "起始日期"),
    date("to_date", "终止日期"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    let deeds = ownership::simulate(plan, &block);
    for entry in title::entries(&deeds, part) {
        let deed = &deeds[entry.deed as usize];
        let (person, code) = match entry.holder {
            Holder::Person(party) => (block.person_id(plan, party), block.identity(party).1.to_owned()),
            Holder::Firm(index) => (None, Entity::of(plan, index).code),
        };
        rows.push([
            address::unit_number(plan, deed.dwelling).into(),
            person.into(),
            code.into(),
            (entry.share.numerator as i64).into(),
            (entry.share.denominator as i64).into(),
            deed.from.into(),
            deed.to.into(),
        ]);
    }
}
