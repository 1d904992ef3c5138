use super::*;
use crate::contracts::tests::{compiled, folder, with};
use crate::contracts::{Files, Snapshot};

/// Replaces texts in the good model, and tells what changed.
fn told(edits: &[(&str, &str, &str)]) -> Vec<String> {
    let (before, after) = (compiled(&with(&[])).snapshot, edited(edits));
    let found = changes(&before, &after);
    assert_eq!(found.is_empty(), before.hash() == after.hash());
    assert_eq!(changes(&after, &before).is_empty(), found.is_empty());
    for change in &found {
        let chinese = change.chinese();
        assert!(chinese.starts_with(change.sign()) && chinese.contains('：'), "{chinese}");
    }
    found.iter().map(Change::english).collect()
}

fn edited(edits: &[(&str, &str, &str)]) -> Snapshot {
    let mut files: Vec<(&str, String)> = Vec::new();
    for (path, from, to) in edits {
        if !files.iter().any(|(known, _)| known == path) {
            files.push((path, std::fs::read_to_string(folder("good").join(path)).unwrap()));
        }
        let (_, text) = files.iter_mut().find(|(known, _)| known == path).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        *text = text.replacen(from, to, 1);
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    compiled(&with(&files)).snapshot
}

#[test]
fn nothing_changed() {
    assert_eq!(told(&[]), [""; 0]);
    assert_eq!(told(&[("elements.yaml", "# 本市数据元", "# 数据元")]), [""; 0]);
}

const PERSON: &str = "population/person.yaml";
const PENALTY: &str = "legal/penalty.yaml";

#[test]
fn weaker_protection_stands_out() {
    let told = told(&[
        ("elements.yaml", "grade: 4\n  tags: [pi, sensitive_pi]\n  mask: keep(3,4)", "grade: 2\n  tags: [pi]"),
        ("elements.yaml", "mask: keep(1,0)", "mask: keep(2,0)"),
        (PENALTY, "grade: 2, release: 公示信息不含完整号码, open: no", "open: no"),
        (PERSON, "share: {type: conditional, when: 依法履职}", "share: unconditional"),
        (PERSON, "open: no", "open: yes"),
    ]);
    assert_eq!(
        told,
        [
            "~ element `citizen_id`: grade lowered from 4 to 2",
            "~ element `citizen_id`: tags removed: sensitive_pi",
            "~ element `citizen_id`: mask keep(3,4) removed",
            "~ element `name`: mask made weaker, from keep(1,0) to keep(2,0)",
            "! field `legal.penalty.citizen_id`: mask keep(3,4) removed (protects less)",
            "! field `legal.penalty.citizen_id`: tags removed: sensitive_pi (protects less)",
            "~ field `legal.penalty.citizen_id`: texts changed",
            "! dataset `population.person`: shared otherwise: unconditional, before conditional (依法履职) (protects less)",
            "! dataset `population.person`: open to the public: yes, before no (protects less)",
            "! dataset `population.person`: grade lowered from 4 to 3 (protects less)",
            "! field `population.person.birth_date`: shared otherwise: unconditional, before conditional (依法履职) (protects less)",
            "! field `population.person.birth_date`: open to the public: yes, before no (protects less)",
            "! field `population.person.citizen_id`: grade lowered from 4 to 2 (protects less)",
            "! field `population.person.citizen_id`: mask keep(3,4) removed (protects less)",
            "! field `population.person.citizen_id`: tags removed: sensitive_pi (protects less)",
            "! field `population.person.citizen_id`: shared otherwise: unconditional, before conditional (依法履职) (protects less)",
            "! field `population.person.citizen_id`: open to the public: yes, before no (protects less)",
            "! field `population.person.district`: shared otherwise: unconditional, before conditional (依法履职) (protects less)",
            "! field `population.person.district`: open to the public: yes, before no (protects less)",
            "! field `population.person.name`: mask made weaker, from keep(1,0) to keep(2,0) (protects less)",
            "! field `population.person.name`: shared otherwise: unconditional, before conditional (依法履职) (protects less)",
            "! field `population.person.name`: open to the public: yes, before no (protects less)",
            "! field `population.person.sex`: open to the public: yes, before no (protects less)",
        ],
    );
}

#[test]
fn what_breaks_is_told() {
    let told = told(&[
        ("codes/penalty_kind.csv", "22,降低资质等级,lower grade of qualification,20,2021-07-15,,\n", "23,拘留,,,,,\n"),
        ("codes/penalty_kind.csv", "21;22", "21"),
        (PERSON, "{name: district, type: string(6)", "{name: district, type: string(12), required: yes"),
        (PERSON, "type: string(11)", "type: string(8)"),
        (PERSON, "mask: constant(***)", "mask: null"),
        (
            PERSON,
            "{unique: [phone], name: one_phone, severity: warn",
            "{unique: [phone, name], name: one_phone, severity: block",
        ),
        (
            PERSON,
            "  - {in: {column: sex, values: [\"1\", \"2\"]}}\n",
            "  - {in: {column: sex, code: gb2261_1}, name: sex_known}\n",
        ),
        (PENALTY, "owner: market", "owner: police"),
        (
            PENALTY,
            "  - {name: area, type: string(2), zh: 领域, en: area, code: penalty_kind, share: {type: none, reason: 商业秘密}}\n",
            "",
        ),
        (PENALTY, "  - {in: {column: area, code: penalty_kind}}\n", ""),
        (PENALTY, "key: [record_id]", "key: [record_id, kind]"),
        (PENALTY, "checks:", "  - {name: note, type: string, zh: 备注, en: note, required: yes}\nchecks:"),
    ]);
    assert_eq!(
        told,
        [
            "~ code table `penalty_kind`: codes added: 23; codes removed: 22; codes changed: 20 (data may be rejected)",
            "~ dataset `legal.penalty`: owner is police, before market",
            "~ dataset `legal.penalty`: key is record_id, kind, before record_id (data may be rejected)",
            "~ field `legal.penalty.amount`: owner is police, before market",
            "- field `legal.penalty.area`: removed (readers may lose what they had)",
            "~ field `legal.penalty.citizen_id`: owner is police, before market",
            "~ field `legal.penalty.decided_on`: owner is police, before market",
            "~ field `legal.penalty.kind`: must have a value now (data may be rejected)",
            "~ field `legal.penalty.kind`: owner is police, before market",
            "+ field `legal.penalty.note`: added",
            "~ field `legal.penalty.note`: must have a value now (data may be rejected)",
            "~ field `legal.penalty.record_id`: owner is police, before market",
            "- check `legal.penalty.code_area`: removed",
            "~ field `population.person.district`: type widened from string(6) to string(12)",
            "~ field `population.person.district`: must have a value now (data may be rejected)",
            "~ field `population.person.phone`: type changed from string(11) to string(8) (readers may lose what they had, data may be rejected)",
            "~ field `population.person.phone`: mask made stricter, from constant(***) to null (readers may lose what they had)",
            "~ check `population.person.one_phone`: rule is unique phone, name, before unique phone (data may be rejected)",
            "~ check `population.person.one_phone`: severity is block, before warn (data may be rejected)",
            "+ check `population.person.sex_known`: added (data may be rejected)",
            "- check `population.person.values_sex`: removed",
        ],
    );
}

#[test]
fn the_rest_is_told_too() {
    let told = told(&[
        ("org.yaml", "approvers: [data_officer, \"user:zhang.wei\"]", "approvers: [data_officer]"),
        ("org.yaml", "    code: 11100000000013127D\n", ""),
        ("org.yaml", "负责本部门数据的登记与审批", "负责登记"),
        ("policy.cedar", "permit", "forbid"),
        ("codes.yaml", "source: made up for this test", "source: made up"),
        ("elements.yaml", "description: 居民身份证上的号码", "description: 号码"),
        (PERSON, "retention: 永久", "retention: 30 years"),
        (PERSON, "  - {name: sex, element: sex, share: unconditional}\n", ""),
        (
            PERSON,
            "  - {name: district",
            "  - {name: sex, element: sex, share: {type: none, reason: 未定}}\n  - {name: district",
        ),
        (PERSON, "reason: 《个人信息保护法》", "reason: 其他"),
    ]);
    assert_eq!(
        told,
        [
            "~ code table `penalty_kind`: texts changed",
            "~ element `citizen_id`: texts changed",
            "~ department `police`: credit code is none, before 11100000000013127D",
            "~ department `police`: who approves is data_officer, before data_officer, user:zhang.wei",
            "~ role `data_officer`: texts changed",
            "+ policy `policy.cedar:1`: forbid added (readers may lose what they had)",
            "- policy `policy.cedar:1`: permit removed (readers may lose what they had)",
            "~ field `legal.penalty.citizen_id`: texts changed",
            "~ dataset `population.person`: texts changed",
            "~ dataset `population.person`: in another order",
            "~ field `population.person.citizen_id`: texts changed",
            "~ field `population.person.phone`: texts changed",
            "~ field `population.person.sex`: shared less: none (未定), before unconditional (readers may lose what they had)",
        ],
    );
}

#[test]
fn a_first_model_adds_and_an_empty_one_removes() {
    let nothing = compiled(&Files::default()).snapshot;
    let model = compiled(&with(&[])).snapshot;
    let first = changes(&nothing, &model);
    assert!(first.iter().filter(|change| change.what == What::Added).count() > 8);
    assert!(first.iter().all(|change| !change.is_breaking()), "{first:#?}");
    let weaker: Vec<String> = first.iter().filter(|change| change.weakens_protection()).map(Change::english).collect();
    assert_eq!(weaker, [""; 0], "whoever has no policies shows nothing, and somebody has to be given something");
    let last = changes(&model, &Snapshot::empty());
    let removed = |change: &Change| matches!(change.what, What::Removed | What::PolicyRemoved { .. });
    assert!(last.iter().all(|change| removed(change) && !change.weakens_protection()));
    assert_eq!(last.iter().filter(|change| change.thing.dataset().is_some() && change.is_breaking()).count(), 2);
    let long = What::CodesChanged { added: (0..12).map(|n| n.to_string()).collect(), removed: vec![], changed: vec![] };
    let change = Change { thing: Thing::CodeTable("t".to_owned()), what: long };
    assert_eq!(change.english(), "+ code table `t`: codes added: 0, 1, 2, 3, 4, 5, 6, 7, more 4".replacen('+', "~", 1));
}

#[test]
fn policies_are_compared_one_by_one() {
    let with_policies = |text: &str| compiled(&with(&[("policy.cedar", text)])).snapshot;
    let told = |before: &str, after: &str| -> Vec<String> {
        changes(&with_policies(before), &with_policies(after)).iter().map(Change::english).collect()
    };
    let all = "@id(\"all\") permit (principal, action, resource);\n";
    let names = "@id(\"names\") forbid (principal, action, resource) when { resource.name == \"name\" };\n";
    let open = "@id(\"open\") permit (principal, action, resource) when { resource.open };\n";
    let (both, three) = (format!("{all}{names}"), format!("{all}{names}{open}"));
    assert_eq!(told("", ""), [""; 0]);
    assert_eq!(told("", all), ["+ policy `all`: permit added, where nothing was permitted to anybody before"]);
    assert_eq!(told(names, &both), ["+ policy `all`: permit added, where nothing was permitted to anybody before"]);
    assert_eq!(told(&both, &three), ["! policy `open`: permit added (protects less)"]);
    assert_eq!(told(&three, &both), ["- policy `open`: permit removed (readers may lose what they had)"]);
    assert_eq!(told(all, &both), ["+ policy `names`: forbid added (readers may lose what they had)"]);
    assert_eq!(told(&both, all), ["! policy `names`: forbid removed (protects less)"]);
    assert_eq!(told(&both, names), ["- policy `all`: permit removed (readers may lose what they had)"]);
    assert_eq!(
        told(&both, ""),
        ["- policy `all`: permit removed (readers may lose what they had)", "- policy `names`: forbid removed",],
    );
    let both_ways = "(protects less, readers may lose what they had)";
    let edited = |from: &str, to: &str| told(&three, &three.replace(from, to));
    assert_eq!(edited("\"name\"", "\"phone\""), [format!("! policy `names`: forbid changed {both_ways}")]);
    assert_eq!(
        edited("{ resource.open }", "{ !resource.open }"),
        [format!("! policy `open`: permit changed {both_ways}")]
    );
    assert_eq!(
        edited("@id(\"open\")", "@id(\"open\") @mask(\"none\")"),
        [format!("! policy `open`: permit changed {both_ways}")],
    );
    // Order, spaces, comments, names and explanations mean nothing to those who ask.
    assert_eq!(told(&three, &format!("{open}{names}{all}")), ["~ policy `policy.cedar`: texts changed"]);
    assert_eq!(edited("permit (", "// for all\npermit  ("), ["~ policy `policy.cedar`: texts changed"]);
    assert_eq!(edited("@id(\"open\")", "@id(\"opened\")"), ["~ policy `policy.cedar`: texts changed"]);
    assert_eq!(edited("@id(\"open\")", "@id(\"open\") @zh(\"开放\")"), ["~ policy `open`: texts changed"]);
    // A forbid whose name another one takes is gone all the same.
    let swapped = format!("{all}{}", names.replace("forbid", "permit").replace("\"name\"", "\"phone\""));
    assert_eq!(
        told(&both, &swapped),
        ["! policy `names`: permit added (protects less)", "! policy `names`: forbid removed (protects less)",],
    );
}

/// Whatever key of the good model changes the hash is told as a change.
#[test]
fn a_hash_and_the_changes_agree() {
    let before = compiled(&with(&[])).snapshot;
    let mut looked = 0;
    for (path, bytes) in crate::contracts::tests::good() {
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for skipped in 0..lines.len() {
            let kept = lines.iter().enumerate().filter(|(number, _)| *number != skipped);
            let less: String = kept.map(|(_, line)| format!("{line}\n")).collect();
            if let Ok(model) = crate::contracts::tests::compile_city(&with(&[(&path, &less)])) {
                assert_eq!(
                    changes(&before, &model.snapshot).is_empty(),
                    before.hash() == model.snapshot.hash(),
                    "{path}:{skipped}"
                );
                looked += 1;
            }
        }
    }
    assert!(looked > 30, "{looked}");
}
