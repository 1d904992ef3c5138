//! The city's contracts, from files into force, by the program's own verbs.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::work::{Server, run, sql, sql_as, sql_in};

const ORGANISATION: &str = "departments:
  police: {zh: 公安局, en: Police}
  civil: {zh: 民政局, en: Civil affairs}
";

/// A whole contract of a bureau's table.
const PERSON: &str = "dataset: population.resident
zh: 常住人口
en: Residents
owner: police
share: {type: conditional, when: 依法履职}
open: no
cycle: daily
basis: 户口登记条例
key: [id_no]
fields:
  - {name: id_no, element: citizen_id}
  - {name: name, element: person_name}
  - {name: sex, element: sex}
  - {name: floor, type: int, zh: 楼层, en: Floor}
checks:
  - {sql: floor > -5}
";

/// Its owner reads and writes it.
const OWN: &str = "@mask(\"none\") permit (principal in Department::\"police\", action, resource);\n";

fn model(folder: &Path, person: &str) -> String {
    let model = folder.join("model");
    fs::create_dir_all(model.join("population")).expect("a folder");
    fs::write(model.join("org.yaml"), ORGANISATION).expect("written");
    fs::write(model.join("population/resident.yaml"), person).expect("written");
    model.to_str().expect("text").to_owned()
}

/// What a verb says on both outputs, and whether it succeeded.
fn said(output: &Output) -> (bool, String) {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn contracts_come_into_force_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("city");
    let dir = dir.to_str().expect("text");
    let model = model(folder.path(), PERSON);
    let ask = |script: &str| sql_in(Path::new(dir), script);

    let (done, text) = said(&run(&["plan", &model, "--dir", dir]));
    assert!(done && text.contains("no model is in force yet"), "{text}");
    assert!(text.contains("+ dataset `population.resident`: the table is made"), "{text}");
    assert_eq!(ask("SELECT count(*) AS n FROM huitong.datasets"), Ok("n\n0\n".to_owned()), "a plan does nothing");

    let (done, text) = said(&run(&["apply", &model, "--dir", dir]));
    assert!(done && text.contains("applied"), "{text}");
    let datasets = "SELECT name, zh, owner, share, grade FROM huitong.datasets";
    assert_eq!(ask(datasets), Ok("name,zh,owner,share,grade\nresident,常住人口,police,conditional,4\n".to_owned()));
    assert_eq!(
        ask("SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = 'resident' \
             AND table_schema = 'population' ORDER BY ordinal_position"),
        Ok("column_name,is_nullable\nid_no,NO\nname,YES\nsex,YES\nfloor,YES\n".to_owned())
    );
    assert_eq!(
        ask(
            "SELECT element, mask IS NOT NULL AS masked, code_table FROM huitong.fields WHERE name IN ('id_no', 'sex') ORDER BY position"
        ),
        Ok("element,masked,code_table\ncitizen_id,true,\nsex,false,gb2261_1\n".to_owned())
    );

    // Once more it is nothing new.
    let (done, text) = said(&run(&["apply", &model, "--dir", dir]));
    assert!(done && text.contains("is in force, and is this one"), "{text}");
    assert_eq!(ask("SELECT count(*) AS n FROM huitong.contract_versions"), Ok("n\n1\n".to_owned()));
}

#[test]
fn a_plan_tells_what_changes_and_which_rows_do_not_pass() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(
        &["serve", "--dir", folder.path().join("city").to_str().expect("text"), "--listen", "127.0.0.1:0"],
        folder.path(),
    );
    let address = server.address("flight");
    let url = format!("grpc://{address}");
    let more = "CREATE USER wang PASSWORD 'test-password-1' SECURITY ADMIN; CREATE USER li PASSWORD 'test-password-1'";
    sql(&address, "csv", more).expect("users");
    let verb = |verb: &str, model: &str, more: &[&str]| {
        said(&run(&[&[verb, model, "--url", &url, "--user", "wang"], more].concat()))
    };
    let first = model(folder.path(), PERSON);
    fs::write(Path::new(&first).join("policy.cedar"), OWN).expect("written");
    let (done, text) = verb("apply", &first, &[]);
    assert!(done, "{text}");
    sql_as(&address, "wang", "ALTER USER li DEPARTMENT 'police'").expect("a department");
    let rows = "INSERT INTO population.resident VALUES \
        ('11010519491231002X', '王明', '1', 3), ('110105194912310021', '李红', '2', 4), ('1', '赵', '7', -9), ('2', NULL, NULL, NULL)";
    sql_as(&address, "li", rows).expect("rows");

    let longer = PERSON.replace("checks:", "  - {name: phone, element: mobile}\nchecks:");
    let second = model(folder.path(), &longer);
    let (done, text) = verb("plan", &second, &[]);
    assert!(done, "{text}");
    for line in [
        "+ field `population.resident.phone`: added",
        "column `phone` of type string(11) is added",
        "3 rows that are there do not pass `format id_no gb11643`",
        "1 rows that are there do not pass `in sex code gb2261_1`",
        "1 rows that are there do not pass `sql floor > -5`",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    let (_, text) = verb("plan", &second, &["--zh"]);
    assert!(text.contains("已有 3 行不符合") && text.contains("生效模型第 1 号"), "{text}");
    assert!(verb("apply", &second, &[]).0);
    assert_eq!(sql_as(&address, "li", "SELECT count(phone) AS n FROM population.resident"), Ok("n\n0\n".to_owned()));

    // A condition on rows that fits some table and not this one would keep its people from all of it.
    let rows =
        "@id(\"night\") @rows(\"shift = 'night'\")\nforbid (principal in Department::\"civil\", action, resource);\n";
    fs::write(Path::new(&second).join("policy.cedar"), format!("{OWN}permit (principal, action, resource);\n{rows}"))
        .expect("written");
    let (done, text) = verb("plan", &second, &[]);
    let misfit =
        "x dataset `population.resident`: policy.cedar:3:1: the rows of policy `night`, `shift = 'night'`, do not fit";
    assert!(!done && text.contains(misfit) && text.contains("shift"), "{text}");
    let (_, text) = verb("plan", &second, &["--zh"]);
    assert!(text.contains("策略 `night` 的行条件"), "{text}");
    let (done, text) = verb("apply", &second, &["--weaken"]);
    assert!(!done && text.contains(misfit), "{text}");
    // One about the moment, and one about whoever asks, fit wherever the types do.
    let fitting = "@rows(\"floor > date_part('year', current_date)\")\nforbid (principal, action, resource) unless { principal in Department::\"police\" };\n\
        @rows(\"name = principal.department_code OR name = principal.name\")\npermit (principal, action == Action::\"read\", resource);\n";
    fs::write(Path::new(&second).join("policy.cedar"), format!("{OWN}{fitting}")).expect("written");
    let (done, text) = verb("plan", &second, &[]);
    assert!(done && !text.contains("do not fit"), "{text}");
    fs::write(Path::new(&second).join("policy.cedar"), OWN).expect("written");

    // Whoever planned against an older model is told.
    let stale = "CALL huitong.apply_model(files => '{\"org.yaml\": \"departments: {}\"}', before => 1)";
    assert!(sql_as(&address, "wang", stale).expect_err("it is refused").contains("HT0306"));
}

/// Data that are no longer what they were promised to be are found by whoever asks the table, and stand in nobody's way.
#[test]
fn a_table_that_is_no_longer_fresh_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("city");
    let person = PERSON.replace("checks:", "  - {name: seen, type: timestamp, zh: 采集时间, en: Seen}\n  - {name: day, type: date, zh: 日期, en: Day}\nchecks:\n  - {fresh: {column: seen, within: 2 hours}}\n  - {fresh: {column: day, within: 3 days}}");
    let model = model(folder.path(), &person);
    let (done, text) = said(&run(&["apply", &model, "--dir", dir.to_str().expect("text")]));
    assert!(done, "{text}");
    let found = |rows: &str| {
        let script = format!("{rows} CHECK TABLE population.resident");
        let told = sql_in(&dir, &script).expect("checked");
        let of_kind = told.lines().filter(|line| line.contains("fresh"));
        of_kind.map(|line| line.rsplit(',').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(""), ["1", "1"], "there is nothing yet");
    let row = |id: &str, seen: &str, day: &str| {
        format!(
            "INSERT INTO population.resident SELECT '{id}', '李', '1', 1, to_local_time(now()) - INTERVAL '{seen}', current_date - {day};"
        )
    };
    assert_eq!(found(&row("110105194912310021", "3 hours", "4")), ["1", "1"]);
    let (done, text) = said(&run(&["plan", &model, "--dir", dir.to_str().expect("text")]));
    assert!(done && !text.contains("fresh"), "{text}");
    assert_eq!(found(&row("11010519491231002X", "119 minutes", "3")), ["0", "0"]);
    // The same wall-clock time was eight hours earlier in China.
    assert_eq!(found("SET TIME ZONE 'Asia/Shanghai';")[0], "1");
}

#[test]
fn less_protection_is_meant_and_what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("city");
    let dir = dir.to_str().expect("text");
    let apply = |person: &str, more: &[&str]| {
        let model = model(folder.path(), person);
        said(&run(&[&["apply", &model, "--dir", dir], more].concat()))
    };
    assert!(apply(PERSON, &[]).0);

    let open = PERSON.replace("open: no", "open: yes");
    let (done, text) = apply(&open, &[]);
    assert!(!done && text.contains("HT0804") && text.contains("! dataset `population.resident`"), "{text}");
    assert!(apply(&open, &["--weaken"]).0);

    let other = open.replace("type: int", "type: date").replace("floor > -5", "floor > DATE '2000-01-01'");
    let (done, text) = apply(&other, &["--weaken"]);
    assert!(!done && text.contains("x dataset `population.resident`: column `floor` is of type int"), "{text}");
    let numbers = sql_in(Path::new(dir), "SELECT max(number) AS n FROM huitong.contract_versions");
    assert_eq!(numbers, Ok("n\n2\n".to_owned()));

    // All mistakes are told, with their places.
    let wrong = PERSON.replace("element: sex", "element: sexx").replace("owner: police", "owner: polcie");
    let (done, text) = apply(&wrong, &[]);
    assert!(!done && text.contains("resident.yaml:4:8") && text.contains("did you mean `police`"), "{text}");
    assert!(text.contains("resident.yaml:13:26") && text.contains("did you mean `sex`"), "{text}");
}

#[test]
fn only_security_administrators_plan_and_apply() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(
        &["serve", "--dir", folder.path().join("city").to_str().expect("text"), "--listen", "127.0.0.1:0"],
        folder.path(),
    );
    let address = server.address("flight");
    let password = crate::work::PASSWORD;
    sql(&address, "csv", &format!("CREATE USER li PASSWORD '{password}'")).expect("a user");
    let url = format!("grpc://{address}");
    for call in ["plan_model", "apply_model"] {
        let call = format!("CALL huitong.{call}(files => '{{}}')");
        for user in ["li", "admin"] {
            let (done, text) = said(&run(&["sql", "--url", &url, "--user", user, "-c", &call]));
            assert!(!done && text.contains("HT0204"), "{text}");
        }
    }
}

#[test]
fn words_find_what_the_contracts_describe() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("city");
    let dir = dir.to_str().expect("text");
    assert!(said(&run(&["apply", &model(folder.path(), PERSON), "--dir", dir])).0);
    for words in ["常住人口", "resident", "czrk", "changzhu"] {
        let (done, text) = said(&run(&["search", words, "--dir", dir, "--format", "csv", "--limit", "1"]));
        assert!(done && text.contains("dataset,population.resident,"), "{words}: {text}");
    }
    let found = sql_in(Path::new(dir), "SELECT dataset, name FROM search('楼层') WHERE kind = 'field'");
    assert_eq!(found, Ok("dataset,name\npopulation.resident,floor\n".to_owned()));
    assert!(sql_in(Path::new(dir), "SELECT * FROM search(1)").expect_err("no text").contains("HT0105"));
}
