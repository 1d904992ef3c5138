//! Messages and statements as clients send them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, ListArray, RecordBatch, StringArray, StringDictionaryBuilder};
use arrow::datatypes::{Int8Type, Int32Type};
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::sql::{
    ActionCancelQueryRequest, Any, CommandGetCatalogs, CommandGetDbSchemas, CommandGetPrimaryKeys, CommandGetSqlInfo,
    CommandGetTables, CommandPreparedStatementQuery, CommandStatementIngest, CommandStatementQuery,
    CommandStatementUpdate, ProstMessageExt, TableDefinitionOptions, TicketStatementQuery,
};
use arrow_flight::{
    CancelFlightInfoRequest, FlightDescriptor, FlightEndpoint, FlightInfo, RenewFlightEndpointRequest, Ticket,
};
use futures::executor::block_on;
use futures::{TryStreamExt, stream};
use huitong_gateway::fuzzing::flight::HANDLE;
use prost::Message;

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The statements of the corpus, and such as are not in it.
pub fn statements() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql"), &mut found);
    assert!(found.len() > 300, "{}", found.len());
    found.sort();
    found.dedup();
    found.extend(bytes(&[
        "CREATE USER 李雷 PASSWORD 'correct-horse-1' ADMIN",
        "ALTER USER li WITH PASSWORD 'it''s' -- x",
        "DROP USER \"Li\"",
        "KILL '0123'",
        "UNDROP TABLE s.t",
        "DESCRIBE HISTORY 人口.person LIMIT 3",
        "RESTORE TABLE t TO TIMESTAMP AS OF '2026-01-01 00:00:00+08:00'",
        "OPTIMIZE t ZORDER BY (a, \"B\")",
        "VACUUM t RETAIN 168 HOURS",
        "CALL huitong.submit_job(name => 'n', sql => 'SELECT 1', params => '{\"a\": \"b\"}', cron => '0 3 * * *')",
        "SELECT * FROM s.t VERSION AS OF 3 AS x JOIN `表` ON x.a = `表`.`a b` WHERE b = ANY ('{1,\"a b\",NULL}')",
        "SELECT $1::INT[], $2, CAST(? AS VARCHAR(3)), 1e300, INTERVAL '1' DAY, E'\\n', $$a$$",
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b WHEN NOT MATCHED THEN INSERT (a) VALUES (1)",
        "SET access_key = 'AKIA', secret = 'x*'",
    ]));
    found
}

/// What stands behind `statement` and `query` in files of sqllogictest.
fn collect(folder: &Path, found: &mut Vec<Vec<u8>>) {
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "slt") {
            let text = fs::read_to_string(&path).expect("a file of the corpus");
            for block in text.split("\n\n") {
                let mut lines =
                    block.lines().skip_while(|line| !line.starts_with("statement") && !line.starts_with("query"));
                lines.next();
                let sql: Vec<_> = lines.take_while(|line| *line != "----").collect();
                found.extend((!sql.is_empty() && sql.len() < 30).then(|| sql.join("\n").into_bytes()));
            }
        }
    }
}

pub fn scripts() -> Vec<Vec<u8>> {
    let mut scripts = bytes(&[
        "-- 汇总; 每月\nSET timezone = '+08:00'; INSERT INTO t SELECT 'it''s;' || :区, d::INT, a[1:2], \"a\"\"b\", E'\\\\' FROM u;\n;OPTIMIZE t",
        "DELETE FROM t WHERE m = :month; INSERT INTO t SELECT *, :a AS a FROM u WHERE m = :month AND x = ':a' /* :a */",
        "CREATE TABLE IF NOT EXISTS s.t AS SELECT $$a;b$$ AS a; DROP TABLE IF EXISTS x",
        "SELECT :a;SELECT -:a;SELECT f(:a,:a)",
    ]);
    let statements = statements();
    scripts.extend(statements.chunks(3).map(|some| some.join(&b";\n"[..])));
    scripts
}

pub fn lists() -> Vec<Vec<u8>> {
    bytes(&[
        "{}",
        "{1,2,NULL}",
        "{a,\"b,c\",\"d\\\"e\\\\\",\"\" , \"null\"}",
        "{a\\,b}",
        " { a b , c } ",
        "{甲,乙}",
        "{{1},{2}}",
    ])
}

fn ticket() -> Vec<u8> {
    TicketStatementQuery { statement_handle: HANDLE.to_vec().into() }.as_any().encode_to_vec()
}

pub fn tickets() -> Vec<Vec<u8>> {
    let prepared = CommandPreparedStatementQuery { prepared_statement_handle: HANDLE.to_vec().into() };
    let done = TicketStatementQuery { statement_handle: b"done".to_vec().into() };
    vec![ticket(), HANDLE.to_vec(), prepared.as_any().encode_to_vec(), done.as_any().encode_to_vec()]
}

pub fn commands() -> Vec<Vec<u8>> {
    let text = |text: &str| Some(text.to_owned());
    let handle = HANDLE.to_vec();
    let tables = CommandGetTables {
        catalog: text("city"),
        db_schema_filter_pattern: text("人_"),
        table_name_filter_pattern: text("p%\\_n"),
        table_types: vec!["TABLE".to_owned(), "VIEW".to_owned()],
        include_schema: true,
    };
    let ingest = CommandStatementIngest {
        table_definition_options: Some(TableDefinitionOptions { if_not_exist: 1, if_exists: 2 }),
        table: "t".to_owned(),
        schema: text("s"),
        catalog: text("city"),
        temporary: false,
        transaction_id: None,
        options: BTreeMap::from([("a".to_owned(), "b".to_owned())]).into_iter().collect(),
    };
    let keys = CommandGetPrimaryKeys { catalog: None, db_schema: text("s"), table: "t".to_owned() };
    let all: Vec<Any> = vec![
        CommandStatementQuery { query: "SELECT 1".to_owned(), transaction_id: None }.as_any(),
        CommandStatementUpdate { query: "DELETE FROM t".to_owned(), transaction_id: Some(vec![1].into()) }.as_any(),
        CommandPreparedStatementQuery { prepared_statement_handle: handle.into() }.as_any(),
        CommandGetCatalogs {}.as_any(),
        CommandGetDbSchemas { catalog: text(""), db_schema_filter_pattern: text("%口") }.as_any(),
        CommandGetSqlInfo { info: vec![0, 1, 2, 500, 508, 575] }.as_any(),
        tables.as_any(),
        ingest.as_any(),
        keys.as_any(),
    ];
    let polled = [&b"huitong.poll:"[..], HANDLE].concat();
    all.iter().map(Message::encode_to_vec).chain([polled]).collect()
}

pub fn actions() -> Vec<Vec<u8>> {
    let endpoint = || FlightEndpoint::new().with_ticket(Ticket::new(ticket()));
    let info = FlightInfo::new()
        .with_endpoint(endpoint())
        .with_app_metadata("0123")
        .with_descriptor(FlightDescriptor::new_cmd([&b"huitong.poll:"[..], HANDLE].concat()));
    // As Flight.proto has options of a session: a map whose values are of several kinds.
    let options = b"\x0a\x0d\x0a\x06schema\x12\x03\x0a\x01p\x0a\x0e\x0a\x01n\x12\x09\x19\x07\0\0\0\0\0\0\0\
                    \x0a\x0e\x0a\x01d\x12\x09\x21\0\0\0\0\0\0\xf8\x7f\x0a\x0a\x0a\x01l\x12\x05\x2a\x03\x0a\x01a";
    let bodies = [
        options.to_vec(),
        CancelFlightInfoRequest { info: Some(info.clone()) }.encode_to_vec(),
        ActionCancelQueryRequest { info: info.encode_to_vec().into() }.encode_to_vec(),
        RenewFlightEndpointRequest { endpoint: Some(endpoint()) }.encode_to_vec(),
    ];
    (0..).zip(bodies).map(|(which, body)| [vec![which], body].concat()).collect()
}

/// Batches as Flight sends them: plain ones, lists, and such with a dictionary.
pub fn rows() -> Vec<Vec<u8>> {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("甲"), None, Some("")]));
    let some = |numbers: &[i32]| Some(numbers.iter().map(|number| Some(*number)).collect::<Vec<_>>());
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([some(&[1, 2]), None, some(&[])]));
    let mut words = StringDictionaryBuilder::<Int8Type>::new();
    ["a", "b", "a"].iter().for_each(|word| words.append_value(word));
    let words: ArrayRef = Arc::new(words.finish());
    [vec![("a", numbers.clone())], vec![("a", numbers), ("b", texts)], vec![("l", lists)], vec![("d", words)]]
        .into_iter()
        .map(|columns| {
            framed(
                RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true)))
                    .expect("a batch"),
            )
        })
        .collect()
}

fn framed(batch: RecordBatch) -> Vec<u8> {
    let messages = FlightDataEncoderBuilder::new().build(stream::iter([Ok(batch)]));
    let messages: Vec<_> = block_on(messages.try_collect()).expect("messages");
    messages
        .iter()
        .map(Message::encode_to_vec)
        .flat_map(|message| [&length(message.len())[..], &message].concat())
        .collect()
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("short").to_be_bytes()
}

/// A message of PostgreSQL's protocol; the first one of a connection has no kind.
fn message(kind: Option<u8>, body: &[u8]) -> Vec<u8> {
    [kind.as_slice(), &length(body.len() + 4), body].concat()
}

pub fn connections() -> Vec<Vec<u8>> {
    let start = message(
        None,
        "\0\u{3}\0\0user\0li\0database\0city\0options\0-c a=1 --search-path=x\\ y -cDateStyle=ISO\0TimeZone\0GMT-08:00\0application_name\0x\0\0".as_bytes(),
    );
    let newer = message(None, b"\0\x03\0\x02user\0li\0_pq_.x\0y\0\0");
    let ssl = message(None, &80_877_103_u32.to_be_bytes());
    let cancel = message(None, b"\x04\xd2\x16\x2e\0\0\0\x07\0\0\0\x09");
    let steps = [
        message(Some(b'p'), b"n,,n=,r=rOprNGfwEbeRWgbNEkqO"),
        message(Some(b'p'), b"c=biws,r=abc,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
        message(Some(b'Q'), "SELECT '甲'; SELECT 2\0".as_bytes()),
        message(Some(b'P'), b"s\0SELECT $1, $2\0\0\x02\0\0\0\x17\0\0\0\x19"),
        message(Some(b'B'), b"p\0s\0\0\x02\0\x01\0\0\0\x02\0\0\0\x04\0\0\0\x07\xff\xff\xff\xff\0\x01\0\x01"),
        message(Some(b'D'), b"Ss\0"),
        message(Some(b'E'), b"p\0\0\0\0\x05"),
        message(Some(b'C'), b"Pp\0"),
        message(Some(b'S'), b""),
        message(Some(b'd'), b"1\ta\n"),
        message(Some(b'c'), b""),
        message(Some(b'f'), b"why\0"),
        message(Some(b'F'), b"\0\0\0\x01\0\0"),
        message(Some(b'H'), b""),
        message(Some(b'X'), b""),
    ];
    let all = [start.clone(), steps.concat()].concat();
    let encrypted = [ssl, start.clone(), steps[2].clone()].concat();
    let each = steps.into_iter().map(|step| [start.clone(), step].concat());
    [all, encrypted, newer, cancel].into_iter().chain(each).collect()
}

pub fn postgres_statements() -> Vec<Vec<u8>> {
    let mut all = bytes(&[
        "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY; SELECT 1; COMMIT AND NO CHAIN",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET LOCAL search_path TO a, \"B\"; RESET ALL",
        "/* x */ -- y\n SET extra_float_digits = 3; SHOW TRANSACTION ISOLATION LEVEL; DISCARD ALL; DEALLOCATE \"S_1\"",
        "SAVEPOINT a; ROLLBACK TO SAVEPOINT \"A b\"; RELEASE a; UNLISTEN *",
        "COPY s.\"T\" (A, b) FROM STDIN WITH (FORMAT csv, HEADER true, DELIMITER ';', NULL 'x', QUOTE '''', ESCAPE '\\', ENCODING 'utf8')",
        "DECLARE \"甲 C\" BINARY INSENSITIVE NO SCROLL CURSOR WITH HOLD FOR\n SELECT $1; FETCH FORWARD 10 FROM \"甲 C\"; MOVE ALL IN c; CLOSE c; CLOSE ALL",
        "COPY (SELECT 1) TO STDOUT CSV HEADER QUOTE AS '\"' ESCAPE AS '\\'",
        "SELECT n.nspname AS \"Schema\", c.relname COLLATE pg_catalog.\"default\", pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class c \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','') AND n.nspname !~ '^pg_toast' \
         AND c.relname OPERATOR(pg_catalog.~) '^(t)$' COLLATE pg_catalog.default AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2",
        "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) \
         FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid), 't'::regclass::oid, ARRAY(SELECT 1 FROM pg_index i) \
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = '16384' AND NOT EXISTS (SELECT 1 FROM pg_trigger) AND a.attname LIKE 'x' ESCAPE '\\'",
        "SELECT word FROM pg_get_keywords(); SELECT current_schema, * FROM information_schema.columns, generate_series(1, 3) AS g",
        "WITH pg_class AS (SELECT 1 AS a) SELECT * FROM pg_class UNION SELECT (information_schema._pg_expandarray(i.indkey)).n FROM pg_index i",
    ]);
    all.extend(statements().into_iter().step_by(7));
    all
}

/// A format, a zone, a type and the value.
pub fn parameters() -> Vec<Vec<u8>> {
    let text = |oid: u32, text: &str| [&[0, 1][..], &oid.to_be_bytes(), text.as_bytes()].concat();
    let binary = |oid: u32, bytes: &[u8]| [&[1, 0][..], &oid.to_be_bytes(), bytes].concat();
    let numeric = b"\0\x03\0\x01\x40\0\0\x03\0\x01\x09\x29\x1a\x7c";
    let list = |oid: u32, items: &[&[u8]]| {
        let head = [1_u32, 0, oid, items.len() as u32, 1].map(u32::to_be_bytes).concat();
        let items = items.iter().flat_map(|item| [&length(item.len())[..], item].concat());
        head.into_iter().chain(items).chain([255; 4]).collect::<Vec<u8>>()
    };
    vec![
        text(16, "on"),
        text(23, " 42 "),
        text(20, "-9223372036854775808"),
        text(700, "1.5e-3"),
        text(701, "-Infinity"),
        text(1700, "-12.30"),
        text(1700, "1.5E+3"),
        text(17, "\\x00ff"),
        text(17, "a\\\\\\001"),
        text(1082, "2026-11-25 +08"),
        text(1083, "01:02:03.5"),
        text(1114, "2026-11-25 01:02:03.5-03:30"),
        text(1184, "2026-11-25 01:02:03+08"),
        text(1186, "1 year 2 mons -3 days +04:05:06.7"),
        text(1186, "P1Y2M3W4DT5M6.5S"),
        text(1186, "@ 1.5 hours 2 minutes ago"),
        text(25, "甲"),
        text(0, "x"),
        text(2950, "00000000-0000-0000-0000-000000000001"),
        text(114, "{\"a\": 1}"),
        text(1007, "{1,NULL,-3}"),
        text(1009, "{a,\"b,c\",NULL}"),
        text(1231, "{1.5,2}"),
        text(1115, "{2026-01-01 00:00:00}"),
        text(26, "7"),
        text(18, "x"),
        text(19, "name"),
        text(600, "(1,2)"),
        binary(16, &[1]),
        binary(20, &[255; 8]),
        binary(23, &[0, 0, 0, 7]),
        binary(21, &[1, 2]),
        binary(700, &[0x3f, 0x80, 0, 0]),
        binary(701, &[0x3f, 0xe0, 0, 0, 0, 0, 0, 0]),
        binary(1700, numeric),
        binary(1082, &[0, 0, 0, 1]),
        binary(1083, &[0, 0, 0, 1, 0, 0, 0, 1]),
        binary(1114, &[0; 8]),
        binary(1184, &[0, 1, 0, 0, 0, 0, 0, 0]),
        binary(1186, &[0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2]),
        binary(17, &[0, 255]),
        binary(25, "甲".as_bytes()),
        binary(2950, &[7; 16]),
        binary(0, b"x"),
        binary(26, &[0, 0, 0, 7]),
        binary(1007, &list(23, &[&[0, 0, 0, 1]])),
        binary(1009, &list(25, &[b"a", b""])),
        binary(1231, &list(1700, &[numeric])),
        binary(1182, &list(1082, &[&[0, 0, 0, 1]])),
    ]
}

pub fn copies() -> Vec<Vec<u8>> {
    let mut all = bytes(&[
        "COPY t FROM STDIN\n1\ta\\tb\\\\\n\\N\t甲\\n\r\n3\t\\N\n\\.\nrest",
        "COPY t FROM STDIN (FORMAT csv, HEADER)\nn,s\n1,\"a\n\"\"b\"\",\"\n,\"\"\r\n3,",
        "COPY t (n, s, b, d) FROM STDIN (DELIMITER '|', NULL 'null')\n1|x\\|y|t|2026-11-25\nnull|null|null|null\n",
        "COPY t (f, m, t, z, x) FROM STDIN\n1.5e3\t-12.30\t2026-11-25 01:02:03.5\t2026-11-25 01:02:03+08\t\\\\x00ff\n",
        "COPY t (s, s2) FROM STDIN (FORMAT csv, QUOTE '''', ESCAPE '\\', DELIMITER ';', NULL 'N')\n'a\\'b';N\n'N';'\\\\'\n",
        "COPY t (s) FROM STDIN CSV\n\"\\.\"\n\n\"\"\na b\n",
    ]);
    let head = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
    let number = b"\0\x03\0\0\0\x04\0\0\0\x05\0\0\0\x03\xe7\x94\xb2\0\0\0\x0c\0\x02\0\0\0\0\0\x01\0\x07\x13\x88";
    let nulls = b"\0\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
    let copy = b"COPY t (n, s, m) FROM STDIN (FORMAT binary)\n";
    all.push([&copy[..], head, number, nulls].concat());
    let moments = b"\0\x03\0\0\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\0\0\0\0\x01\0\0\0\x01\x01\xff\xff";
    all.push([b"COPY t (d, t, b) FROM STDIN BINARY\n", &head[..], moments].concat());
    all
}

pub fn bodies() -> Vec<Vec<u8>> {
    bytes(&[
        "application/json; charset=UTF-8\n{\"sql\": \"SELECT $1\", \"parameters\": [1, \"甲\", 1.5, true, null, 18446744073709551615], \"settings\": {\"schema\": \"s\", \"statement_timeout\": 5000}, \"format\": \"csv\"}",
        "application/json\n{\"sql\": \"SELECT '\\u4eba\\n\\\"'\"}",
        "text/plain\nSELECT '人口'",
        "Application/SQL;charset=\"utf-8\"\nSELECT 1",
    ])
}

pub fn headers() -> Vec<Vec<u8>> {
    bytes(&[
        "authorization: Basic YWRtaW46c2VjcmV0LTE\naccept: text/csv;q=0.5, application/x-ndjson;q=0.4, */*\nprefer: Respond-Async, wait=10",
        "authorization: basic 5p2O6Zu3OuWvhjrnoIE=\nhost: h:1\norigin: https://h:1\nsec-fetch-site: same-origin",
        "Authorization: Bearer abc.def\nAccept: application/vnd.apache.arrow.stream\nPrefer: wait = \"10\"\nPrefer: respond-async",
    ])
}
