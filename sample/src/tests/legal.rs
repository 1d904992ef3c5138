use std::collections::{BTreeMap, HashMap, HashSet};

use super::cells::{Row, rows};
use super::*;
use crate::numbers::credit;

#[test]
fn credit_codes_are_unique_and_valid_but_for_pilot_codes() {
    let entities = rows(&city(300_000), "legal", "entity");
    let mut seen = HashSet::new();
    let mut pilots = 0;
    for row in &entities {
        let code = row.text("credit_code");
        assert_eq!((code.len(), &code[2..4]), (18, "99"));
        assert!(seen.insert(code.to_owned()));
        pilots += usize::from(!credit::is_valid(code));
    }
    assert!((2..30).contains(&pilots), "{pilots} of {}", entities.len());
}

#[test]
fn records_and_filings_name_entities() {
    let city = city(20_000);
    let entities = rows(&city, "legal", "entity");
    let names: HashMap<&str, &str> = entities.iter().map(|row| (row.text("credit_code"), row.text("name"))).collect();
    let records = rows(&city, "credit", "record");
    assert!(records.iter().all(|row| names.get(row.text("credit_code")) == Some(&row.text("subject_name"))));
    for row in rows(&city, "legal", "park_project") {
        if let Some(code) = row.get("applicant_credit_code") {
            assert!(names.contains_key(code));
        }
        assert!(row.get("abstract").is_none_or(|text| text.chars().count() > 80));
    }
    let shops = rows(&city, "housing", "title");
    let mut shops = shops.iter().filter(|row| row.text("document_type") != "身份证").peekable();
    assert!(shops.peek().is_some());
    assert!(shops.all(|row| names.contains_key(row.text("document_no"))));
}

#[test]
fn copies_are_what_their_relation_says() {
    let city = city(100_000);
    let projects: HashMap<i64, Row> =
        rows(&city, "legal", "park_project").into_iter().map(|row| (row.int("project_id"), row)).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let (mut identical, mut changes) = (0, HashSet::new());
    let copies = rows(&city, "truth", "duplicate_project");
    let ids: HashSet<i64> = copies.iter().map(|row| row.int("project_id")).collect();
    for row in &copies {
        let (copy, original) = (&projects[&row.int("project_id")], &projects[&row.int("of_project_id")]);
        assert!(!ids.contains(&row.int("of_project_id")), "originals are not copies");
        let relation = row.text("relation");
        *counts.entry(relation.to_owned()).or_default() += 1;
        let same = matches!(relation, "same_filing" | "same_project");
        assert_eq!(row.int("true_project_id"), row.int(if same { "of_project_id" } else { "project_id" }));
        assert_eq!(copy.text("industry"), original.text("industry"));
        let title = original.text("title");
        assert!(
            original.get("phase").is_some() || !title.contains('期'),
            "{title}: of a phase that the column has not"
        );
        match relation {
            "split_phase" => {
                let is_told = |column, words: &[&str]| {
                    copy.get(column).is_some_and(|text| words.iter().any(|word| text.contains(word)))
                };
                let is_in_words = is_told("title", &["期"]) || is_told("abstract", &["期工程"]);
                assert!(is_in_words || is_told("phase", &["2", "3"]), "{:?}", copy.get("title"));
            }
            "similar_line" => assert_ne!(copy.text("applicant_name"), original.text("applicant_name")),
            _ => assert_eq!(copy.text("capacity"), original.text("capacity")),
        }
        changes.extend(row.text("changes").split(',').map(str::to_owned));
        identical += usize::from(copy.text("title") == original.text("title"));
    }
    assert_eq!(counts.len(), 4, "{counts:?}");
    for change in [
        "other_units",
        "fewer_amounts",
        "no_abstract",
        "same_capacity",
        "same_investment",
        "phase",
        "full_width",
        "no_credit_code",
    ] {
        assert!(changes.contains(change), "{change} of {changes:?}");
    }
    let share = copies.len() as f64 / projects.len() as f64;
    assert!((share - 0.22).abs() < 0.04, "{share}");
    assert!(identical < copies.len() * 6 / 10, "{identical} of {} titles are unchanged", copies.len());
}

#[test]
fn most_original_filings_have_a_project_code_of_their_own() {
    let projects = rows(&city(100_000), "legal", "park_project");
    let codes: HashSet<&str> = projects.iter().map(|row| row.text("project_code")).collect();
    assert!(codes.len() < projects.len() && codes.len() > projects.len() * 9 / 10, "{}", codes.len());
}
