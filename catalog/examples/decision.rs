//! How long the policies of a model take to answer: `decision MODEL [ROUNDS]`, for benchmarks.
//!
//! Each dataset is asked for by a reader, an analyst and a steward of each department of the model, anew each time as nothing is kept. A
//! line out for each: the dataset, its fields, and the median in milliseconds; then the largest and the median of all questions, and what
//! a single field takes at most.

use std::io::{Error, Result, Write};
use std::path::Path;
use std::time::Instant;

use huitong_catalog::clock::Timestamp;
use huitong_catalog::contracts::{Files, Grade, compile};
use huitong_catalog::policy::{Action, Ask, Context, Policies, Subject};

const ROLES: [&str; 3] = ["reader", "analyst", "steward"];
/// 2026-11-26T08:00:00Z; no policy of the sample city looks at it.
const NOW: Timestamp = Timestamp::from_ms(1_795_680_000_000);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or_else(|| Error::other("usage: decision MODEL [ROUNDS]"))?;
    let rounds = arguments.next().map_or(Ok(21), |rounds| rounds.parse()).map_err(Error::other)?;
    let files = Files::read(Path::new(&folder)).map_err(Error::other)?;
    let told = |what: &dyn std::fmt::Debug| Error::other(format!("the model has mistakes: {what:?}"));
    let snapshot = compile(&Files::standards(), &files).map_err(|mistakes| told(&mistakes))?.snapshot;
    let policies = Policies::compile(&snapshot).map_err(|mistakes| told(&mistakes))?;
    let subjects: Vec<Subject> =
        snapshot.departments().keys().flat_map(|of| ROLES.map(|role| subject(of, role))).collect();
    let mut out = std::io::stdout().lock();
    let (mut all, mut of_a_field) = (Vec::new(), 0.0_f64);
    for (name, dataset) in snapshot.datasets() {
        let fields = dataset.fields.len();
        let mut of_dataset = Vec::new();
        for subject in &subjects {
            let times = (0..rounds).map(|_| {
                let context = Context { purpose: Some("statistics"), door: "postgres", now: NOW };
                let begun = Instant::now();
                std::hint::black_box(policies.decide(&Ask { subject, action: Action::Read, dataset: name, context }));
                begun.elapsed().as_secs_f64() * 1000.0
            });
            of_dataset.push(median(times.collect()));
        }
        all.extend(&of_dataset);
        let middle = median(of_dataset);
        of_a_field = of_a_field.max(middle / fields.max(1) as f64);
        writeln!(out, "{name} {fields} {middle:.3}")?;
    }
    let largest = all.iter().copied().fold(0.0, f64::max);
    writeln!(out, "all: median {:.3}, largest {largest:.3}; a field {of_a_field:.3}", median(all))
}

fn subject(department: &str, role: &str) -> Subject {
    let roles = [role.to_owned()].into();
    let department = Some(department.to_owned());
    Subject { name: "somebody".to_owned(), office: None, department, roles, clearance: Grade::Three }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
