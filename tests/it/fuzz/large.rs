//! Inputs that are large, deep or full of huge numbers: each takes bounded time, all of them bounded memory, and none the process.

use std::fs;
use std::process::Command;
use std::thread;

use huitong_engine::work::STACK_BYTES;

use super::{Kept, TARGETS, Target, one};

const ALONE: &str = "HUITONG_FUZZ_ALONE";
const MIB: usize = 1024 * 1024;
/// Of a process that does nothing else; the words of a statement take a hundred times its bytes.
const MEMORY_MIB_MAX: u64 = 2048;

/// In a process of its own, whose memory is nobody else's, and which may break.
#[test]
fn large_inputs_take_bounded_time_and_memory() {
    if std::env::var(ALONE).is_ok() {
        // With the stack that a server's threads have.
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(alone).expect("a thread");
        return thread.join().expect("no input breaks it");
    }
    let program = std::env::current_exe().expect("this program");
    let test = "fuzz::large::large_inputs_take_bounded_time_and_memory";
    let output =
        Command::new(program).args(["--exact", test, "--nocapture"]).env(ALONE, "1").output().expect("a process");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(
        output.status.success(),
        "{}: {}",
        output.status,
        told.get(told.floor_char_boundary(told.len().saturating_sub(4_000))..).unwrap_or_default()
    );
}

fn alone() {
    for target in TARGETS {
        let mut kept = Kept::of(target);
        for (name, input) in inputs(target) {
            // The last line is what broke the process.
            eprintln!("{} {name}", target.name);
            one(target, &mut kept, &input, &name);
        }
    }
    let peak = peak_mib();
    assert!(peak < MEMORY_MIB_MAX, "{peak} MiB");
}

/// What this process had in memory at most.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    peak.map_or(0, |kib| kib / 1024)
}

fn inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let named = |(at, input)| (format!("large input {at}"), input);
    match target.name {
        "sql_script" | "sql_statement" | "postgres_statements" => texts(),
        "sql_list" => {
            [b'{', b'"', b'\\', b','].map(|byte| vec![byte; MIB]).into_iter().enumerate().map(named).collect()
        }
        _ => {
            let seeds = (target.seeds)();
            let grown = seeds.iter().flat_map(|seed| [seed.repeat(MIB / 4 / seed.len()), long(seed)]);
            grown.chain([vec![0; MIB], vec![255; MIB], [b'[', b'{'].repeat(MIB / 2)]).enumerate().map(named).collect()
        }
    }
}

/// A seed with a megabyte of the byte in its middle.
fn long(seed: &[u8]) -> Vec<u8> {
    let (before, after) = seed.split_at(seed.len() / 2);
    [before, &vec![after[0]; MIB], after].concat()
}

/// What statements are made of, again and again: in a chain, and in itself.
const LINKS: &[(&str, &str, &str)] = &[
    ("SELECT 1", " + 1", ""),
    ("SELECT 1", " NOTNULL", ""),
    ("SELECT 1", " IS NULL", ""),
    ("SELECT 1", " OPERATOR(+) 1", ""),
    ("SELECT 1", " OVERLAPS 1", ""),
    ("SELECT 1", " XOR 1", ""),
    ("SELECT 1", " MEMBER OF (1)", ""),
    ("SELECT 1", "::INT", ""),
    ("SELECT 1", " COLLATE x", ""),
    ("SELECT 1", " AT TIME ZONE 'x'", ""),
    ("SELECT a", "[1]", ""),
    ("SELECT a", ".b", ""),
    ("SELECT 1", "!", ""),
    ("SELECT 1", " LIKE 'a' ESCAPE 'b'", ""),
    ("SELECT 1", " UNION SELECT 1", ""),
    ("SELECT 1", ", 1", ""),
    ("SELECT 1 FROM t", " JOIN t ON 1", ""),
    ("SELECT 1 FROM t", ", t", ""),
    ("SELECT 1 FROM t", " NATURAL JOIN t", ""),
    ("SELECT 1 FROM t", " UNPIVOT(a FOR b IN (c))", ""),
    ("SELECT 1 FROM t", " PIVOT(sum(a) FOR b IN (1))", ""),
    ("VALUES (1)", ", (1)", ""),
    ("", "EXPLAIN ", "SELECT 1"),
    ("", "EXPLAIN (VERBOSE) ", "SELECT 1"),
    ("", "PREPARE a AS ", "SELECT 1"),
    ("", "BEGIN ", ""),
    ("", "IF 1 THEN ", ""),
    ("", "WHILE 1 DO ", ""),
    ("", "CASE WHEN 1 THEN ", ""),
    ("", "SELECT 1;", ""),
    ("", ";", ""),
    ("", "WITH a AS (", ""),
    ("", "SELECT (", "1"),
    ("SELECT ", "(", "1"),
    ("SELECT ", "((", "1"),
    ("SELECT ", "f(", "1"),
    ("SELECT ", "CAST(", ""),
    ("SELECT ", "CAST((", ""),
    ("SELECT ", "CASE ", ""),
    ("SELECT ", "CASE WHEN 1 THEN ", ""),
    ("SELECT ", "EXTRACT(YEAR FROM ", ""),
    ("SELECT ", "SUBSTRING(", ""),
    ("SELECT ", "NOT ", "1"),
    ("SELECT ", "- ", "1"),
    ("SELECT ", "INTERVAL ", "1"),
    ("SELECT ", "ARRAY[", "1"),
    ("SELECT ", "[", "1"),
    ("SELECT ", "{a: ", "1"),
    ("SELECT CAST(1 AS ", "ARRAY<", "INT"),
    ("SELECT CAST(1 AS INT", "[]", ")"),
    ("CREATE TABLE t (a ", "TABLE (a ", "INT"),
    ("SELECT 1 FROM ", "(", "t"),
    ("SELECT 1 FROM ", "((SELECT 1 FROM ", "t"),
    ("SELECT FROM ", "((SELECT FROM ", ""),
    ("DELETE FROM ", "((DELETE FROM ", ""),
    ("SELECT 1 WHERE ", "EXISTS (SELECT 1 WHERE ", "1"),
    ("SELECT 1 IN ", "(SELECT 1 IN ", "1"),
    ("SELECT 1 FROM JSON_TABLE('x', '$' COLUMNS (", "NESTED PATH '$' COLUMNS (", ""),
    ("", "/* ", ""),
    ("SELECT ", "$1 ", ""),
];

fn texts() -> Vec<(String, Vec<u8>)> {
    let repeated = LINKS.iter().flat_map(|(begin, link, end)| {
        [30, 120, 900, 16 * 1024 / link.len()]
            .map(|times| (format!("{begin}{link}{end} x {times}"), format!("{begin}{}{end}", link.repeat(times))))
    });
    let long = ["'", "\"", "`", "$a$", "--", "a", "1", " ", "\u{0}", "甲", "E'\\", "1 ", "NOTNULL "];
    let long = long
        .iter()
        .map(|part| (format!("{part} up to a megabyte"), format!("SELECT {}", part.repeat((MIB - 8) / part.len()))));
    let stars = (0..).zip([1, 50, 5_000]);
    let stars = stars.map(|(at, count)| {
        (format!("secrets {at}"), format!("SELECT token, 'x', {} FROM t", vec!["'*'"; count].join(",")))
    });
    repeated.chain(long).chain(stars).map(|(name, text)| (name, text.into_bytes())).collect()
}
