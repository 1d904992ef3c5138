//! Non-interference: two cities that differ only in what somebody may not see answer that person alike, whatever is asked.
//!
//! Queries are made from a seed. A run of the tests asks some hundreds on each back end; `HUITONG_INTERFERENCE` says how many to ask, and
//! `HUITONG_INTERFERENCE_SEED` where to begin. Answers are compared as multisets of rows, or in order where a query orders all of its
//! rows; errors by their code, and no text of an answer or error may hold what is hidden. Time is not compared.

mod queries;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;

use crate::calls::Caller;
use crate::city::City;
use queries::{Queries, Query};

const RESIDENT: &str = "dataset: population.resident
zh: 常住人口
en: Residents
owner: police
share: {type: conditional, when: 依法履职}
cycle: daily
basis: 户口登记条例
key: [id]
fields:
  - {name: id, type: bigint, zh: 编号, en: number}
  - {name: citizen_id, element: citizen_id}
  - {name: name, element: person_name}
  - {name: born, element: birth_date}
  - {name: office, type: string, zh: 登记机关, en: office}
  - {name: income, type: bigint, zh: 收入, en: income, grade: 2}
  - {name: secret, type: bigint, zh: 机密, en: secret, grade: core}
";

const PLACE: &str = "dataset: geography.place
zh: 地点
en: Places
owner: civil
share: {type: unconditional}
open: yes
cycle: yearly
basis: 地名管理条例
fields:
  - {name: office, type: string, zh: 机关, en: office}
  - {name: size, type: bigint, zh: 面积, en: size}
";

/// The analyst sees all but `secret`: numbers and names under masks, births and incomes of some offices only.
const POLICY: &str = r#"
@id("write") @mask("none")
permit (principal in Role::"steward", action, resource);
@id("open")
permit (principal, action == Action::"read", resource) when { resource.open };
@id("analysis")
permit (principal in Role::"analyst", action == Action::"read", resource) when { resource.grade <= 4 };
@id("civil in full") @mask("none") @rows("office = 'civil'")
permit (principal in Role::"analyst", action == Action::"read", resource == Field::"population.resident.name");
@id("hidden office") @rows("office = 'hidden' OR income > 100000")
forbid (principal in Role::"analyst", action == Action::"read", resource);
"#;

/// What is hidden in one city and in the other: numbers of rows, their texts, and the values behind masks. (Masks keep the length.)
struct Hidden {
    rows: u64,
    word: &'static str,
    income: i64,
}

/// How many rows everybody sees.
const SEEN: u64 = 40;

fn open(hidden: &Hidden) -> City {
    let model = [("population/resident.yaml", RESIDENT), ("geography/place.yaml", PLACE), ("policy.cedar", POLICY)];
    let city = City::open(&model, &["steward", "analyst"]);
    city.ask("wang", "ALTER USER steward ROLES (steward); ALTER USER analyst ROLES (analyst)").expect("roles");
    city.ask("steward", &rows(hidden)).expect("rows");
    city
}

/// The rows of a city. Those that are seen are alike but for what masks hide, which is made of the word and the number.
fn rows(hidden: &Hidden) -> String {
    let Hidden { rows, word, income } = hidden;
    // Of a name the first character is seen, of a number the first six, of a birth the five years that it is in.
    let row = |n: u64, office: &str, income: i64| {
        let first = ["王", "李", "张", "欧"][(n % 4) as usize];
        let (year, month, day) = (1950 + 5 * (n % 9) + rows % 5, 1 + (rows + n) % 9, 10 + rows % 9);
        let secret = 1_000 * n + rows;
        format!(
            "({n}, '110105{word}{n}', '{first}{word}', DATE '{year}-0{month}-{day}', '{office}', {income}, {secret})"
        )
    };
    // Zero and negative incomes among them.
    let offices = ["police", "tax", "health"];
    let seen = (0..SEEN).map(|n| row(n, offices[(n % 3) as usize], (n as i64 - 5) * 10));
    let away = (0..*rows).map(|n| row(1000 + n, "hidden", *income));
    let rich = (0..*rows / 2).map(|n| row(2000 + n, "police", 200_000 + *income));
    let all: Vec<_> = seen.chain(away).chain(rich).collect();
    format!(
        "INSERT INTO population.resident VALUES {}; INSERT INTO geography.place VALUES ('police', 1), ('tax', 0), ('civil', 3), \
         ('hidden', 7), (NULL, NULL)",
        all.join(", ")
    )
}

/// What a client sees of a query: rows as text, or the code of an error.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Rows(Vec<String>),
    Failed(String),
}

async fn ask(caller: &mut Caller, query: &Query, words: &[&str]) -> Seen {
    let told = |error: String| {
        assert!(
            words.iter().all(|word| !error.contains(word)),
            "{}: an error tells what is hidden: {error}",
            query.sql
        );
        let code = error.find("HT").map_or(error.as_str(), |at| &error[at..error.len().min(at + 6)]);
        Seen::Failed(code.to_owned())
    };
    let info = match caller.sql.execute(query.sql.clone(), None).await {
        Ok(info) => info,
        Err(error) => return told(error.to_string()),
    };
    let ticket = info.endpoint[0].ticket.clone().expect("a ticket");
    let batches = match caller.sql.do_get(ticket).await {
        Ok(rows) => rows.try_collect::<Vec<_>>().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let batches = match batches {
        Ok(batches) => batches,
        Err(error) => return told(error),
    };
    let options = FormatOptions::default().with_null("∅");
    let mut rows = Vec::new();
    for batch in &batches {
        let columns: Vec<_> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).expect("shown")).collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            let cells: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
            cells.join("|")
        }));
    }
    if !query.ordered {
        rows.sort();
    }
    for row in &rows {
        assert!(words.iter().all(|word| !row.contains(word)), "{}: an answer holds what is hidden: {row}", query.sql);
    }
    Seen::Rows(rows)
}

#[test]
fn what_is_hidden_changes_no_answer() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let (count, seed) = (number("HUITONG_INTERFERENCE", 600), number("HUITONG_INTERFERENCE_SEED", 2026));
    let one = open(&Hidden { rows: 3, word: "Xylem", income: 0 });
    let other = open(&Hidden { rows: 90, word: "Topaz", income: 7 });
    let words = ["Xylem", "Topaz"];
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (mut answered, mut failed) = (0, 0);
    runtime.block_on(async {
        for (backend, count) in [("local", count), ("staged", count / 6)] {
            let mut callers =
                [Caller::connect(&one.address(), "analyst").await, Caller::connect(&other.address(), "analyst").await];
            for caller in &mut callers {
                caller.sql.execute_update(format!("SET huitong.backend = '{backend}'"), None).await.expect("set");
            }
            let mut queries = Queries::new(seed);
            for number in 0..count {
                let query = queries.next();
                let [first, second] = &mut callers;
                let (first, second) = tokio::join!(ask(first, &query, &words), ask(second, &query, &words));
                assert_eq!(first, second, "{backend}, seed {seed}, query {number}: {}", query.sql);
                match first {
                    Seen::Rows(_) => answered += 1,
                    Seen::Failed(code) => {
                        assert_ne!(code, "HT0001", "{}", query.sql);
                        failed += 1;
                    }
                }
            }
        }
    });
    eprintln!("{answered} queries were answered, {failed} failed, alike in both cities");
    assert!(answered > failed / 4, "hardly a query means anything: {answered} answered, {failed} failed");
}
