//! A small city with a contract and policies: grades and rights go along lineage, from statement to statement.

use std::fs;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;
use huitong_catalog::clock::SystemClock;
use huitong_catalog::config::{Admission, Audit, AuditWait, Root};
use huitong_catalog::contracts::{Files, Grade, Tag};
use huitong_catalog::identity::{Attributes, Office, Options, Principal, Users, Via};
use huitong_catalog::ids::SystemRandomness;
use huitong_catalog::names::TableName;
use huitong_catalog::state::State;
use huitong_catalog::{Code, Error};

use crate::admission::Queue;
use crate::audit::touched::Touched;
use crate::contracts;
use crate::lineage::{Graded, grade_of};
use crate::statement::Prepared;
use crate::{Answer, ClientLimits, Door, Engine, EngineConfig, Session};

const ORGANISATION: &str = "departments:
  police: {zh: 公安局, en: Police, code: 11990100MB0010743L}
roles:
  analyst: {zh: 分析员, en: Analyst}
";

const RESIDENT: &str = "dataset: population.resident
zh: 常住人口
en: Residents
owner: police
share: {type: conditional, when: 依法履职}
cycle: daily
basis: 户口登记条例
key: [id]
fields:
  - {name: id, type: bigint, zh: 编号, en: number, grade: 1}
  - {name: office, type: string, zh: 登记机关, en: office, grade: 2}
  - {name: income, type: bigint, zh: 收入, en: income, grade: 4, tags: [pi]}
  - {name: note, type: string, zh: 备注, en: note, grade: core}
";

pub(crate) const SUMMARY: &str = "dataset: stats.summary
zh: 汇总
en: Summary
owner: police
share: unconditional
cycle: yearly
basis: 统计法
fields:
  - {name: office, type: string, zh: 登记机关, en: office, grade: 2}
  - {name: income, type: bigint, zh: 收入, en: income, grade: 2RELEASE}
";

const POLICY: &str = r#"
@id("analysis")
permit (principal in Role::"analyst", action == Action::"read", resource) when { resource.grade <= 4 };
"#;

const BY_CLEARANCE: &str = r#"
@id("clearance")
permit (principal, action == Action::"read", resource) when { resource.grade <= 4 && principal.clearance >= resource.grade };
"#;

pub(crate) struct City {
    pub engine: Arc<Engine>,
    folder: tempfile::TempDir,
}

impl City {
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("lake")).unwrap();
        let state = State::open(&at("state.db")).await.unwrap();
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        let users = Users::open(state.clone(), clock.clone(), randomness.clone(), Options::default()).await.unwrap();
        let admission = Admission {
            running_max: None,
            user_running_max: None,
            queued_max: 100,
            wait_max: Duration::from_secs(60),
            statement_timeout: None,
            abandoned_after: None,
            doors: Vec::new(),
            groups: Vec::new(),
        };
        let memory_bytes = 256 * 1024 * 1024;
        let engine = Engine::open(EngineConfig {
            lake: Root::Directory(at("lake")),
            allowed_paths: Vec::new(),
            spill_dir: at("spill"),
            memory_bytes,
            partitions: 2,
            local_bytes_max: u64::MAX,
            keep_dropped: Duration::from_secs(3600),
            internal_tls: false,
            state,
            lease: None,
            compact_after_files: 0,
            admission: Queue::new(&admission, memory_bytes as u64, 2),
            limits: ClientLimits::default(),
            audit: Audit {
                wait: AuditWait::None,
                seal_after: Duration::from_secs(60),
                seal_records: NonZeroU32::new(1000).unwrap(),
            },
            journal: at("journal"),
            users: Arc::new(users),
            clock,
            randomness,
        });
        let city = Self { engine: engine.await.unwrap(), folder };
        city.apply(&[("policy.cedar", POLICY)], false).await.unwrap();
        city.run(&operator(), "INSERT INTO population.resident VALUES (1, '东', 100, 'a'), (2, '西', 200, 'b')").await;
        city
    }

    /// Brings the model into force with these files; a file without text leaves.
    pub async fn apply(&self, files: &[(&str, &str)], weaken: bool) -> Result<Vec<String>, Error> {
        let model = self.folder.path().join("model");
        for library in ["population", "stats"] {
            fs::create_dir_all(model.join(library)).unwrap();
        }
        for (file, text) in [("org.yaml", ORGANISATION), ("population/resident.yaml", RESIDENT)].iter().chain(files) {
            fs::write(model.join(file), text).unwrap();
        }
        let files = Files::read(&model).unwrap();
        let plan = contracts::apply(&self.session(&operator()), &files, None, weaken).await?;
        Ok(plan.lines.iter().map(|line| line.english.clone()).collect())
    }

    pub fn session(&self, who: &Principal) -> Session {
        self.engine.session(who.clone(), Door::Flight)
    }

    async fn run(&self, who: &Principal, sql: &str) {
        self.ask(who, sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Rows, a text each, in order.
    async fn ask(&self, who: &Principal, sql: &str) -> Result<Vec<String>, Error> {
        let Answer::Rows(rows) = self.session(who).execute(sql).await? else { return Ok(Vec::new()) };
        let batches: Vec<RecordBatch> = rows.stream.try_collect().await.map_err(crate::error::of_datafusion)?;
        let mut all = Vec::new();
        for batch in &batches {
            let shown: Vec<_> = batch
                .columns()
                .iter()
                .map(|column| ArrayFormatter::try_new(column, &FormatOptions::default().with_null("∅")).unwrap())
                .collect();
            all.extend(
                (0..batch.num_rows())
                    .map(|row| shown.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join(" ")),
            );
        }
        all.sort_unstable();
        Ok(all)
    }

    fn grade(&self, table: &str, column: &str) -> Graded {
        let (lineage, contracts) = (self.engine.lineage(), self.engine.contracts());
        grade_of(&lineage, &contracts.snapshot, &TableName::parse(table, "public").unwrap(), column)
    }

    /// What somebody sees of what a table comes from: `column source.column kind`.
    async fn lineage(&self, who: &Principal, table: &str) -> Vec<String> {
        let sql = format!(
            "SELECT coalesce(target_column, '*'), source || '.' || coalesce(source_column, '*'), kind \
             FROM huitong.lineage WHERE target = '{table}'"
        );
        self.ask(who, &sql).await.unwrap()
    }
}

pub(crate) fn operator() -> Principal {
    Principal::operator()
}

pub(crate) fn analyst() -> Principal {
    let standing = Attributes { roles: ["analyst".to_owned()].into(), ..Attributes::default() };
    Principal {
        name: "li".to_owned(),
        office: None,
        standing,
        scope: huitong_catalog::identity::Scope::default(),
        via: Via::Password,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn grades_go_through_views_and_tables() {
    let city = City::open().await;
    let li = analyst();
    city.run(&li, "CREATE VIEW one AS SELECT office AS o, income AS i, id FROM population.resident").await;
    city.run(&li, "CREATE VIEW two AS SELECT o, i + 1 AS more, id FROM one").await;
    city.run(&li, "CREATE TABLE kept AS SELECT o, sum(more) AS total, count(*) AS n FROM two GROUP BY o").await;
    let graded = |grade, tags: &[Tag]| Graded { grade, tags: tags.iter().copied().collect() };
    assert_eq!(city.grade("one", "i"), graded(Grade::Four, &[Tag::Personal]));
    assert_eq!(city.grade("two", "more"), graded(Grade::Four, &[Tag::Personal]));
    assert_eq!(city.grade("two", "id"), graded(Grade::One, &[]));
    assert_eq!(city.grade("kept", "total"), graded(Grade::Four, &[Tag::Personal]));
    // Its rows are those of the offices.
    assert_eq!(city.grade("kept", "n"), graded(Grade::Two, &[]));
    // A table keeps what it was made of, whatever becomes of what was between.
    city.run(&li, "DROP VIEW two").await;
    city.run(&li, "CREATE OR REPLACE VIEW one AS SELECT 1 AS i").await;
    assert_eq!(city.grade("one", "i"), graded(Grade::One, &[]));
    assert_eq!(city.grade("kept", "total"), graded(Grade::Four, &[Tag::Personal]));
    assert_eq!(city.lineage(&li, "two").await, Vec::<String>::new());
}

/// What has to be on record before it starts is what touches data of grade 3 and above, in whatever copy.
#[tokio::test(flavor = "multi_thread")]
async fn copies_are_recorded_as_what_they_were_made_of() {
    let city = City::open().await;
    let li = analyst();
    for made in [
        "CREATE TABLE kept AS SELECT office, income FROM population.resident",
        "CREATE TABLE again AS SELECT income + 1 AS more FROM kept",
        "CREATE VIEW shown AS SELECT more FROM again",
        "CREATE TABLE ids AS SELECT id FROM population.resident",
        "CREATE TABLE own AS SELECT 1 AS a",
    ] {
        city.run(&li, made).await;
    }
    let session = city.session(&li);
    for (sql, is_protected) in [
        ("SELECT office FROM kept", true),
        ("SELECT more FROM public.again", true),
        ("SELECT count(*) FROM shown", true),
        ("DELETE FROM again WHERE more = 1", true),
        ("INSERT INTO own SELECT more FROM again", true),
        ("SELECT id FROM ids", false),
        ("DELETE FROM ids WHERE id = 1", false),
        ("SELECT a FROM own", false),
    ] {
        let touched = match session.prepare(sql).await.unwrap() {
            Prepared::Query(query) => Touched::of_plan(&session, "public", &query.plan),
            Prepared::Command(command) => Touched::of_command(&session, &command),
        };
        assert_eq!(touched.is_protected, is_protected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lineage_follows_every_change() {
    let city = City::open().await;
    let li = analyst();
    city.run(&li, "CREATE TABLE t AS SELECT id AS a, 0 AS b FROM population.resident").await;
    let made = ["* resident.* rows", "a resident.id identity"];
    assert_eq!(city.lineage(&li, "t").await, made);
    city.run(&li, "INSERT INTO t VALUES (7, 7)").await;
    assert_eq!(city.lineage(&li, "t").await, made);
    assert_eq!(city.grade("t", "b").grade, Grade::One);
    city.run(&li, "INSERT INTO t SELECT id, income FROM population.resident WHERE office = '东'").await;
    let more =
        ["* resident.* rows", "* resident.office filter", "a resident.id identity", "b resident.income transformation"];
    let told = city.lineage(&li, "t").await;
    assert!(told == more || told == more.map(|row| row.replace("transformation", "identity")), "{told:?}");
    assert_eq!(city.grade("t", "b").grade, Grade::Four);
    city.run(&li, "CREATE TABLE u (x BIGINT, y BIGINT)").await;
    city.run(&li, "INSERT INTO u VALUES (1, 1)").await;
    city.run(&li, "UPDATE u SET y = 2 WHERE x IN (SELECT a FROM t)").await;
    assert_eq!((city.grade("u", "x").grade, city.grade("u", "y").grade), (Grade::One, Grade::Two));
    city.run(
        &li,
        "MERGE INTO u USING (SELECT a, max(b) AS b FROM t GROUP BY a) q ON u.x = q.a WHEN MATCHED THEN UPDATE SET y = q.b \
         WHEN NOT MATCHED THEN INSERT (x, y) VALUES (q.a, 0)",
    )
    .await;
    assert_eq!(city.grade("u", "y").grade, Grade::Four);
    // What is replaced has what it has now; what was dropped comes back with what it had.
    city.run(&li, "CREATE OR REPLACE TABLE t AS SELECT 1 AS b").await;
    assert_eq!(city.lineage(&li, "t").await, Vec::<String>::new());
    assert_eq!(city.grade("u", "y").grade, Grade::Four);
    city.run(&li, "DROP TABLE u").await;
    assert_eq!(city.lineage(&li, "u").await, Vec::<String>::new());
    city.run(&li, "UNDROP TABLE u").await;
    assert_eq!(city.grade("u", "y").grade, Grade::Four);
    // A statement that fails leaves the names as they were.
    assert!(city.ask(&li, "CREATE TABLE bad AS SELECT 1 / (id - id) AS n FROM population.resident").await.is_err());
    assert_eq!(city.lineage(&li, "bad").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_makers_right_ends_with_that_to_the_sources() {
    let city = City::open().await;
    let li = analyst();
    city.run(&li, "CREATE TABLE kept AS SELECT office, income FROM population.resident").await;
    city.run(&li, "CREATE TABLE again AS SELECT income FROM kept").await;
    city.run(&li, "CREATE TABLE offices AS SELECT office FROM population.resident").await;
    city.run(&li, "CREATE TABLE own AS SELECT 1 AS a").await;
    let sees = async |who: &Principal| {
        let mut seen = Vec::new();
        for table in ["kept", "again", "offices", "own"] {
            match city.ask(who, &format!("SELECT count(*) FROM {table}")).await {
                Ok(_) => seen.push(table),
                Err(error) => assert_eq!(error.code, Code::UNKNOWN_TABLE, "{error:?}"),
            }
        }
        seen
    };
    assert_eq!(sees(&li).await, ["kept", "again", "offices", "own"]);
    // The same person without the role.
    let mut less = li.clone();
    less.standing.roles.clear();
    assert_eq!(sees(&less).await, ["own"]);
    let unknown = city.ask(&less, "SELECT * FROM kept").await.unwrap_err();
    let missing = city.ask(&less, "SELECT * FROM kepx").await.unwrap_err();
    assert_eq!(unknown.message, missing.message.replace("kepx", "kept"));
    // By clearance, where policies ask for it.
    city.apply(&[("policy.cedar", BY_CLEARANCE)], true).await.unwrap();
    for (clearance, seen) in [
        (Grade::Four, vec!["kept", "again", "offices", "own"]),
        (Grade::Two, vec!["offices", "own"]),
        (Grade::One, vec!["own"]),
    ] {
        let mut cleared = less.clone();
        cleared.standing.clearance = clearance;
        assert_eq!(sees(&cleared).await, seen, "{clearance}");
    }
    assert_eq!(sees(&operator()).await, ["kept", "again", "offices", "own"]);
    // What somebody else has made of what is theirs.
    city.run(&operator(), "CREATE TABLE theirs AS SELECT 5 AS a").await;
    city.run(&operator(), "CREATE OR REPLACE TABLE own AS SELECT a FROM theirs").await;
    assert_eq!(sees(&less).await, Vec::<&str>::new());
    city.run(&operator(), "DROP TABLE theirs").await;
    assert_eq!(sees(&less).await, ["own"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_grade_than_that_of_the_sources_needs_a_release() {
    let city = City::open().await;
    city.run(&operator(), "CREATE SCHEMA stats").await;
    city.run(
        &operator(),
        "CREATE TABLE stats.summary AS SELECT office, max(income) AS income FROM population.resident GROUP BY office",
    )
    .await;
    let (silent, said) = (SUMMARY.replace("RELEASE", ""), SUMMARY.replace("RELEASE", ", release: 只公布最大值"));
    let refused = city.apply(&[("stats/summary.yaml", &silent)], false).await.unwrap_err();
    assert_eq!(refused.code, Code::MODEL_NOT_APPLICABLE, "{refused:?}");
    let told = city.apply(&[("stats/summary.yaml", &silent)], true).await.unwrap();
    assert!(told.iter().any(|line| line.starts_with("! ") && line.contains("comes from data of grade 4")), "{told:?}");
    // It is told again, and does not stand in the way of other changes.
    let told = city.apply(&[("stats/summary.yaml", &silent), ("policy.cedar", BY_CLEARANCE)], true).await.unwrap();
    assert!(told.iter().any(|line| line.starts_with("= ") && line.contains("comes from data of grade 4")), "{told:?}");
    let told = city.apply(&[("stats/summary.yaml", &said)], true).await.unwrap();
    assert!(!told.iter().any(|line| line.contains("comes from data of grade")), "{told:?}");
    // What is made of it has the grade that was declared.
    city.run(&operator(), "CREATE VIEW below AS SELECT income FROM stats.summary").await;
    assert_eq!(city.grade("below", "income").grade, Grade::Two);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_ask_up_and_down_and_see_what_is_theirs() {
    let city = City::open().await;
    let li = analyst();
    city.run(&li, "CREATE VIEW one AS SELECT id, income AS i FROM population.resident").await;
    city.run(&li, "CREATE VIEW two AS SELECT i AS j FROM one").await;
    city.run(&operator(), "CREATE VIEW hidden AS SELECT note, id FROM population.resident").await;
    let (up, down) = (
        "SELECT depth, target, target_column, source, source_column, grade FROM upstream('public.two', 'j') \
         WHERE source_column IS NOT NULL",
        "SELECT depth, target, coalesce(target_column, '*') FROM downstream('population.resident', 'income')",
    );
    let above = ["1 two j one i 4", "2 one i resident income 4"];
    assert_eq!(city.ask(&li, up).await.unwrap(), above);
    assert_eq!(city.ask(&li, down).await.unwrap(), ["1 one i", "2 two j"]);
    let near = "SELECT target FROM downstream('population.resident', 'income', 1)";
    assert_eq!(city.ask(&li, near).await.unwrap(), ["one"]);
    let all = "SELECT DISTINCT target FROM downstream('population.resident', 'id')";
    assert_eq!(city.ask(&li, all).await.unwrap(), ["one"]);
    // Who sees neither the source nor the target is told of neither.
    let wang = Principal { name: "wang".to_owned(), ..li.clone() };
    assert_eq!(city.ask(&wang, "SELECT * FROM huitong.lineage").await.unwrap(), Vec::<String>::new());
    assert_eq!(city.ask(&wang, up).await.unwrap_err().code, Code::UNKNOWN_TABLE);
    let nobody = Principal { standing: Attributes::default(), ..wang };
    assert_eq!(city.ask(&nobody, down).await.unwrap_err().code, Code::UNKNOWN_TABLE);
    // Who looks after the rules sees all of it, and none of the data.
    for office in [Office::Audit, Office::Security] {
        let officer = Principal { office: Some(office), ..nobody.clone() };
        assert_eq!(city.ask(&officer, all).await.unwrap(), ["hidden", "one"]);
        assert_eq!(city.ask(&officer, up).await.unwrap(), above);
        assert!(city.ask(&officer, "SELECT * FROM two").await.is_err());
    }
}
