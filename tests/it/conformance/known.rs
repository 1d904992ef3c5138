//! What is known of each file, and what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use super::Outcome;
use super::connection::Place;
use super::verdict::{self, Verdict};

const HEADER: &str = "file,records,set aside,one process,why not,two executors,why not";

/// Records of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    pub all: usize,
    pub aside: usize,
    pub passed: usize,
    /// Of those that did not pass, by the reason.
    pub reasons: BTreeMap<&'static str, usize>,
}

impl Count {
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut count = Self { all: outcomes.len(), ..Self::default() };
        for Outcome { sql, verdict, .. } in outcomes {
            count.aside += usize::from(matches!(verdict, Verdict::Aside(_)));
            count.passed += usize::from(*verdict == Verdict::Passed);
            if let Some(reason) = verdict::reason(sql, verdict) {
                *count.reasons.entry(reason).or_default() += 1;
            }
        }
        count
    }

    fn applies(&self) -> usize {
        self.all - self.aside
    }

    /// `passed/applies: reason number reason number`.
    fn shown(&self) -> String {
        let reasons = self.reasons.iter().map(|(reason, number)| format!("{reason} {number}"));
        let reasons = reasons.collect::<Vec<_>>().join("; ");
        format!("{}/{},{reasons}", self.passed, self.applies())
    }
}

/// Appends what did not pass to the file that `DATAFUSION_SLT_REPORT` names, one JSON object a line.
pub fn report(place: &Place, file: &str, outcomes: &[Outcome]) {
    let Some(report) = std::env::var_os("DATAFUSION_SLT_REPORT") else { return };
    let mut lines = String::new();
    for Outcome { line, sql, verdict } in outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Passed) {
        let (word, told) = (verdict.word(), verdict.text());
        let object = serde_json::json!({"place": place.backend, "file": file, "line": line, "what": word, "sql": sql, "told": told});
        writeln!(lines, "{object}").expect("a text grows");
    }
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(report);
    opened.and_then(|mut report| report.write_all(lines.as_bytes())).expect("the report is written");
}

/// Compares with `datafusion.csv`, or writes it anew if `DATAFUSION_SLT_WRITE` is set.
pub fn check(files: &[String], [one, many]: [&[Count]; 2]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/conformance/datafusion.csv");
    let mut text = format!("{HEADER}\n");
    let mut sums = [(0, 0); 2];
    for ((file, one), many) in files.iter().zip(one).zip(many) {
        writeln!(text, "{file},{},{},{},{}", one.all, one.aside, one.shown(), many.shown()).expect("a text grows");
        for (sum, count) in sums.iter_mut().zip([one, many]) {
            *sum = (sum.0 + count.passed, sum.1 + count.applies());
        }
    }
    eprintln!("one process: {} of {}, two executors: {} of {}", sums[0].0, sums[0].1, sums[1].0, sums[1].1);
    if std::env::var_os("DATAFUSION_SLT_WRITE").is_some() {
        assert!(std::env::var_os("DATAFUSION_SLT_ONLY").is_none(), "datafusion.csv is written of all files or of none");
        std::fs::write(&path, text).expect("datafusion.csv is written");
        return;
    }
    let known = std::fs::read_to_string(&path).expect("datafusion.csv is there");
    let known: BTreeSet<&str> = known.lines().collect();
    let other: Vec<_> = text.lines().filter(|line| !known.contains(line)).collect();
    assert!(other.is_empty(), "not as datafusion.csv says:\n{}", other.join("\n"));
}
