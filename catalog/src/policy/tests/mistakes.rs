//! Policies that nobody meant, and what each kind of policy means.

use super::*;
use crate::contracts::Mask;

const PERSON: &str = "population.person";

fn person(policies: &str, who: &str) -> Decision {
    read(&under(policies), who, PERSON, None)
}

fn column(decision: &Decision, name: &str) -> String {
    match decision.granted().and_then(|grant| grant.column(name)) {
        Some(column) => ways(column),
        None => "denied".to_owned(),
    }
}

fn because(decision: &Decision) -> Vec<String> {
    let Decision::Denied(denied) = decision else { panic!("{decision:?}") };
    assert!(denied.because.iter().all(|because| !because.chinese().is_ascii()));
    denied.because.iter().map(ToString::to_string).collect()
}

const READ: &str = "action == Action::\"read\", resource";

#[test]
fn nobody_sees_what_no_policy_gives() {
    assert_eq!(because(&person("", "a@police: steward")), ["no policy permits it"]);
    let forbids = format!("forbid (principal, {READ});");
    assert_eq!(because(&person(&forbids, "a@police: steward")), ["no policy permits it"]);
    let all = under("permit (principal, action, resource);");
    assert_eq!(because(&read(&all, "a", "population.nobody", None)), ["there is no contract"]);
    assert_eq!(because(&read(&all, "a", "truth.person", None)), ["there is no contract"]);
    let nothing = Policies::compile(&Snapshot::empty()).unwrap();
    assert_eq!(because(&read(&nothing, "a", PERSON, None)), ["there is no contract"]);
}

#[test]
fn the_least_strict_permit_holds() {
    let agreed = format!("@id(\"agreed\") permit (principal, {READ});");
    let plain = format!("@id(\"plain\") @mask(\"none\") permit (principal in Role::\"steward\", {READ});");
    let kept = format!("@id(\"kept\") @mask(\"keep(8,8)\") permit (principal in Role::\"analyst\", {READ});");
    let three = format!("{agreed}{plain}{kept}");
    assert_eq!(column(&person(&three, "a"), "citizen_id"), "keep(6,0) <agreed>");
    assert_eq!(column(&person(&three, "a: analyst"), "citizen_id"), "keep(8,8) <kept>");
    assert_eq!(column(&person(&three, "a: steward, analyst"), "citizen_id"), "plain <plain>");
    // A mask that is not for the type leaves nothing, and something else is more.
    assert_eq!(column(&person(&kept, "a: analyst"), "birth_date"), "null <kept>");
    assert_eq!(column(&person(&three, "a: analyst"), "birth_date"), "age(5) <agreed>");
    assert_eq!(column(&person(&three, "a"), "sex"), "plain <agreed>", "the contract masks it by nothing");
    let counted = format!("@mask(\"aggregate(5, nobody)\") permit (principal, {READ});");
    assert_eq!(column(&person(&counted, "a"), "sex"), "null <policy.cedar:1>");
}

#[test]
fn forbids_take_columns_masks_and_rows() {
    let all = format!("@id(\"all\") @mask(\"none\") permit (principal, {READ});");
    let below = |id: &str, mask: &str| format!("@id(\"{id}\") @mask(\"{mask}\") forbid (principal, {READ});");
    let masked = format!("{all}{}{}", below("a", "keep(2,2)"), below("b", "hash"));
    assert_eq!(column(&person(&masked, "a"), "name"), "hash <all, b>", "the strictest");
    assert_eq!(column(&person(&format!("{all}{}", below("a", "keep(9,9)")), "a"), "citizen_id"), "keep(9,9) <all, a>");
    let agreed = format!("permit (principal, {READ});{}", below("a", "keep(9,9)"));
    assert_eq!(column(&person(&agreed, "a"), "citizen_id"), "keep(6,0) <policy.cedar:1>", "the contract is stricter");
    assert_eq!(column(&person(&masked, "a"), "birth_date"), "null <all, a>", "neither is for dates");
    let taken = format!("{all}@id(\"t\") forbid (principal, {READ}) when {{ resource.name == \"name\" }};");
    assert_eq!(column(&person(&taken, "a"), "name"), "denied");
    let decision = person(&taken, "a");
    let withheld = &decision.granted().unwrap().withheld;
    assert_eq!((withheld[0].column.as_str(), withheld[0].because.to_string().as_str()), ("name", "forbidden by `t`"));
    let rows = |id: &str, sql: &str| format!("@id(\"{id}\") @rows(\"{sql}\") forbid (principal, {READ});");
    let hidden = format!("{all}{}{}{}", rows("z", "sex = '1'"), rows("a", "sex = '1'"), rows("m", "name IS NULL"));
    let decision = person(&hidden, "a");
    let hidden: Vec<String> =
        decision.granted().unwrap().hidden.iter().map(|rule| format!("{} <{}>", rule.sql, rule.policy)).collect();
    assert_eq!(hidden, ["name IS NULL <m>", "sex = '1' <a>"]);
    assert_eq!(column(&decision, "name"), "plain <all>");
}

/// Whoever is given one more column must not lose rows by it.
#[test]
fn rows_are_hidden_whichever_columns_are_given() {
    let hides = format!("@rows(\"sex = '1'\") forbid (principal, {READ} == Field::\"population.person.name\");");
    let some = format!("{hides} permit (principal, {READ} == Field::\"population.person.sex\");");
    let decision = person(&some, "a");
    assert_eq!(decision.granted().unwrap().hidden.len(), 1, "name is not given, its rule holds");
}

#[test]
fn permits_for_rows_are_ways_of_their_own() {
    let rows = |id: &str, mask: &str, sql: &str, role: &str| {
        format!("@id(\"{id}\") @mask(\"{mask}\") @rows(\"{sql}\") permit (principal in Role::\"{role}\", {READ});")
    };
    let policies = [
        rows("own", "none", "division_code = '990101'", "steward"),
        rows("same", "keep(1,1)", "division_code = '990101'", "analyst"),
        rows("other", "keep(1,1)", "division_code = '990102'", "analyst"),
        format!("@id(\"all\") @mask(\"null\") permit (principal, {READ});"),
        format!("@id(\"more\") @mask(\"keep(3,3)\") permit (principal in Role::\"modeller\", {READ});"),
    ];
    let policies = under(&policies.concat());
    let name = |who: &str| column(&read(&policies, who, PERSON, None), "name");
    assert_eq!(name("a"), "null <all>");
    assert_eq!(name("a: steward"), "plain where division_code = '990101' <own> | null <all>");
    assert_eq!(
        name("a: steward, analyst"),
        "plain where division_code = '990101' <own> | keep(1,1) where division_code = '990102' <other> | null <all>",
    );
    assert_eq!(name("a: analyst, modeller"), "keep(3,3) <more>");
    assert_eq!(name("a: steward, analyst, modeller"), "plain where division_code = '990101' <own> | keep(3,3) <more>");
}

/// Both of a permit that is not known to hold and a forbid that is not known not to.
#[test]
fn what_cannot_be_worked_out_is_denied() {
    let all = format!("@id(\"all\") permit (principal, {READ});");
    let overflow = "when { resource.grade + 9223372036854775804 > 0 }";
    for effect in ["permit", "forbid"] {
        let decision = person(&format!("{all}@id(\"f\") {effect} (principal, {READ}) {overflow};"), "a");
        assert_eq!(column(&decision, "community_code"), if effect == "permit" { "plain <all>" } else { "denied" });
        assert_eq!(column(&decision, "citizen_id"), "denied", "grade 4");
        let told = match &decision {
            Decision::Granted(grant) => grant.withheld.iter().map(|column| column.because.to_string()).collect(),
            Decision::Denied(_) => because(&decision),
        };
        assert!(
            told.iter().any(|told| told.starts_with("policy `f` cannot be worked out: integer overflow")),
            "{told:?}"
        );
    }
    let hides = format!("{all}@id(\"h\") @rows(\"true\") forbid (principal, {READ}) {overflow};");
    assert!(because(&person(&hides, "a"))[0].starts_with("policy `h` cannot be worked out"));
    let policies = under(&all);
    let context = Context { purpose: None, door: "http", now: Timestamp::from_ms(i64::MAX) };
    let who = subject("a");
    let ask = Ask { subject: &who, action: Action::Read, dataset: &table(PERSON), context };
    assert_eq!(
        because(&policies.decide(&ask)),
        ["it cannot be put before the policies: the time is out of all bounds"]
    );
}

#[test]
fn people_are_what_the_model_knows_of_them() {
    let by_department = format!("permit (principal in Department::\"city\", {READ});");
    assert_eq!(column(&person(&by_department, "a@police"), "sex"), "plain <policy.cedar:1>", "below the city");
    assert_eq!(column(&person(&by_department, "a@court"), "sex"), "denied", "beside the city");
    assert_eq!(column(&person(&by_department, "a@nowhere"), "sex"), "denied");
    assert_eq!(column(&person(&by_department, "a"), "sex"), "denied");
    let said = format!(
        "permit (principal, {READ}) when {{ principal has department || principal.roles.contains(\"steward\") }};"
    );
    assert_eq!(column(&person(&said, "a@nowhere: steward"), "sex"), "plain <policy.cedar:1>");
    assert_eq!(column(&person(&said, "a@nowhere: nobody"), "sex"), "denied");
    assert_eq!(column(&person(&said, "a@court: nobody"), "sex"), "plain <policy.cedar:1>");
    let by_name = format!("permit (principal == User::\"li\", {READ});");
    assert_eq!(column(&person(&by_name, "li"), "sex"), "plain <policy.cedar:1>");
    assert_eq!(column(&person(&by_name, "wang"), "sex"), "denied");
    let cleared = under(&format!("permit (principal, {READ}) when {{ resource.grade <= principal.clearance }};"));
    let shown = |clearance: Grade| {
        let who = Subject { clearance, ..subject("a") };
        let decision = ask(&cleared, &who, Action::Read, PERSON, None);
        decision.granted().unwrap().columns.len()
    };
    assert!(shown(Grade::One) < shown(Grade::Two) && shown(Grade::Two) < shown(Grade::Three));
    assert!(shown(Grade::Three) < shown(Grade::Four) && shown(Grade::Four) == shown(Grade::Core));
}

/// A policy may ask for what some table is, whichever one is asked for.
#[test]
fn tables_that_policies_name_are_known() {
    let open = format!("permit (principal, {READ}) when {{ Dataset::\"geography.place\".open }};");
    assert_eq!(column(&person(&open, "a"), "sex"), "plain <policy.cedar:1>");
    let library = format!("permit (principal, {READ} in Library::\"geography\");");
    assert_eq!(column(&person(&library, "a"), "sex"), "denied");
    assert_eq!(shown(&read(&under(&library), "a", "geography.place", None)).matches("<policy.cedar:1>").count(), 8);
}

#[test]
fn actions_are_asked_by_themselves() {
    let policies = under(
        "@id(\"w\") @rows(\"sex = '1'\") permit (principal, action in [Action::\"write\"], resource);
         @id(\"b\") @mask(\"none\") permit (principal in Role::\"steward\", action, resource);
         @id(\"m\") @mask(\"hash\") forbid (principal, action, resource);",
    );
    let decided = |who: &str, action| column(&ask(&policies, &subject(who), action, PERSON, None), "name");
    assert_eq!(decided("a", Action::Read), "denied");
    assert_eq!(decided("a", Action::Write), "plain where sex = '1' <w>");
    assert_eq!(decided("a: steward", Action::Read), "hash <b, m>");
    assert_eq!(decided("a: steward", Action::Write), "plain <b>", "masks say nothing about writing");
}

#[test]
fn looking_at_the_time_is_known() {
    let depends =
        |condition: &str| under(&format!("permit (principal, {READ}) when {{ {condition} }};")).depends_on_time();
    assert!(depends("context.now < datetime(\"2027-01-01\")"));
    assert!(depends("resource.open || context.now.toTime() >= duration(\"8h\")"));
    assert!(depends("[context].contains(context)"));
    assert!(!depends("context.door == \"http\" && context has purpose && context.purpose like \"统计*\""));
    assert!(!depends("resource.name == \"now\" || principal.name == \"context.now\""));
    let hours = under(&format!("permit (principal, {READ}) when {{ context.now.toTime() < duration(\"9h\") }};"));
    let at = |ms: i64| {
        let context = Context { purpose: None, door: "http", now: Timestamp::from_ms(ms) };
        let who = subject("a");
        let ask = Ask { subject: &who, action: Action::Read, dataset: &table(PERSON), context };
        hours.decide(&ask).granted().is_some()
    };
    assert_eq!((at(NOW.ms()), at(NOW.ms() + 3_600_000), at(-3_600_000)), (true, false, false));
}

#[test]
fn equal_grants_have_equal_fingerprints() {
    let print = |policies: &str, who: &str| person(policies, who).fingerprint();
    let all = format!("@id(\"all\") permit (principal, {READ});");
    assert_eq!(print(&all, "a"), print(&all, "b@police: analyst"), "who asks is not part of it");
    assert_eq!(print(&all, "a"), print(&format!("{all} forbid (principal in Role::\"steward\", {READ});"), "a"));
    let mut prints = vec![
        print(&all, "a"),
        print(&all.replace("\"all\"", "\"other\""), "a"),
        print(&all.replace("permit", "@mask(\"none\") permit"), "a"),
        print(&all.replace("permit", "@mask(\"null\") permit"), "a"),
        print(&all.replace("permit", "@rows(\"sex = '1'\") permit"), "a"),
        print(&format!("{all} @rows(\"sex = '1'\") forbid (principal, {READ});"), "a"),
        print(&format!("{all} @rows(\"sex = '2'\") forbid (principal, {READ});"), "a"),
        print(&format!("{all} forbid (principal, {READ}) when {{ resource.name == \"name\" }};"), "a"),
        print("", "a"),
        print(&format!("{all} forbid (principal, {READ});"), "a"),
        ask(&under(&all.replace("read", "write")), &subject("a"), Action::Write, PERSON, None).fingerprint(),
        read(&under(&all), "a", "population.household", None).fingerprint(),
    ];
    let count = prints.len();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), count);
    // What is kept by this name must not change its meaning.
    let denied = Decision::Denied(Denied { because: vec![Because::NoPermit] }).fingerprint().to_string();
    assert_eq!(denied, "ded099b07ff7f3d03c0848adf4f61d4bf2ab61910bbd33df89bd6ee861120298");
    let way = |rows: Option<&str>, mask: Option<Mask>| Way {
        rows: rows.map(|sql| RowRule { sql: sql.to_owned(), policy: "p".to_owned() }),
        mask,
        policy: "p".to_owned(),
        masked_by: None,
    };
    let columns =
        vec![Column { name: "列".to_owned(), ways: vec![way(Some("a = 1"), None), way(None, Some(Mask::Hash))] }];
    let hidden = vec![RowRule { sql: "b".to_owned(), policy: "q".to_owned() }];
    let grant = Grant { dataset: table("a.b"), action: Action::Read, columns, hidden, withheld: vec![] };
    assert_eq!(grant.fingerprint().to_string(), "52fa28105715a0390021a7550248c9c1ab5f56b74c3bc4b9b1fef27402ac8eb4");
}
