//! What several tests share: the sample city, and small models with any policies.

mod amounts;
mod differences;
mod garbage;
mod mistakes;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use super::*;
use crate::clock::Timestamp;
use crate::contracts::{Files, Grade, Snapshot, compile};
use crate::names::TableName;

/// 2026-11-26T08:00:00Z
pub const NOW: Timestamp = Timestamp::from_ms(1_795_680_000_000);

pub static CITY: LazyLock<Snapshot> = LazyLock::new(|| {
    let compiled = compile(&Files::standards(), &Files::read(&folder()).unwrap());
    compiled.map(|model| model.snapshot).unwrap_or_else(|mistakes| panic!("{:?}", mistakes.iter().next()))
});

pub fn city_policies() -> String {
    std::fs::read_to_string(folder().join("policy.cedar")).unwrap()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../apps/city/model")
}

/// The sample city under these policies alone.
pub fn under(policies: &str) -> Policies {
    compiled(policies).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// What is wrong with these policies, a line each.
pub fn refused(policies: &str) -> String {
    compiled(policies).map(|_| String::new()).unwrap_or_else(|mistakes| mistakes)
}

fn compiled(policies: &str) -> Result<Policies, String> {
    let files = BTreeMap::from([("policy.cedar".to_owned(), policies.to_owned())]);
    let told = |mistakes: crate::contracts::Mistakes| mistakes.iter().map(|mistake| format!("{mistake}\n")).collect();
    Policies::of_texts(&CITY, &files).map_err(told)
}

/// `li@civil_affairs: case_worker, analyst`; `shen (audit)` holds an office.
pub fn subject(text: &str) -> Subject {
    let (who, roles) = text.split_once(':').unwrap_or((text, ""));
    let (who, office) = who
        .split_once('(')
        .map_or((who, None), |(who, office)| (who.trim(), Some(office.trim_end_matches(')').parse().unwrap())));
    let (name, department) = who.split_once('@').map_or((who, None), |(name, of)| (name, Some(of.trim().to_owned())));
    let roles = roles.split(',').map(str::trim).filter(|role| !role.is_empty());
    let roles: BTreeSet<String> = roles.map(str::to_owned).collect();
    Subject { name: name.trim().to_owned(), office, department, roles, clearance: Grade::Three }
}

pub fn table(name: &str) -> TableName {
    TableName::parse(name, "public").unwrap()
}

pub fn ask(policies: &Policies, who: &Subject, action: Action, name: &str, purpose: Option<&str>) -> Decision {
    let context = Context { purpose, door: "postgres", now: NOW };
    policies.decide(&Ask { subject: who, action, dataset: &table(name), context })
}

pub fn read(policies: &Policies, who: &str, name: &str, purpose: Option<&str>) -> Decision {
    ask(policies, &subject(who), Action::Read, name, purpose)
}

/// `citizen_id keep(6,0) <analysis>, name plain where a = 1 <x>`, in the order of the columns.
pub fn shown(decision: &Decision) -> String {
    let Decision::Granted(grant) = decision else { return "denied".to_owned() };
    let columns = grant.columns.iter().map(|column| format!("{} {}", column.name, ways(column)));
    columns.collect::<Vec<_>>().join(", ")
}

pub fn ways(column: &Column) -> String {
    let way = |way: &Way| {
        let mask = way.mask.as_ref().map_or_else(|| "plain".to_owned(), ToString::to_string);
        let rows = way.rows.as_ref().map_or_else(String::new, |rule| format!(" where {}", rule.sql));
        let masked_by = way.masked_by.as_ref().map_or_else(String::new, |policy| format!(", {policy}"));
        format!("{mask}{rows} <{}{masked_by}>", way.policy)
    };
    column.ways.iter().map(way).collect::<Vec<_>>().join(" | ")
}
