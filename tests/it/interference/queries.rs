//! Queries from a seed: over a governed table and an open one, with whatever could tell of a hidden row.

/// A query, and whether it orders all of its rows.
pub struct Query {
    pub sql: String,
    pub ordered: bool,
}

pub struct Queries {
    state: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Day,
    Truth,
}

impl Queries {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn draw(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.draw(of.len() as u64) as usize]
    }

    pub fn next(&mut self) -> Query {
        match self.draw(16) {
            15 => self.pseudonyms(),
            14 => self.sums(),
            12 => self.changes(),
            13 => self.nested(),
            0 => self.totals(),
            1 => self.groups(),
            2 => self.join(),
            3 => self.windows(),
            4 => self.sets(),
            5 => self.plan(),
            6 => self.top(),
            7 => self.lists(),
            _ => self.rows(),
        }
    }

    fn unordered(sql: String) -> Query {
        Query { sql, ordered: false }
    }

    fn rows(&mut self) -> Query {
        let (first, second) = (self.any(2), self.any(1));
        let condition = self.value(Kind::Truth, 3);
        Self::unordered(format!("SELECT id, {first} AS a, {second} AS b FROM population.resident r WHERE {condition}"))
    }

    fn top(&mut self) -> Query {
        let value = self.plain(Kind::Number);
        let condition = self.safe_condition();
        let rows = 1 + self.draw(5);
        let sql = format!(
            "SELECT id, {value} AS a FROM population.resident r WHERE {condition} ORDER BY {value}, id LIMIT {rows}"
        );
        Query { sql, ordered: true }
    }

    fn totals(&mut self) -> Query {
        let value = self.value(Kind::Number, 2);
        let text = self.value(Kind::Text, 1);
        let condition = self.value(Kind::Truth, 2);
        let all = self.one(&[
            "count(*)",
            "count(*), min(income), max(income)",
            "min(born), max(born)",
            "count(DISTINCT office)",
            "max(name), min(citizen_id)",
        ]);
        let tail = if self.draw(2) == 0 { String::new() } else { format!(" WHERE {condition}") };
        Self::unordered(match self.draw(3) {
            0 => format!("SELECT {all} FROM population.resident r{tail}"),
            1 => format!("SELECT sum({value}) AS s, count({text}) AS n FROM population.resident r{tail}"),
            _ => {
                format!("SELECT count(*) FILTER (WHERE {condition}) AS n, max({text}) AS m FROM population.resident r")
            }
        })
    }

    fn groups(&mut self) -> Query {
        let (kind, value) = (self.kind(), self.value(Kind::Number, 1));
        let key = self.value(kind, 1);
        let having =
            self.one(&["", " HAVING count(*) > 1", " HAVING min(income) < 0", " HAVING sum(income) / count(*) > 5"]);
        Self::unordered(format!(
            "SELECT {key} AS k, count(*) AS n, sum({value}) AS s FROM population.resident r GROUP BY 1{having}"
        ))
    }

    fn join(&mut self) -> Query {
        let condition = self.value(Kind::Truth, 1);
        let how = self.one(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
        let on = self.one(&[
            "r.office = p.office",
            "r.office = p.office AND r.income > p.size",
            "r.income = p.size",
            "r.income + 50 = p.size * 10",
        ]);
        let shown = self.one(&["r.id, p.size", "count(*) AS n", "r.office, sum(r.income) AS s"]);
        let tail = if shown.starts_with("r.office") { " GROUP BY r.office" } else { "" };
        let outer = self.one(&["", "OR r.id IS NULL"]);
        Self::unordered(format!(
            "SELECT {shown} FROM population.resident r {how} geography.place p ON {on} WHERE ({condition}) {outer}{tail}"
        ))
    }

    fn windows(&mut self) -> Query {
        let function = self.one(&[
            "row_number()",
            "rank()",
            "sum(income)",
            "lag(income)",
            "lead(name)",
            "count(*)",
            "first_value(office)",
            "ntile(3)",
        ]);
        let part = self.one(&["", "PARTITION BY office ", "PARTITION BY born "]);
        let condition = self.safe_condition();
        Self::unordered(format!(
            "SELECT id, {function} OVER ({part}ORDER BY id) AS w FROM population.resident r WHERE {condition}"
        ))
    }

    fn sets(&mut self) -> Query {
        let how = self.one(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
        let condition = self.value(Kind::Truth, 2);
        let other = self.one(&[
            "SELECT office FROM geography.place",
            "SELECT 'police'",
            "SELECT name FROM population.resident",
        ]);
        Self::unordered(format!("SELECT office FROM population.resident r WHERE {condition} {how} {other}"))
    }

    fn plan(&mut self) -> Query {
        let condition = self.value(Kind::Truth, 2);
        Query { sql: format!("EXPLAIN SELECT id FROM population.resident r WHERE {condition}"), ordered: true }
    }

    /// Statements that change rows, which whoever sees them in part may not; and copies, whose rows are counted.
    fn changes(&mut self) -> Query {
        let condition = self.safe_condition();
        let sql = match self.draw(6) {
            0 => format!("UPDATE population.resident r SET income = 0 WHERE {condition}"),
            1 => format!("DELETE FROM population.resident r WHERE {condition}"),
            2 => format!("INSERT INTO population.resident SELECT * FROM population.resident r WHERE {condition}"),
            3 => format!(
                "MERGE INTO population.resident r USING geography.place p ON {condition} WHEN MATCHED THEN DELETE"
            ),
            4 => "DESCRIBE HISTORY population.resident".to_owned(),
            _ => "CHECK TABLE population.resident".to_owned(),
        };
        Self::unordered(sql)
    }

    /// Sums of a column that is seen over groups of three, for groups of offices, one of which has two.
    fn sums(&mut self) -> Query {
        let aggregate =
            self.one(&["sum(wage)", "avg(wage)", "count(wage)", "sum(wage), count(*)", "max(wage)", "sum(wage + 0)"]);
        let condition = self.one(&[
            "true",
            "office = 'rare'",
            "office <> 'rare'",
            "office IN ('rare', 'tax')",
            "wage > 0",
            "office LIKE 'r%'",
        ]);
        let (key, tail) = if self.draw(2) == 0 { ("", "") } else { ("office, ", " GROUP BY office") };
        let having = if tail.is_empty() {
            ""
        } else {
            self.one(&["", " HAVING sum(wage) > 0", " HAVING 1 / (sum(wage) - 10000) < 1"])
        };
        let of = self.one(&["population.resident", "(SELECT office, wage, citizen_id FROM population.resident)"]);
        Self::unordered(format!("SELECT {key}{aggregate} FROM {of} r WHERE {condition}{tail}{having}"))
    }

    /// What is told of pseudonyms, which are others in each city: which are equal, and how long they are.
    fn pseudonyms(&mut self) -> Query {
        let condition = self.safe_condition();
        let sql = self.one(&[
            "SELECT count(DISTINCT code) AS n, min(length(code)) AS a, max(length(code)) AS b FROM population.resident r",
            "SELECT office, count(DISTINCT code) AS n FROM population.resident r",
            "SELECT id, code IS NULL AS a, code = '{word}-1' AS b, code LIKE '%{word}%' AS c FROM population.resident r",
            "SELECT r.id, q.id AS other FROM population.resident r JOIN population.resident q ON r.code = q.code AND r.id < q.id",
        ]);
        let sql = sql.replace("{word}", self.one(&["Xylem", "Topaz"]));
        let tail = if sql.starts_with("SELECT office") { " GROUP BY office" } else { "" };
        Self::unordered(format!("{sql} WHERE {condition}{tail}"))
    }

    /// Queries in queries.
    fn nested(&mut self) -> Query {
        let (value, condition) = (self.value(Kind::Number, 1), self.safe_condition());
        let of = format!("SELECT id, office, {value} AS v FROM population.resident r WHERE {condition}");
        let sql = match self.draw(4) {
            0 => format!("WITH t AS ({of}) SELECT office, count(*) AS n, max(v) AS m FROM t GROUP BY office"),
            1 => "SELECT p.office, (SELECT count(*) FROM population.resident r WHERE r.office = p.office) AS n FROM geography.place p"
                .to_owned(),
            2 => format!("SELECT a.id FROM ({of}) a JOIN ({of}) b ON a.v = b.v AND a.id < b.id"),
            _ => format!(
                "SELECT id FROM population.resident r WHERE income >= ALL (SELECT size FROM geography.place) AND {condition}"
            ),
        };
        Self::unordered(sql)
    }

    /// What there is, as lists tell.
    fn lists(&mut self) -> Query {
        let sql = self.one(&[
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'population'",
            "SELECT name, mask, grade FROM huitong.fields WHERE dataset = 'resident'",
            "SELECT dataset, \"column\", mask, policy FROM huitong.grants",
            "SHOW COLUMNS FROM population.resident",
            "SELECT secret FROM population.resident",
            "SELECT * FROM population.no_such",
            "SELECT count(*) FROM huitong.datasets",
            "SELECT kind, name FROM search('常住人口')",
        ]);
        Self::unordered(sql.to_owned())
    }

    fn kind(&mut self) -> Kind {
        [Kind::Number, Kind::Text, Kind::Day, Kind::Truth][self.draw(4) as usize]
    }

    fn any(&mut self, depth: u32) -> String {
        let kind = self.kind();
        self.value(kind, depth)
    }

    /// A column or a constant.
    fn plain(&mut self, kind: Kind) -> String {
        match kind {
            Kind::Number => self.one(&["r.income", "r.id", "0", "7", "-50", "200007", "r.debt", "NULL::BIGINT"]),
            Kind::Text => self.one(&[
                "r.office",
                "r.name",
                "r.citizen_id",
                "r.area",
                "r.status",
                "'police'",
                "'hidden'",
                "'civil'",
                "'王'",
                "'110105'",
            ]),
            Kind::Day => self.one(&[
                "r.born",
                "r.moved",
                "r.joined",
                "DATE '1975-01-01'",
                "DATE '1950-01-01'",
                "DATE '2020-03-15'",
            ]),
            Kind::Truth => self.one(&[
                "true",
                "r.income IS NULL",
                "r.office = 'hidden'",
                "r.office = 'civil'",
                "r.income > 100000",
                "r.id >= 1000",
            ]),
        }
        .to_owned()
    }

    /// A condition that fails for no row, for queries whose rows stop before the end.
    fn safe_condition(&mut self) -> String {
        let (column, than) = (self.plain(Kind::Number), self.plain(Kind::Number));
        let how = self.one(&["<", "<=", "=", "<>", ">", "IS DISTINCT FROM"]);
        let more =
            self.one(&["", " OR r.office = 'hidden'", " AND r.name LIKE '王%'", " OR r.born < DATE '1980-01-01'"]);
        format!("({column} {how} {than}){more}")
    }

    fn value(&mut self, kind: Kind, depth: u32) -> String {
        if depth == 0 {
            return self.plain(kind);
        }
        let deeper = depth - 1;
        match kind {
            Kind::Number => self.number(deeper),
            Kind::Text => self.text(deeper),
            Kind::Day => match self.draw(4) {
                0 => format!("{}({} AS DATE)", self.cast(), self.value(Kind::Text, deeper)),
                1 => format!("date_trunc('year', {})::DATE", self.value(Kind::Day, deeper)),
                2 => format!("{} + INTERVAL '1 month'", self.value(Kind::Day, deeper)),
                _ => self.plain(Kind::Day),
            },
            Kind::Truth => self.truth(deeper),
        }
    }

    /// Most casts fail for the texts that there are, and a query that fails says little.
    fn cast(&mut self) -> &'static str {
        if self.draw(8) == 0 { "CAST" } else { "TRY_CAST" }
    }

    fn divisor(&mut self, deeper: u32) -> String {
        let value = self.value(Kind::Number, deeper);
        if self.draw(4) == 0 { value } else { format!("nullif({value}, 0)") }
    }

    fn number(&mut self, deeper: u32) -> String {
        let inner = self.value(Kind::Number, deeper);
        match self.draw(9) {
            0 => format!("({inner} / {})", self.divisor(deeper)),
            1 => format!("({inner} % {})", self.divisor(deeper)),
            2 => format!("({inner} - {})", self.plain(Kind::Number)),
            3 => format!("{}({} AS BIGINT)", self.cast(), self.value(Kind::Text, deeper)),
            4 => format!("length({})", self.value(Kind::Text, deeper)),
            5 => format!("CASE WHEN {} THEN {inner} ELSE 1 END", self.value(Kind::Truth, deeper)),
            6 => format!("coalesce({inner}, {})", self.plain(Kind::Number)),
            7 => format!("date_part('year', {})::BIGINT", self.value(Kind::Day, deeper)),
            _ => "(SELECT max(size) FROM geography.place p WHERE p.office = r.office)".to_owned(),
        }
    }

    fn text(&mut self, deeper: u32) -> String {
        let inner = self.value(Kind::Text, deeper);
        match self.draw(7) {
            0 => format!("({inner} || {})", self.plain(Kind::Text)),
            1 => format!("upper({inner})"),
            2 => format!("substr({inner}, 1, 3)"),
            3 => format!("CAST({} AS VARCHAR)", self.value(Kind::Number, deeper)),
            4 => format!("CASE WHEN {} THEN {inner} END", self.value(Kind::Truth, deeper)),
            5 => format!("regexp_replace({inner}, '[0-9]', '')"),
            _ => format!("reverse({inner})"),
        }
    }

    fn truth(&mut self, deeper: u32) -> String {
        let how = self.one(&["<", "<=", "=", "<>", ">", ">=", "IS DISTINCT FROM"]);
        match self.draw(13) {
            0 | 1 => format!("{} {how} {}", self.value(Kind::Number, deeper), self.value(Kind::Number, deeper)),
            2 => format!("{} {how} {}", self.value(Kind::Text, deeper), self.plain(Kind::Text)),
            3 => format!("{} {how} {}", self.value(Kind::Day, deeper), self.plain(Kind::Day)),
            4 => format!(
                "{} LIKE {}",
                self.value(Kind::Text, deeper),
                self.one(&["'王%'", "'%hid%'", "'%Xyl%'", "'______'"])
            ),
            5 => format!("{} ~ {}", self.value(Kind::Text, deeper), self.one(&["'^[0-9]+'", "'hidden'", "'[XT]'"])),
            6 => format!("({} AND {})", self.value(Kind::Truth, deeper), self.value(Kind::Truth, deeper)),
            7 => format!("({} OR {})", self.value(Kind::Truth, deeper), self.value(Kind::Truth, deeper)),
            8 => format!("NOT ({})", self.value(Kind::Truth, deeper)),
            9 => format!(
                "r.office {} (SELECT office FROM geography.place WHERE size > {})",
                self.one(&["IN", "NOT IN"]),
                self.draw(4)
            ),
            10 => {
                let inner =
                    self.one(&["q.id = r.id + 1", "q.income = r.income", "q.office = r.office AND q.id <> r.id"]);
                format!("EXISTS (SELECT 1 FROM population.resident q WHERE {inner})")
            }
            11 => format!("{} IN (0, 7, 10, 200000, 200007)", self.value(Kind::Number, deeper)),
            _ => format!("{} BETWEEN -20 AND 150000", self.value(Kind::Number, deeper)),
        }
    }
}
