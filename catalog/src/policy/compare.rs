use std::collections::{BTreeMap, BTreeSet};

use super::ask::{Action, Ask, Context, Subject};
use super::decide::Policies;
use super::grant::{Column, Decision, Grant, Way, cmp_masks};
use crate::clock::Timestamp;
use crate::contracts::{Grade, Mask};
use crate::identity::Office;
use crate::names::TableName;

/// What some people see otherwise than before, of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Names of users, in order.
    pub subjects: Vec<String>,
    pub dataset: TableName,
    pub action: Action,
    /// Only for this purpose; nothing: without any.
    pub purpose: Option<String>,
    /// Only by this door; nothing: by one that no policy names.
    pub door: Option<String>,
    pub seen: Seen,
}

/// Columns in the order of the contract, conditions as the policies have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Gained {
        columns: Vec<String>,
    },
    Lost {
        columns: Vec<String>,
    },
    /// The same rows, under another mask; nothing: as they are.
    LessMasked {
        columns: Vec<String>,
        from: Option<Mask>,
        to: Option<Mask>,
    },
    MoreMasked {
        columns: Vec<String>,
        from: Option<Mask>,
        to: Option<Mask>,
    },
    /// Other rows, or other masks for some rows.
    Ways {
        columns: Vec<String>,
        from: Vec<Shown>,
        to: Vec<Shown>,
        weakens: bool,
    },
    RowsHidden {
        conditions: Vec<String>,
    },
    RowsNoLongerHidden {
        conditions: Vec<String>,
    },
}

/// One way of seeing a column, whichever policy it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub mask: Option<Mask>,
    /// A condition; nothing: all.
    pub rows: Option<String>,
}

/// What differs for these people between two sets of policies, for every table of both: without a purpose, and for each
/// purpose and by each door that a policy names, as far as that is not the same as without.
pub fn compare(old: &Policies, new: &Policies, subjects: &[Subject], now: Timestamp) -> Vec<Difference> {
    let situations = situations(old, new);
    let tables: BTreeSet<&TableName> = old.tables().chain(new.tables()).collect();
    let mut found = Vec::new();
    for dataset in tables {
        for action in [Action::Read, Action::Write] {
            let mut of_table: Vec<(usize, Seen, Vec<String>)> = Vec::new();
            for subjects in alike(subjects, old.look_at_names() || new.look_at_names()) {
                let names = || subjects.iter().map(|subject| subject.name.clone());
                let mut usual: Vec<Seen> = Vec::new();
                for (index, (purpose, door)) in situations.iter().enumerate() {
                    let context = Context { purpose: *purpose, door: door.unwrap_or_default(), now };
                    let ask = Ask { subject: subjects[0], action, dataset, context };
                    let seen = differences(&old.decide(&ask), &new.decide(&ask));
                    for seen in seen.iter().filter(|seen| !usual.contains(seen)) {
                        match of_table.iter_mut().find(|known| (known.0, &known.1) == (index, seen)) {
                            Some((_, _, subjects)) => subjects.extend(names()),
                            None => of_table.push((index, seen.clone(), names().collect())),
                        }
                    }
                    if index == 0 {
                        usual = seen;
                    }
                }
            }
            of_table.sort_by_key(|(index, ..)| *index);
            found.extend(of_table.into_iter().map(|(index, seen, mut subjects)| {
                subjects.sort();
                let (purpose, door) = situations[index];
                let [purpose, door] = [purpose, door].map(|text| text.map(str::to_owned));
                Difference { subjects, dataset: dataset.clone(), action, purpose, door, seen }
            }));
        }
    }
    found
}

/// The first one is the usual one.
pub(super) fn situations<'a>(old: &'a Policies, new: &'a Policies) -> Vec<(Option<&'a str>, Option<&'a str>)> {
    let union = |one: &'a BTreeSet<String>, other: &'a BTreeSet<String>| {
        let named = one.union(other).map(|text| Some(text.as_str()));
        [None].into_iter().chain(named).collect::<Vec<Option<&str>>>()
    };
    let doors = union(old.doors(), new.doors());
    let purposes = union(old.purposes(), new.purposes());
    purposes.iter().flat_map(|purpose| doors.iter().map(|door| (*purpose, *door))).collect()
}

/// People of one department with the same roles and clearance see the same, unless policies look at names, or some hold an office.
pub(super) fn alike(subjects: &[Subject], by_name: bool) -> Vec<Vec<&Subject>> {
    type Key<'a> = (Option<Office>, &'a Option<String>, &'a BTreeSet<String>, Grade, Option<&'a str>);
    let mut groups: BTreeMap<Key<'_>, Vec<&Subject>> = BTreeMap::new();
    for subject in subjects {
        let name = by_name.then_some(subject.name.as_str());
        let key = (subject.office, &subject.department, &subject.roles, subject.clearance, name);
        groups.entry(key).or_default().push(subject);
    }
    groups.into_values().collect()
}

fn differences(old: &Decision, new: &Decision) -> Vec<Seen> {
    let columns = |decision: &Decision| decision.granted().map(|grant| grant.columns.clone()).unwrap_or_default();
    let (before, after) = (columns(old), columns(new));
    let missing = |from: &[Column], other: &[Column]| -> Vec<String> {
        let only = from.iter().filter(|column| !other.iter().any(|known| known.name == column.name));
        only.map(|column| column.name.clone()).collect()
    };
    let mut seen = Vec::new();
    let (gained, lost) = (missing(&after, &before), missing(&before, &after));
    if !gained.is_empty() {
        seen.push(Seen::Gained { columns: gained });
    }
    if !lost.is_empty() {
        seen.push(Seen::Lost { columns: lost });
    }
    for column in &after {
        if let Some(other) = before.iter().find(|known| known.name == column.name)
            && let Some(change) = otherwise(other, column)
        {
            join(change, &mut seen);
        }
    }
    if let (Some(old), Some(new)) = (old.granted(), new.granted()) {
        seen.extend(hidden(old, new));
    }
    seen
}

fn otherwise(before: &Column, after: &Column) -> Option<Seen> {
    let (from, to) = (shown(before), shown(after));
    if from == to {
        return None;
    }
    let columns = vec![after.name.clone()];
    if let ([one], [other]) = (&from[..], &to[..])
        && one.rows == other.rows
    {
        let less = cmp_masks(other.mask.as_ref(), one.mask.as_ref()).is_lt();
        let (from, to) = (one.mask.clone(), other.mask.clone());
        return Some(if less {
            Seen::LessMasked { columns, from, to }
        } else {
            Seen::MoreMasked { columns, from, to }
        });
    }
    Some(Seen::Ways { columns, from, to, weakens: !before.covers(after) })
}

fn hidden(old: &Grant, new: &Grant) -> Vec<Seen> {
    let only = |one: &Grant, other: &Grant| -> Vec<String> {
        let rules = one.hidden.iter().filter(|rule| !other.hidden.iter().any(|known| known.sql == rule.sql));
        rules.map(|rule| rule.sql.clone()).collect()
    };
    let (added, removed) = (only(new, old), only(old, new));
    let added = (!added.is_empty()).then_some(Seen::RowsHidden { conditions: added });
    let removed = (!removed.is_empty()).then_some(Seen::RowsNoLongerHidden { conditions: removed });
    added.into_iter().chain(removed).collect()
}

/// Columns that change alike are told together.
fn join(change: Seen, seen: &mut Vec<Seen>) {
    let alone = |seen: &Seen| {
        let mut seen = seen.clone();
        let columns = seen.columns_mut().map(std::mem::take);
        (seen, columns)
    };
    let (kind, columns) = alone(&change);
    match seen.iter_mut().find(|known| alone(known).0 == kind).and_then(Seen::columns_mut) {
        Some(known) => known.extend(columns.unwrap_or_default()),
        None => seen.push(change),
    }
}

fn shown(column: &Column) -> Vec<Shown> {
    let shown = |way: &Way| Shown { mask: way.mask.clone(), rows: way.rows.as_ref().map(|rule| rule.sql.clone()) };
    column.ways.iter().map(shown).collect()
}

impl Difference {
    /// Whether somebody sees, or may change, what they could not before.
    pub fn weakens(&self) -> bool {
        self.seen.weakens()
    }

    /// One line, beginning with `!` where protection gets weaker.
    pub fn english(&self) -> String {
        let situation: String = [("for", &self.purpose), ("by", &self.door)]
            .into_iter()
            .filter_map(|(word, text)| Some(format!(" {word} {}", text.as_ref()?)))
            .collect();
        let sign = if self.weakens() { '!' } else { '~' };
        let (who, told) = (self.subjects.join(", "), self.seen.english());
        format!("{sign} {who}: {} `{}`{situation}: {told}", self.action, self.dataset)
    }

    /// One line.
    pub fn chinese(&self) -> String {
        let situation: String = [("用途", &self.purpose), ("入口", &self.door)]
            .into_iter()
            .filter_map(|(word, text)| Some(format!("，{word} {}", text.as_ref()?)))
            .collect();
        let sign = if self.weakens() { '!' } else { '~' };
        let (who, told) = (self.subjects.join("、"), self.seen.chinese());
        format!("{sign} {who}：{} `{}`{situation}：{told}", self.action.chinese(), self.dataset)
    }
}

impl Seen {
    pub fn weakens(&self) -> bool {
        match self {
            Self::Gained { .. } | Self::LessMasked { .. } | Self::RowsNoLongerHidden { .. } => true,
            Self::Lost { .. } | Self::MoreMasked { .. } | Self::RowsHidden { .. } => false,
            Self::Ways { weakens, .. } => *weakens,
        }
    }

    fn columns_mut(&mut self) -> Option<&mut Vec<String>> {
        match self {
            Self::LessMasked { columns, .. } | Self::MoreMasked { columns, .. } | Self::Ways { columns, .. } => {
                Some(columns)
            }
            _ => None,
        }
    }

    fn english(&self) -> String {
        let masked = |mask: &Option<Mask>| mask.as_ref().map_or_else(|| "plain".to_owned(), ToString::to_string);
        let way = |shown: &Shown| match &shown.rows {
            None => masked(&shown.mask),
            Some(sql) => format!("{} where {sql}", masked(&shown.mask)),
        };
        let ways = |shown: &[Shown]| shown.iter().map(way).collect::<Vec<_>>().join(" | ");
        match self {
            Self::Gained { columns } => format!("columns gained: {}", columns.join(", ")),
            Self::Lost { columns } => format!("columns lost: {}", columns.join(", ")),
            Self::LessMasked { columns, from, to } => {
                format!("less masked, {}, before {}: {}", masked(to), masked(from), columns.join(", "))
            }
            Self::MoreMasked { columns, from, to } => {
                format!("more masked, {}, before {}: {}", masked(to), masked(from), columns.join(", "))
            }
            Self::Ways { columns, from, to, .. } => {
                format!("shown as {}, before {}: {}", ways(to), ways(from), columns.join(", "))
            }
            Self::RowsHidden { conditions } => format!("rows hidden: {}", conditions.join(", ")),
            Self::RowsNoLongerHidden { conditions } => format!("rows no longer hidden: {}", conditions.join(", ")),
        }
    }

    fn chinese(&self) -> String {
        let masked = |mask: &Option<Mask>| mask.as_ref().map_or_else(|| "明文".to_owned(), ToString::to_string);
        let way = |shown: &Shown| match &shown.rows {
            None => masked(&shown.mask),
            Some(sql) => format!("{}（限 {sql}）", masked(&shown.mask)),
        };
        let ways = |shown: &[Shown]| shown.iter().map(way).collect::<Vec<_>>().join("、");
        let list = |columns: &[String]| columns.join("、");
        match self {
            Self::Gained { columns } => format!("新增可见列 {}", list(columns)),
            Self::Lost { columns } => format!("不再可见列 {}", list(columns)),
            Self::LessMasked { columns, from, to } => {
                format!("脱敏由 {} 放宽为 {}：{}", masked(from), masked(to), list(columns))
            }
            Self::MoreMasked { columns, from, to } => {
                format!("脱敏由 {} 收紧为 {}：{}", masked(from), masked(to), list(columns))
            }
            Self::Ways { columns, from, to, .. } => {
                format!("可见方式由 {} 改为 {}：{}", ways(from), ways(to), list(columns))
            }
            Self::RowsHidden { conditions } => format!("隐藏行 {}", list(conditions)),
            Self::RowsNoLongerHidden { conditions } => format!("不再隐藏行 {}", list(conditions)),
        }
    }
}
