//! What strangers may send, given to what decodes it: real messages and statements, and what random changes make of them.
//!
//! `huitong_engine::fuzzing` and `huitong_gateway::fuzzing` say what each target promises. Here each runs some thousand inputs, the same in
//! every run; `tests/run fuzz` runs them for as long as it is told, and the package in `fuzz/` gives the same targets to cargo-fuzz.
//! How, is in the README there.

mod large;
mod mutate;
mod seeds;

use std::fs;
use std::io::{Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use huitong_engine::fuzzing as sql;
use huitong_gateway::fuzzing::{flight, http, postgres};

use crate::chaos::Dice;

const SEED: u64 = 20_261_126;
const EXECUTIONS: usize = 3_000;
/// One input, in a build without optimisation on a machine that does other things.
const ONE_INPUT_MAX: Duration = Duration::from_secs(20);

/// What decodes bytes.
#[derive(Clone, Copy)]
struct Target {
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident: $run:path, $seeds:path;)*) => {
        const TARGETS: &[Target] = &[$(Target { name: stringify!($name), run: $run, seeds: $seeds }),*];

        $(#[test]
        fn $name() {
            fuzz(&Target { name: stringify!($name), run: $run, seeds: $seeds });
        })*
    };
}

targets! {
    sql_script: sql::script, seeds::scripts;
    sql_statement: sql::statement, seeds::statements;
    sql_list: sql::list, seeds::lists;
    flight_ticket: flight::ticket, seeds::tickets;
    flight_command: flight::command, seeds::commands;
    flight_action: flight::action, seeds::actions;
    flight_rows: flight::rows, seeds::rows;
    postgres_connection: postgres::connection, seeds::connections;
    postgres_statements: postgres::statements, seeds::postgres_statements;
    postgres_parameter: postgres::parameter, seeds::parameters;
    postgres_copy: postgres::copy, seeds::copies;
    http_body: http::body, seeds::bodies;
    http_headers: http::headers, seeds::headers;
}

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Runs a target; what the environment says is in the README of `fuzz/`.
fn fuzz(target: &Target) {
    let seeds = (target.seeds)();
    if let Ok(corpus) = std::env::var("HUITONG_FUZZ_CORPUS") {
        return write_seeds(&Path::new(&corpus).join(target.name), &seeds);
    }
    if let Ok(input) = std::env::var("HUITONG_FUZZ_INPUT") {
        return (target.run)(&fs::read(input).expect("the input is read"));
    }
    let seed = number("HUITONG_FUZZ_SEED").unwrap_or(SEED);
    let until = number("HUITONG_FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let (mut dice, mut kept) = (Dice::new(seed), Kept::of(target));
    let (begun, mut done) = (Instant::now(), 0);
    for seed in &seeds {
        one(target, &mut kept, seed, "a message as it is sent");
    }
    while until.map_or(done < EXECUTIONS, |until| Instant::now() < until) {
        let input = mutate::mutated(&seeds, &mut dice);
        one(target, &mut kept, &input, &format!("seed {seed}, execution {done}"));
        done += 1;
    }
    println!("{}: {} seeds, {done} executions in {:?}, seed {seed}", target.name, seeds.len(), begun.elapsed());
}

/// The file in which the input lies that is tried: if that ends the process, it stays there.
struct Kept {
    path: PathBuf,
    file: fs::File,
}

impl Kept {
    fn of(target: &Target) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(target.name);
        Self { file: fs::File::create(&path).expect("a file"), path }
    }

    /// Opening it anew for each would take longer than most inputs take.
    fn keep(&mut self, input: &[u8]) {
        let mut keep = || {
            self.file.rewind()?;
            self.file.write_all(input)?;
            self.file.set_len(input.len() as u64)
        };
        keep().expect("the input is kept");
    }
}

/// Runs one input.
fn one(target: &Target, kept: &mut Kept, input: &[u8], which: &str) {
    kept.keep(input);
    let begun = Instant::now();
    let held = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let shown = String::from_utf8_lossy(&input[..input.len().min(2_000)]).escape_debug().to_string();
    assert!(held.is_ok(), "{} ({which}), kept in {}: {shown}", target.name, kept.path.display());
    assert!(begun.elapsed() < ONE_INPUT_MAX, "{} took {:?} ({which}): {shown}", target.name, begun.elapsed());
}

fn write_seeds(folder: &Path, seeds: &[Vec<u8>]) {
    fs::create_dir_all(folder).expect("a folder");
    for (at, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{at}")), seed).expect("a seed is written");
    }
}

/// cargo-fuzz has the same targets under the same names.
#[test]
fn targets_are_those_of_cargo_fuzz() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the manifest is read");
    let found = fs::read_dir(root.join("targets")).expect("the targets").count();
    assert_eq!(found, TARGETS.len());
    for Target { name, .. } in TARGETS {
        let text =
            fs::read_to_string(root.join(format!("targets/{name}.rs"))).unwrap_or_else(|e| panic!("{name}: {e}"));
        let function = name.replacen('_', "::", 1).replace("sql::", "");
        assert!(text.contains(&format!("fuzzing::{function}(data)")), "{name}: {text}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
