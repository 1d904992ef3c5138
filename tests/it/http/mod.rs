//! The HTTP door, asked by hand over a socket: what is looked at is what travels, and how it ends.

mod answers;
pub mod client;
mod later;
mod limits;

use std::path::Path;
use std::time::{Duration, Instant};

pub use client::Client;

use crate::work::Server;

const PATIENCE: Duration = Duration::from_secs(60);
/// What an endless query asks.
const ENDLESS: &str = "SELECT a.value AS v, repeat('x', 1000) AS x FROM generate_series(1, 1000000000) AS a(value)";

/// What takes hours before it has a row.
const LONG: &str = "SELECT max(a.value % 7) AS m FROM generate_series(1, 1000000000000) AS a(value)";

/// A server with this door.
pub fn serve(folder: &Path) -> Server {
    let dir = folder.join("data");
    let arguments = ["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"];
    Server::start(&[&arguments[..], &["--listen-http", "127.0.0.1:0"]].concat(), folder)
}

fn wait(what: &str, limit: Duration, mut until: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !until() {
        assert!(begun.elapsed() < limit, "{what}: not after {limit:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
