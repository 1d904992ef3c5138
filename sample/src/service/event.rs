//! The event log of service cases: who did what to which case when. Steps take working time, some cases come back for
//! corrections, some are refused or withdrawn, a few are slow enough to break the promise.

use super::matter::{self, MATTERS, Matter};
use crate::batch::{Cell, Column, Rows, int, text, time};
use crate::calendar::{AS_OF, Day};
use crate::city::Plan;
use crate::geography::division;
use crate::rng::{Domain, Rng};
use crate::table::Spec;

const PART: u64 = 1024;

pub(crate) const TABLE: Spec = Spec {
    schema: "service",
    name: "event",
    zh: "政务服务办件过程",
    columns: COLUMNS,
    expected_rows: |plan| plan.cases * 25 / 4,
    parts: |plan| plan.cases.div_ceil(PART),
    write,
};

const COLUMNS: &[Column] = &[
    text("case_id", "办件编号"),
    int("sequence", "环节序号"),
    text("matter_code", "事项编码"),
    text("matter_name", "事项名称"),
    text("activity", "办理环节"),
    text("resource", "经办人"),
    text("department", "办理部门"),
    text("channel", "申请渠道"),
    text("division_code", "行政区划代码"),
    time("ts", "办理时间"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    for case in part * PART..plan.cases.min((part + 1) * PART) {
        write_case(plan, case, rows);
    }
}

fn write_case(plan: &Plan, case: u64, rows: &mut Rows) {
    let mut rng = Rng::stream(plan.seed, Domain::Case, case, 0);
    let index = draw_matter(&mut rng);
    let matter = &MATTERS[index];
    let district = rng.below(plan.districts as usize) as u64;
    let channel = rng.pick(&["窗口", "网上", "网上", "移动端", "自助终端"]);
    let mut clock = Clock::start(&mut rng, channel != "窗口");
    let id = format!("LH{}{:08}", clock.day.compact(), case % 100_000_000);
    for (sequence, activity) in (1..).zip(steps(&mut rng, matter)) {
        if sequence > 1 {
            clock.work(&mut rng, matter.promised, activity);
        }
        if clock.day > AS_OF {
            break;
        }
        rows.push([
            (&id).into(),
            sequence.into(),
            matter::code(index).into(),
            matter.name.into(),
            activity.into(),
            resource(&mut rng, matter, district, activity).into(),
            matter.department.into(),
            channel.into(),
            division::district_code(district).to_string().into(),
            Cell::Time(clock.micros()),
        ]);
    }
}

fn draw_matter(rng: &mut Rng) -> usize {
    let total = MATTERS.iter().map(|m| m.weight).sum();
    let mut left = rng.below(total);
    for (index, matter) in MATTERS.iter().enumerate() {
        if left < matter.weight {
            return index;
        }
        left -= matter.weight;
    }
    0
}

fn steps(rng: &mut Rng, matter: &Matter) -> Vec<&'static str> {
    let mut steps = vec!["申请"];
    while rng.chance(0.18) && steps.len() < 7 {
        steps.extend(["补正通知", "补正提交"]);
    }
    if rng.chance(0.03) {
        steps.push("不予受理");
        return steps;
    }
    steps.extend(["受理", "审查"]);
    if matter.inspected {
        steps.push("现场勘验");
        if rng.chance(0.2) {
            steps.extend(["整改通知", "现场勘验"]);
        }
        steps.push("专家评审");
    }
    if rng.chance(0.02) {
        steps.push("申请人撤回");
        return steps;
    }
    steps.extend(["决定", if rng.chance(0.96) { "办结" } else { "不予许可" }]);
    if rng.chance(0.6) {
        steps.push("送达");
    }
    steps
}

fn resource(rng: &mut Rng, matter: &Matter, district: u64, activity: &str) -> String {
    let decides = matches!(activity, "决定" | "办结" | "不予许可");
    match activity {
        "申请" | "补正提交" | "申请人撤回" => "申请人".to_owned(),
        _ => {
            let desk = if decides { rng.below(3) } else { 3 + rng.below(12) };
            format!("{}{:02}-{desk:02}", matter.department, district + 1)
        }
    }
}

/// Time that moves in working hours: Monday to Friday, 9 to 17:30 (statutory holidays are left out).
struct Clock {
    day: Day,
    second: i64,
}

const OPEN: i64 = 9 * 3600;
const CLOSE: i64 = 17 * 3600 + 1800;

impl Clock {
    fn start(rng: &mut Rng, any_hour: bool) -> Self {
        let day = Day::of(2023, 1, 1) + rng.small(0, 1090);
        let mut clock = Self { day, second: rng.range(OPEN, CLOSE) };
        if any_hour {
            clock.second = rng.range(7 * 3600, 23 * 3600);
        } else {
            clock.skip_weekend();
        }
        clock
    }

    fn skip_weekend(&mut self) {
        while self.day.weekday() >= 5 {
            self.day = self.day + 1;
        }
    }

    /// Moves on by what a step takes: applicants take days, desks a part of the promised time, one in twelve far longer.
    fn work(&mut self, rng: &mut Rng, promised: i64, activity: &str) {
        let share = match activity {
            "补正提交" => rng.unit() * 6.0,
            "受理" | "不予受理" | "补正通知" => rng.unit() * 0.8,
            "送达" => rng.unit() * 3.0,
            _ => rng.unit() * promised as f64 * 0.35,
        };
        let slow = if rng.chance(0.08) { 3.0 } else { 1.0 };
        let mut seconds = (share * slow * (CLOSE - OPEN) as f64) as i64 + rng.range(60, 3600);
        if self.second >= CLOSE {
            self.next_morning();
        }
        self.skip_weekend();
        self.second = self.second.max(OPEN);
        while self.second + seconds > CLOSE {
            seconds -= CLOSE - self.second;
            self.next_morning();
        }
        self.second += seconds;
    }

    fn next_morning(&mut self) {
        self.day = self.day + 1;
        self.skip_weekend();
        self.second = OPEN;
    }

    fn micros(&self) -> i64 {
        (i64::from(self.day.0) * 86_400 + self.second) * 1_000_000
    }
}
