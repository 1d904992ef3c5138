//! `codes.yaml` and the rows in `codes/`.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{CODES, Layout};
use super::names;
use super::{Compiler, circles, flag, owned};
use crate::contracts::entries::{CodeRow, CodeTable, Thing};
use crate::contracts::files::Files;
use crate::contracts::forms::read_date;
use crate::contracts::keys;
use crate::contracts::mistake::{Location, Mistakes, Refusal, shown};
use crate::contracts::table::{self, Row};
use crate::contracts::vocabulary::Origin;
use crate::contracts::yaml::{Entry, Node};

const COLUMNS: [&str; 7] = ["code", "name", "en", "parent", "valid_from", "valid_to", "successor"];

/// Between the codes that took the place of one.
const SEPARATOR: char = ';';

impl Compiler {
    pub(super) fn codes(&mut self, origin: Origin, files: &Files, layout: &Layout) {
        let tree = self.tree(files, CODES, &keys::CODE_TABLES);
        let entries = tree.as_ref().map(Node::entries).unwrap_or_default();
        let unread = files.has(CODES) && !tree.as_ref().is_some_and(Node::is_map);
        self.known.codes.partial |= unread;
        for entry in entries {
            self.code_table(origin, entry, files, layout);
        }
        for (table, path) in &layout.code_rows {
            if !unread && !entries.iter().any(|entry| entry.key == *table) {
                let refusal = Refusal::new(format!("`{CODES}` does not say what `{}` is", shown(table)));
                let known = entries.iter().map(|entry| entry.key.as_str());
                self.mistakes.add(&Location::start_of(&files.label(path)), refusal.choose(table, known));
            }
        }
    }

    fn code_table(&mut self, origin: Origin, entry: &Entry, files: &Files, layout: &Layout) {
        if !names::require_name("code table", entry, &mut self.mistakes) {
            return;
        }
        let overrides = flag(&entry.value, "overrides").unwrap_or(false);
        names::require_place("code table", entry, overrides, &self.known.codes, &mut self.mistakes);
        let rows = match layout.code_rows.iter().find(|(table, _)| *table == entry.key) {
            Some((_, path)) => self.code_rows(files, path, flag(&entry.value, "complete").unwrap_or(false)),
            None => {
                let refusal = Refusal::new(format!("the rows of code table `{}` are missing", entry.key));
                self.mistakes.add(&entry.at, refusal.help(format!("put them into codes/{}.csv", entry.key)));
                None
            }
        };
        let table = read(origin, &entry.value, rows, &mut self.mistakes);
        self.known.codes.entries.insert(entry.key.clone(), table);
        self.places.insert(Thing::CodeTable(entry.key.clone()), entry.at.clone());
    }

    /// The rows of a file in the order of their codes; nothing when one has a mistake.
    fn code_rows(&mut self, files: &Files, path: &str, complete: bool) -> Option<Vec<CodeRow>> {
        let before = self.mistakes.len();
        let text = files.text(path, &mut self.mistakes)?;
        let lines = table::parse(&files.label(path), text, &COLUMNS, &["code", "name"], &mut self.mistakes);
        let mut rows: Vec<(CodeRow, &Row)> =
            lines.iter().filter_map(|line| Some((read_row(line, &mut self.mistakes)?, line))).collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        for pair in rows.windows(2) {
            let [(one, _), (other, line)] = pair else { continue };
            if one.code == other.code && one.overlaps(other) {
                let message = format!("code `{}` stands twice for the same time", shown(&other.code));
                self.mistakes
                    .add(line.at("code"), Refusal::new(message).help("give the rows validities that do not overlap"));
            }
        }
        if lines.is_empty() && self.mistakes.len() == before {
            self.mistakes.add(&Location::start_of(&files.label(path)), "there is no row below the header");
        }
        if complete {
            check_links(&rows, &mut self.mistakes);
        }
        (self.mistakes.len() == before).then(|| rows.into_iter().map(|(row, _)| row).collect())
    }
}

fn read(origin: Origin, node: &Node, rows: Option<Vec<CodeRow>>, mistakes: &mut Mistakes) -> Option<CodeTable> {
    let (complete, missing) = (flag(node, "complete")?, owned(node, "missing"));
    match (complete, &missing) {
        (false, None) => {
            mistakes.add(
                &node.get("complete")?.at,
                Refusal::new("a table that is not complete says what it lacks").help("write `missing: …`"),
            );
        }
        (true, Some(_)) => {
            mistakes.add(
                &node.get("missing")?.at,
                Refusal::new("a complete table misses nothing").help("leave out `missing`"),
            );
        }
        _ => {}
    }
    Some(CodeTable {
        origin,
        labels: names::labels(node)?,
        standard: owned(node, "standard")?,
        source: owned(node, "source")?,
        licence: owned(node, "licence")?,
        complete,
        missing,
        rows: rows?,
    })
}

fn read_row(line: &Row, mistakes: &mut Mistakes) -> Option<CodeRow> {
    for column in ["code", "name"] {
        if line.text(column).is_none() {
            mistakes.add(line.at(column), format!("the {column} is empty"));
        }
    }
    let mut day = |column| {
        let text = line.text(column)?;
        let day = read_date(text);
        if day.is_none() {
            let refusal = Refusal::new(format!("`{}` is no day", shown(text)));
            mistakes.add(line.at(column), refusal.help("write it as 2026-01-31"));
        }
        day
    };
    let (valid_from, valid_to) = (day("valid_from"), day("valid_to"));
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && from >= to
    {
        let refusal = Refusal::new("the code ends before it begins");
        mistakes.add(line.at("valid_to"), refusal.help("`valid_to` is the first day on which it no longer holds"));
    }
    let successors = line.text("successor").unwrap_or_default().split(SEPARATOR).map(str::trim);
    Some(CodeRow {
        code: line.text("code")?.to_owned(),
        valid_from,
        valid_to,
        name: line.text("name")?.to_owned(),
        en: line.text("en").map(str::to_owned),
        parent: line.text("parent").map(str::to_owned),
        successors: successors.filter(|code| !code.is_empty()).map(str::to_owned).collect(),
    })
}

/// In a complete table, parents and successors are codes of the table, and no code stands above itself.
fn check_links(rows: &[(CodeRow, &Row)], mistakes: &mut Mistakes) {
    let codes: BTreeSet<&str> = rows.iter().map(|(row, _)| row.code.as_str()).collect();
    let parents: BTreeMap<&str, &str> =
        rows.iter().filter_map(|(row, _)| Some((row.code.as_str(), row.parent.as_deref()?))).collect();
    let circles = circles::members(&parents);
    for (row, line) in rows {
        let links = row.parent.iter().map(|code| ("parent", code));
        for (column, code) in links.chain(row.successors.iter().map(|code| ("successor", code))) {
            if !codes.contains(code.as_str()) {
                let message = format!("the {column} `{}` is no code of this table", shown(code));
                mistakes
                    .add(line.at(column), Refusal::new(message).help("a table that lacks codes says `complete: no`"));
            }
        }
        if circles.contains(row.code.as_str()) {
            mistakes.add(line.at("parent"), format!("code `{}` stands above itself", shown(&row.code)));
        }
    }
}
