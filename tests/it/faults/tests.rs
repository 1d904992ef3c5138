//! The proxy before a small store that remembers what it was asked.

use std::io::{Read, Write};
use std::net::TcpStream as Stream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response};

use super::*;

/// What the store answers to a GET.
const CONTENT_BYTES: usize = 300_000;

/// A request as the store has seen it.
#[derive(Clone, Debug)]
struct Seen {
    method: Method,
    uri: String,
    headers: HeaderMap,
    body: Bytes,
}

/// GET answers with [`CONTENT_BYTES`], other methods with nothing.
struct Store {
    address: SocketAddr,
    /// Requests whose body may still be under way.
    begun: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Store {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let begun: Arc<AtomicUsize> = Arc::default();
        let (heads, kept) = (begun.clone(), seen.clone());
        runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (heads, kept) = (heads.clone(), kept.clone());
                let answer = service_fn(move |request| {
                    heads.fetch_add(1, Ordering::SeqCst);
                    store(kept.clone(), request)
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self { address, begun, seen, _runtime: runtime }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn store(kept: Arc<Mutex<Vec<Seen>>>, request: Request<Incoming>) -> hyper::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let is_get = head.method == Method::GET;
    kept.lock().unwrap().push(Seen { method: head.method, uri: head.uri.to_string(), headers: head.headers, body });
    Ok(Response::new(Full::from(if is_get { content() } else { Vec::new() })))
}

fn content() -> Vec<u8> {
    (0..CONTENT_BYTES).map(|at| (at % 251) as u8).collect()
}

fn rig() -> (Store, Proxy) {
    let store = Store::start();
    let proxy = Proxy::start(store.address);
    (store, proxy)
}

/// All that comes until the connection ends, and how it ends.
fn talk(stream: &mut Stream, request: &str) -> Vec<u8> {
    let mut told = Vec::new();
    // A reset is one of the ways to end.
    if stream.write_all(request.as_bytes()).is_ok() {
        stream.read_to_end(&mut told).ok();
    }
    told
}

fn ask(proxy: &Proxy, request: &str) -> Vec<u8> {
    talk(&mut Stream::connect(proxy.address()).unwrap(), request)
}

fn get(proxy: &Proxy, path: &str) -> Vec<u8> {
    ask(proxy, &format!("GET {path} HTTP/1.1\r\nHost: store:9000\r\nConnection: close\r\n\r\n"))
}

fn put(proxy: &Proxy, path: &str) -> Vec<u8> {
    ask(
        proxy,
        &format!(
            "PUT {path} HTTP/1.1\r\nHost: store:9000\r\nConnection: close\r\nIf-None-Match: *\r\nContent-Length: 4\r\n\r\nrows"
        ),
    )
}

fn is_ok(told: &[u8]) -> bool {
    told.starts_with(b"HTTP/1.1 200 OK\r\n")
}

/// The body of a told answer.
fn body(told: &[u8]) -> &[u8] {
    let end = told.windows(4).position(|part| part == b"\r\n\r\n").unwrap();
    &told[end + 4..]
}

#[test]
fn without_rules_everything_passes_unchanged() {
    let (store, proxy) = rig();
    let path = "/city/%E4%BA%BA/a%2Fb+c?list-type=2&prefix=x%20y&X-Amz-Signature=ab";
    let request = format!(
        "PUT {path} HTTP/1.1\r\nHost: bucket.store:9000\r\nx-amz-meta-a: 1\r\nx-amz-meta-a: 2\r\n\
         Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\n, w\r\n0\r\n\r\n"
    );
    assert!(is_ok(&ask(&proxy, &request)));
    let [seen] = store.seen().try_into().unwrap();
    assert_eq!((seen.method, seen.uri.as_str(), &seen.body[..]), (Method::PUT, path, &b"hello, w"[..]));
    assert_eq!(seen.headers["host"], "bucket.store:9000");
    assert_eq!(seen.headers.get_all("x-amz-meta-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    let told = get(&proxy, "/x");
    assert!(is_ok(&told) && body(&told) == content());
    let told = ask(&proxy, "HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(is_ok(&told) && body(&told).is_empty());
}

#[test]
fn a_connection_serves_many_requests() {
    let (store, proxy) = rig();
    let mut stream = Stream::connect(proxy.address()).unwrap();
    for at in 0..5 {
        write!(stream, "DELETE /{at} HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        let mut told = Vec::new();
        while !told.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            told.extend(byte);
        }
        assert!(is_ok(&told));
    }
    assert_eq!(store.seen().len(), 5);
}

#[test]
fn a_body_streams() {
    let (store, proxy) = rig();
    let mut stream = Stream::connect(proxy.address()).unwrap();
    let half = vec![7; 16 << 20];
    let bytes = 2 * half.len();
    write!(stream, "PUT /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {bytes}\r\n\r\n").unwrap();
    stream.write_all(&half).unwrap();
    let begun = Instant::now();
    while store.begun.load(Ordering::SeqCst) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "the store waits for the whole");
        std::thread::sleep(Duration::from_millis(1));
    }
    stream.write_all(&half).unwrap();
    assert!(is_ok(&talk(&mut stream, "")));
    assert_eq!(store.seen()[0].body.len(), bytes);
}

#[test]
fn a_header_is_stripped() {
    let (store, proxy) = rig();
    let rule = proxy.rule(Rule::all(Fault::StripHeader("if-none-match")));
    assert!(is_ok(&put(&proxy, "/x")) && is_ok(&get(&proxy, "/x")));
    assert!(store.seen().iter().all(|seen| !seen.headers.contains_key("if-none-match")));
    assert_eq!((rule.seen(), rule.injected()), (2, 1), "a header that is not there is not stripped");
    proxy.clear();
    assert!(is_ok(&put(&proxy, "/x")) && store.seen()[2].headers.contains_key("if-none-match"));
    assert_eq!(rule.seen(), 2);
}

#[test]
fn the_store_is_too_busy() {
    let (store, proxy) = rig();
    let rule = proxy.rule(Rule::all(Fault::Answer(503)));
    let told = String::from_utf8(put(&proxy, "/x")).unwrap();
    assert!(told.starts_with("HTTP/1.1 503 ") && told.contains("application/xml"), "{told}");
    assert!(told.contains("<Code>SlowDown</Code>") && told.ends_with("</Error>"), "{told}");
    assert_eq!((store.seen().len(), rule.injected()), (0, 1));
}

#[test]
fn a_request_is_lost() {
    let (store, proxy) = rig();
    let rule = proxy.rule(Rule::all(Fault::DropBefore));
    assert!(put(&proxy, "/x").is_empty());
    assert_eq!((store.seen().len(), rule.injected()), (0, 1));
}

#[test]
fn an_answer_is_lost() {
    let (store, proxy) = rig();
    let rule = proxy.rule(Rule::all(Fault::DropAfter));
    assert!(put(&proxy, "/x").is_empty() && get(&proxy, "/x").is_empty());
    let seen = store.seen();
    assert_eq!((seen.len(), &seen[0].body[..], rule.injected()), (2, &b"rows"[..], 2));
}

#[test]
fn an_answer_is_cut() {
    let (_store, proxy) = rig();
    for bytes in [0, 1, 100_000, CONTENT_BYTES - 1] {
        proxy.clear();
        let rule = proxy.rule(Rule::all(Fault::Truncate(bytes)));
        let told = get(&proxy, "/x");
        let promised = format!("content-length: {CONTENT_BYTES}\r\n");
        assert!(is_ok(&told) && String::from_utf8_lossy(&told).contains(&promised));
        assert_eq!((body(&told), rule.injected()), (&content()[..bytes], 1));
    }
    proxy.clear();
    let rule = proxy.rule(Rule::all(Fault::Truncate(CONTENT_BYTES)));
    assert_eq!(body(&get(&proxy, "/x")), content());
    assert_eq!((rule.seen(), rule.injected()), (1, 0), "there was nothing to cut");
}

#[test]
fn a_request_is_late() {
    let (_store, proxy) = rig();
    let pause = Duration::from_millis(300);
    let rule = proxy.rule(Rule { method: Some(Method::PUT), ..Rule::all(Fault::Delay(pause)) });
    let begun = Instant::now();
    assert!(is_ok(&put(&proxy, "/x")));
    assert!(begun.elapsed() >= pause && rule.injected() == 1);
    let begun = Instant::now();
    assert!(is_ok(&get(&proxy, "/x")) && begun.elapsed() < pause);
}

#[test]
fn the_store_is_down() {
    let (store, proxy) = rig();
    let mut open = Stream::connect(proxy.address()).unwrap();
    write!(open, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").unwrap();
    open.read_exact(&mut [0; 12]).unwrap();
    let rule = proxy.rule(Rule { path: "no such path".into(), ..Rule::all(Fault::Refuse) });
    let mut new = Stream::connect(proxy.address()).unwrap();
    assert_eq!(new.read(&mut [0]).unwrap_or(0), 0, "closed before a word");
    let told = talk(&mut open, "PUT /y HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    assert!(!told.windows(8).any(|part| part == b"HTTP/1.1"), "only the rest of the first answer");
    assert_eq!((store.seen().len(), rule.injected()), (1, 2));
    proxy.clear();
    assert!(is_ok(&put(&proxy, "/x")), "and up again");
}

#[test]
fn a_real_store_that_is_down_is_seen_as_such() {
    let (store, proxy) = rig();
    drop(store);
    assert!(put(&proxy, "/x").is_empty());
}

#[test]
fn rules_choose_by_method_path_and_number() {
    let (_store, proxy) = rig();
    let log = |when| Rule { method: Some(Method::PUT), path: "_delta_log".into(), when, fault: Fault::DropBefore };
    let lost =
        |count: usize| -> Vec<bool> { (0..count).map(|_| put(&proxy, "/t/_delta_log/1.json").is_empty()).collect() };
    let rule = proxy.rule(log(When::Every(3)));
    assert!(is_ok(&put(&proxy, "/t/part-1.parquet")) && is_ok(&get(&proxy, "/t/_delta_log/1.json")));
    assert_eq!(lost(7), [false, false, true, false, false, true, false]);
    assert_eq!((rule.seen(), rule.injected()), (7, 2));
    proxy.clear();
    let rule = proxy.rule(log(When::First(2)));
    assert_eq!(lost(4), [true, true, false, false]);
    assert_eq!((rule.seen(), rule.injected()), (4, 2));
    proxy.clear();
    proxy.rule(Rule { path: "?uploads".into(), ..log(When::Always) });
    assert!(is_ok(&put(&proxy, "/t/_delta_log/1")) && put(&proxy, "/t/x?uploads").is_empty(), "the query counts");
    proxy.clear();
    proxy.rule(Rule { path: "/t.*/_delta_log/1".into(), ..log(When::Always) });
    assert!(put(&proxy, "/t.ab/_delta_log/1").is_empty(), "both parts");
    assert!(
        is_ok(&put(&proxy, "/u.ab/_delta_log/1")) && is_ok(&put(&proxy, "/_delta_log/1/t.")),
        "one, or in another order"
    );
}

#[test]
fn chance_is_repeated_by_its_seed() {
    let (_store, proxy) = rig();
    let lost = |seed| -> Vec<bool> {
        proxy.clear();
        let when = When::Chance { seed, probability: 0.3 };
        let rule = proxy.rule(Rule { when, ..Rule::all(Fault::DropBefore) });
        let lost: Vec<_> = (0..200).map(|_| put(&proxy, "/x").is_empty()).collect();
        assert_eq!(rule.injected() as usize, lost.iter().filter(|lost| **lost).count());
        lost
    };
    let (first, again, other) = (lost(1), lost(1), lost(2));
    assert_eq!(first, again);
    assert_ne!(first, other);
    let count = first.iter().filter(|lost| **lost).count();
    assert!((40..=80).contains(&count), "{count} of 200");
}

/// A rule that changes a request leaves it to the next one; a rule that ends it does not.
#[test]
fn rules_are_asked_in_order() {
    let (store, proxy) = rig();
    let strip = proxy.rule(Rule::all(Fault::StripHeader("if-none-match")));
    let lose = proxy.rule(Rule { when: When::First(1), ..Rule::all(Fault::DropAfter) });
    let late = proxy.rule(Rule::all(Fault::Delay(Duration::from_millis(1))));
    assert!(put(&proxy, "/x").is_empty() && is_ok(&put(&proxy, "/x")));
    assert!(store.seen().iter().all(|seen| !seen.headers.contains_key("if-none-match")));
    assert_eq!([strip.injected(), lose.injected(), late.seen()], [2, 1, 1]);
}

#[test]
fn many_connections_at_once() {
    let (store, proxy) = rig();
    let busy = proxy.rule(Rule { when: When::Every(4), ..Rule::all(Fault::Answer(503)) });
    let slow = proxy.rule(Rule { path: "slow".into(), ..Rule::all(Fault::Delay(Duration::from_millis(500))) });
    let begun = Instant::now();
    let ask_all = |client: usize| {
        (0..10).filter(|at| is_ok(&get(&proxy, &format!("/{client}/{}", if *at == 0 { "slow" } else { "x" })))).count()
    };
    let good: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..32).map(|client| scope.spawn(move || ask_all(client))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    assert_eq!((good, store.seen().len(), busy.seen(), busy.injected()), (240, 240, 320, 80));
    assert!(slow.injected() >= 10 && begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn a_dropped_proxy_is_gone() {
    let (_store, proxy) = rig();
    let address = proxy.address();
    let mut open = Stream::connect(address).unwrap();
    proxy.rule(Rule::all(Fault::Delay(Duration::from_secs(3600))));
    write!(open, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let begun = Instant::now();
    drop(proxy);
    assert_eq!(open.read(&mut [0]).unwrap_or(0), 0);
    assert!(Stream::connect(address).is_err() && begun.elapsed() < Duration::from_secs(5));
}
