//! The marriage register: weddings, divorces and replaced certificates. What was registered in another city is there only
//! as far as it was shared.

use super::life::{Block, End, Marriage, Party};
use crate::batch::{Column, Rows, date, int, text};
use crate::calendar::{AS_OF, Day};
use crate::city::{Plan, record_id};
use crate::errors::{garbled_name, garbled_number};
use crate::geography::division;
use crate::rng::{Domain, Rng};
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "population",
    name: "marriage",
    zh: "婚姻登记信息",
    columns: COLUMNS,
    expected_rows: |plan| plan.people * 48 / 100,
    parts: |plan| plan.blocks,
    write,
};

const COLUMNS: &[Column] = &[
    int("record_id", "记录编号"),
    text("certificate_no", "证件字号"),
    text("event_type", "登记类型"),
    text("husband_name", "男方姓名"),
    text("husband_id", "男方证件号码"),
    date("husband_birth_date", "男方出生日期"),
    text("wife_name", "女方姓名"),
    text("wife_id", "女方证件号码"),
    date("wife_birth_date", "女方出生日期"),
    date("registered_on", "登记日期"),
    text("office_code", "登记机关代码"),
    text("office_name", "登记机关名称"),
    text("source", "数据来源"),
    text("prior_certificate_no", "原证件字号"),
    text("remark", "备注"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Wedding,
    Divorce,
    Replacement,
}

/// A row of the register.
pub(crate) struct Entry {
    pub record_id: i64,
    pub marriage: u32,
    pub kind: Kind,
    pub day: Day,
}

/// Whether this block writes a marriage down: those between blocks are the husband's block's.
pub(crate) fn is_ours(block: &Block, marriage: &Marriage) -> bool {
    match marriage.husband {
        Party::Here(_) => true,
        Party::Away(index) => block.away[index as usize].person_id.is_none(),
    }
}

/// The rows of a block.
pub(crate) fn entries(plan: &Plan, block: &Block) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, marriage) in (0u32..).zip(&block.marriages) {
        let mut rng = Rng::stream(plan.seed, Domain::MarriageRegister, block.number, u64::from(index) | 1 << 40);
        let lost = rng.chance(plan.rates.elsewhere_missing);
        let replaced = rng.chance(0.02).then(|| marriage.from + rng.small(400, 4000));
        let mut add = |kind, day| {
            let record_id = record_id(block.number, entries.len());
            entries.push(Entry { record_id, marriage: index, kind, day });
        };
        if !is_ours(block, marriage) {
            continue;
        }
        if !(marriage.elsewhere && lost) {
            add(Kind::Wedding, marriage.from);
        }
        let until = marriage.end.map_or(AS_OF, |(day, _)| day);
        if let Some(day) = replaced.filter(|&day| day < until) {
            add(Kind::Replacement, day);
        }
        if let Some((day, End::Divorce)) = marriage.end {
            add(Kind::Divorce, day);
        }
    }
    entries
}

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    for entry in entries(plan, &block) {
        let mut rng = Rng::stream(plan.seed, Domain::MarriageRegister, part, entry.record_id as u64);
        let marriage = &block.marriages[entry.marriage as usize];
        let away = entry.kind == Kind::Wedding && marriage.elsewhere;
        let office = office(plan, part, away, &mut rng);
        let (prefix, event) = match entry.kind {
            Kind::Wedding => ("J", "结婚登记"),
            Kind::Divorce => ("L", "离婚登记"),
            Kind::Replacement => ("BJ", "补领结婚证"),
        };
        let serial = part / plan.districts * 2000 + u64::from(entry.marriage);
        let certificate = |prefix: &str, day: Day| format!("{prefix}{}-{}-{serial:06}", office.0, day.year());
        let remark = if marriage.reunion && entry.kind == Kind::Wedding { Some("复婚") } else { None };
        let missing = missing_side(plan, &mut rng);
        let husband = side(plan, &mut rng, &block, marriage.husband, entry.day, missing == Some(0));
        let wife = side(plan, &mut rng, &block, marriage.wife, entry.day, missing == Some(1));
        rows.push([
            entry.record_id.into(),
            certificate(prefix, entry.day).into(),
            event.into(),
            husband.0.into(),
            husband.1.into(),
            husband.2.into(),
            wife.0.into(),
            wife.1.into(),
            wife.2.into(),
            entry.day.into(),
            office.0.clone().into(),
            office.1.clone().into(),
            if away { "外地共享" } else { "本市登记" }.into(),
            (entry.kind != Kind::Wedding && !marriage.elsewhere).then(|| certificate("J", marriage.from)).into(),
            remark.into(),
        ]);
    }
}

/// Which of the two has no number in the record.
fn missing_side(plan: &Plan, rng: &mut Rng) -> Option<usize> {
    let missing = rng.chance(plan.rates.spouse_number_missing);
    let side = rng.below(2);
    missing.then_some(side)
}

type Side = (String, Option<String>, Day);

fn side(plan: &Plan, rng: &mut Rng, block: &Block, party: Party, day: Day, missing: bool) -> Side {
    let (_, number, _, born) = block.identity(party);
    let name = garbled_name(rng, &plan.rates.marriage_name, block.name_on(party, day));
    let number = garbled_number(rng, &plan.rates.marriage_number, number, day);
    (name, (!missing).then_some(number), born)
}

fn office(plan: &Plan, block: u64, away: bool, rng: &mut Rng) -> (String, String) {
    let other = 2 + rng.below(90);
    if away {
        return (format!("99{other:02}21"), "外地婚姻登记处".to_owned());
    }
    let district = division::seat(plan, block).district;
    (division::district_code(district).to_string(), format!("{}民政局婚姻登记处", division::district_name(district)))
}
