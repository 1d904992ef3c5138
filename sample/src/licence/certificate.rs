//! The index of electronic certificates: driving licences and birth certificates of persons, business licences of firms.

use crate::batch::{Column, Rows, date, int, text};
use crate::calendar::{AS_OF, Day};
use crate::city::{Plan, record_id};
use crate::errors::garbled_name;
use crate::geography::division;
use crate::legal::entity::Entity;
use crate::population::Block;
use crate::population::life::{Exit, Person};
use crate::rng::{Domain, Rng};
use crate::table::Spec;

const FIRMS: u64 = 4096;

pub(crate) const TABLE: Spec = Spec {
    schema: "licence",
    name: "certificate",
    zh: "电子证照目录",
    columns: COLUMNS,
    expected_rows: |plan| plan.people * 49 / 100 + plan.entities,
    parts: |plan| plan.blocks + plan.entities.div_ceil(FIRMS),
    write,
};

const COLUMNS: &[Column] = &[
    int("record_id", "记录编号"),
    text("certificate_type", "证照类型"),
    text("certificate_no", "证照编号"),
    text("holder_type", "持证主体类型"),
    text("holder_name", "持证主体名称"),
    text("holder_code", "持证主体代码"),
    text("issuer", "颁发机构"),
    text("division_code", "行政区划代码"),
    date("issued_on", "颁发日期"),
    date("valid_from", "有效期起"),
    date("valid_to", "有效期止"),
    text("status", "证照状态"),
];

/// The first parts are the blocks, the others are firms.
fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    match part.checked_sub(plan.blocks) {
        None => write_persons(plan, part, rows),
        Some(firms) => write_firms(plan, part, firms, rows),
    }
}

struct Issue {
    kind: &'static str,
    number: String,
    issuer: &'static str,
    from: Day,
    to: Option<Day>,
}

fn write_persons(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    let district = division::district_code(division::seat(plan, part).district).to_string();
    for (index, p) in (0u64..).zip(&block.people) {
        let mut rng = Rng::stream(plan.seed, Domain::Certificate, part, index);
        let issues = [driving_licence(&mut rng, p), birth_certificate(part, index, p)];
        for issue in issues.into_iter().flatten() {
            let name = garbled_name(&mut rng, &plan.rates.title_name, p.name_on(issue.from));
            let dead = matches!(p.exit, Some((_, Exit::Died)));
            rows.push([
                record_id(part, rows.len()).into(),
                issue.kind.into(),
                issue.number.into(),
                "自然人".into(),
                name.into(),
                (&p.number).into(),
                issue.issuer.into(),
                district.as_str().into(),
                issue.from.into(),
                issue.from.into(),
                issue.to.into(),
                status(issue.to, dead && issue.to.is_some()).into(),
            ]);
        }
    }
}

fn status(to: Option<Day>, cancelled: bool) -> &'static str {
    match to {
        _ if cancelled => "注销",
        Some(day) if day < AS_OF => "过期",
        _ => "有效",
    }
}

/// The number of a driving licence is the holder's citizen number; licences run ten years here.
fn driving_licence(rng: &mut Rng, p: &Person) -> Option<Issue> {
    let wanted = rng.chance(0.55);
    let first = (p.born + 18 * 366 + rng.small(0, 6000)).max(p.entered).max(Day::of(2004, 5, 1) + rng.small(0, 4000));
    let until = p.exit.map_or(AS_OF, |(day, _)| day);
    if !wanted || first >= until || p.born.age_at(first) > 60 {
        return None;
    }
    let renewals = (until.0 - first.0) / 3652;
    let from = first + renewals * 3652;
    let (kind, issuer) = ("机动车驾驶证", "联和市公安局交通警察支队");
    Some(Issue { kind, number: p.number.clone(), issuer, from, to: Some(from + 3652) })
}

/// Birth certificates were introduced on 1996-01-01.
fn birth_certificate(block: u64, index: u64, p: &Person) -> Option<Issue> {
    let born_here = p.native && p.entered == p.born && p.born >= Day::of(1996, 1, 1);
    let number = format!("Z{block:05}{index:04}");
    let (kind, issuer) = ("出生医学证明", "联和市卫生健康委员会");
    born_here.then(|| Issue { kind, number, issuer, from: (p.born + 3).min(AS_OF), to: None })
}

fn write_firms(plan: &Plan, part: u64, chunk: u64, rows: &mut Rows) {
    for index in chunk * FIRMS..plan.entities.min((chunk + 1) * FIRMS) {
        let firm = Entity::of(plan, index);
        let district = division::district_code(division::seat(plan, firm.block).district);
        rows.push([
            record_id(part, rows.len()).into(),
            "营业执照".into(),
            format!("{district}{:09}", index + 1).into(),
            "法人".into(),
            firm.name.into(),
            firm.code.into(),
            "联和市市场监督管理局".into(),
            district.to_string().into(),
            firm.established.into(),
            firm.established.into(),
            None::<Day>.into(),
            if firm.closed.is_some() { "注销" } else { "有效" }.into(),
        ]);
    }
}
