//! Very many statements at once: each is answered or refused in words, others are answered meanwhile, and memory stays bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use arrow_flight::sql::client::FlightSqlServiceClient;
use futures::{StreamExt, TryStreamExt};
use tonic::transport::{Channel, Endpoint};

use crate::work::{PASSWORD, Server, sql};

/// Statements of the flood, each on a stream of its own.
const FLOOD: usize = 1_000;
/// Connections that they come over.
const CONNECTIONS: usize = 10;
/// More memory than this is not taken, whatever comes: the limit of queries, and what the process itself needs.
const PEAK_BYTES_MAX: u64 = 1 << 30;
const PATIENCE: Duration = Duration::from_secs(300);

/// How a statement of the flood ended.
#[derive(Debug, PartialEq)]
enum Ended {
    Answered,
    Refused,
}

async fn connect(address: &str, user: &str) -> FlightSqlServiceClient<Channel> {
    let channel = Endpoint::from_shared(format!("http://{address}")).expect("an address").connect().await;
    let mut client = FlightSqlServiceClient::new(channel.expect("connected"));
    client.handshake(user, PASSWORD).await.expect("signed in");
    client
}

async fn ask(client: &mut FlightSqlServiceClient<Channel>, query: &str) -> Result<Vec<RecordBatch>, String> {
    let told = |error: arrow_flight::error::FlightError| error.to_string();
    let info = client.execute(query.to_owned(), None).await.map_err(told)?;
    let ticket = info.endpoint[0].ticket.clone().expect("a result has a ticket");
    let rows = client.do_get(ticket).await.map_err(told)?;
    rows.try_collect().await.map_err(|error| error.to_string())
}

/// The one number of a result.
fn number(batches: &[RecordBatch]) -> i64 {
    let rows = batches.iter().find(|batch| batch.num_rows() > 0).expect("a row");
    rows.column(0).as_primitive::<Int64Type>().value(0)
}

/// The largest memory that a process had until now.
fn peak_bytes(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib * 1024)
}

#[test]
fn a_flood_of_statements_keeps_nobody_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("serve.toml");
    let home = folder.path().display();
    let text = format!(
        "[storage]\nroot = \"{home}/lake\"\n[state]\npath = \"{home}/state.db\"\n\
         [engine]\nmemory = \"256MiB\"\nwork_dir = \"{home}/work\"\n[listen]\nflight = \"127.0.0.1:0\"\n"
    );
    std::fs::write(&config, text).expect("written");
    let server = Server::start(&["serve", "--config", config.to_str().expect("text")], folder.path());
    let address = server.address("flight");
    let made = format!(
        "CREATE TABLE n AS SELECT v, v % 100 AS k FROM unnest(range(0, 5000)) AS r(v); CREATE USER li PASSWORD '{PASSWORD}'"
    );
    sql(&address, "csv", &made).expect("made");

    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (answered, refused, small) = runtime.block_on(async {
        let ended = Arc::new(AtomicUsize::new(0));
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(connect(&address, "admin").await);
        }
        let mut li = connect(&address, "li").await;
        let flood = (0..FLOOD).map(|number| {
            let (mut client, ended) = (connections[number % CONNECTIONS].clone(), ended.clone());
            tokio::spawn(async move {
                let query = "SELECT count(DISTINCT k) AS n FROM n WHERE v % 2 = 0";
                let told = ask(&mut client, query).await;
                ended.fetch_add(1, Ordering::Relaxed);
                match told {
                    Ok(rows) => {
                        assert_eq!(self::number(&rows), 50);
                        Ended::Answered
                    }
                    Err(told) => {
                        assert!(told.contains("HT0407"), "{told}");
                        Ended::Refused
                    }
                }
            })
        });
        let flood: Vec<_> = flood.collect();
        // Somebody else comes when the flood has begun.
        while ended.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut small = Vec::new();
        for _ in 0..5 {
            assert_eq!(number(&ask(&mut li, "SELECT 7 AS n").await.expect("answered")), 7);
            small.push(ended.load(Ordering::Relaxed));
        }
        let all: Vec<_> = tokio::time::timeout(PATIENCE, futures::stream::iter(flood).then(|one| one).try_collect())
            .await
            .expect("the flood ends")
            .expect("no statement of the flood is wrong");
        let of = |wanted| all.iter().filter(|one| **one == wanted).count();
        (of(Ended::Answered), of(Ended::Refused), small)
    });
    println!(
        "{answered} answered, {refused} refused; another user's answers came after {small:?} of {FLOOD} had ended"
    );
    assert_eq!(answered + refused, FLOOD);
    assert!(answered >= 500, "half of the queue is one user's: {answered}");
    assert!(small.iter().all(|ended| *ended < FLOOD), "others had to wait for the end of the flood: {small:?}");
    if let Some(peak) = peak_bytes(server.id()) {
        println!("peak of the server's memory: {} MiB", peak >> 20);
        assert!(peak < PEAK_BYTES_MAX, "{peak} bytes");
    }
    assert_eq!(sql(&address, "csv", "SELECT count(*) AS n FROM huitong.queue"), Ok("n\n0\n".to_owned()));
}
