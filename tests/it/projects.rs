//! The park-project application: what it finds beside the truth, what a clerk is told, what reviewers change, and who sees it.

use std::fs;
use std::path::Path;

use crate::work::{Server, job_as, run, sql, sql_as, sql_in};

const CASE: &str = "SET huitong.purpose = '项目备案核查';";
const COUNTED: &str = "
SELECT t.relation, count(*) AS n,
       count(*) FILTER (WHERE r.relation IN ('same_filing', 'same_project') AND r.band <> 'review') AS duplicates,
       count(*) FILTER (WHERE r.relation = 'split_phase') AS phases
FROM truth.duplicate_project AS t
LEFT JOIN park_projects.related AS r
  ON least(r.earlier_id, r.later_id) = least(CAST(t.project_id AS VARCHAR), CAST(t.of_project_id AS VARCHAR))
     AND greatest(r.earlier_id, r.later_id) = greatest(CAST(t.project_id AS VARCHAR), CAST(t.of_project_id AS VARCHAR))
GROUP BY t.relation ORDER BY t.relation";
/// Of what is called a duplicate without a doubt, how much is one: both filings go back to one project.
const PRECISE: &str = "
WITH project AS (
  SELECT CAST(p.project_id AS VARCHAR) AS id, coalesce(t.true_project_id, p.project_id) AS truth
  FROM legal.park_project AS p LEFT JOIN truth.duplicate_project AS t ON t.project_id = p.project_id
)
SELECT count(*) AS n, count(*) FILTER (WHERE e.truth = l.truth) AS right
FROM park_projects.duplicate AS d
JOIN project AS e ON e.id = d.earlier_id JOIN project AS l ON l.id = d.later_id";

#[test]
fn parks_are_told_what_the_city_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("city");
    let path = dir.to_str().expect("text");
    let made = run(&["demo", "--people", "200", "--seed", "5", "--exit", "--dir", path]);
    assert!(made.status.success(), "{made:?}");
    register(&dir, folder.path());
    sql_in(&dir, &first_night()).expect("a night");
    what_was_planted_is_found(&dir);
    let office = Office::open(&dir, folder.path());
    office.tells_only_for_a_purpose();
    office.checks_at_the_counter();
    office.closes_filings();
    office.keeps_what_reviewers_decide();
}

/// A register that is larger than that of so small a city, of a seed of its own.
fn register(dir: &Path, folder: &Path) {
    let data = folder.join("data");
    let data = data.to_str().expect("text");
    let tables = ["legal.park_project", "truth.duplicate_project"];
    let made = run(&["bench", "city-data", tables[0], tables[1], "--people", "150000", "--seed", "77", "--dir", data]);
    assert!(made.status.success(), "{made:?}");
    for table in tables {
        sql_in(dir, &format!("DELETE FROM {table}")).expect("emptied");
        let file = format!("{data}/{table}.parquet");
        let loaded = run(&["load", table, &file, "--dir", dir.to_str().expect("text")]);
        assert!(loaded.status.success(), "{loaded:?}");
    }
}

fn what_was_planted_is_found(dir: &Path) {
    let told = sql_in(dir, COUNTED).expect("counted");
    let rows: Vec<Vec<&str>> = told.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let relations: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(relations, ["same_filing", "same_project", "similar_line", "split_phase"], "{told}");
    let number = |row: usize, column: usize| rows[row][column].parse::<f64>().expect("a number");
    let share = |row: usize, column: usize| number(row, column) / number(row, 1);
    assert!((0..4).all(|row| number(row, 1) > 50.0), "{told}");
    assert!(share(0, 2) >= 0.97 && share(1, 2) >= 0.95, "duplicates are found: {told}");
    assert!(share(2, 2) <= 0.02 && share(3, 2) <= 0.005, "what is none is called none: {told}");
    assert!(share(3, 3) >= 0.95, "phases are told as such: {told}");
    let told = sql_in(dir, PRECISE).expect("counted");
    let counts: Vec<f64> =
        told.lines().nth(1).expect("a row").split(',').map(|n| n.parse().expect("a number")).collect();
    assert!(counts[0] > 200.0 && counts[1] / counts[0] >= 0.95, "{told}");
}

const NIGHTLY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/apps/park-projects/nightly.sql");

/// The first night, before there is a server: of a day before those of the jobs.
fn first_night() -> String {
    let script = fs::read_to_string(NIGHTLY).expect("the script").replace(":run", "'first'");
    script.replace(":tick", "'2026-06-01T18:00:00Z'")
}

struct Office {
    server: Server,
}

impl Office {
    fn open(dir: &Path, folder: &Path) -> Self {
        let serve = ["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"];
        let office = Self { server: Server::start(&serve, folder) };
        let make = |user: &str, office_of: &str| {
            sql(&office.address(), "csv", &format!("CREATE USER {user} PASSWORD 'test-password-1' {office_of}"))
                .expect("a user");
        };
        make("wang", "SECURITY ADMIN");
        for (user, department, roles) in [
            ("park", "development_reform", "'case_worker'"),
            ("examiner", "development_reform", "'project_reviewer'"),
            ("projects", "development_reform", "'steward'"),
            ("analyst", "data_bureau", "'analyst'"),
            ("housing", "housing_construction", "'case_worker'"),
        ] {
            make(user, "");
            let standing = format!("ALTER USER {user} DEPARTMENT '{department}' ROLES ({roles}) CLEARANCE 4");
            office.ask("wang", &standing).expect("standing");
        }
        office
    }

    fn address(&self) -> String {
        self.server.address("flight")
    }

    fn ask(&self, user: &str, script: &str) -> Result<String, String> {
        sql_as(&self.address(), user, script)
    }

    /// The job, run once for the steward.
    fn night(&self, name: &str) {
        job_as(&self.address(), "projects", &["submit", NIGHTLY, "--name", name, "--wait"]).expect("a night");
    }

    fn tells_only_for_a_purpose(&self) {
        let one = "SELECT count(*) FROM park_projects.duplicate";
        for (user, script) in [
            ("park", one.to_owned()),
            ("park", format!("SET huitong.purpose = '婚姻登记'; {one}")),
            ("housing", format!("{CASE} {one}")),
        ] {
            let told = self.ask(user, &script).expect_err("it is not there");
            assert!(told.contains("HT0102") || told.contains("HT0103"), "{user}: {told}");
        }
        self.ask("park", &format!("{CASE} {one}")).expect("for the purpose");
        let filing =
            "INSERT INTO park_projects.filing (filing_id, title, filed_on) VALUES ('X', '锅', DATE '2026-01-01')";
        self.ask("analyst", filing).expect_err("not by an analyst");
        self.ask("park", &format!("{CASE} UPDATE legal.park_project SET title = 'x'")).expect_err("not the register");
        self.ask("park", &format!("{CASE} DELETE FROM park_projects.pair")).expect_err("not what the job made");
        // Who may count does not see whom to ask.
        let told = self.ask("analyst", "SELECT ask_phone FROM park_projects.duplicate WHERE ask_phone NOT LIKE '%*%'");
        assert!(told.as_deref().is_ok_and(|told| told.lines().count() == 1) || told.is_err(), "{told:?}");
    }

    /// A second phase, a firm that renamed itself, a project that moved, something new, and the same twice in one day.
    fn checks_at_the_counter(&self) {
        let copy = |id: &str, columns: &str| {
            format!(
                "INSERT INTO park_projects.filing (filing_id, title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, \
                   investment, phase, filed_on)
                 SELECT '{id}', {columns}, DATE '2026-06-02' FROM park_projects.project WHERE project_id = '1';"
            )
        };
        let script = [
            CASE.to_owned(),
            "DELETE FROM park_projects.filing;".to_owned(),
            copy("A", "concat(title, '（二期）'), NULL, applicant_credit_code, applicant_name, industry, park, parcel, investment / 2, NULL"),
            copy("B", "title, abstract, applicant_credit_code, '同泰实业有限公司', industry, park, parcel, investment, phase"),
            copy("C", "concat('新建', title), abstract, NULL, '众卓实业有限公司', industry, '另一园区', NULL, investment, phase"),
            "INSERT INTO park_projects.filing (filing_id, title, abstract, industry, park, investment, filed_on) VALUES
               ('D', '深海采样机器人', '定员63人，用地3.7公顷', 'C37', '滨海园', 218000000, DATE '2026-06-02'),
               ('E', '深海采样机器人项目', '用地3.7公顷，定员63人', 'C37', '山前园', 218000000, DATE '2026-06-02'),
               ('F', '锅', NULL, NULL, NULL, NULL, DATE '2026-06-02')"
                .to_owned(),
        ]
        .join("\n");
        self.ask("park", &script).expect("taken in");
        let told = self
            .ask(
                "park",
                &format!(
                    "{CASE} SELECT filing_id, other_id, relation, band FROM park_projects.filing_check \
                     WHERE other_id IN ('1', 'filing/D', 'filing/E') ORDER BY filing_id, other_id"
                ),
            )
            .expect("checked");
        assert_eq!(
            told,
            "filing_id,other_id,relation,band\nA,1,split_phase,no\nB,1,same_filing,auto\nC,1,same_project,auto\n\
             D,filing/E,same_project,review\nE,filing/D,same_project,review\n"
        );
        // A number that a project of the register has is no reason not to be told of it; what was decided is told at once.
        let same = copy(
            "1",
            "title, abstract, applicant_credit_code, applicant_name, industry, park, parcel, investment, phase",
        );
        let decided = |pair: &str, relation: &str| {
            let values = format!("{pair}, '{relation}', '李敏', TIMESTAMP '2026-06-02 08:00:00', NULL");
            self.ask("examiner", &format!("{CASE} INSERT INTO park_projects.decision VALUES ({values})"))
        };
        let told = "SELECT relation, band FROM park_projects.filing_check WHERE filing_id = '1' AND other_id = '1'";
        assert_eq!(
            self.ask("park", &format!("{CASE} {same} {told}")).as_deref(),
            Ok("relation,band\nsame_filing,auto\n")
        );
        decided("'filing/1', '1'", "none").expect("decided");
        assert_eq!(self.ask("park", &format!("{CASE} {told}")).as_deref(), Ok("relation,band\n"));
        // So is what the model has not found.
        decided("'1', 'filing/F'", "same_project").expect("decided");
        let told = told.replace("filing_id = '1'", "filing_id = 'F'");
        assert_eq!(self.ask("park", &format!("{CASE} {told}")).as_deref(), Ok("relation,band\nsame_project,decided\n"));
        let waiting = "SELECT filing_id, other_id FROM park_projects.filing_review WHERE filing_id IN ('D', 'F') AND other_id IN ('1', 'filing/E')";
        assert_eq!(
            self.ask("examiner", &format!("{CASE} {waiting}")).as_deref(),
            Ok("filing_id,other_id\nD,filing/E\n")
        );
        let reasons = self
            .ask(
                "park",
                &format!("{CASE} SELECT reasons_zh, ask IS NOT NULL AS ask FROM park_projects.filing_check WHERE filing_id = 'B' AND other_id = '1'"),
            )
            .expect("reasons");
        assert!(reasons.contains("统一社会信用代码相同") && reasons.contains("true"), "{reasons}");
    }

    /// A filing that enters the register is compared until a night has read it, and its decisions go with it; others are counted or gone.
    fn closes_filings(&self) {
        let close = |outcome: &str, filing: &str| {
            self.ask(
                "park",
                &format!("{CASE} UPDATE park_projects.filing SET outcome = {outcome} WHERE filing_id = '{filing}'"),
            )
        };
        close("'registered', closed_at = TIMESTAMP '2026-06-02 10:00:00'", "F").expect_err("under which number?");
        close("'duplicate'", "B").expect_err("when?");
        close("'duplicate', closed_at = TIMESTAMP '2026-06-02 10:00:00'", "B").expect("closed");
        close("'withdrawn', closed_at = TIMESTAMP '2026-06-02 10:00:00'", "D").expect("closed");
        close("'registered', project_id = '2', closed_at = TIMESTAMP '2026-06-02 10:00:00'", "F").expect("closed");
        let ask = |sql: &str| self.ask("park", &format!("{CASE} {sql}")).expect("asked");
        assert_eq!(ask("SELECT year, filings FROM park_projects.avoided_by_park"), "year,filings\n2026,1\n");
        let compared = "SELECT id, is_waiting FROM park_projects.recent WHERE id IN ('filing/B', 'filing/D', 'filing/E', 'filing/F') ORDER BY id";
        assert_eq!(ask(compared), "id,is_waiting\nfiling/E,true\nfiling/F,false\n");
        let between = "SELECT relation, band FROM park_projects.related WHERE least(earlier_id, later_id) = '1' AND greatest(earlier_id, later_id) = '2'";
        assert_eq!(ask(between), "relation,band\n");
        self.night("second");
        assert_eq!(ask(compared), "id,is_waiting\nfiling/E,true\n");
        assert_eq!(ask(between), "relation,band\nsame_project,decided\n");
    }

    /// What is decided holds at once and after the next night, whichever of the two is named first.
    fn keeps_what_reviewers_decide(&self) {
        // Of a group of two that the model has: with a third one, both would stay in it.
        let two = "SELECT earlier_id, later_id FROM park_projects.duplicate WHERE band = 'auto' AND earlier_id IN (SELECT min(project_id) FROM \
                   park_projects.project_group GROUP BY group_id HAVING count(*) = 2) ORDER BY earlier_id, later_id LIMIT 1";
        let pair = self.ask("park", &format!("{CASE} {two}")).expect("a pair");
        let (earlier, later) = pair.lines().nth(1).and_then(|line| line.split_once(',')).expect("two ids");
        let decide = |first: &str, second: &str, relation: &str, day: &str| {
            format!(
                "{CASE} INSERT INTO park_projects.decision VALUES ('{first}', '{second}', '{relation}', '李敏', TIMESTAMP '{day} 09:00:00', '现场核实')"
            )
        };
        let held = || {
            let sql = format!(
                "{CASE} SELECT relation, band FROM park_projects.related WHERE earlier_id = '{earlier}' AND later_id = '{later}'"
            );
            self.ask("park", &sql).expect("related").lines().nth(1).map(str::to_owned)
        };
        let grouped = || {
            let sql = format!(
                "{CASE} SELECT count(*) AS n FROM park_projects.project_group AS l JOIN park_projects.project_group AS r \
                 ON l.group_id = r.group_id WHERE l.project_id = '{earlier}' AND r.project_id = '{later}'"
            );
            self.ask("park", &sql).expect("grouped").lines().nth(1).map(str::to_owned)
        };
        assert_eq!(grouped().as_deref(), Some("1"));
        self.ask("analyst", &decide(earlier, later, "none", "2026-06-02")).expect_err("not by an analyst");
        self.ask("park", &decide(earlier, later, "none", "2026-06-02")).expect_err("not by the counter");
        self.ask("examiner", &decide(earlier, later, "nothing", "2026-06-02")).expect_err("no such relation");
        self.ask("examiner", &decide(later, earlier, "none", "2026-06-02")).expect("decided");
        assert_eq!(held(), None);
        self.night("third");
        assert_eq!((held(), grouped().as_deref()), (None, Some("0")));
        self.ask("examiner", &decide(earlier, later, "same_project", "2026-06-03")).expect("decided again");
        assert_eq!(held().as_deref(), Some("same_project,decided"));
    }
}
