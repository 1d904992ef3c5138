//! The facts in Chinese; the order is that of the English sentences.

use chrono::{Datelike, NaiveDate};

use super::facts::{Change, Event, Facts, Festival, Growth, Interval, Regressor, Season, Trend, by_reason};
use super::numbers::{Place, Time, number, percent, percent_of, probability, signed};
use super::past::Past;
use crate::forecast::regression::{Group, LeftOut, Reason};
use crate::forecast::why::why;

/// One sentence per fact.
pub fn sentences(facts: &Facts) -> Vec<String> {
    let mut all = vec![model(facts)];
    all.extend(facts.growth.as_ref().map(growth));
    all.extend(facts.trend.as_ref().map(trend));
    all.push(facts.season.as_ref().map_or_else(|| "预测中没有季节变动。".to_owned(), season));
    all.extend(calendar(&facts.calendar));
    all.extend(facts.festivals.iter().map(festival));
    all.extend(facts.given.iter().map(regressor));
    all.extend(left_out(&facts.left_out));
    all.extend(one_offs(&facts.one_offs, facts.one_offs_count));
    all.push(interval(&facts.interval));
    all.extend(facts.past.as_ref().map(|past| coverage(past, &facts.interval)));
    all
}

fn model(facts: &Facts) -> String {
    let Facts { spec, n_obs, .. } = facts;
    let of = if facts.calendar.is_empty() && facts.given.is_empty() { "" } else { "，扣除下述效应后" };
    let reason = why(facts.model, spec).zh;
    format!("依据 {n_obs} 个观测值{of}用 {spec} 预测；{reason}。")
}

fn growth(growth: &Growth) -> String {
    let Growth { steps, factor } = growth;
    format!("未来 {steps} 期合计与最近 {steps} 期观测值合计相比：{}。", percent_of(*factor))
}

fn trend(trend: &Trend) -> String {
    let per = if trend.per_year { "每年" } else { "每期" };
    let (change, from, to) = (change(trend.change), time(trend.from), time(trend.to));
    format!("扣除季节、日历和回归变量后，从{from}到{to}预测值{per}变化 {change}。")
}

fn season(season: &Season) -> String {
    let [(high, up), (low, down)] = [season.highest, season.lowest].map(|(at, size)| (place(at), change(size)));
    format!("一个周期内，季节影响在{high}最高（{up}），在{low}最低（{down}）。")
}

fn calendar(kept: &[(Group, f64)]) -> Option<String> {
    let each: Vec<String> = kept.iter().map(|(kind, p)| format!("{}（{}）", group(*kind), probability(*p))).collect();
    (!each.is_empty()).then(|| format!("经 F 检验保留的日历项：{}。", each.join("、")))
}

fn group(group: Group) -> &'static str {
    use crate::forecast::holidays::Holiday;
    match group {
        Group::Holiday(Holiday::SpringFestival) => "春节",
        Group::Holiday(Holiday::DragonBoat) => "端午节",
        Group::Holiday(Holiday::MidAutumn) => "中秋节",
        Group::Weekdays => "周一至周五的天数",
        Group::RestDays => "放假与调休上班",
    }
}

fn festival(festival: &Festival) -> String {
    let before = festival.before.map(|before| format!("（上一年为{}）", date(before))).unwrap_or_default();
    let effects: Vec<String> =
        festival.effects.iter().map(|(at, size)| format!("{} {}", time(*at), change(*size))).collect();
    format!("春节在{}{before}；与历年日期的平均相比，影响为：{}。", date(festival.date), effects.join("，"))
}

fn regressor(regressor: &Regressor) -> String {
    let Regressor { name, t, centre, range: (low, high), .. } = regressor;
    format!(
        "“{name}”每增加一个单位，对应变化 {}（t = {t:.1}）；以其历史中位数 {} 为基准，在预测期贡献 {} 至 {}。",
        change(regressor.change),
        number(*centre),
        change(*low),
        change(*high),
    )
}

fn left_out(left_out: &[LeftOut]) -> Option<String> {
    let name = |name: &str| Group::from_name(name).map_or_else(|| format!("“{name}”"), |kind| group(kind).to_owned());
    let each: Vec<String> = by_reason(left_out)
        .into_iter()
        .map(|(names, reason)| {
            let names: Vec<String> = names.into_iter().map(name).collect();
            format!("{}（{}）", names.join("、"), left_for(reason))
        })
        .collect();
    (!each.is_empty()).then(|| format!("未采用：{}。", each.join("；")))
}

fn left_for(reason: Reason) -> String {
    match reason {
        Reason::Constant => "在历史期内不变".to_owned(),
        Reason::Absorbed => "与水平、趋势和季节无法区分".to_owned(),
        Reason::Dependent => "可由前面的回归变量解释".to_owned(),
        Reason::Refused => "不降低信息准则".to_owned(),
        Reason::NotSignificant { p } => format!("作用与偶然无法区分，F 检验 p = {p:.3}"),
        Reason::TooShort => "历史太短，与季节无法区分".to_owned(),
        Reason::Unknown => "并非每一天都已知".to_owned(),
    }
}

fn one_offs(events: &[Event], count: usize) -> Option<String> {
    let one = |event: &Event| {
        let kind = if event.lasting { "起持续" } else { "一次性" };
        format!("{}{kind} {}", time(event.time), change(event.change))
    };
    let each: Vec<String> = events.iter().map(one).collect();
    let of = if count > events.len() {
        format!("（共 {count} 个，列出最大的 {} 个）", events.len())
    } else {
        String::new()
    };
    (!each.is_empty()).then(|| format!("历史中的一次性变动{of}：{}。", each.join("；")))
}

fn interval(interval: &Interval) -> String {
    let Interval { level, mean, lo, hi, .. } = interval;
    let share = match *mean > 0.0 {
        true => format!("，与预测值 {} 相差 {} 至 {}", number(*mean), percent_of(lo / mean), percent_of(hi / mean)),
        false => format!("，预测值为 {}", number(*mean)),
    };
    let level = percent(*level);
    format!("{}的 {level} 区间为 {} 至 {}{share}。", time(interval.time), number(*lo), number(*hi))
}

fn coverage(past: &Past, interval: &Interval) -> String {
    let Past { origins, outcomes, within } = past;
    let share = 100.0 * *within as f64 / *outcomes as f64;
    let level = percent(interval.level);
    format!("从 {origins} 个较早时点预测，{outcomes} 个实际值中有 {within} 个（{share:.0} %）落在 {level} 区间内。")
}

fn change(change: Change) -> String {
    match change {
        Change::Factor(factor) => percent_of(factor),
        Change::Amount(amount) => signed(amount),
    }
}

fn date(date: NaiveDate) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

fn time(time: Time) -> String {
    match time {
        Time::Month(date) => format!("{}年{}月", date.year(), date.month()),
        Time::Months(date, 3) => format!("{}年第{}季度", date.year(), date.month0() / 3 + 1),
        Time::Months(date, _) => format!("自{}年{}月起的一期", date.year(), date.month()),
        Time::Day(day) => date(day),
        Time::Step(step) => format!("第 {step} 期"),
    }
}

fn place(place: Place) -> String {
    match place {
        Place::Month(number) => format!("{number}月"),
        Place::Months(first, last) => format!("{first}至{last}月"),
        Place::Quarter(number) => format!("第{number}季度"),
        Place::Weekday(day) => {
            format!("星期{}", ["一", "二", "三", "四", "五", "六", "日"][day.num_days_from_monday() as usize])
        }
        Place::Step(number) => format!("周期第 {number} 期"),
    }
}
