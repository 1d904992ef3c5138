//! The register of industrial projects filed in the parks; a fifth of the filings go back to an earlier one.

use super::project::Project;
use crate::batch::{Cell, Column, Rows, date, double, int, money, text};
use crate::city::Plan;
use crate::geography::division::{self, Seat};
use crate::rng::{Domain, Rng};
use crate::table::Spec;

pub(crate) const PART: u64 = 2048;

pub(crate) const TABLE: Spec = Spec {
    schema: "legal",
    name: "park_project",
    zh: "园区项目备案信息",
    columns: COLUMNS,
    expected_rows: |plan| plan.projects,
    parts: |plan| plan.projects.div_ceil(PART),
    write,
};

const COLUMNS: &[Column] = &[
    int("project_id", "项目编号"),
    text("project_code", "项目代码"),
    text("title", "项目名称"),
    text("abstract", "项目简介"),
    text("applicant_credit_code", "申报单位统一社会信用代码"),
    text("applicant_name", "申报单位名称"),
    text("industry", "行业代码"),
    text("park", "所在园区"),
    text("parcel", "地块编号"),
    double("longitude", "经度"),
    double("latitude", "纬度"),
    money("investment", "总投资"),
    int("capacity", "年产能"),
    text("capacity_unit", "产能单位"),
    int("phase", "期次"),
    date("filed_on", "备案日期"),
    text("contact", "联系人"),
    text("contact_phone", "联系电话"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    for index in part * PART..plan.projects.min((part + 1) * PART) {
        let (p, _) = Project::of(plan, index);
        let mut rng = Rng::stream(plan.seed, Domain::Project, index, 1);
        let seat = Seat { district: p.park_index as u64 % plan.districts, street: p.park_index as u64, community: 0 };
        let centre = division::centre(plan, seat);
        let mut around = |centre: f64| division::round6(centre + rng.normal() * 0.003);
        let (lon, lat) = (around(centre.0), around(centre.1));
        rows.push([
            (index as i64 + 1).into(),
            p.code.into(),
            p.title.into(),
            p.text.into(),
            p.applicant_code.into(),
            p.applicant.into(),
            p.industry.into(),
            p.park.into(),
            p.parcel.into(),
            lon.into(),
            lat.into(),
            Cell::Money(p.investment * 1_000_000),
            p.capacity.into(),
            p.unit.into(),
            (p.phase > 0).then_some(p.phase).into(),
            p.filed.into(),
            p.contact.into(),
            format!("1000{:07}", rng.below(10_000_000)).into(),
        ]);
    }
}
