//! How fast each table of a city is made, and how much memory that takes:
//! `cargo run --release -p huitong-sample --example throughput -- 1000000`.

use std::time::Instant;

use huitong_sample::{City, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let people = std::env::args().nth(1).map_or(Ok(1_000_000), |arg| arg.parse())?;
    let city = City::new(Options { people, ..Options::default() })?;
    for table in city.tables() {
        let (start, cpu) = (Instant::now(), cpu_seconds());
        let (mut rows, mut bytes) = (0usize, 0usize);
        for batch in table.batches() {
            rows += batch.num_rows();
            bytes += batch.get_array_memory_size();
        }
        // On a shared machine the processor's time says more than the clock on the wall.
        let seconds = match (cpu, cpu_seconds()) {
            (Some(before), Some(after)) if after > before => after - before,
            _ => start.elapsed().as_secs_f64(),
        };
        println!(
            "{:32} {rows:>10} rows (expected {:>10}) {seconds:>7.2} s {:>10.0} rows/s {:>8.1} MB",
            format!("{table:?}"),
            table.expected_rows,
            rows as f64 / seconds,
            bytes as f64 / 1e6,
        );
    }
    println!("peak resident memory: {}", peak_memory().unwrap_or_else(|| "unknown on this system".to_owned()));
    Ok(())
}

/// User and system time of this process, in the kernel's ticks of a hundredth of a second.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / 100.0)
}

fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().to_owned())
}
