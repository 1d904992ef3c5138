//! The published indicators: every figure with its date of release and number of revision, so that what was known when can be
//! reconstructed.

use super::model::{Frequency, INDICATORS, Indicator, Measure, Series, observations, round2};
use crate::batch::{Column, Rows, date, double, int, text};
use crate::calendar::{AS_OF, Day};
use crate::city::Plan;
use crate::geography::division;
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "macro",
    name: "indicator",
    zh: "宏观经济指标",
    columns: COLUMNS,
    expected_rows: |plan| observations(plan) * 135 / 100,
    parts: |_| INDICATORS.len() as u64,
    write,
};

const COLUMNS: &[Column] = &[
    text("indicator_code", "指标代码"),
    text("indicator_name", "指标名称"),
    text("frequency", "频率"),
    text("measure", "口径"),
    text("division_code", "行政区划代码"),
    text("sector", "行业或分类"),
    date("period", "时期"),
    text("period_label", "时期名称"),
    double("value", "数值"),
    text("unit", "计量单位"),
    int("revision", "修订次数"),
    date("released_on", "发布日期"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let indicator = &INDICATORS[part as usize];
    for series in indicator.series(plan, part) {
        let mut running = (0.0, 0.0);
        for at in 0..indicator.periods() {
            let first = at % indicator.frequency.per_year() == 0;
            let (mut flash, mut last) = (series.flash[at], series.value[at]);
            if indicator.measure == Measure::YearToDate {
                // The flash of a period stands on final figures of the periods before.
                let before = if first { 0.0 } else { running.1 };
                running = (before + flash, before + last);
                (flash, last) = running;
                if first && indicator.frequency == Frequency::Monthly {
                    continue;
                }
            }
            let revised = indicator.is_revised(plan, part, at);
            push(rows, indicator, &series, at, (0, round2(flash)));
            if revised {
                push(rows, indicator, &series, at, (1, round2(last)));
            }
        }
    }
}

fn push(rows: &mut Rows, indicator: &Indicator, series: &Series, at: usize, (revision, value): (i64, f64)) {
    let (from, next) = span(indicator, at);
    let released = next + if revision == 0 { 17 } else { 47 };
    if released > AS_OF {
        return;
    }
    rows.push([
        indicator.code.into(),
        indicator.name.into(),
        match indicator.frequency {
            Frequency::Monthly => "月",
            Frequency::Quarterly => "季",
        }
        .into(),
        match indicator.measure {
            Measure::Current => "当期值",
            Measure::YearToDate => "累计值",
        }
        .into(),
        series.district.map_or(division::CITY_CODE, division::district_code).to_string().into(),
        series.sector.unwrap_or("全部").into(),
        from.into(),
        label(indicator, at).into(),
        value.into(),
        indicator.unit.into(),
        revision.into(),
        released.into(),
    ]);
}

/// First day of a period and of the next one.
pub(crate) fn span(indicator: &Indicator, at: usize) -> (Day, Day) {
    let (year, period) = indicator.year_and_period(at);
    let months = 12 / indicator.frequency.per_year() as i32;
    let month = period as i32 * months + 1;
    let next = if month + months > 12 { Day::of(year + 1, 1, 1) } else { Day::of(year, month + months, 1) };
    (Day::of(year, month, 1), next)
}

fn label(indicator: &Indicator, at: usize) -> String {
    let (year, period) = indicator.year_and_period(at);
    let n = period + 1;
    let unit = if indicator.frequency == Frequency::Monthly { "月" } else { "季度" };
    match indicator.measure {
        Measure::YearToDate if n > 1 => format!("{year}年1-{n}{unit}"),
        _ => format!("{year}年{n}{unit}"),
    }
}
