use std::collections::HashMap;

use super::cells::{Row, rows};
use super::*;

fn by_record(rows: Vec<Row>) -> HashMap<i64, Row> {
    rows.into_iter().map(|row| (row.int("record_id"), row)).collect()
}

fn near(found: f64, nominal: f64, n: usize) -> bool {
    // Four standard errors of a proportion.
    (found - nominal).abs() < 4.0 * (nominal * (1.0 - nominal) / n as f64).sqrt()
}

#[test]
fn every_register_row_has_its_truth_and_the_truth_its_row() {
    let city = city(3000);
    let truth = rows(&city, "truth", "person_row");
    for (schema, name, per_row) in [("population", "person", 1), ("population", "marriage", 2)] {
        let register = format!("{schema}.{name}");
        let records = by_record(rows(&city, schema, name));
        let mut seen: HashMap<i64, usize> = HashMap::new();
        for row in truth.iter().filter(|row| row.text("register") == register) {
            assert!(records.contains_key(&row.int("record_id")));
            *seen.entry(row.int("record_id")).or_default() += 1;
        }
        assert!(seen.len() == records.len() && seen.values().all(|&n| n == per_row), "{register}");
    }
    let titles = by_record(rows(&city, "housing", "title"));
    let persons = titles.values().filter(|row| row.text("document_type") == "身份证").count();
    assert_eq!(truth.iter().filter(|row| row.text("register") == "housing.title").count(), persons);
}

#[test]
fn spouse_numbers_are_missing_at_their_rate() {
    for (errors, nominal) in [(ErrorLevel::Medium, 0.02), (ErrorLevel::Heavy, 0.06)] {
        let marriages = rows(&city_with(30_000, errors), "population", "marriage");
        let missing = |row: &&Row| row.get("husband_id").is_none() || row.get("wife_id").is_none();
        let found = marriages.iter().filter(missing).count() as f64 / marriages.len() as f64;
        assert!(near(found, nominal, marriages.len()), "{found} for {nominal}");
    }
}

#[test]
fn one_in_five_marriages_of_other_cities_is_missing() {
    let marriages = rows(&city(30_000), "truth", "marriage");
    let elsewhere: Vec<&Row> = marriages.iter().filter(|row| row.text("registered_elsewhere") == "true").collect();
    let lost = elsewhere.iter().filter(|row| row.text("in_register") == "false").count();
    assert!(near(lost as f64 / elsewhere.len() as f64, 0.20, elsewhere.len()), "{lost} of {}", elsewhere.len());
    assert!(
        marriages.iter().all(|row| row.text("in_register") == "true" || row.text("registered_elsewhere") == "true")
    );
}

#[test]
fn old_numbers_are_found_in_old_records_only() {
    let marriages = rows(&city(30_000), "population", "marriage");
    let (mut old, mut short) = (0, 0);
    for row in marriages.iter().filter(|row| row.get("husband_id").is_some()) {
        let fifteen = row.text("husband_id").len() == 15;
        if row.text("registered_on") < "1999-10-01" {
            old += 1;
            short += usize::from(fifteen);
        } else {
            assert!(!fifteen);
        }
    }
    assert!(near(short as f64 / old as f64, 0.30, old), "{short} of {old}");
}

#[test]
fn person_numbers_and_duplicates_err_at_their_rates() {
    let city = city(60_000);
    let people: HashMap<i64, Row> =
        rows(&city, "truth", "person").into_iter().map(|row| (row.int("person_id"), row)).collect();
    let truth: HashMap<i64, i64> = rows(&city, "truth", "person_row")
        .iter()
        .filter(|row| row.text("register") == "population.person")
        .map(|row| (row.int("record_id"), row.int("person_id")))
        .collect();
    let register = rows(&city, "population", "person");
    let duplicates = register.len() - people.len();
    assert!(near(duplicates as f64 / people.len() as f64, 0.0022, people.len()), "{duplicates}");
    let wrong = register.iter().filter(|row| {
        let person = &people[&truth[&row.int("record_id")]];
        row.get("household_id").is_some() && row.text("citizen_id") != person.text("citizen_id")
    });
    let share = wrong.count() as f64 / people.len() as f64;
    assert!(near(share, 0.0011, people.len()), "{share}");
}

#[test]
fn names_lose_rare_characters_and_change() {
    let city = city(60_000);
    let register = rows(&city, "population", "person");
    let has = |what: &str| register.iter().any(|row| row.text("name").contains(what));
    assert!(has("?") && has("YAN"), "rare characters are lost in some names");
    let changed = register.iter().filter(|row| row.get("former_name").is_some()).count();
    assert!((100..500).contains(&changed), "{changed}");
    let titles = rows(&city, "housing", "title");
    assert!(titles.iter().any(|row| !row.text("location").contains("联和市")), "some addresses are abbreviated");
}
