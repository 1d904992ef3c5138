//! More policies and more roles show more, forbids less; and an answer is soon there.

use super::garbage::Dice;
use super::*;
use crate::contracts::Mask;

const ROLES: [&str; 3] = ["analyst", "steward", "case_worker"];
const TABLES: [&str; 3] = ["population.person", "housing.title", "legal.entity"];
const ROWS: [&str; 3] = ["division_code = '990101'", "division_code = '990102'", "status = 'x'"];
const MASKS: [&str; 8] =
    ["none", "keep(1,0)", "keep(3,4)", "keep(0,7)", "hash", "year", "aggregate(5, record_id)", "null"];

/// One policy of any kind; `role` says whether it may be about a role.
fn policy(dice: &mut Dice, index: usize, permit: bool, role: bool) -> String {
    let mut notes = format!("@id(\"p{index}\")");
    let mask = dice.of(&MASKS);
    let (with_mask, with_rows) = (dice.below(2) == 0, dice.below(3) == 0);
    if with_mask && (permit || (mask != "none" && !with_rows)) {
        notes += &format!(" @mask(\"{mask}\")");
    }
    if with_rows {
        notes += &format!(" @rows(\"{}\")", dice.of(&ROWS));
    }
    let effect = if permit { "permit" } else { "forbid" };
    let principal = match dice.below(3) {
        0 if role => format!("principal in Role::\"{}\"", dice.of(&ROLES)),
        1 => format!("principal in Department::\"{}\"", dice.of(&["city", "police", "court"])),
        _ => "principal".to_owned(),
    };
    let resource = match dice.below(3) {
        0 => format!("resource in Dataset::\"{}\"", dice.of(&TABLES)),
        _ => "resource".to_owned(),
    };
    let condition = dice.of(&[
        "true",
        "resource.grade <= 2",
        "resource.grade >= 3",
        "resource.tags.contains(\"pi\")",
        "context has purpose && context.purpose == \"普查\"",
        "principal has department && principal.department == resource.owner",
        "resource has element && resource.element == \"person_name\"",
        "resource.share == \"unconditional\" || resource.open",
    ]);
    format!("{notes} {effect} ({principal}, action == Action::\"read\", {resource}) when {{ {condition} }};\n")
}

fn somebody(dice: &mut Dice) -> Subject {
    let roles: Vec<&str> = ROLES.into_iter().filter(|_| dice.below(2) == 0).collect();
    let department = dice.of(&["", "@police", "@court", "@tax"]);
    subject(&format!("a{department}: {}", roles.join(",")))
}

#[test]
fn more_grants_show_more_and_forbids_less() {
    let mut dice = Dice(11);
    let (mut granted, mut differ) = (0, 0);
    for _ in 0..30 {
        let count = 2 + dice.below(8);
        let texts: Vec<String> = (0..count)
            .map(|index| {
                let permit = dice.below(3) > 0;
                policy(&mut dice, index, permit, true)
            })
            .collect();
        let base = texts.concat();
        let [before, permitted, forbidden] = [
            base.clone(),
            format!("{base}{}", policy(&mut dice, count, true, true)),
            format!("{base}{}", policy(&mut dice, count, false, true)),
        ]
        .map(|text| under(&text));
        for _ in 0..12 {
            let who = somebody(&mut dice);
            let (name, purpose) = (dice.of(&TABLES), Some("普查").filter(|_| dice.below(2) == 0));
            let [one, more, less] =
                [&before, &permitted, &forbidden].map(|policies| ask(policies, &who, Action::Read, name, purpose));
            assert!(more.covers(&one), "{base}{who:?}\n{}\n{}", shown(&one), shown(&more));
            assert!(one.covers(&less), "{base}{who:?}\n{}\n{}", shown(&one), shown(&less));
            granted += usize::from(one.granted().is_some());
            differ += usize::from(one != more) + usize::from(one != less);
        }
    }
    assert!(granted > 150 && differ > 60, "{granted} {differ}");
}

#[test]
fn a_role_less_shows_no_more_when_forbids_are_about_no_roles() {
    let mut dice = Dice(13);
    let mut differ = 0;
    for _ in 0..25 {
        let texts = (0..9).map(|index| {
            let permit = index < 6;
            policy(&mut dice, index, permit, permit)
        });
        let base: String = texts.collect();
        let policies = under(&base);
        for _ in 0..10 {
            let who = somebody(&mut dice);
            for role in &who.roles {
                let mut less = who.clone();
                less.roles.remove(role);
                let name = dice.of(&TABLES);
                let [with, without] = [&who, &less].map(|who| ask(&policies, who, Action::Read, name, Some("普查")));
                assert!(with.covers(&without), "{base}{who:?} {role}\n{}\n{}", shown(&with), shown(&without));
                differ += usize::from(with != without);
            }
        }
    }
    assert!(differ > 50, "{differ}");
}

/// Policies are chosen by their heads before Cedar is asked; what stands in a condition is not looked at for that.
#[test]
fn heads_and_conditions_mean_the_same() {
    let mut dice = Dice(29);
    let mut granted = 0;
    for _ in 0..12 {
        let texts: Vec<String> = (0..10)
            .map(|index| {
                let permit = dice.below(3) > 0;
                policy(&mut dice, index, permit, true)
            })
            .collect();
        let in_heads = under(&texts.concat());
        let in_conditions = under(&texts.iter().map(|text| into_condition(text)).collect::<String>());
        for _ in 0..12 {
            let (who, name) = (somebody(&mut dice), dice.of(&TABLES));
            let [one, other] =
                [&in_heads, &in_conditions].map(|policies| ask(policies, &who, Action::Read, name, Some("普查")));
            assert_eq!(one, other, "{}{who:?}", texts.concat());
            granted += usize::from(one.granted().is_some());
        }
    }
    assert!(granted > 60, "{granted}");
}

fn into_condition(text: &str) -> String {
    let (begin, rest) = text.split_once(" (").unwrap();
    let (head, condition) = rest.split_once(") when { ").unwrap();
    let parts: Vec<&str> = head.split(", ").filter(|part| part.contains(" in ")).collect();
    let condition = condition.trim_end().strip_suffix(" };").unwrap();
    let all: String = parts.iter().map(|part| format!("{part} && ")).collect();
    format!("{begin} (principal, action == Action::\"read\", resource) when {{ {all}({condition}) }};\n")
}

/// Whatever order policies stand in, and however often one is said, the answer is one.
#[test]
fn order_means_nothing() {
    let mut dice = Dice(17);
    for _ in 0..20 {
        let texts: Vec<String> = (0..8)
            .map(|index| {
                let permit = dice.below(3) > 0;
                policy(&mut dice, index, permit, true)
            })
            .collect();
        let backwards: String = texts.iter().rev().map(String::as_str).collect();
        let (one, other) = (under(&texts.concat()), under(&backwards));
        for _ in 0..8 {
            let (who, name) = (somebody(&mut dice), dice.of(&TABLES));
            let [one, other] = [&one, &other].map(|policies| ask(policies, &who, Action::Read, name, None));
            assert_eq!(one, other);
            assert_eq!(one.fingerprint(), other.fingerprint());
        }
    }
}

/// Of the ways of a column none is shown by another, and strictness is the order of masks.
#[test]
fn ways_are_as_few_as_can_be() {
    let mut dice = Dice(19);
    for _ in 0..30 {
        let texts: String = (0..8).map(|index| policy(&mut dice, index, true, true)).collect();
        let policies = under(&texts);
        let decision = ask(&policies, &somebody(&mut dice), Action::Read, TABLES[0], Some("普查"));
        for column in decision.granted().map(|grant| &grant.columns[..]).unwrap_or_default() {
            assert!(!column.ways.is_empty());
            let everywhere = column.ways.iter().filter(|way| way.rows.is_none()).count();
            assert!(everywhere <= 1, "{}", ways(column));
            let strictness: Vec<Option<Mask>> = column.ways.iter().map(|way| way.mask.clone()).collect();
            let sorted = strictness.windows(2).all(|two| grant::cmp_masks(two[0].as_ref(), two[1].as_ref()).is_le());
            assert!(sorted, "{}", ways(column));
        }
    }
}

/// A quick answer is what lets every query be asked for; the bound is loose enough for a debug build on a busy machine.
#[test]
fn a_decision_is_soon_there() {
    let mut dice = Dice(23);
    let texts: String = (0..60)
        .map(|index| {
            let text = policy(&mut dice, index, true, true);
            // Forbids that leave something to be shown.
            let masks = text.contains("@mask(") && !text.contains("none") && !text.contains("@rows(");
            if masks { text.replace("permit", "forbid") } else { text }
        })
        .collect();
    assert!(texts.matches("forbid").count() > 5);
    let policies = under(&texts);
    let who = subject("a@police: analyst, case_worker");
    let fields = CITY.dataset(&table("housing.title")).unwrap().fields.len();
    assert!(fields >= 20);
    let rounds = 200;
    let _ = ask(&policies, &who, Action::Read, "housing.title", Some("普查"));
    let begun = std::time::Instant::now();
    for _ in 0..rounds {
        assert!(ask(&policies, &who, Action::Read, "housing.title", Some("普查")).granted().is_some());
    }
    let each = begun.elapsed() / rounds;
    if std::env::var_os("HUITONG_TIMES").is_some() {
        println!("{fields} fields, {} policies: {each:?}", policies.rules().len());
    }
    assert!(each.as_millis() < 100, "{each:?}");
}
