//! Every marriage of a person of the city, as an interval.

use crate::batch::{Column, Rows, date, flag, int, text};
use crate::city::{Plan, record_id};
use crate::population::Block;
use crate::population::life::End;
use crate::population::marriage::{Kind, entries, is_ours};
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "truth",
    name: "marriage",
    zh: "真实婚姻",
    columns: COLUMNS,
    expected_rows: |plan| plan.people * 42 / 100,
    parts: |plan| plan.blocks,
    write,
};

const COLUMNS: &[Column] = &[
    int("marriage_id", "真实婚姻编号"),
    int("husband_id", "丈夫编号"),
    int("wife_id", "妻子编号"),
    text("husband_citizen_id", "丈夫公民身份号码"),
    text("wife_citizen_id", "妻子公民身份号码"),
    date("from_date", "起始日期"),
    date("to_date", "终止日期"),
    text("end_reason", "终止原因"),
    flag("registered_elsewhere", "是否外地登记"),
    flag("in_register", "是否在本市登记表"),
    flag("reunion", "是否复婚"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    let mut recorded = vec![false; block.marriages.len()];
    for entry in entries(plan, &block).iter().filter(|e| e.kind == Kind::Wedding) {
        recorded[entry.marriage as usize] = true;
    }
    for (index, marriage) in block.marriages.iter().enumerate() {
        if !is_ours(&block, marriage) {
            continue;
        }
        let reason = marriage.end.map(|(_, end)| match end {
            End::Divorce => "divorce",
            End::Death => "death",
        });
        rows.push([
            record_id(part, index).into(),
            block.person_id(plan, marriage.husband).into(),
            block.person_id(plan, marriage.wife).into(),
            block.identity(marriage.husband).1.into(),
            block.identity(marriage.wife).1.into(),
            marriage.from.into(),
            marriage.end.map(|(day, _)| day).into(),
            reason.into(),
            marriage.elsewhere.into(),
            recorded[index].into(),
            marriage.reunion.into(),
        ]);
    }
}
