//! The real-estate register: one row per holder of each registration, present and past.

use super::ownership::{self, Deed, Form, Holder, Reason};
use super::share::Share;
use crate::batch::{Cell, Column, Rows, date, flag, int, money, text};
use crate::calendar::Day;
use crate::city::{Plan, record_id};
use crate::errors::{abbreviated_address, full_width, garbled_name, garbled_number};
use crate::geography::{address, division};
use crate::legal::entity;
use crate::population::Block;
use crate::rng::{Domain, Rng};
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "housing",
    name: "title",
    zh: "不动产登记信息",
    columns: COLUMNS,
    expected_rows: |plan| plan.people * 70 / 100,
    parts: |plan| plan.blocks,
    write,
};

const COLUMNS: &[Column] = &[
    int("record_id", "记录编号"),
    text("unit_number", "不动产单元号"),
    text("certificate_no", "不动产权证号"),
    text("prior_certificate_no", "原不动产权证号"),
    text("holder_name", "权利人名称"),
    text("document_type", "证件种类"),
    text("document_no", "证件号码"),
    text("co_ownership", "共有方式代码"),
    int("share_numerator", "份额分子"),
    int("share_denominator", "份额分母"),
    text("use", "用途"),
    money("area_m2", "建筑面积"),
    date("registered_on", "登记时间"),
    date("ended_on", "注销时间"),
    text("status", "权属状态"),
    text("reason", "登记原因"),
    text("location", "坐落"),
    text("division_code", "行政区划代码"),
    money("price", "取得价格"),
    flag("is_mortgaged", "是否抵押"),
    flag("is_seized", "是否查封"),
];

/// A row: its number, the index of its deed, one holder.
pub(crate) struct Entry {
    pub record_id: i64,
    pub deed: u32,
    pub holder: Holder,
    pub share: Share,
}

/// The rows of a block, holder by holder in order of registration.
pub(crate) fn entries(deeds: &[Deed], block: u64) -> impl Iterator<Item = Entry> {
    let holders = (0u32..).zip(deeds).flat_map(|(at, deed)| deed.holders.iter().map(move |&held| (at, held)));
    holders.enumerate().map(move |(at, (deed, (holder, share)))| Entry {
        record_id: record_id(block, at),
        deed,
        holder,
        share,
    })
}

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let block = Block::simulate(plan, part);
    let deeds = ownership::simulate(plan, &block);
    let district = division::district_code(division::seat(plan, part).district).to_string();
    for Entry { record_id: record, deed: index, holder, share } in entries(&deeds, part) {
        let deed = &deeds[index as usize];
        let mut rng = Rng::stream(plan.seed, Domain::TitleRegister, part, record as u64);
        let (name, document, number) = identity(plan, &mut rng, &block, deed, holder);
        let previous = deed.previous.map(|index| certificate(plan, &district, part, index, deeds[index as usize].from));
        // The charges lie on the unit, so every holder of a deed has the same.
        let mut charges = Rng::stream(plan.seed, Domain::TitleRegister, part, u64::from(index) | 1 << 40);
        let shop = matches!(holder, Holder::Firm(_));
        let location = location(plan, &mut rng, deed);
        rows.push([
            record.into(),
            address::unit_number(plan, deed.dwelling).into(),
            certificate(plan, &district, part, index, deed.from).into(),
            previous.into(),
            name.into(),
            document.into(),
            number.into(),
            deed.form.code().into(),
            (share.numerator as i64).into(),
            (share.denominator as i64).into(),
            if shop { "商业服务" } else { "住宅" }.into(),
            Cell::Money(address::area(plan, deed.dwelling)),
            deed.from.into(),
            deed.to.into(),
            if deed.to.is_none() { "现势" } else { "历史" }.into(),
            deed.reason.zh().into(),
            location.into(),
            district.as_str().into(),
            Cell::Money(deed.price * 100),
            is_mortgaged(&mut charges, deed).into(),
            (deed.to.is_none() && charges.chance(0.004)).into(),
        ]);
    }
}

fn identity(plan: &Plan, rng: &mut Rng, block: &Block, deed: &Deed, holder: Holder) -> (String, &'static str, String) {
    match holder {
        Holder::Person(party) => {
            let name = garbled_name(rng, &plan.rates.title_name, block.name_on(party, deed.from));
            let number = garbled_number(rng, &plan.rates.title_number, block.identity(party).1, deed.from);
            (name, "身份证", number)
        }
        Holder::Firm(index) => {
            let firm = entity::Entity::of(plan, index);
            (firm.name, "统一社会信用代码证", firm.code)
        }
    }
}

fn location(plan: &Plan, rng: &mut Rng, deed: &Deed) -> String {
    let full = address::address(plan, deed.dwelling);
    match rng.unit() {
        draw if draw < plan.rates.abbreviated_address => abbreviated_address(&full),
        draw if draw < plan.rates.abbreviated_address + plan.rates.full_width => full_width(&full),
        _ => full,
    }
}

/// A certificate number in the form in use since 2015, or the one before.
fn certificate(plan: &Plan, district: &str, block: u64, index: u32, day: Day) -> String {
    let serial = block / plan.districts * 10_000 + u64::from(index);
    let year = day.year();
    if year >= 2015 {
        format!("示({year})联和市{district}不动产权第{serial:08}号")
    } else {
        format!("联房权证{district}字第{serial:08}号")
    }
}

fn is_mortgaged(rng: &mut Rng, deed: &Deed) -> bool {
    let bought = matches!(deed.reason, Reason::NewHome | Reason::SecondHand) && deed.form != Form::ByShares;
    deed.to.is_none() && bought && deed.from.year() >= 2006 && rng.chance(0.45)
}
