//! Very many connections that ask nothing: whoever asks is served meanwhile, and nothing is left of them.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::work::{PASSWORD, Server, sql};

/// Connections at one door.
const CROWD: usize = 10_000;
/// Files that this process has open besides.
const FILES: u64 = 500;
const DOORS: [&str; 3] = ["flight", "postgres", "http"];
/// What a connection that rests may take of the server's memory, together with what the allocator keeps.
const BYTES_EACH_MAX: u64 = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(60);

/// What a client of HTTP/2 begins with: the preface, and settings of which none is set.
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// A client of PostgreSQL that says who it is, and then nothing.
const POSTGRES: &[u8] = b"\0\0\0\x14\0\x03\0\0user\0admin\0\0";
const HTTP: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: huitong\r\n\r\n";

fn begin(door: &str) -> &'static [u8] {
    match door {
        "flight" => HTTP2,
        "postgres" => POSTGRES,
        _ => HTTP,
    }
}

fn serve(folder: &std::path::Path, prefix: &[String]) -> Server {
    let data = folder.join("data");
    let dir = data.to_str().expect("text");
    let doors = ["--listen", "127.0.0.1:0", "--listen-postgres", "127.0.0.1:0", "--listen-http", "127.0.0.1:0"];
    let server = Server::start_behind(prefix, &[&["serve", "--dir", dir], &doors[..]].concat(), folder, &[]);
    let made = sql(&server.address("flight"), "csv", "CREATE TABLE n AS SELECT v FROM unnest(range(0, 100)) AS r(v)");
    made.expect("made");
    server
}

/// Opens a connection and says nothing on it, or begins a conversation and reads the beginning of the answer.
fn rest(address: &str, beginning: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(address).expect("accepted by the system");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    if !beginning.is_empty() {
        socket.write_all(beginning).expect("sent");
        assert_eq!(socket.read(&mut [0; 1]).expect("answered"), 1, "the server hangs up at {address}");
    }
    socket
}

/// Whether the server still has the connection.
fn is_open(mut socket: &TcpStream) -> bool {
    socket.set_nonblocking(true).expect("set");
    let mut unread = [0; 4096];
    loop {
        match socket.read(&mut unread) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

/// Asks by each door, on a connection of its own each time.
fn all_are_served(server: &Server) {
    let begun = Instant::now();
    assert_eq!(sql(&server.address("flight"), "csv", "SELECT count(*) AS n FROM n"), Ok("n\n100\n".to_owned()));
    let ask = async |url: String| {
        use sqlx::{ConnectOptions, Row, postgres::PgConnectOptions};
        let options: PgConnectOptions = url.parse().expect("a URL");
        let mut client = options.connect().await.expect("connected");
        sqlx::query("SELECT count(*) FROM n").fetch_one(&mut client).await.expect("a row").get::<i64, _>(0)
    };
    let url = format!("postgres://admin:{PASSWORD}@{}/city?sslmode=disable", server.address("postgres"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert_eq!(runtime.block_on(ask(url)), 100);
    let mut socket = TcpStream::connect(server.address("http")).expect("accepted");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    socket.write_all(b"GET /readyz HTTP/1.1\r\nHost: huitong\r\nConnection: close\r\n\r\n").expect("sent");
    let mut told = String::new();
    socket.read_to_string(&mut told).expect("answered");
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    assert!(begun.elapsed() < PATIENCE, "served after {:?}", begun.elapsed());
}

/// Files that the server has open.
fn files(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.id())).expect("the process is ours").count()
}

fn memory_bytes(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("the process is ours");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

/// Waits for what takes a moment.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "not after {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn ten_thousand_idle_connections_disturb_nobody() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    let wanted = CROWD as u64 + FILES;
    // The server keeps a quarter of its files, or four thousand, for queries.
    if hard < wanted + 4_096 {
        eprintln!("skipped: this user may have {hard} files open, fewer than {CROWD} connections need");
        return;
    }
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("raised");
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path(), &[]);
    all_are_served(&server);
    let (files_before, memory_before) = (files(&server), memory_bytes(&server));
    for door in DOORS {
        let address = server.address(door);
        // Half of them have begun to speak.
        let crowd: Vec<_> = (0..CROWD).map(|at| rest(&address, if at % 2 == 0 { b"" } else { begin(door) })).collect();
        all_are_served(&server);
        // Those that did not speak may have been hung up on, if opening all took that long.
        let open = crowd.iter().filter(|socket| is_open(socket)).count();
        assert!(open >= CROWD / 2, "{open} are open at the door {door}");
        let each = memory_bytes(&server).saturating_sub(memory_before) / CROWD as u64;
        assert!(each < BYTES_EACH_MAX, "{each} bytes for each connection at the door {door}");
        drop(crowd);
        until("their files are closed", || files(&server) < files_before + 50);
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
    assert!(server.stop(), "the server did not stop well");
}

/// A process that may have few files open gives the places of those who rest to those who come, and keeps what queries need.
#[test]
fn who_rests_gives_way_to_who_asks() {
    let folder = tempfile::tempdir().expect("a folder");
    let few = ["sh", "-c", "ulimit -n 600; exec \"$0\" \"$@\""].map(str::to_owned);
    let server = serve(folder.path(), &few);
    assert!(server.log().contains("few files"), "{}", server.log());
    let url = format!("postgres://admin:{PASSWORD}@{}/city?sslmode=disable", server.address("postgres"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut kept = runtime.block_on(async {
        use sqlx::{ConnectOptions, Executor, postgres::PgConnectOptions};
        let options: PgConnectOptions = url.parse().expect("a URL");
        let mut client = options.connect().await.expect("connected");
        client.execute("SET search_path = 'public'").await.expect("set");
        client
    });
    for door in DOORS {
        let address = server.address(door);
        let crowd: Vec<_> = (0..500).map(|_| rest(&address, b"")).collect();
        let talking = rest(&address, begin(door));
        all_are_served(&server);
        until("the first has given way", || !is_open(&crowd[0]));
        assert!(is_open(&talking), "whoever came last is there");
        assert!(files(&server) < 550, "{} files are open", files(&server));
    }
    // A session of this protocol lives in its connection, and gives way to nobody.
    let row = runtime.block_on(sqlx::query("SELECT count(*) FROM n").fetch_one(&mut kept));
    assert_eq!(sqlx::Row::get::<i64, _>(&row.expect("its connection is there"), 0), 100);
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains("could not be accepted"), "{log}");
    drop((kept, runtime));
    assert!(server.stop(), "the server did not stop well");
}
