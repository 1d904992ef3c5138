//! The checks of a dataset.

use std::collections::BTreeSet;

use super::datasets::read_name;
use super::elements::{self, read_range};
use super::{Compiler, form, texts, word};
use crate::contracts::entries::{Check, Dataset, Rule, Thing};
use crate::contracts::forms::{Type, Value};
use crate::contracts::mistake::{Location, Mistakes, Refusal, shown};
use crate::contracts::vocabulary::Severity;
use crate::contracts::yaml::Node;
use crate::names::{TableName, check_name};

/// A condition longer than this is a program.
const SQL_CHARS_MAX: usize = 4000;

/// The columns of a dataset; without a type where a field has mistakes of its own.
#[derive(Debug, Default)]
pub struct Columns {
    columns: Vec<(String, Option<Type>)>,
}

impl Columns {
    pub fn add(&mut self, name: &str, column_type: Option<Type>) {
        self.columns.push((name.to_owned(), column_type));
    }

    /// The type of a column; a mistake when there is none of that name.
    pub fn find(&self, at: &Node, name: &str, mistakes: &mut Mistakes) -> Option<Type> {
        match self.columns.iter().find(|(column, _)| column == name) {
            Some((_, column_type)) => *column_type,
            None => {
                let refusal = Refusal::new(format!("there is no field `{}`", shown(name)));
                mistakes.add(&at.at, refusal.choose(name, self.columns.iter().map(|(column, _)| column.as_str())));
                None
            }
        }
    }
}

/// A check that refers to a dataset which may not have been read yet.
#[derive(Debug)]
pub struct Reference {
    from: TableName,
    check: String,
    columns: Vec<String>,
    to: TableName,
    key: Vec<String>,
    at: Location,
}

impl Compiler {
    pub(super) fn checks(&mut self, node: &Node, dataset: &TableName, columns: &Columns) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut names = BTreeSet::new();
        let mut conditions = 0;
        for item in node.get("checks").map(Node::items).unwrap_or_default() {
            let Some(rule) = self.rule(item, columns) else { continue };
            conditions += usize::from(matches!(rule, Rule::Sql { .. }));
            let name = self.check_name(item, &rule, conditions);
            if !names.insert(name.clone()) {
                let refusal = Refusal::new(format!("two checks are called `{}`", shown(&name)));
                self.mistakes.add(&item.at, refusal.help("give one of them a name of its own with `name: …`"));
            }
            if let Rule::Refers { columns, to, key } = &rule {
                let at = item.get("refers").and_then(|refers| refers.get("to")).unwrap_or(item).at.clone();
                let (columns, to, key) = (columns.clone(), to.clone(), key.clone());
                self.references.push(Reference { from: dataset.clone(), check: name.clone(), columns, to, key, at });
            }
            self.places.insert(Thing::Check(dataset.clone(), name.clone()), item.at.clone());
            checks.push(Check {
                severity: word(item, "severity").unwrap_or(Severity::Quarantine),
                tolerance: form(item, "tolerance", &mut self.mistakes),
                dimension: word(item, "dimension").unwrap_or_else(|| rule.default_dimension()),
                rule,
                name,
            });
        }
        checks
    }

    fn check_name(&mut self, item: &Node, rule: &Rule, conditions: usize) -> String {
        if let Some(value) = item.get("name")
            && let Some(name) = value.as_text()
        {
            if let Err(error) = check_name("check", name) {
                self.mistakes.add(&value.at, error);
            }
            return name.to_owned();
        }
        match rule {
            Rule::Sql { .. } => format!("sql_{conditions}"),
            rule => rule.default_name(),
        }
    }

    /// Nothing when it is not exactly one kind of check, or a mistake leaves nothing to check by.
    fn rule(&mut self, item: &Node, columns: &Columns) -> Option<Rule> {
        let kinds = ["unique", "required", "in", "format", "range", "refers", "fresh", "sql"];
        let mut found = kinds.into_iter().filter_map(|kind| Some((kind, item.get(kind)?)));
        let (Some((kind, value)), None) = (found.next(), found.next()) else { return None };
        let mistakes = &mut self.mistakes;
        match kind {
            "unique" => Some(Rule::Unique { columns: several(item, "unique", columns, mistakes) }),
            "required" => Some(Rule::Required { columns: several(item, "required", columns, mistakes) }),
            "in" => self.rule_in(value, columns),
            "format" => {
                let (column, column_type) = one(value, columns, mistakes)?;
                let format = match column_type {
                    Some(column_type) => elements::format(value, column_type, mistakes)?,
                    None => form(value, "format", mistakes)?,
                };
                Some(Rule::Format { column, format })
            }
            "range" => {
                let (column, column_type) = one(value, columns, mistakes)?;
                let (min, max) = (value.get("min"), value.get("max"));
                if min.or(max).is_none() {
                    mistakes.add(
                        &value.at,
                        Refusal::new("a range has at least one bound").help("write `min: …` or `max: …`"),
                    );
                }
                Some(Rule::Range { range: read_range(value, min, max, column_type?, mistakes)?, column })
            }
            "refers" => Some(Rule::Refers {
                columns: several(value, "columns", columns, mistakes),
                to: target(value, mistakes)?,
                key: texts(value, "key").into_iter().map(|(_, text)| text.to_owned()).collect(),
            }),
            "fresh" => {
                let (column, column_type) = one(value, columns, mistakes)?;
                if column_type.is_some_and(|column_type| !matches!(column_type, Type::Date | Type::Timestamp)) {
                    mistakes.add(&value.at, format!("`{}` is no date or time", shown(&column)));
                }
                Some(Rule::Fresh { column, within: form(value, "within", mistakes)? })
            }
            _ => {
                let condition = value.as_text()?;
                if condition.chars().count() > SQL_CHARS_MAX {
                    mistakes.add(&value.at, format!("a condition has at most {SQL_CHARS_MAX} characters"));
                }
                Some(Rule::Sql { condition: condition.to_owned() })
            }
        }
    }

    fn rule_in(&mut self, node: &Node, columns: &Columns) -> Option<Rule> {
        let (column, column_type) = one(node, columns, &mut self.mistakes)?;
        let column_type = column_type?;
        if node.get("code").is_some() == node.get("values").is_some() {
            return None;
        }
        if node.get("code").is_some() {
            let code = elements::code(node, column_type, &self.known, &mut self.mistakes)?;
            return Some(Rule::Code { column, code });
        }
        let values = texts(node, "values");
        for (item, text) in &values {
            if let Err(refusal) = Value::read(column_type, text) {
                self.mistakes.add(&item.at, refusal);
            }
        }
        Some(Rule::Values { column, values: values.into_iter().map(|(_, text)| text.to_owned()).collect() })
    }

    /// Completes and checks what refers to other datasets, now that all are known.
    pub(super) fn look_up_references(&mut self) {
        for reference in std::mem::take(&mut self.references) {
            match self.key_of(&reference) {
                Ok(Some(key)) => self.complete(&reference, key),
                // The other dataset has mistakes of its own.
                Ok(None) => {}
                Err(refusal) => self.mistakes.add(&reference.at, refusal),
            }
        }
    }

    fn key_of(&self, reference: &Reference) -> Result<Option<Vec<String>>, Refusal> {
        let Some(target) = self.known.datasets.get(&reference.to) else {
            let names: Vec<String> = self.known.datasets.keys().map(ToString::to_string).collect();
            let refusal = Refusal::new(format!("there is no dataset `{}`", reference.to));
            return Err(refusal.choose(&reference.to.to_string(), names.iter().map(String::as_str)));
        };
        let Some(target) = target else { return Ok(None) };
        let key = if reference.key.is_empty() { &target.key } else { &reference.key };
        if key.is_empty() {
            let refusal = Refusal::new(format!("dataset `{}` has no key", reference.to));
            return Err(refusal.help("name its columns with `key: […]`"));
        }
        if key.len() != reference.columns.len() {
            let message =
                format!("{} columns cannot refer to {} of `{}`", reference.columns.len(), key.len(), reference.to);
            return Err(Refusal::new(message).help(format!("its key is {}", target.key.join(", "))));
        }
        let from = self.known.datasets.get(&reference.from).and_then(Option::as_ref);
        for (column, other) in reference.columns.iter().zip(key) {
            let Some(there) = target.field(other) else {
                let refusal = Refusal::new(format!("dataset `{}` has no field `{}`", reference.to, shown(other)));
                return Err(refusal.choose(other, target.fields.iter().map(|field| field.name.as_str())));
            };
            if let Some(here) = from.and_then(|from: &Dataset| from.field(column))
                && !are_comparable(here.column_type, there.column_type)
            {
                let types = (here.column_type, there.column_type);
                let message =
                    format!("`{column}` is of type {}, `{other}` of `{}` of type {}", types.0, reference.to, types.1);
                return Err(message.into());
            }
        }
        Ok(Some(key.clone()))
    }

    fn complete(&mut self, reference: &Reference, resolved: Vec<String>) {
        let from = self.known.datasets.get_mut(&reference.from).and_then(Option::as_mut);
        let check = from.and_then(|from| from.checks.iter_mut().find(|check| check.name == reference.check));
        if let Some(Check { rule: Rule::Refers { key, .. }, .. }) = check {
            *key = resolved;
        }
    }
}

fn are_comparable(one: Type, other: Type) -> bool {
    let number = |of: Type| matches!(of, Type::Int | Type::BigInt | Type::Decimal { .. });
    (one.is_string() && other.is_string()) || (number(one) && number(other)) || one == other
}

fn one(node: &Node, columns: &Columns, mistakes: &mut Mistakes) -> Option<(String, Option<Type>)> {
    let value = node.get("column")?;
    let name = value.as_text()?;
    Some((name.to_owned(), columns.find(value, name, mistakes)))
}

fn several(node: &Node, key: &str, columns: &Columns, mistakes: &mut Mistakes) -> Vec<String> {
    let listed = texts(node, key);
    for (item, name) in &listed {
        columns.find(item, name, mistakes);
    }
    listed.into_iter().map(|(_, name)| name.to_owned()).collect()
}

fn target(node: &Node, mistakes: &mut Mistakes) -> Option<TableName> {
    let value = node.get("to")?;
    match read_name(value.as_text()?) {
        Ok(name) => Some(name),
        Err(refusal) => {
            mistakes.add(&value.at, refusal);
            None
        }
    }
}
