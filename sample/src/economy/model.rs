//! The model behind the indicators: value = trend × season × Spring Festival × irregular, for each leaf (district and
//! sector); every total is the exact sum of its leaves, flash estimates included.

use super::spring_festival;
use crate::city::Plan;
use crate::rng::{Domain, Rng};

pub(crate) const FIRST: i32 = 2011;
pub(crate) const LAST: i32 = 2025;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frequency {
    Monthly,
    Quarterly,
}

impl Frequency {
    pub fn per_year(self) -> usize {
        match self {
            Frequency::Monthly => 12,
            Frequency::Quarterly => 4,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// The value of the period itself.
    Current,
    /// Published as the sum since January, with nothing for January alone.
    YearToDate,
}

pub(crate) struct Indicator {
    pub code: &'static str,
    pub name: &'static str,
    pub unit: &'static str,
    pub frequency: Frequency,
    pub measure: Measure,
    /// Of the whole city in one period of 2011.
    base: f64,
    /// Growth per year in 2011 and in 2025; between them a straight line.
    growth: (f64, f64),
    season: Season,
    festival: f64,
    noise: f64,
    pub by_district: bool,
    pub sectors: &'static [&'static str],
}

type Season = [f64; 12];

const FLAT: Season = [1.0; 12];
const INDUSTRY: Season = [0.98, 0.93, 1.03, 0.99, 1.00, 1.03, 0.98, 0.98, 1.01, 0.99, 1.02, 1.06];
const RETAIL: Season = [1.06, 0.98, 0.95, 0.94, 0.98, 0.98, 0.96, 0.98, 1.01, 1.06, 1.03, 1.07];
const POWER: Season = [1.02, 0.93, 0.97, 0.92, 0.94, 1.00, 1.14, 1.15, 1.00, 0.94, 0.96, 1.03];
const INVEST: Season = [0.62, 0.70, 1.05, 1.03, 1.08, 1.22, 1.00, 1.00, 1.08, 1.03, 1.03, 1.16];
const TAX: Season = [1.30, 0.88, 0.90, 1.05, 1.12, 1.08, 1.05, 0.86, 0.90, 1.06, 0.90, 0.90];
const TOURISM: Season = [0.78, 0.92, 0.85, 1.05, 1.18, 0.95, 1.15, 1.18, 0.92, 1.45, 0.82, 0.75];

const MANUFACTURING: &[&str] = &["装备制造", "电子信息", "化工材料", "食品医药", "其他工业"];

#[rustfmt::skip]
pub(crate) const INDICATORS: [Indicator; 14] = [
    Indicator { code: "M0101", name: "工业总产值", unit: "万元", frequency: Frequency::Monthly, measure: Measure::Current, base: 980_000.0, growth: (0.12, 0.045), season: INDUSTRY, festival: -0.16, noise: 0.012, by_district: true, sectors: MANUFACTURING },
    Indicator { code: "M0102", name: "工业增加值", unit: "万元", frequency: Frequency::Monthly, measure: Measure::YearToDate, base: 240_000.0, growth: (0.12, 0.05), season: INDUSTRY, festival: -0.14, noise: 0.010, by_district: true, sectors: &[] },
    Indicator { code: "M0201", name: "社会消费品零售总额", unit: "万元", frequency: Frequency::Monthly, measure: Measure::YearToDate, base: 420_000.0, growth: (0.15, 0.04), season: RETAIL, festival: 0.07, noise: 0.010, by_district: true, sectors: &["批发业", "零售业", "住宿业", "餐饮业"] },
    Indicator { code: "M0301", name: "固定资产投资完成额", unit: "万元", frequency: Frequency::Monthly, measure: Measure::YearToDate, base: 560_000.0, growth: (0.20, 0.02), season: INVEST, festival: -0.22, noise: 0.025, by_district: true, sectors: &["工业", "基础设施", "房地产"] },
    Indicator { code: "M0401", name: "全社会用电量", unit: "万千瓦时", frequency: Frequency::Monthly, measure: Measure::Current, base: 62_000.0, growth: (0.09, 0.05), season: POWER, festival: -0.18, noise: 0.010, by_district: true, sectors: &["第一产业", "第二产业", "第三产业", "居民生活"] },
    Indicator { code: "M0501", name: "一般公共预算收入", unit: "万元", frequency: Frequency::Monthly, measure: Measure::YearToDate, base: 88_000.0, growth: (0.16, 0.02), season: TAX, festival: 0.0, noise: 0.020, by_district: true, sectors: &[] },
    Indicator { code: "M0502", name: "一般公共预算支出", unit: "万元", frequency: Frequency::Monthly, measure: Measure::YearToDate, base: 125_000.0, growth: (0.15, 0.03), season: INVEST, festival: 0.0, noise: 0.020, by_district: true, sectors: &[] },
    Indicator { code: "M0601", name: "进出口总额", unit: "万元", frequency: Frequency::Monthly, measure: Measure::Current, base: 210_000.0, growth: (0.11, 0.04), season: INDUSTRY, festival: -0.25, noise: 0.030, by_district: true, sectors: &["出口", "进口"] },
    Indicator { code: "M0701", name: "公路货运量", unit: "万吨", frequency: Frequency::Monthly, measure: Measure::Current, base: 310.0, growth: (0.09, 0.035), season: INDUSTRY, festival: -0.28, noise: 0.015, by_district: true, sectors: &[] },
    Indicator { code: "M0801", name: "接待游客人数", unit: "万人次", frequency: Frequency::Monthly, measure: Measure::Current, base: 95.0, growth: (0.16, 0.07), season: TOURISM, festival: 0.45, noise: 0.035, by_district: true, sectors: &[] },
    Indicator { code: "M0901", name: "金融机构本外币存款余额", unit: "万元", frequency: Frequency::Monthly, measure: Measure::Current, base: 9_800_000.0, growth: (0.14, 0.08), season: FLAT, festival: 0.012, noise: 0.004, by_district: false, sectors: &[] },
    Indicator { code: "M1001", name: "居民消费价格指数", unit: "上年同月=100", frequency: Frequency::Monthly, measure: Measure::Current, base: 102.0, growth: (-0.001, 0.0), season: FLAT, festival: 0.008, noise: 0.003, by_district: false, sectors: &[] },
    Indicator { code: "Q0101", name: "地区生产总值", unit: "万元", frequency: Frequency::Quarterly, measure: Measure::YearToDate, base: 1_350_000.0, growth: (0.115, 0.05), season: [0.88, 0.98, 1.00, 1.14, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], festival: 0.0, noise: 0.006, by_district: true, sectors: &["第一产业", "第二产业", "第三产业"] },
    Indicator { code: "Q0201", name: "城镇新增就业人数", unit: "人", frequency: Frequency::Quarterly, measure: Measure::Current, base: 9_600.0, growth: (0.03, 0.0), season: [0.95, 1.12, 1.08, 0.85, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], festival: 0.0, noise: 0.020, by_district: true, sectors: &[] },
];

/// One published series; `None` means the total over districts or sectors.
pub(crate) struct Series {
    pub district: Option<u64>,
    pub sector: Option<&'static str>,
    pub trend: Vec<f64>,
    /// Final values of the periods themselves, rounded to two decimals, leaf by leaf.
    pub value: Vec<f64>,
    /// What was first published.
    pub flash: Vec<f64>,
}

impl Indicator {
    pub fn periods(&self) -> usize {
        (LAST - FIRST + 1) as usize * self.frequency.per_year()
    }

    pub fn year_and_period(&self, at: usize) -> (i32, usize) {
        let n = self.frequency.per_year();
        (FIRST + (at / n) as i32, at % n)
    }

    pub fn season_factor(&self, at: usize) -> f64 {
        self.season[at % self.frequency.per_year()]
    }

    pub fn festival_factor(&self, at: usize) -> f64 {
        let (year, period) = self.year_and_period(at);
        match self.frequency {
            Frequency::Monthly => 1.0 + self.festival * spring_festival::share(year, period as i32 + 1),
            Frequency::Quarterly => 1.0,
        }
    }

    /// Whether the first figure of a period was revised: the same for all series of an indicator.
    pub fn is_revised(&self, plan: &Plan, indicator: u64, at: usize) -> bool {
        Rng::stream(plan.seed, Domain::Indicator, indicator, at as u64 | 1 << 40).chance(0.4)
    }

    /// How many series [`Indicator::series`] gives.
    fn series_count(&self, plan: &Plan) -> u64 {
        let districts = if self.by_district { plan.districts } else { 1 };
        let with_total = |count: u64| if count > 1 { count + 1 } else { 1 };
        with_total(districts) * with_total(self.sectors.len() as u64)
    }

    /// All series: leaves and their totals over districts, sectors and both.
    pub fn series(&self, plan: &Plan, indicator: u64) -> Vec<Series> {
        let districts: Vec<Option<u64>> =
            if self.by_district { (0..plan.districts).map(Some).collect() } else { vec![None] };
        let sectors: Vec<Option<&'static str>> =
            if self.sectors.is_empty() { vec![None] } else { self.sectors.iter().copied().map(Some).collect() };
        let shares = (shares(districts.len(), 0.7), shares(sectors.len(), 0.8));
        let mut leaves = Vec::new();
        for (d, &district) in districts.iter().enumerate() {
            for (s, &sector) in sectors.iter().enumerate() {
                let leaf = (d * 16 + s) as u64;
                let base = self.base * shares.0[d] * shares.1[s];
                leaves.push(self.leaf(plan, (indicator, leaf), base, (district, sector)));
            }
        }
        self.with_totals(leaves, &districts, &sectors)
    }

    fn leaf(
        &self,
        plan: &Plan,
        (indicator, leaf): (u64, u64),
        base: f64,
        (district, sector): (Option<u64>, Option<&'static str>),
    ) -> Series {
        let mut rng = Rng::stream(plan.seed, Domain::Indicator, indicator, leaf);
        let drift = (rng.unit() - 0.5) * 0.02;
        let (n, periods) = (self.frequency.per_year() as f64, self.periods());
        let mut level = base;
        let mut series = Series::empty(district, sector, periods);
        for at in 0..periods {
            let progress = at as f64 / periods as f64;
            let growth = self.growth.0 + (self.growth.1 - self.growth.0) * progress + drift;
            level *= 1.0 + growth / n;
            let irregular = self.irregular(&mut rng, at);
            let value = round2(level * self.season_factor(at) * self.festival_factor(at) * irregular);
            let slip = 1.0 + rng.normal() * 0.008;
            let flash = if self.is_revised(plan, indicator, at) { round2(value * slip) } else { value };
            series.trend[at] = level;
            series.value[at] = value;
            series.flash[at] = flash;
        }
        series
    }

    /// Noise, now and then an outlier, and the epidemic of early 2020.
    fn irregular(&self, rng: &mut Rng, at: usize) -> f64 {
        let noise = rng.normal() * self.noise;
        let outlier = if rng.chance(0.01) { 5.0 } else { 1.0 };
        let (year, period) = self.year_and_period(at);
        let month = if self.frequency == Frequency::Monthly { period } else { period * 3 + 1 };
        // How hard it struck grows with how much the series feels a festival at all.
        let shock = match (year, month) {
            (2020, 1) => 1.2,
            (2020, 2) => 0.7,
            (2020, 3) => 0.3,
            _ => 0.0,
        };
        (1.0 + noise * outlier) * (1.0 - shock * self.festival.abs().min(0.5))
    }

    fn with_totals(
        &self,
        mut all: Vec<Series>,
        districts: &[Option<u64>],
        sectors: &[Option<&'static str>],
    ) -> Vec<Series> {
        let total = |leaves: &[Series], district: Option<u64>, sector: Option<&'static str>| {
            let mut total = Series::empty(district, sector, self.periods());
            let belongs = |s: &&Series| {
                (district.is_none() || s.district == district) && (sector.is_none() || s.sector == sector)
            };
            leaves.iter().filter(belongs).for_each(|leaf| total.add(leaf));
            total
        };
        let mut totals = Vec::new();
        if sectors.len() > 1 {
            totals.extend(districts.iter().filter(|d| d.is_some()).map(|&d| total(&all, d, None)));
        }
        if districts.len() > 1 {
            totals.extend(sectors.iter().filter(|s| s.is_some()).map(|&s| total(&all, None, s)));
        }
        if all.len() > 1 {
            totals.push(total(&all, None, None));
        }
        all.append(&mut totals);
        all
    }
}

impl Series {
    fn empty(district: Option<u64>, sector: Option<&'static str>, periods: usize) -> Self {
        let zeros = || vec![0.0; periods];
        Self { district, sector, trend: zeros(), value: zeros(), flash: zeros() }
    }

    fn add(&mut self, leaf: &Series) {
        let sum = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(a, b)| *a = round2(*a + b));
        sum(&mut self.trend, &leaf.trend);
        sum(&mut self.value, &leaf.value);
        sum(&mut self.flash, &leaf.flash);
    }
}

/// The periods of all series of all indicators.
pub(crate) fn observations(plan: &Plan) -> u64 {
    INDICATORS.iter().map(|i| i.series_count(plan) * i.periods() as u64).sum()
}

/// Shares that fall by a constant ratio and sum to one.
fn shares(count: usize, ratio: f64) -> Vec<f64> {
    let mut weights = Vec::with_capacity(count);
    let mut weight = 1.0;
    for _ in 0..count {
        weights.push(0.2 + weight);
        weight *= ratio;
    }
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

pub(crate) fn round2(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests;
