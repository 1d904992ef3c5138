//! The facts in English.

use super::facts::{Change, Event, Facts, Festival, Growth, Interval, Regressor, Season, Trend, by_reason};
use super::numbers::{Place, Time, number, percent, percent_of, probability, signed};
use super::past::Past;
use crate::forecast::regression::{Group, LeftOut};
use crate::forecast::why::why;

/// One sentence per fact, in the order in which a report would say them.
pub fn sentences(facts: &Facts) -> Vec<String> {
    let mut all = vec![model(facts)];
    all.extend(facts.growth.as_ref().map(growth));
    all.extend(facts.trend.as_ref().map(trend));
    all.push(facts.season.as_ref().map_or_else(|| "The forecast has no season.".to_owned(), season));
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
    let of = if facts.calendar.is_empty() && facts.given.is_empty() {
        ""
    } else {
        " of the series without the effects below"
    };
    let observations = if *n_obs == 1 { "observation" } else { "observations" };
    let head = format!("Forecast{of} from {n_obs} {observations} by {spec}");
    format!("{head}; {}.", why(facts.model, spec).en)
}

fn growth(growth: &Growth) -> String {
    let Growth { steps, factor } = growth;
    let change = percent_of(*factor);
    format!("The sum of the next {steps} steps against that of the last {steps} observed: {change}.")
}

fn trend(trend: &Trend) -> String {
    let per = if trend.per_year { "year" } else { "step" };
    let (change, from, to) = (change(trend.change), time(trend.from), time(trend.to));
    format!("Without season, calendar and regressors the forecast changes by {change} per {per} from {from} to {to}.")
}

fn season(season: &Season) -> String {
    let [(high, up), (low, down)] = [season.highest, season.lowest].map(|(at, size)| (place(at), change(size)));
    format!("Within the cycle the season is highest in {high} ({up}) and lowest in {low} ({down}).")
}

fn calendar(kept: &[(Group, f64)]) -> Option<String> {
    let each: Vec<String> = kept.iter().map(|(kind, p)| format!("{} ({})", group(*kind), probability(*p))).collect();
    (!each.is_empty()).then(|| format!("Calendar terms that stay by F-test: {}.", each.join(", ")))
}

fn group(group: Group) -> &'static str {
    use crate::forecast::holidays::Holiday;
    match group {
        Group::Holiday(Holiday::SpringFestival) => "Spring Festival",
        Group::Holiday(Holiday::DragonBoat) => "Dragon Boat",
        Group::Holiday(Holiday::MidAutumn) => "Mid-Autumn",
        Group::Weekdays => "number of weekdays",
        Group::RestDays => "rest days and weekend days worked",
    }
}

fn festival(festival: &Festival) -> String {
    let before = festival.before.map(|date| format!(" (the year before: {date})")).unwrap_or_default();
    let effects: Vec<String> =
        festival.effects.iter().map(|(at, size)| format!("{} {}", time(*at), change(*size))).collect();
    format!(
        "Spring Festival is on {}{before}; against the mean of all dates this changes {}.",
        festival.date,
        effects.join(", ")
    )
}

fn regressor(regressor: &Regressor) -> String {
    let Regressor { name, t, centre, range: (low, high), .. } = regressor;
    format!(
        "One unit more of `{name}` goes with {} (t = {t:.1}); measured from its median of {}, it contributes {} to {} over \
         the horizon.",
        change(regressor.change),
        number(*centre),
        change(*low),
        change(*high),
    )
}

fn left_out(left_out: &[LeftOut]) -> Option<String> {
    let name = |name: &str| Group::from_name(name).map_or_else(|| format!("`{name}`"), |kind| group(kind).to_owned());
    let each: Vec<String> = by_reason(left_out)
        .into_iter()
        .map(|(names, reason)| {
            let names: Vec<String> = names.into_iter().map(name).collect();
            format!("{} ({reason})", names.join(", "))
        })
        .collect();
    (!each.is_empty()).then(|| format!("Left out: {}.", each.join("; ")))
}

fn one_offs(events: &[Event], count: usize) -> Option<String> {
    let one = |event: &Event| {
        let kind = if event.lasting { "from then on" } else { "once" };
        format!("{} {} {kind}", time(event.time), change(event.change))
    };
    let each: Vec<String> = events.iter().map(one).collect();
    let of = if count > events.len() { format!(", the {} largest of {count}", events.len()) } else { String::new() };
    (!each.is_empty()).then(|| format!("One-offs in the history{of}: {}.", each.join("; ")))
}

fn interval(interval: &Interval) -> String {
    let Interval { level, mean, lo, hi, .. } = interval;
    let share = match *mean > 0.0 {
        true => format!(
            ", that is {} to {} from the forecast of {}",
            percent_of(lo / mean),
            percent_of(hi / mean),
            number(*mean)
        ),
        false => format!(" around the forecast of {}", number(*mean)),
    };
    let (at, level) = (time(interval.time), percent(*level));
    format!("The {level} interval of {at} is {} to {}{share}.", number(*lo), number(*hi))
}

fn coverage(past: &Past, interval: &Interval) -> String {
    let Past { origins, outcomes, within } = past;
    let share = 100.0 * *within as f64 / *outcomes as f64;
    let origins = if *origins == 1 { "one earlier origin".to_owned() } else { format!("{origins} earlier origins") };
    let level = percent(interval.level);
    format!("From {origins}, {within} of {outcomes} outcomes ({share:.0} %) lay in their {level} intervals.")
}

fn change(change: Change) -> String {
    match change {
        Change::Factor(factor) => percent_of(factor),
        Change::Amount(amount) => signed(amount),
    }
}

fn time(time: Time) -> String {
    match time {
        Time::Step(step) => format!("step {step}"),
        other => other.iso().unwrap_or_default(),
    }
}

fn place(place: Place) -> String {
    match place {
        Place::Month(number) => month(number).to_owned(),
        Place::Months(first, last) => format!("{} to {}", month(first), month(last)),
        Place::Quarter(number) => format!("quarter {number}"),
        Place::Weekday(day) => weekday(day).to_owned(),
        Place::Step(number) => format!("step {number} of the cycle"),
    }
}

fn month(number: u32) -> &'static str {
    u8::try_from(number).ok().and_then(|number| chrono::Month::try_from(number).ok()).map_or("", |month| month.name())
}

fn weekday(day: chrono::Weekday) -> &'static str {
    use chrono::Weekday;
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}
