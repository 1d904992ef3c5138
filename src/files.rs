//! How many files the process may have open, and how many of them are for connections.

use huitong_gateway::places::Places;

/// Files that a server wants; with fewer it starts, and says so.
const WANTED: u64 = 8_192;
/// A quarter of the files is for queries (tables, what is put aside, connections to the store and among the cluster), within these limits.
const QUERIES_MIN: u64 = 256;
const QUERIES_MAX: u64 = 4_096;
/// Connections that are taken however few files there are.
const PLACES_MIN: u64 = 16;
/// More connections are not taken, whatever the system grants: each takes memory too.
const PLACES_MAX: u64 = 20_000;

/// Places for connections of clients: most of the files that the system grants.
pub fn places() -> Places {
    Places::new(usize::try_from(of_connections(ask())).unwrap_or(usize::MAX))
}

/// Asks the system for as many files as it grants this process, and tells how many those are.
pub fn ask() -> u64 {
    let files = granted();
    if files < WANTED {
        let hint = "say `ulimit -n`, or LimitNOFILE in the service's file";
        tracing::warn!(files, wanted = WANTED, hint, "this process may have few files open");
    }
    files
}

/// Connections that may be open where the process may have so many files.
fn of_connections(files: u64) -> u64 {
    let queries = (files / 4).clamp(QUERIES_MIN, QUERIES_MAX);
    files.saturating_sub(queries).clamp(PLACES_MIN, PLACES_MAX)
}

#[cfg(unix)]
fn granted() -> u64 {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return WANTED };
    // Some systems name a limit that they do not grant (macOS: none at all); then less is asked for.
    let wanted = [hard, 65_536, 10_240].into_iter().filter(|files| *files > soft && *files <= hard);
    let mut granted = wanted.filter(|files| setrlimit(Resource::RLIMIT_NOFILE, *files, hard).is_ok());
    granted.next().unwrap_or(soft)
}

#[cfg(not(unix))]
fn granted() -> u64 {
    WANTED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_have_files_whatever_the_limit() {
        let told = [1024, 20_000, 65_536, u64::MAX].map(of_connections);
        assert_eq!(told, [768, 15_904, PLACES_MAX, PLACES_MAX]);
        assert_eq!(of_connections(0), PLACES_MIN);
    }
}
