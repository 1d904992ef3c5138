use std::collections::{HashMap, HashSet};

use super::cells::{Row, rows};
use super::*;
use crate::numbers::citizen;

fn by_id(people: &[Row]) -> HashMap<i64, &Row> {
    people.iter().map(|row| (row.int("person_id"), row)).collect()
}

fn year(date: &str) -> i32 {
    date[..4].parse().unwrap()
}

#[test]
fn citizen_numbers_are_valid_synthetic_and_unique() {
    let mut seen = HashSet::new();
    for row in rows(&city(30_000), "truth", "person") {
        let number = row.text("citizen_id");
        assert!(citizen::is_valid(number) && number.starts_with("99"), "{number}");
        assert_eq!(number[6..14], row.text("birth_date").replace('-', ""));
        let odd = number.as_bytes()[16] % 2 == 1;
        assert_eq!(odd, row.text("sex") == "1");
        assert!(seen.insert(number.to_owned()), "{number} twice");
    }
}

#[test]
fn parents_exist_and_are_older() {
    let people = rows(&city(6000), "truth", "person");
    let by_id = by_id(&people);
    let mut with_parents = 0;
    for row in &people {
        for (parent, sex) in [("father_id", "1"), ("mother_id", "2")] {
            let Some(id) = row.get(parent) else { continue };
            let parent = by_id[&id.parse().unwrap()];
            assert_eq!(parent.text("sex"), sex);
            let gap = year(row.text("birth_date")) - year(parent.text("birth_date"));
            assert!((16..=80).contains(&gap), "{gap}");
            assert!(sex == "1" || gap <= 55, "a mother of {gap}");
            with_parents += 1;
        }
    }
    assert!(with_parents > 2000, "{with_parents}");
}

#[test]
fn lives_are_in_order() {
    for row in rows(&city(6000), "truth", "person") {
        let (born, entered) = (row.text("birth_date"), row.text("entered_on"));
        assert!(born <= entered && entered <= "2025-12-31");
        for end in ["died_on", "moved_out_on"] {
            assert!(row.get(end).is_none_or(|end| entered <= end && end <= "2025-12-31"));
        }
        assert!(row.get("died_on").is_none() || row.get("moved_out_on").is_none());
    }
}

#[test]
fn spouses_agree() {
    let people = rows(&city(6000), "truth", "person");
    let by_id = by_id(&people);
    let mut married = 0;
    for row in &people {
        let Some(spouse) = row.get("spouse_id") else { continue };
        let spouse = by_id[&spouse.parse().unwrap()];
        assert_eq!(spouse.int("spouse_id"), row.int("person_id"));
        assert_ne!(spouse.text("sex"), row.text("sex"));
        assert_ne!(row.get("father_id").or(Some("-")), spouse.get("father_id").or(Some("")));
        married += 1;
    }
    assert!(married > 1500, "{married}");
}

#[test]
fn marriages_of_one_person_do_not_overlap() {
    let city = city(6000);
    let people = rows(&city, "truth", "person");
    let by_id = by_id(&people);
    let mut of: HashMap<i64, Vec<(String, String)>> = HashMap::new();
    let mut out_of_city = 0;
    for row in rows(&city, "truth", "marriage") {
        let interval = (row.text("from_date").to_owned(), row.get("to_date").unwrap_or("9999").to_owned());
        assert!(interval.0 < interval.1);
        for side in ["husband", "wife"] {
            let number = row.text(&format!("{side}_citizen_id"));
            match row.get(&format!("{side}_id")) {
                Some(id) => {
                    let person = by_id[&id.parse().unwrap()];
                    assert_eq!(person.text("citizen_id"), number);
                    let age = year(&interval.0) - year(person.text("birth_date"));
                    assert!(age >= 19, "married at {age}");
                    of.entry(id.parse().unwrap()).or_default().push(interval.clone());
                }
                None => {
                    assert!(citizen::is_valid(number));
                    out_of_city += 1;
                }
            }
        }
    }
    for intervals in of.values_mut() {
        intervals.sort();
        assert!(intervals.windows(2).all(|w| w[0].1 <= w[1].0), "{intervals:?}");
    }
    assert!(out_of_city > 100, "{out_of_city}");
}

#[test]
fn some_couples_live_across_blocks_and_some_marry_again() {
    let city = city(6000);
    let block = |id: i64| (id - 1) / 500;
    let marriages = rows(&city, "truth", "marriage");
    let ids = |row: &Row| Some((row.get("husband_id")?.parse().unwrap(), row.get("wife_id")?.parse().unwrap()));
    let across = marriages.iter().filter_map(ids).filter(|&(h, w)| block(h) != block(w)).count();
    assert!(across > 30, "{across}");
    assert!(marriages.iter().any(|row| row.text("reunion") == "true"));
}

#[test]
fn every_household_has_one_head_and_its_members() {
    let city = city(6000);
    let mut heads: HashMap<String, (usize, i64)> = HashMap::new();
    let residents = rows(&city, "truth", "person");
    let alive: HashSet<i64> = residents
        .iter()
        .filter(|row| row.get("died_on").is_none() && row.get("moved_out_on").is_none())
        .map(|row| row.int("person_id"))
        .collect();
    let truth = register_truth(&city, "population.person");
    let mut relations = HashSet::new();
    for row in rows(&city, "population", "person") {
        let Some(household) = row.get("household_id") else { continue };
        if !alive.contains(&truth[&row.int("record_id")]) {
            assert_eq!(row.get("relation_to_head"), None);
            continue;
        }
        let relation = row.text("relation_to_head");
        relations.insert(relation.to_owned());
        let entry = heads.entry(household.to_owned()).or_default();
        entry.0 += usize::from(relation == "02");
        entry.1 += 1;
    }
    let households = rows(&city, "population", "household");
    assert_eq!(households.len(), heads.len());
    for row in households {
        assert_eq!(heads[row.text("household_id")], (1, row.int("members")));
    }
    for relation in ["02", "11", "12", "20", "30", "38", "41", "97"] {
        assert!(relations.contains(relation), "no {relation}");
    }
}

#[test]
fn household_ties_follow_each_other() {
    let mut ties: HashMap<i64, Vec<(String, String)>> = HashMap::new();
    for row in rows(&city(3000), "truth", "household_tie") {
        let interval = (row.text("from_date").to_owned(), row.get("to_date").unwrap_or("9999").to_owned());
        assert!(interval.0 <= interval.1);
        ties.entry(row.int("person_id")).or_default().push(interval);
    }
    assert_eq!(ties.len(), 3000, "everyone belonged to a household");
    for intervals in ties.values() {
        assert!(intervals.windows(2).all(|w| w[0].1 == w[1].0), "{intervals:?}");
    }
}

#[test]
fn traps_are_planted() {
    let people = rows(&city(40_000), "truth", "person");
    let mut births: HashMap<(&str, &str), usize> = HashMap::new();
    let mut namesakes: HashMap<(&str, &str), usize> = HashMap::new();
    for row in &people {
        if let Some(mother) = row.get("mother_id") {
            *births.entry((mother, row.text("birth_date"))).or_default() += 1;
        }
        *namesakes.entry((row.text("name"), row.text("birth_date"))).or_default() += 1;
    }
    let twins = births.values().filter(|&&n| n == 2).count();
    let equal = namesakes.values().filter(|&&n| n > 1).count();
    assert!(twins > 50, "{twins} pairs of twins");
    assert!(equal > 20, "{equal} groups of equal name and birth date");
    assert!(people.iter().any(|row| row.text("name").contains('·')));
    assert!(people.iter().any(|row| row.text("name").contains('䶮')));
    assert!(people.iter().any(|row| row.text("name").starts_with("欧阳")));
}

/// Record number to person, for a register with one person a row.
fn register_truth(city: &City, register: &str) -> HashMap<i64, i64> {
    rows(city, "truth", "person_row")
        .iter()
        .filter(|row| row.text("register") == register)
        .filter_map(|row| Some((row.int("record_id"), row.get("person_id")?.parse().unwrap())))
        .collect()
}
