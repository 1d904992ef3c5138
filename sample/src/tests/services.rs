use std::collections::{HashMap, HashSet};

use super::cells::{Row, rows};
use super::*;

#[test]
fn cases_move_forward_through_known_matters() {
    let city = city(3000);
    let matters: HashSet<String> =
        rows(&city, "service", "matter").iter().map(|row| row.text("matter_code").to_owned()).collect();
    assert_eq!(matters.len(), 24);
    let mut cases: HashMap<String, Vec<Row>> = HashMap::new();
    for row in rows(&city, "service", "event") {
        assert!(matters.contains(row.text("matter_code")));
        cases.entry(row.text("case_id").to_owned()).or_default().push(row);
    }
    assert_eq!(cases.len(), 900);
    for events in cases.values() {
        assert_eq!(events[0].text("activity"), "申请");
        for pair in events.windows(2) {
            assert_eq!(pair[0].int("sequence") + 1, pair[1].int("sequence"));
            assert!(pair[0].text("ts") < pair[1].text("ts"));
        }
    }
}

#[test]
fn certificates_belong_to_persons_and_firms() {
    let city = city(6000);
    let people: HashSet<String> =
        rows(&city, "truth", "person").iter().map(|row| row.text("citizen_id").to_owned()).collect();
    let firms: HashSet<String> =
        rows(&city, "legal", "entity").iter().map(|row| row.text("credit_code").to_owned()).collect();
    let mut records = HashSet::new();
    for row in rows(&city, "licence", "certificate") {
        let known = if row.text("holder_type") == "法人" { &firms } else { &people };
        assert!(known.contains(row.text("holder_code")));
        assert!(row.text("issued_on") <= "2025-12-31");
        assert!(records.insert(row.int("record_id")));
    }
}

#[test]
fn places_lie_around_the_city_and_in_its_communities() {
    let city = city(20_000);
    let communities: HashSet<String> =
        rows(&city, "geography", "division").iter().map(|row| row.text("code").to_owned()).collect();
    for row in rows(&city, "geography", "place") {
        assert!(communities.contains(row.text("community_code")));
        assert!((119.1..120.3).contains(&row.float("longitude")) && (38.3..39.3).contains(&row.float("latitude")));
    }
}

#[test]
fn divisions_form_a_tree() {
    let divisions = rows(&city(60_000), "geography", "division");
    let codes: HashSet<&str> = divisions.iter().map(|row| row.text("code")).collect();
    assert_eq!(codes.len(), divisions.len());
    for row in &divisions {
        let parent = row.text("parent_code");
        assert!(
            parent.is_empty() == (row.text("level") == "province") && (parent.is_empty() || codes.contains(parent))
        );
        assert!(row.get("successor_code").is_none_or(|next| codes.contains(next)));
    }
}
