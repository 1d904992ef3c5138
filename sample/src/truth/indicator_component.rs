//! What each series is made of: value = trend × season × Spring Festival × irregular, for periods, not for sums of the year.

use crate::batch::{Column, Rows, date, double, text};
use crate::city::Plan;
use crate::economy::indicator::span;
use crate::economy::model::{INDICATORS, observations};
use crate::geography::division;
use crate::table::Spec;

pub(crate) const TABLE: Spec = Spec {
    schema: "truth",
    name: "indicator_component",
    zh: "指标真实成分",
    columns: COLUMNS,
    expected_rows: observations,
    parts: |_| INDICATORS.len() as u64,
    write,
};

const COLUMNS: &[Column] = &[
    text("indicator_code", "指标代码"),
    text("division_code", "行政区划代码"),
    text("sector", "行业或分类"),
    date("period", "时期"),
    double("value", "当期值"),
    double("trend", "趋势"),
    double("season", "季节因子"),
    double("spring_festival", "春节因子"),
    double("irregular", "不规则因子"),
];

fn write(plan: &Plan, part: u64, rows: &mut Rows) {
    let indicator = &INDICATORS[part as usize];
    for series in indicator.series(plan, part) {
        let code = series.district.map_or(division::CITY_CODE, division::district_code).to_string();
        for at in 0..indicator.periods() {
            let (season, festival) = (indicator.season_factor(at), indicator.festival_factor(at));
            let (value, trend) = (series.value[at], series.trend[at]);
            rows.push([
                indicator.code.into(),
                code.as_str().into(),
                series.sector.unwrap_or("全部").into(),
                span(indicator, at).0.into(),
                value.into(),
                trend.into(),
                season.into(),
                festival.into(),
                (value / (trend * season * festival)).into(),
            ]);
        }
    }
}
