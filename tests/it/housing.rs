//! The housing–marriage application on a city of its own: its answers beside the truth, reviewers who merge and part, and who is told what.

use std::path::Path;

use crate::work::{Server, job_as, run, sql, sql_as, sql_in};

const NIGHTLY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/apps/housing-marriage/nightly.sql");
const NIGHT: &str = "2025-12-31";
const CASE: &str = "SET huitong.purpose = '首套住房资格审核';";

/// Everybody grown applies for a first home, once without a declaration (`A`) and once with a true one (`D`).
const APPLY: &str = "
DELETE FROM housing_marriage.application;
INSERT INTO housing_marriage.application (application_id, citizen_id, day, declared_status, spouse_citizen_id)
SELECT concat('A', CAST(person_id AS VARCHAR)), citizen_id, DATE '2025-12-31', NULL, NULL FROM truth.person
WHERE died_on IS NULL AND moved_out_on IS NULL AND birth_date <= DATE '2007-12-31';
INSERT INTO housing_marriage.application (application_id, citizen_id, day, declared_status, spouse_citizen_id)
SELECT concat('D', CAST(p.person_id AS VARCHAR)), p.citizen_id, DATE '2025-12-31',
       CASE substr(p.marital_status, 1, 1) WHEN '1' THEN '未婚' WHEN '2' THEN '有配偶' WHEN '3' THEN '丧偶' ELSE '离婚' END,
       CASE WHEN m.husband_citizen_id = p.citizen_id THEN m.wife_citizen_id ELSE m.husband_citizen_id END
FROM truth.person AS p
LEFT JOIN truth.marriage AS m
  ON m.to_date IS NULL AND (m.husband_citizen_id = p.citizen_id OR m.wife_citizen_id = p.citizen_id)
WHERE p.died_on IS NULL AND p.moved_out_on IS NULL AND p.birth_date <= DATE '2007-12-31'";

/// How many answers there are of each kind, and how many are wrong: by who truly holds a share of a home in whose family.
const JUDGE: &str = "
WITH adult AS (
  SELECT person_id, citizen_id FROM truth.person
  WHERE died_on IS NULL AND moved_out_on IS NULL AND birth_date <= DATE '2007-12-31'
),
bond AS (
  SELECT husband_citizen_id AS me, wife_citizen_id AS other, wife_id AS other_id FROM truth.marriage WHERE to_date IS NULL
  UNION ALL
  SELECT wife_citizen_id AS me, husband_citizen_id AS other, husband_id AS other_id FROM truth.marriage WHERE to_date IS NULL
),
grown AS (
  SELECT person_id AS applicant, citizen_id AS member, person_id AS member_id FROM adult
  UNION ALL
  SELECT adult.person_id AS applicant, bond.other AS member, bond.other_id AS member_id
  FROM adult JOIN bond ON bond.me = adult.citizen_id
),
member AS (
  SELECT applicant, member FROM grown
  UNION
  SELECT grown.applicant, child.citizen_id AS member
  FROM grown JOIN truth.person AS child ON child.father_id = grown.member_id OR child.mother_id = grown.member_id
  WHERE child.birth_date > DATE '2007-12-31' AND child.died_on IS NULL
),
owner AS (
  SELECT DISTINCT member.applicant
  FROM member JOIN truth.holding AS h ON h.holder_code = member.member WHERE h.to_date IS NULL
)
SELECT substr(f.application_id, 1, 1) AS kind, count(*) AS answers, count(*) FILTER (WHERE answer = 'unknown') AS unknown,
       count(*) FILTER (WHERE answer = CASE WHEN owner.applicant IS NULL THEN 'no' ELSE 'yes' END) AS wrong
FROM housing_marriage.first_home AS f
LEFT JOIN owner ON CAST(owner.applicant AS VARCHAR) = substr(f.application_id, 2)
GROUP BY substr(f.application_id, 1, 1) ORDER BY kind";

#[test]
fn families_are_told_what_is_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("city");
    let made = run(&["demo", "--people", "400", "--seed", "11", "--exit", "--dir", dir.to_str().expect("text")]);
    assert!(made.status.success(), "{made:?}");
    answers_agree_with_the_truth(&dir);
    records_are_linked_to_the_right_persons(&dir);
    published_counts_add_up(&dir);
    Families::register(&dir);
    let town = Town::open(&dir, folder.path());
    town.tells_only_for_a_purpose();
    town.night("first");
    town.is_not_misled();
    town.parts_what_reviewers_part();
}

fn answers_agree_with_the_truth(dir: &Path) {
    sql_in(dir, APPLY).expect("applied");
    let judged = sql_in(dir, JUDGE).expect("judged");
    let rows: Vec<Vec<&str>> = judged.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let number = |text: &str| text.parse::<f64>().expect("a number");
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), ["A", "D"], "{judged}");
    for row in &rows {
        assert!(number(row[1]) > 200.0 && row[3] == "0", "{judged}");
    }
    assert!(number(rows[0][2]) < 0.3 * number(rows[0][1]), "without declarations: {judged}");
    assert!(number(rows[1][2]) < 0.05 * number(rows[1][1]), "with declarations: {judged}");
}

fn records_are_linked_to_the_right_persons(dir: &Path) {
    let pairs = "WITH record AS (
           SELECT e.person_id, t.person_id AS truth_id FROM housing_marriage.entity AS e
           JOIN truth.person_row AS t ON t.record_id = e.record_id AND t.role = e.role
             AND t.register = CASE e.register WHEN '1' THEN 'population.person' WHEN '2' THEN 'population.marriage'
                                              ELSE 'housing.title' END
           WHERE t.person_id IS NOT NULL
         ),
         cell AS (SELECT person_id, truth_id, count(*) AS n FROM record GROUP BY person_id, truth_id)
         SELECT (SELECT sum(n * (n - 1) / 2) FROM cell) AS both,
                (SELECT sum(n * (n - 1) / 2) FROM (SELECT sum(n) AS n FROM cell GROUP BY person_id)) AS found,
                (SELECT sum(n * (n - 1) / 2) FROM (SELECT sum(n) AS n FROM cell GROUP BY truth_id)) AS wanted";
    let told = sql_in(dir, pairs).expect("pairs");
    let numbers: Vec<f64> =
        told.lines().nth(1).expect("a row").split(',').map(|text| text.parse().expect("a number")).collect();
    let (both, found, wanted) = (numbers[0], numbers[1], numbers[2]);
    assert!(wanted > 500.0 && both / found >= 0.999 && both / wanted >= 0.97, "{told}");
}

/// No count from 1 to 9 leaves the house, and where nothing of a line is withheld its cells are its total.
fn published_counts_add_up(dir: &Path) {
    for (table, value) in [
        ("homes_by_household", "households"),
        ("purchases_near_marriage", "couples"),
        ("transfers", "registrations"),
        ("concentration", "holders"),
    ] {
        let small = format!("SELECT count(*) AS n FROM housing_marriage.{table} WHERE {value} BETWEEN 1 AND 9");
        assert_eq!(sql_in(dir, &small).as_deref(), Ok("n\n0\n"), "{table}");
        let some = format!("SELECT count(*) > 0 AS some FROM housing_marriage.{table} WHERE flag = 'published'");
        assert_eq!(sql_in(dir, &some).as_deref(), Ok("some\ntrue\n"), "{table}");
    }
    // A line of which nothing is withheld: all that any line holds is in its total.
    let whole = "SELECT count(*) > 0 AS whole, coalesce(sum(abs(total - parts)), 0) AS apart FROM (
           SELECT homes, max(holders) FILTER (WHERE division_code IS NULL) AS total,
                  sum(holders) FILTER (WHERE division_code IS NOT NULL) AS parts, count(*) FILTER (WHERE holders IS NULL) AS withheld
           FROM housing_marriage.concentration GROUP BY homes)
         WHERE withheld = 0";
    assert_eq!(sql_in(dir, whole).as_deref(), Ok("whole,apart\ntrue,0.0\n"));
}

/// A citizen number with its check character (GB 11643-1999).
fn number(birth: &str, sequence: u32) -> String {
    let body = format!("990101{birth}{sequence:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).expect("a digit") * weight).sum();
    let check = "10X98765432".chars().nth((sum % 11) as usize).expect("a character");
    format!("{body}{check}")
}

/// People whose registers could mislead: each family has a number of its own, persons are `(family, who)`.
struct Families;

impl Families {
    fn id(family: u32, who: u32) -> String {
        // Women have even sequences.
        number(&format!("19{:02}0{}15", 60 + family, 1 + who % 9), 700 + 10 * family + who)
    }

    fn name(family: u32, who: u32) -> String {
        let surnames = ["欧阳", "司徒", "上官", "诸葛", "慕容", "尉迟", "长孙", "宇文"];
        let given = ["静", "勇", "洁", "强", "敏"];
        format!("{}{}", surnames[family as usize % surnames.len()], given[who as usize % given.len()])
    }

    fn person(family: u32, who: u32, status: &str, marital: &str) -> String {
        let (id, sex) = (Self::id(family, who), if who.is_multiple_of(2) { '2' } else { '1' });
        let name = Self::name(family, who);
        format!(
            "(9000{family}{who}, '{id}', '{name}', '{sex}', CAST(cid_check('{id}')['birth'] AS DATE), '{marital}', \
             'H{family}{who}', '02', '990101', '{status}', CASE WHEN '{status}' = '正常' THEN NULL ELSE DATE '2024-05-05' END, \
             DATE '1990-01-01', DATE '2020-01-01')"
        )
    }

    fn marriage(row: u32, kind: &str, family: u32, husband: u32, wife: u32, day: &str) -> String {
        let side = |who: u32| {
            let id = Self::id(family, who);
            format!("'{id}', CAST(cid_check('{id}')['birth'] AS DATE)")
        };
        format!(
            "({row}, 'T{row}', '{kind}', '{}', {}, \
             '{}', {}, DATE '{day}', '990101', '本市登记')",
            Self::name(family, husband),
            side(husband),
            Self::name(family, wife),
            side(wife),
        )
    }

    fn title(row: u32, family: u32, who: u32, from: &str, to: Option<&str>) -> String {
        let id = Self::id(family, who);
        let to = to.map_or("NULL".to_owned(), |day| format!("DATE '{day}'"));
        format!(
            "({row}, '990101001001GB09999F0000{row:04}', 'C{row}', '{}', \
             '身份证', '{id}', '0', 1, 1, '住宅', DATE '{from}', {to}, '现势', '商品房买卖', '990101', 500000)",
            Self::name(family, who)
        )
    }

    /// Into the registers.
    fn register(dir: &Path) {
        let persons = [
            // 1: divorced elsewhere, as he says; the wedding is still registered here, and she owns a home.
            Self::person(1, 1, "正常", "20"),
            Self::person(1, 2, "正常", "20"),
            // 2: a sale that was filed, registered and sold again. 3: one that was filed alone.
            Self::person(2, 1, "正常", "10"),
            Self::person(3, 1, "正常", "10"),
            // 4: divorced from one and married to the other on one day; the other owns a home.
            Self::person(4, 1, "正常", "22"),
            Self::person(4, 2, "正常", "40"),
            Self::person(4, 4, "正常", "22"),
            // 5: a widow, whose home still stands in his name.
            Self::person(5, 1, "死亡注销", "20"),
            Self::person(5, 2, "正常", "30"),
            // 6: names himself as his spouse. 7: married before anybody here knew of it.
            Self::person(6, 1, "正常", "10"),
            Self::person(7, 1, "正常", "20"),
            Self::person(7, 2, "正常", "20"),
        ];
        let marriages = [
            Self::marriage(9001, "结婚登记", 1, 1, 2, "1990-05-01"),
            Self::marriage(9002, "离婚登记", 4, 1, 2, "2015-06-01"),
            Self::marriage(9003, "结婚登记", 4, 1, 4, "2015-06-01"),
            Self::marriage(9004, "结婚登记", 5, 1, 2, "1990-05-01"),
            Self::marriage(9005, "补领结婚证", 7, 1, 2, "2022-03-01"),
        ];
        let titles = [
            Self::title(9101, 1, 2, "2010-01-01", None),
            Self::title(9102, 2, 1, "2020-08-01", Some("2023-02-02")),
            Self::title(9103, 4, 4, "2012-01-01", None),
            Self::title(9104, 5, 1, "2001-01-01", None),
        ];
        let script = format!(
            "INSERT INTO population.person (record_id, citizen_id, name, sex, birth_date, marital_status, household_id, relation_to_head, \
               division_code, status, status_date, registered_on, updated_on) VALUES {};
             INSERT INTO population.marriage (record_id, certificate_no, event_type, husband_name, husband_id, husband_birth_date, wife_name, \
               wife_id, wife_birth_date, registered_on, office_code, source) VALUES {};
             INSERT INTO housing.title (record_id, unit_number, certificate_no, holder_name, document_type, document_no, co_ownership, \
               share_numerator, share_denominator, use, registered_on, ended_on, status, reason, division_code, price) VALUES {};
             INSERT INTO housing_marriage.pending_filing (filing_id, citizen_id, unit_number, filed_on) VALUES
               ('F2', '{}', '990101001001GB09999F00009102', DATE '2020-05-01'), ('F3', '{}', '990101001001GB09999F00009199', DATE '2025-11-01')",
            persons.join(", "),
            marriages.join(", "),
            titles.join(", "),
            Self::id(2, 1),
            Self::id(3, 1),
        );
        sql_in(dir, &script).expect("registered");
    }

    /// What is asked of each and what the answer has to be, with a word of its reasons.
    fn asked() -> Vec<(String, &'static str, &'static str)> {
        let of = |name: &str, family: u32, who: u32, day: &str, declared: &str, spouse: &str| {
            format!("('{name}', '{}', DATE '{day}', {declared}, {spouse})", Self::id(family, who))
        };
        let himself = format!("'{}'", Self::id(6, 1));
        vec![
            (of("Z1", 1, 1, NIGHT, "'离婚'", "NULL"), "unknown", "承诺离婚，但查到有效婚姻登记"),
            (of("Z2", 2, 1, NIGHT, "'未婚'", "NULL"), "yes", "曾有住房1套，已转移"),
            (of("Z3", 3, 1, NIGHT, "'未婚'", "NULL"), "no", "已网签购买住房"),
            (of("Z4", 4, 1, NIGHT, "NULL", "NULL"), "no", "配偶持有住房"),
            (of("Z5", 5, 2, NIGHT, "'丧偶'", "NULL"), "unknown", "已故配偶可能持有住房"),
            (of("Z6", 6, 1, NIGHT, "'有配偶'", &himself), "unknown", "所填配偶为申请人本人"),
            (of("Z7", 7, 1, "2020-01-01", "'未婚'", "NULL"), "unknown", "起始日期不明"),
            (of("Z8", 5, 1, NIGHT, "'丧偶'", "NULL"), "unknown", "申请人已登记死亡"),
            (of("Z9", 3, 1, "2026-06-01", "'未婚'", "NULL"), "unknown", "早于核查日"),
        ]
    }
}

struct Town {
    server: Server,
}

impl Town {
    fn open(dir: &Path, folder: &Path) -> Self {
        let serve = ["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"];
        let town = Self { server: Server::start(&serve, folder) };
        let make = |user: &str, office: &str| {
            sql(&town.address(), "csv", &format!("CREATE USER {user} PASSWORD 'test-password-1' {office}"))
                .expect("a user");
        };
        make("wang", "SECURITY ADMIN");
        make("shen", "AUDITOR");
        for (user, department, roles) in [
            ("housing", "housing_construction", "'case_worker'"),
            ("reviewer", "housing_construction", "'link_reviewer'"),
            ("linker", "housing_construction", "'steward', 'register_linker'"),
            ("analyst", "data_bureau", "'analyst'"),
            ("civil", "civil_affairs", "'case_worker'"),
            ("modeller", "data_bureau", "'modeller'"),
            ("approver", "housing_construction", "'data_approver'"),
        ] {
            make(user, "");
            let standing = format!("ALTER USER {user} DEPARTMENT '{department}' ROLES ({roles}) CLEARANCE 4");
            town.ask("wang", &standing).expect("standing");
        }
        town
    }

    fn address(&self) -> String {
        self.server.address("flight")
    }

    fn ask(&self, user: &str, script: &str) -> Result<String, String> {
        sql_as(&self.address(), user, script)
    }

    fn tells_only_for_a_purpose(&self) {
        let one = "SELECT answer FROM housing_marriage.first_home WHERE application_id = (SELECT min(application_id) \
                   FROM housing_marriage.application)";
        let hidden = |user: &str, script: &str| {
            let told = self.ask(user, script).expect_err("it is not there");
            assert!(told.contains("HT0102") || told.contains("HT0103"), "{user}: {told}");
        };
        hidden("housing", one);
        hidden("housing", &format!("SET huitong.purpose = '婚姻登记'; {one}"));
        hidden("analyst", &format!("{CASE} {one}"));
        hidden("civil", &format!("{CASE} {one}"));
        hidden("reviewer", &format!("SET huitong.purpose = '关联复核'; {one}"));
        hidden("housing", &format!("{CASE} SELECT count(*) FROM housing_marriage.review"));
        hidden("housing", &format!("{CASE} SELECT count(*) FROM housing_marriage.mention"));
        let told = self.ask("housing", &format!("{CASE} {one}")).expect("for the purpose");
        assert!(["answer\nyes\n", "answer\nno\n", "answer\nunknown\n"].contains(&told.as_str()), "{told}");
        // The counter takes an application in; what is not declared as the contract has it, or by others, is refused.
        let taken = "INSERT INTO housing_marriage.application VALUES ('X1', '110101199003070038', DATE '2025-12-31', NULL, NULL)";
        self.ask("housing", &format!("{CASE} {taken}")).expect("taken in");
        self.ask("analyst", &format!("{CASE} {taken}")).expect_err("not by an analyst");
        let nobody =
            format!("{CASE} SELECT answer, reasons_zh FROM housing_marriage.first_home WHERE application_id = 'X1'");
        assert_eq!(
            self.ask("housing", &nobody).as_deref(),
            Ok("answer,reasons_zh\nunknown,各登记表中均无此证件号码\n"),
        );
        // Linking for analysis and answering requests show numbers and names under masks.
        for (user, purpose) in [("modeller", "关联分析"), ("approver", "答复共享申请")] {
            let shown = self.ask(
                user,
                &format!(
                    "SET huitong.purpose = '{purpose}'; SELECT count(checked_id) AS ids, count(pinyin) AS names FROM housing_marriage.mention"
                ),
            );
            assert_eq!(shown.as_deref(), Ok("ids,names\n0,0\n"), "{user}");
        }
        // Counts are there for everybody of a department, without a purpose.
        let counts = self.ask("analyst", "SELECT count(*) > 0 AS some FROM housing_marriage.homes_by_household");
        assert_eq!(counts.as_deref(), Ok("some\ntrue\n"));
        // Who asked about whom, and what for.
        let kept = self
            .ask(
                "shen",
                "SELECT count(*) > 0 AS kept FROM huitong.audit \
                 WHERE actor = 'housing' AND purpose = '首套住房资格审核' AND statement LIKE '%first_home%'",
            )
            .expect("the auditor looks");
        assert_eq!(kept, "kept\ntrue\n");
    }

    fn is_not_misled(&self) {
        let asked = Families::asked();
        let rows: Vec<&str> = asked.iter().map(|(row, _, _)| row.as_str()).collect();
        let take = format!("{CASE} INSERT INTO housing_marriage.application VALUES {}", rows.join(", "));
        self.ask("housing", &take).expect("taken in");
        let told = self
            .ask("housing", &format!("{CASE} SELECT application_id, answer, reasons_zh FROM housing_marriage.first_home WHERE application_id LIKE 'Z%' ORDER BY 1"))
            .expect("answers");
        for ((row, answer, reason), line) in asked.iter().zip(told.lines().skip(1)) {
            let found = line.split(',').nth(1);
            assert!(found == Some(answer) && line.contains(reason), "{row}: {line}");
        }
        assert_eq!(told.lines().count(), asked.len() + 1, "{told}");
        // What is declared beside what is registered, when nobody of the number is known, and when there is nothing to tell.
        let declare = format!(
            "SET huitong.purpose = '住房申报核查'; INSERT INTO housing_marriage.declaration VALUES \
             ('Y1', '{}', DATE '{NIGHT}', NULL), ('Y2', '{}', DATE '{NIGHT}', NULL), ('Y3', '110101199003070038', DATE '{NIGHT}', NULL)",
            Families::id(4, 4),
            Families::id(6, 1),
        );
        self.ask("housing", &declare).expect("declared");
        let found = self.ask(
            "housing",
            "SET huitong.purpose = '住房申报核查'; SELECT declaration_id, finding_zh FROM housing_marriage.declared_versus_registered \
             WHERE declaration_id LIKE 'Y%' ORDER BY 1",
        );
        assert_eq!(found.as_deref(), Ok("declaration_id,finding_zh\nY1,未申报\nY2,一致（均无住房）\nY3,查无此人\n"));
    }

    fn parts_what_reviewers_part(&self) {
        let review = "SET huitong.purpose = '关联复核';";
        let link = "SET huitong.purpose = '住房婚姻关联';";
        let people = format!("{link} SELECT person_id, mention FROM housing_marriage.entity ORDER BY mention");
        let before = self.ask("linker", &people).expect("persons");
        let pair = self
            .ask(
                "reviewer",
                &format!("{review} SELECT mention_l, mention_r FROM housing_marriage.review ORDER BY 1, 2 LIMIT 1"),
            )
            .expect("the queue");
        let pair = pair.lines().nth(1).expect("there is something to review").replace(',', "', '");
        let decide = |same: bool, minute: u32| {
            let decided = format!(
                "{review} INSERT INTO housing_marriage.decision VALUES ('{pair}', {same}, 'reviewer', TIMESTAMP '2026-01-05 09:{minute:02}:00', NULL)"
            );
            self.ask("reviewer", &decided).expect("decided");
        };
        decide(true, 1);
        self.night("merged");
        let merged = self.ask("linker", &people).expect("persons");
        let distinct = |told: &str| -> usize {
            let persons: std::collections::BTreeSet<&str> =
                told.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
            persons.len()
        };
        assert_eq!(distinct(&merged), distinct(&before) - 1, "one person less");
        let left = format!(
            "{review} SELECT count(*) AS n FROM housing_marriage.review WHERE mention_l = '{}'",
            pair.replace("', '", "' AND mention_r = '")
        );
        assert_eq!(self.ask("reviewer", &left).as_deref(), Ok("n\n0\n"), "decided pairs leave the queue");
        decide(false, 2);
        self.night("parted");
        assert_eq!(self.ask("linker", &people).expect("persons"), before, "as it was");
    }

    fn night(&self, name: &str) {
        let as_of = format!("as_of={NIGHT}");
        let submit = ["submit", NIGHTLY, "--name", name, "--wait", "--param", &as_of];
        job_as(&self.address(), "linker", &submit).expect("a night");
    }
}
