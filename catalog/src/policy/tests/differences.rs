//! What people see otherwise when policies change.

use super::*;

fn told(old: &str, new: &str, people: &[&str]) -> Vec<String> {
    let people: Vec<Subject> = people.iter().map(|text| subject(text)).collect();
    let found = compare(&under(old), &under(new), &people, NOW);
    for difference in &found {
        let (english, chinese) = (difference.english(), difference.chinese());
        assert_eq!(english.starts_with('!'), difference.weakens(), "{english}");
        assert!(chinese.starts_with(&english[..1]) && chinese.contains('：'), "{chinese}");
    }
    found.iter().map(Difference::english).collect()
}

const ALL: &str = "permit (principal, action == Action::\"read\", resource == Field::\"population.person.name\");";

#[test]
fn nothing_is_different() {
    assert_eq!(told(ALL, ALL, &["a", "b: steward"]), [""; 0]);
    assert_eq!(told(ALL, &format!("{ALL} @id(\"again\") {ALL}"), &["a"]), [""; 0], "said twice");
    assert_eq!(told("", ALL, &[]), [""; 0], "nobody is asked about");
}

#[test]
fn what_people_gain_and_lose_is_told() {
    let people = ["zhang: analyst", "li: analyst", "wang: steward"];
    let analysts = "permit (principal in Role::\"analyst\", action == Action::\"read\", resource)
        when { resource.dataset == \"population.person\" && [\"sex\", \"name\"].contains(resource.name) };";
    assert_eq!(told("", analysts, &people), ["! li, zhang: read `population.person`: columns gained: name, sex"]);
    assert_eq!(told(analysts, "", &people), ["~ li, zhang: read `population.person`: columns lost: name, sex"]);
    let write = "permit (principal == User::\"li\", action, resource == Field::\"population.person.name\");";
    assert_eq!(
        told(analysts, &format!("{analysts}{write}"), &people),
        ["! li: write `population.person`: columns gained: name"],
    );
}

#[test]
fn masks_and_rows_are_told() {
    let masked = |mask: &str| ALL.replace("permit", &format!("@mask(\"{mask}\") permit"));
    assert_eq!(
        told(ALL, &masked("none"), &["a"]),
        ["! a: read `population.person`: less masked, plain, before keep(1,0): name"],
    );
    assert_eq!(
        told(ALL, &masked("hash"), &["a"]),
        ["~ a: read `population.person`: more masked, hash, before keep(1,0): name"],
    );
    let rows = ALL.replace("permit", "@id(\"r\") @mask(\"none\") @rows(\"sex = '1'\") permit");
    assert_eq!(
        told(ALL, &format!("{ALL}{rows}"), &["a"]),
        ["! a: read `population.person`: shown as plain where sex = '1' | keep(1,0), before keep(1,0): name"],
    );
    assert_eq!(
        told(&format!("{ALL}{rows}"), ALL, &["a"]),
        ["~ a: read `population.person`: shown as keep(1,0), before plain where sex = '1' | keep(1,0): name"],
    );
    let hides = "@rows(\"sex = '1'\") forbid (principal, action == Action::\"read\", resource);";
    assert_eq!(told(ALL, &format!("{ALL}{hides}"), &["a"]), ["~ a: read `population.person`: rows hidden: sex = '1'"]);
    assert_eq!(
        told(&format!("{ALL}{hides}"), ALL, &["a"]),
        ["! a: read `population.person`: rows no longer hidden: sex = '1'"],
    );
}

/// Only what is otherwise than without a purpose is told of a purpose.
#[test]
fn purposes_and_doors_are_told_by_themselves() {
    let census = ALL.replace(");", ") when { context has purpose && context.purpose == \"普查\" };");
    assert_eq!(told("", &census, &["a"]), ["! a: read `population.person` for 普查: columns gained: name"]);
    assert_eq!(told(&census, ALL, &["a"]), ["! a: read `population.person`: columns gained: name"]);
    let doors = ALL.replace(");", ") when { [\"flight\", \"http\"].contains(context.door) };");
    assert_eq!(
        told("", &doors, &["a"]),
        [
            "! a: read `population.person` by flight: columns gained: name",
            "! a: read `population.person` by http: columns gained: name",
        ],
    );
}

/// The sample city's policies, before and after an edit that a reviewer would want to see.
#[test]
fn an_edit_of_the_sample_city_is_told() {
    let people = ["mo@data_bureau: modeller", "li@statistics: analyst", "xu@natural_resources: case_worker"];
    let before = city_policies();
    let after = before.replace("@mask(\"hash\")\nforbid", "@mask(\"keep(6,0)\")\nforbid");
    assert_ne!(before, after);
    let told = told(&before, &after, &people);
    assert!(
        told.contains(
            &"! mo: read `population.person` for 关联分析: less masked, keep(6,0), before hash: citizen_id".to_owned()
        ),
        "{told:#?}"
    );
    assert!(told.iter().all(|line| line.starts_with("! mo: read") && line.contains("关联分析")), "{told:#?}");
}
