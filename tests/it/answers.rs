//! How answers travel over Flight SQL: over one endpoint or several, plain or compressed, and with signs of life.

use std::collections::HashSet;

use arrow::array::RecordBatch;
use arrow::array::cast::AsArray;
use arrow::datatypes::Int64Type;
use arrow_flight::sql::{
    ActionCancelQueryRequest, ActionCancelQueryResult, Any, CommandGetTables, CommandGetXdbcTypeInfo, ProstMessageExt,
};
use arrow_flight::{CancelStatus, FlightInfo, Ticket};
use futures::TryStreamExt;
use futures::future::join_all;
use prost::Message;
use tempfile::TempDir;

use crate::calls::Caller;
use crate::work::Server;

fn serve(clients: &str) -> (TempDir, Server) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let config = format!(
        "[storage]\nroot = '{}'\n[state]\npath = '{}'\n[listen]\nflight = '127.0.0.1:0'\n[clients]\n{clients}\n",
        path("lake"),
        path("state.db"),
    );
    std::fs::write(path("serve.toml"), config).expect("written");
    let server = Server::start(&["serve", "--config", &path("serve.toml")], folder.path());
    (folder, server)
}

async fn told(caller: &mut Caller, sql: &str) -> FlightInfo {
    caller.sql.execute(sql.to_owned(), None).await.expect("an answer")
}

fn tickets(info: &FlightInfo) -> Vec<Ticket> {
    info.endpoint.iter().map(|endpoint| endpoint.ticket.clone().expect("a ticket")).collect()
}

async fn fetch(caller: &Caller, ticket: Ticket) -> Result<Vec<RecordBatch>, String> {
    let mut client = caller.sql.clone();
    let rows = client.do_get(ticket).await.map_err(|error| error.to_string())?;
    rows.try_collect().await.map_err(|error| error.to_string())
}

fn numbers(batches: &[RecordBatch]) -> Vec<i64> {
    batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
}

#[tokio::test]
async fn an_answer_may_come_over_several_endpoints() {
    const ROWS: i64 = 1_000_000;
    let (_folder, server) = serve("");
    let mut caller = Caller::connect(&server.address("flight"), "admin").await;
    let query = format!("SELECT value AS v FROM generate_series(1, {ROWS}) AS s(value)");
    let one = told(&mut caller, &query).await;
    assert!(one.endpoint.len() == 1 && one.ordered);

    told(&mut caller, "SET huitong.result_endpoints = 4").await;
    let info = told(&mut caller, &query).await;
    assert!(info.endpoint.len() == 4 && !info.ordered);
    let parts = join_all(tickets(&info).into_iter().map(|ticket| fetch(&caller, ticket))).await;
    let parts: Vec<i64> = parts.into_iter().flat_map(|part| numbers(&part.expect("rows"))).collect();
    assert_eq!(parts.len(), parts.iter().collect::<HashSet<_>>().len(), "no row comes twice");
    assert_eq!((parts.len() as i64, parts.iter().sum::<i64>()), (ROWS, ROWS * (ROWS + 1) / 2));

    // All are opened, and read one after the other; on connections of their own, since this client's share one window of bytes.
    let info = told(&mut caller, &query).await;
    let mut parts = Vec::new();
    for ticket in tickets(&info) {
        let mut own = Caller::connect(&server.address("flight"), "admin").await;
        parts.push((own.sql.do_get(ticket).await.expect("rows"), own));
    }
    let mut rows = 0;
    for (part, _own) in parts {
        let part: Vec<RecordBatch> = part.try_collect().await.expect("rows");
        rows += part.iter().map(RecordBatch::num_rows).sum::<usize>();
    }
    assert_eq!(rows as i64, ROWS);

    // Whoever knows of one endpoint only has all rows, and what comes after it is empty.
    let info = told(&mut caller, &query).await;
    let [first, second, ..] = &tickets(&info)[..] else { panic!("four tickets") };
    assert_eq!(numbers(&fetch(&caller, first.clone()).await.expect("rows")).len() as i64, ROWS);
    assert_eq!(numbers(&fetch(&caller, second.clone()).await.expect("rows")).len(), 0);

    // Rows that somebody has taken and thrown away are missing: the rest is no answer.
    let info = told(&mut caller, &query).await;
    let [first, second, ..] = &tickets(&info)[..] else { panic!("four tickets") };
    let mut left = caller.sql.clone().do_get(first.clone()).await.expect("rows");
    left.try_next().await.expect("rows").expect("a batch");
    drop(left);
    let told_of = fetch(&caller, second.clone()).await.expect_err("a part of the answer");
    assert!(told_of.contains("another endpoint of this answer was left"), "{told_of}");

    // An error reaches all of them.
    let info = told(&mut caller, "SELECT 1 / (value - 500000) AS v FROM generate_series(1, 1000000) AS s(value)").await;
    for part in join_all(tickets(&info).into_iter().map(|ticket| fetch(&caller, ticket))).await {
        assert!(part.expect_err("an error").to_lowercase().contains("zero"));
    }
    // What has an order keeps it.
    let info = told(&mut caller, &format!("{query} ORDER BY v DESC LIMIT 5")).await;
    assert!(info.endpoint.len() == 1 && info.ordered);
    let none = caller.sql.execute("SET huitong.result_endpoints = 0".to_owned(), None).await;
    assert!(none.expect_err("refused").to_string().contains("huitong.result_endpoints"));
}

/// Bytes of bodies, and rows.
async fn weight(caller: &mut Caller, compression: &str) -> (usize, usize) {
    told(caller, &format!("SET huitong.result_compression = '{compression}'")).await;
    let query = "SELECT '统一社会信用代码' AS name, value AS v FROM generate_series(1, 50000) AS s(value)";
    let (plain, read) = (told(caller, query).await, told(caller, query).await);
    let request = caller.request(tickets(&plain).remove(0));
    let messages: Vec<_> =
        caller.raw.do_get(request).await.expect("rows").into_inner().try_collect().await.expect("all");
    let rows = fetch(caller, tickets(&read).remove(0)).await.expect("rows");
    assert_eq!(numbers(&rows.iter().map(|batch| batch.project(&[1]).expect("v")).collect::<Vec<_>>()).len(), 50_000);
    (messages.iter().map(|message| message.data_body.len()).sum(), rows.iter().map(RecordBatch::num_rows).sum())
}

#[tokio::test]
async fn an_answer_is_compressed_for_clients_that_ask() {
    let (_folder, server) = serve("");
    let mut caller = Caller::connect(&server.address("flight"), "admin").await;
    let (plain, rows) = weight(&mut caller, "none").await;
    assert!(plain > 50_000 * 24 && rows == 50_000, "{plain} {rows}");
    for compression in ["lz4", "zstd"] {
        let (bytes, rows) = weight(&mut caller, compression).await;
        assert!(bytes < plain / 2 && rows == 50_000, "{compression}: {bytes} of {plain}");
    }
}

#[tokio::test]
async fn a_query_that_is_long_in_coming_says_that_it_lives() {
    let (_folder, server) = serve("keep_alive = '20ms'");
    let mut caller = Caller::connect(&server.address("flight"), "admin").await;
    let series = |name: &str| format!("generate_series(1, 5000) AS {name}(x)");
    for backend in ["local", "staged"] {
        told(&mut caller, "SET huitong.backend = 'local'").await;
        let query = match backend {
            "local" => format!("SELECT count(*) FROM {} JOIN {} ON a.x % 7 < b.x % 11", series("a"), series("b")),
            _ => {
                for name in ["a", "b"] {
                    told(&mut caller, &format!("CREATE TABLE {name} AS SELECT x FROM {}", series("s"))).await;
                }
                told(&mut caller, "SET huitong.backend = 'staged'").await;
                "SELECT count(*) FROM a JOIN b ON a.x % 7 < b.x % 11".to_owned()
            }
        };
        let info = told(&mut caller, &query).await;
        let batches = fetch(&caller, tickets(&info).remove(0)).await.expect("rows");
        let signs = batches.iter().filter(|batch| batch.num_rows() == 0).count();
        assert!(signs >= 3, "{backend}: {signs} signs of life");
        let expected: i64 = (1..=5000).map(|x| (1..=5000).filter(|y| x % 7 < y % 11).count() as i64).sum();
        assert_eq!(numbers(&batches), [expected], "{backend}");
    }
}

#[tokio::test]
async fn drivers_learn_of_types_and_columns() {
    let (_folder, server) = serve("");
    let mut caller = Caller::connect(&server.address("flight"), "admin").await;
    let info = caller.sql.get_xdbc_type_info(CommandGetXdbcTypeInfo { data_type: None }).await.expect("a list");
    let types = fetch(&caller, tickets(&info).remove(0)).await.expect("rows");
    let names: Vec<_> = types.iter().flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten()).collect();
    assert!(names.contains(&"DECIMAL") && names.contains(&"VARCHAR"), "{names:?}");
    assert_eq!(info.clone().try_decode_schema().expect("a schema"), *types[0].schema());

    told(&mut caller, "CREATE TABLE 企业 (代码 VARCHAR(18), 注册资本 DECIMAL(18, 2))").await;
    told(&mut caller, "COMMENT ON COLUMN 企业.代码 IS '统一社会信用代码'").await;
    let tables = CommandGetTables {
        table_name_filter_pattern: Some("企业".to_owned()),
        include_schema: true,
        ..CommandGetTables::default()
    };
    let info = caller.sql.get_tables(tables).await.expect("a list");
    let tables = fetch(&caller, tickets(&info).remove(0)).await.expect("rows");
    let columns = tables[0].column_by_name("table_schema").expect("columns").as_binary::<i32>().value(0);
    let columns = arrow::ipc::reader::StreamReader::try_new(columns, None).expect("a schema").schema();
    let of = |name: &str, key: &str| {
        let field = columns.field_with_name(name).expect("a column");
        field.metadata().get(&format!("ARROW:FLIGHT:SQL:{key}")).cloned().unwrap_or_default()
    };
    assert_eq!((of("代码", "REMARKS"), of("代码", "TABLE_NAME")), ("统一社会信用代码".into(), "企业".into()));
    assert_eq!((of("注册资本", "TYPE_NAME"), of("注册资本", "SCALE")), ("DECIMAL(18,2)".into(), "2".into()));
}

#[tokio::test]
async fn the_older_way_to_end_a_query_works() {
    let (_folder, server) = serve("");
    let mut caller = Caller::connect(&server.address("flight"), "admin").await;
    let info = told(&mut caller, "SELECT 1").await;
    let request = ActionCancelQueryRequest { info: info.encode_to_vec().into() };
    for expected in [CancelStatus::Cancelled, CancelStatus::NotCancellable] {
        let answer = caller.act("CancelQuery", request.as_any().encode_to_vec()).await.expect("an answer");
        let answer: ActionCancelQueryResult =
            Any::decode(answer.as_slice()).expect("any").unpack().expect("a result").expect("a result");
        assert_eq!(answer.result, expected as i32);
    }
    assert!(fetch(&caller, tickets(&info).remove(0)).await.is_err());
}
