use std::cmp::Ordering;
use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};

use super::ask::Action;
use crate::contracts::Mask;
use crate::names::TableName;

/// What one asks and gets for one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Denied(Denied),
    Granted(Grant),
}

/// Nothing of the table, not even that it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub because: Vec<Because>,
}

/// How a table looks to whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub dataset: TableName,
    pub action: Action,
    /// At least one; in the order of the contract.
    pub columns: Vec<Column>,
    /// Rows that are not there, whatever the columns say.
    pub hidden: Vec<RowRule>,
    /// The other columns, in the order of the contract.
    pub withheld: Vec<Withheld>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// At least one, none of which is covered by another; a row shows its value by the least strict that is for it.
    pub ways: Vec<Way>,
}

/// One way of seeing a column. For `write`, masks say nothing, and none is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The rows that it is for; nothing: all.
    pub rows: Option<RowRule>,
    pub mask: Option<Mask>,
    /// The permit that it is of.
    pub policy: String,
    /// The forbid that asks for this mask, where the permit alone would show more.
    pub masked_by: Option<String>,
}

/// A condition of SQL, as the policy has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowRule {
    pub sql: String,
    pub policy: String,
}

/// A column that is not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    pub column: String,
    pub because: Because,
}

/// Why something is not given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Because {
    NoContract,
    /// Whoever asks holds an office, and the column is not open to the public.
    Office,
    NoPermit,
    Forbidden {
        policies: Vec<String>,
    },
    /// A policy that cannot be worked out counts against whoever asks.
    Failed {
        policy: String,
        error: String,
    },
    /// What is asked cannot be put before the policies.
    Unfit {
        error: String,
    },
}

impl Decision {
    pub fn granted(&self) -> Option<&Grant> {
        match self {
            Self::Denied(_) => None,
            Self::Granted(grant) => Some(grant),
        }
    }

    pub fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Denied(denied) => denied.fingerprint(),
            Self::Granted(grant) => grant.fingerprint(),
        }
    }

    /// Whether whatever the other one shows is shown here, and no more masked.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Denied(_)) => true,
            (Self::Denied(_), _) => false,
            (Self::Granted(one), Self::Granted(other)) => one.covers(other),
        }
    }
}

impl Grant {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    fn covers(&self, other: &Self) -> bool {
        let hidden = self.hidden.iter().all(|rule| other.hidden.iter().any(|known| known.sql == rule.sql));
        let shown = |column: &Column| self.column(&column.name).is_some_and(|here| here.covers(column));
        hidden && other.columns.iter().all(shown)
    }

    /// The same for grants that show the same by the same policies; why the rest is withheld does not count.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut writer = Writer::new("huitong grant 1");
        writer.text(&self.dataset.to_string());
        writer.text(self.action.as_str());
        writer.count(self.columns.len());
        for column in &self.columns {
            writer.text(&column.name);
            writer.count(column.ways.len());
            for way in &column.ways {
                writer.optional(way.rows.as_ref().map(|rule| rule.sql.as_str()));
                writer.optional(way.mask.as_ref().map(ToString::to_string).as_deref());
                writer.text(&way.policy);
                writer.optional(way.masked_by.as_deref());
            }
        }
        writer.count(self.hidden.len());
        for rule in &self.hidden {
            writer.text(&rule.sql);
            writer.text(&rule.policy);
        }
        writer.finish()
    }
}

impl Denied {
    pub fn fingerprint(&self) -> Fingerprint {
        let mut writer = Writer::new("huitong denied 1");
        writer.count(self.because.len());
        self.because.iter().for_each(|because| writer.text(&because.to_string()));
        writer.finish()
    }
}

impl Column {
    pub fn covers(&self, other: &Self) -> bool {
        other.ways.iter().all(|way| self.ways.iter().any(|here| here.covers(way)))
    }

    /// Without the ways that others cover, in one order.
    pub(super) fn of(name: String, mut ways: Vec<Way>) -> Self {
        ways.sort_by(Way::order);
        let mut kept: Vec<Way> = Vec::new();
        for way in ways {
            if !kept.iter().any(|known| known.covers(&way)) {
                kept.push(way);
            }
        }
        Self { name, ways: kept }
    }
}

impl Way {
    /// Whether it shows all that the other one shows. Whether one condition is part of another is not looked into.
    fn covers(&self, other: &Self) -> bool {
        let rows = match (&self.rows, &other.rows) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(one), Some(other)) => one.sql == other.sql,
        };
        rows && cmp_masks(self.mask.as_ref(), other.mask.as_ref()).is_le()
    }

    /// Whatever covers another way comes before it.
    fn order(&self, other: &Self) -> Ordering {
        let sql = |way: &Self| way.rows.as_ref().map(|rule| rule.sql.clone());
        cmp_masks(self.mask.as_ref(), other.mask.as_ref())
            .then_with(|| sql(self).cmp(&sql(other)))
            .then_with(|| self.policy.cmp(&other.policy))
    }
}

/// No mask is the least strict.
pub(super) fn cmp_masks(one: Option<&Mask>, other: Option<&Mask>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => one.cmp_strictness(other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoContract => f.write_str("there is no contract"),
            Self::Office => f.write_str("whoever holds an office reads open data alone"),
            Self::NoPermit => f.write_str("no policy permits it"),
            Self::Forbidden { policies } => write!(f, "forbidden by `{}`", policies.join("`, `")),
            Self::Failed { policy, error } => write!(f, "policy `{policy}` cannot be worked out: {error}"),
            Self::Unfit { error } => write!(f, "it cannot be put before the policies: {error}"),
        }
    }
}

impl Because {
    pub fn chinese(&self) -> String {
        match self {
            Self::NoContract => "没有数据契约".to_owned(),
            Self::Office => "担任职务者只能读取开放数据".to_owned(),
            Self::NoPermit => "没有策略允许".to_owned(),
            Self::Forbidden { policies } => format!("被策略 `{}` 禁止", policies.join("`、`")),
            Self::Failed { policy, error } => format!("策略 `{policy}` 无法求值：{error}"),
            Self::Unfit { error } => format!("无法交由策略判断：{error}"),
        }
    }
}

/// SHA-256 over what is decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Every text behind its length, so that no two contents are one row of bytes.
struct Writer(Context);

impl Writer {
    fn new(kind: &str) -> Self {
        let mut writer = Self(Context::new(&SHA256));
        writer.text(kind);
        writer
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.count(usize::from(text.is_some()));
        text.into_iter().for_each(|text| self.text(text));
    }

    fn count(&mut self, count: usize) {
        self.0.update(&(count as u64).to_le_bytes());
    }

    fn finish(self) -> Fingerprint {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.finish().as_ref());
        Fingerprint(bytes)
    }
}
