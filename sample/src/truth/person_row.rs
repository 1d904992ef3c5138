//! Who is behind each row of the population, marriage and title registers. The person is null where it is someone of
//! another city, whom no register of this one knows.

use crate::batch::{Column, Rows, int, text};
use crate::city::Plan;
use crate::housing::ownership::{self, Holder};
use crate::housing::title;
use crate::population::{self, Block};
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "truth",
    name: "person_row",
    zh: "登记记录与真实人员对应",
    columns: COLUMNS,
    expected_rows: |plan| plan.people * 265 / 100,
    parts: |plan| plan.blocks,
    write,
};

const COLUMNS: &[Column] =
    &[text("register", "登记表"), int("record_id", "记录编号"), text("role", "角色"), int("person_id", "真实人员编号")];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    let mut push = |register: &str, record_id: i64, role: &str, person: Option<i64>| {
        rows.push([register.into(), record_id.into(), role.into(), person.into()]);
    };
    for entry in population::person::entries(plan, &block) {
        push("population.person", entry.record_id, "person", Some(plan.person_id(part, entry.person)));
    }
    for entry in population::marriage::entries(plan, &block) {
        let marriage = &block.marriages[entry.marriage as usize];
        push("population.marriage", entry.record_id, "husband", block.person_id(plan, marriage.husband));
        push("population.marriage", entry.record_id, "wife", block.person_id(plan, marriage.wife));
    }
    for entry in title::entries(&ownership::simulate(plan, &block), part) {
        if let Holder::Person(party) = entry.holder {
            push("housing.title", entry.record_id, "holder", block.person_id(plan, party));
        }
    }
}
