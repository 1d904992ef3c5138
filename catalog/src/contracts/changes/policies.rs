//! Policies side by side, one by one: spaces, comments and the order in a file mean nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::Found;
use super::{Change, What};
use crate::contracts::entries::Thing;
use crate::contracts::snapshot::Snapshot;
use crate::policy::{self, Effect, Names, Rule};

/// What is different in the policies of `after`; when those of one of them cannot be read, file by file.
pub fn compare(before: &Snapshot, after: &Snapshot, found: &mut Found) {
    if before.policies() == after.policies() {
        return;
    }
    let rules = |snapshot: &Snapshot| policy::rules_of(snapshot.policies(), &Names::of(snapshot));
    let known = found.changes.len();
    match (rules(before), rules(after)) {
        (Ok(before), Ok(after)) => rule_by_rule(&before, &after, &mut found.changes),
        _ => return file_by_file(before, after, What::Rewritten, found),
    }
    if found.changes.len() == known {
        file_by_file(before, after, What::Reworded, found);
    }
}

fn file_by_file(before: &Snapshot, after: &Snapshot, rewritten: What, found: &mut Found) {
    let file = |name: &String| Thing::Policy(name.clone());
    found.entries(before.policies(), after.policies(), file, |_, _, _, notes| notes.add(rewritten.clone()));
}

/// A policy that stands there as before under another name is only told otherwise.
fn rule_by_rule(before: &[Rule], after: &[Rule], changes: &mut Vec<Change>) {
    let contents = |rules: &[Rule]| -> BTreeSet<String> { rules.iter().map(Rule::content).collect() };
    let (old, new) = (contents(before), contents(after));
    let named: BTreeMap<&str, &Rule> = before.iter().map(|rule| (rule.name.as_str(), rule)).collect();
    let permits = |rules: &[Rule]| rules.iter().any(|rule| rule.effect == Effect::Permit);
    let (first, last) = (!permits(before), !permits(after));
    let mut changed = BTreeSet::new();
    let mut tell = |rule: &Rule, what: What| changes.push(Change { thing: Thing::Policy(rule.name.clone()), what });
    for rule in after {
        let namesake = named.get(rule.name.as_str()).copied();
        match namesake {
            _ if old.contains(&rule.content()) => {
                let told = |rule: &Rule| (rule.zh.clone(), rule.en.clone());
                if namesake.is_some_and(|namesake| told(namesake) != told(rule)) {
                    tell(rule, What::Reworded);
                }
            }
            // What it was before is told as gone, where it is gone.
            Some(namesake) if namesake.effect == rule.effect && !new.contains(&namesake.content()) => {
                changed.insert(rule.name.as_str());
                tell(rule, What::PolicyChanged(rule.effect));
            }
            _ => tell(rule, What::PolicyAdded { effect: rule.effect, first }),
        }
    }
    for rule in before {
        if !new.contains(&rule.content()) && !changed.contains(rule.name.as_str()) {
            tell(rule, What::PolicyRemoved { effect: rule.effect, last });
        }
    }
}
