use std::collections::{BTreeMap, HashMap, HashSet};

use super::cells::{Row, rows};
use super::*;

/// Exact sum of fractions.
fn is_whole(shares: &[(i64, i64)]) -> bool {
    let denominator: i64 = shares.iter().map(|s| s.1).product();
    shares.iter().map(|s| s.0 * (denominator / s.1)).sum::<i64>() == denominator
}

#[test]
fn shares_of_a_unit_sum_to_one_on_every_day() {
    let city = city(6000);
    let mut units: HashMap<String, Vec<Row>> = HashMap::new();
    for row in rows(&city, "housing", "title") {
        assert_eq!(row.text("unit_number").chars().count(), 28);
        units.entry(row.text("unit_number").to_owned()).or_default().push(row);
    }
    assert!(units.len() > 1000, "{}", units.len());
    for (unit, deeds) in &units {
        let days: HashSet<&str> = deeds.iter().map(|row| row.text("registered_on")).collect();
        for day in days {
            let in_force =
                |row: &&Row| row.text("registered_on") <= day && row.get("ended_on").is_none_or(|end| end > day);
            let shares: Vec<(i64, i64)> = deeds
                .iter()
                .filter(in_force)
                .map(|row| (row.int("share_numerator"), row.int("share_denominator")))
                .collect();
            assert!(is_whole(&shares), "{unit} on {day}: {shares:?}");
        }
    }
}

#[test]
fn the_forms_and_reasons_of_ownership_occur() {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows(&city(20_000), "housing", "title") {
        *reasons.entry(row.text("reason").to_owned()).or_default() += 1;
        let paid = row.float("price") > 0.0;
        assert_eq!(paid, row.text("reason").contains("买卖"));
        let current = row.get("ended_on").is_none();
        assert_eq!(current, row.text("status") == "现势");
        let sole = row.text("co_ownership") == "0";
        assert_eq!(sole, row.int("share_denominator") == 1);
        assert!(row.text("is_mortgaged") == "false" || current);
    }
    assert_eq!(reasons.len(), 6, "{reasons:?}");
    assert!(reasons.values().all(|&n| n > 20), "{reasons:?}");
}

#[test]
fn owners_buy_while_they_live_here() {
    let city = city(6000);
    let people: HashMap<i64, Row> =
        rows(&city, "truth", "person").into_iter().map(|row| (row.int("person_id"), row)).collect();
    let holdings = rows(&city, "truth", "holding");
    let ended: HashSet<(&str, &str, &str)> = holdings
        .iter()
        .filter_map(|row| Some((row.text("unit_number"), row.text("holder_code"), row.get("to_date")?)))
        .collect();
    let (mut known, mut remained) = (0, 0);
    for row in &holdings {
        let Some(id) = row.get("person_id") else { continue };
        let Some(person) = people.get(&id.parse().unwrap()) else { panic!("holder {id} does not exist") };
        let (holder, from) = (row.text("holder_code"), row.text("from_date"));
        assert_eq!(person.text("citizen_id"), holder);
        if person.get("died_on").is_some_and(|died| died < from) {
            // The dead acquire nothing, but keep their share until it is inherited.
            assert!(ended.contains(&(row.text("unit_number"), holder, from)), "{holder}");
            remained += 1;
        }
        known += 1;
    }
    assert!(known > 2000 && remained < known / 50, "{remained} of {known}");
}

#[test]
fn some_divorce_buy_and_marry_again() {
    let city = city(40_000);
    let marriages = rows(&city, "truth", "marriage");
    let ended: HashMap<(&str, &str), &str> = marriages
        .iter()
        .filter(|row| row.get("end_reason") == Some("divorce"))
        .map(|row| ((row.text("husband_citizen_id"), row.text("wife_citizen_id")), row.text("to_date")))
        .collect();
    let gaps: HashMap<&str, (&str, &str)> = marriages
        .iter()
        .filter(|row| row.text("reunion") == "true")
        .flat_map(|row| {
            let (husband, wife) = (row.text("husband_citizen_id"), row.text("wife_citizen_id"));
            let gap = (ended[&(husband, wife)], row.text("from_date"));
            [(husband, gap), (wife, gap)]
        })
        .collect();
    let holdings = rows(&city, "truth", "holding");
    let bought = holdings.iter().filter(|row| {
        gaps.get(row.text("holder_code"))
            .is_some_and(|gap| gap.0 <= row.text("from_date") && row.text("from_date") < gap.1)
    });
    assert!(bought.count() > 20);
}
