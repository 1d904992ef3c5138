//! What one principal may see and change, at one moment.
//!
//! Tables with a contract are seen as the city's policies decide; a table, view or file without one is there for its maker alone. Whoever
//! holds the files themselves is recorded, and not decided.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::iter;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use huitong_catalog::clock::Timestamp;
use huitong_catalog::identity::{Attributes, Office, Principal};
use huitong_catalog::names::TableName;
use huitong_catalog::policy::{Action, Ask, Because, Context, Decision, Grant, Subject, Way};
use huitong_catalog::state::ObjectRow;
use huitong_catalog::{Code, Error, Result};

use super::governed::Words;
use crate::contracts::Current;
use crate::lineage::{Graph, Place};
use crate::namespace::Names;
use crate::session::Door;
use crate::system;

/// Askers whose decisions are kept; beyond that, all are decided anew.
const KEPT_MAX: usize = 1024;
/// How long a decision holds where policies look at the time.
const MOMENT: Duration = Duration::from_secs(1);

/// What may be had of a table.
#[derive(Debug, Clone)]
pub enum Right {
    /// It is not there.
    Nothing,
    /// Some of its columns, rows and values.
    Part(Arc<Grant>),
    /// All of it.
    Whole,
}

/// One way in which a column is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub table: TableName,
    pub column: String,
    /// A condition; none for all rows.
    pub rows: Option<String>,
    pub mask: Option<String>,
    /// The policy that gives it.
    pub policy: String,
    /// The one that asks for the mask, where the first alone would show more.
    pub masked_by: Option<String>,
    /// Whether rows of the table may be changed, too.
    pub writes: bool,
}

/// In which rows a way is open: those of its own rule, without those that are hidden.
fn rows_of(grant: &Grant, way: &Way) -> Option<String> {
    let hidden = grant.hidden.iter().map(|rule| format!("({}) IS FALSE", rule.sql));
    let own = way.rows.iter().map(|rule| rule.sql.clone());
    let all: Vec<String> = own.chain(hidden).collect();
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// Who asks, for what and by which way.
#[derive(Clone, PartialEq, Eq)]
struct Asker {
    principal: Principal,
    purpose: Option<String>,
    door: Door,
    /// Of the model in force.
    model: i64,
}

/// Decisions about all tables with a contract.
type Decided = HashMap<TableName, Entry>;

#[derive(Debug)]
struct Entry {
    right: Right,
    /// Those that gave or took something.
    policies: BTreeSet<String>,
}

/// All that a decision depends on, besides the time: two sign-ins of a user ask the same.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    name: String,
    office: Option<Office>,
    standing: Attributes,
    purpose: Option<String>,
    door: Door,
    model: i64,
}

/// What was decided lately; one of an engine.
#[derive(Default)]
pub struct Decisions {
    kept: Mutex<HashMap<Question, (Timestamp, Arc<Decided>)>>,
}

impl fmt::Debug for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decisions").finish_non_exhaustive()
    }
}

/// One principal's rights at one moment.
#[derive(Clone)]
pub struct Access {
    asker: Asker,
    now: Timestamp,
    contracts: Arc<Current>,
    decided: Arc<Decided>,
    lineage: Arc<Graph>,
    /// What there is, whoever sees it.
    names: Arc<Names>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("principal", &self.asker.principal.name).finish_non_exhaustive()
    }
}

impl Decisions {
    /// The rights of `principal` now.
    pub fn access(
        &self,
        principal: &Principal,
        purpose: Option<&str>,
        door: Door,
        contracts: Arc<Current>,
        now: Timestamp,
    ) -> Access {
        let asker =
            Asker { principal: principal.clone(), purpose: purpose.map(str::to_owned), door, model: contracts.number };
        let decided = match principal.is_operator() {
            true => Arc::default(),
            false => self.decided(&asker, now, &contracts),
        };
        Access { asker, now, contracts, decided, lineage: Arc::default(), names: Arc::default() }
    }

    fn decided(&self, asker: &Asker, now: Timestamp, contracts: &Current) -> Arc<Decided> {
        let may_be_old = contracts.policies.depends_on_time();
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let question = asker.question();
        if let Some((at, decided)) = kept().get(&question)
            && (!may_be_old || now.since(*at) < MOMENT)
        {
            return decided.clone();
        }
        let decided = Arc::new(decide(asker, now, contracts));
        let mut kept = kept();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(question, (now, decided.clone()));
        decided
    }
}

fn decide(asker: &Asker, now: Timestamp, contracts: &Current) -> Decided {
    let entry = |table: &TableName| match asker.ask(contracts, table, Action::Read, now) {
        Decision::Denied(denied) => {
            Entry { right: Right::Nothing, policies: denied.because.iter().flat_map(forbidding).cloned().collect() }
        }
        Decision::Granted(grant) => {
            let policies = policies_of(&grant);
            let right = if is_whole(&grant) { Right::Whole } else { Right::Part(Arc::new(grant)) };
            Entry { right, policies }
        }
    };
    contracts.snapshot.datasets().keys().map(|table| (table.clone(), entry(table))).collect()
}

/// The policies that a grant comes from, those that take something away included.
fn policies_of(grant: &Grant) -> BTreeSet<String> {
    let ways = grant.columns.iter().flat_map(|column| &column.ways);
    let giving = ways.flat_map(|way| [Some(&way.policy), way.masked_by.as_ref()]).flatten();
    let hiding = grant.hidden.iter().map(|rule| &rule.policy);
    let withholding = grant.withheld.iter().flat_map(|withheld| forbidding(&withheld.because));
    giving.chain(hiding).chain(withholding).cloned().collect()
}

fn forbidding(because: &Because) -> &[String] {
    match because {
        Because::Forbidden { policies } => policies,
        Because::NoContract | Because::Office | Because::NoPermit | Because::Failed { .. } | Because::Unfit { .. } => {
            &[]
        }
    }
}

/// Whether rows are chosen by whoever asks: two with the same grant then see different ones.
fn speaks_of_who_asks(grant: &Grant) -> bool {
    let ways = grant.columns.iter().flat_map(|column| &column.ways);
    let mut rules = ways.filter_map(|way| way.rows.as_ref()).chain(&grant.hidden);
    rules.any(|rule| rule.sql.contains("principal"))
}

/// A user as policies see one.
pub fn subject(name: String, office: Option<Office>, standing: Attributes) -> Subject {
    let Attributes { department, roles, clearance } = standing;
    Subject { name, office, department, roles, clearance }
}

/// Whether nothing is kept back: every column of the contract, plain, in every row.
fn is_whole(grant: &Grant) -> bool {
    let is_plain = |way: &Way| way.rows.is_none() && way.mask.is_none();
    grant.withheld.is_empty()
        && grant.hidden.is_empty()
        && grant.columns.iter().all(|column| column.ways.iter().any(is_plain))
}

impl Asker {
    fn question(&self) -> Question {
        Question {
            name: self.principal.name.clone(),
            office: self.principal.office,
            standing: self.principal.standing.clone(),
            purpose: self.purpose.clone(),
            door: self.door,
            model: self.model,
        }
    }

    fn ask(&self, contracts: &Current, table: &TableName, action: Action, now: Timestamp) -> Decision {
        let context = Context { purpose: self.purpose.as_deref(), door: self.door.name(), now };
        contracts.policies.decide(&Ask { subject: &self.subject(), action, dataset: table, context })
    }

    /// What may be read for another purpose, or through another door.
    fn ask_for(
        &self,
        contracts: &Current,
        table: &TableName,
        purpose: Option<&str>,
        door: &str,
        now: Timestamp,
    ) -> Decision {
        let context = Context { purpose, door, now };
        contracts.policies.decide(&Ask { subject: &self.subject(), action: Action::Read, dataset: table, context })
    }

    fn subject(&self) -> Subject {
        let Principal { name, office, standing, .. } = self.principal.clone();
        subject(name, office, standing)
    }
}

impl Access {
    /// The same where these things are there, and come from each other so.
    pub fn among(self, names: Arc<Names>, lineage: Arc<Graph>) -> Self {
        Self { names, lineage, ..self }
    }

    pub fn principal(&self) -> &Principal {
        &self.asker.principal
    }

    pub fn purpose(&self) -> Option<&str> {
        self.asker.purpose.as_deref()
    }

    /// The moment that rules about the time mean.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn contracts(&self) -> &Arc<Current> {
        &self.contracts
    }

    /// What things come from.
    pub fn lineage(&self) -> &Arc<Graph> {
        &self.lineage
    }

    /// What may be read of an object.
    pub fn right(&self, object: &ObjectRow) -> Right {
        let principal = self.principal();
        if principal.is_operator() {
            return Right::Whole;
        }
        if !principal.scope.allows_schema(object.name.schema()) {
            return Right::Nothing;
        }
        match self.decided.get(&object.name) {
            Some(entry) => entry.right.clone(),
            // With a model that cannot be read, nobody knows what has a contract.
            None if self.contracts.is_unreadable => Right::Nothing,
            None if object.owner == principal.name && self.keeps(&object.name) => Right::Whole,
            None => Right::Nothing,
        }
    }

    /// Whether the maker of something without a contract still has a right to it: it ends with the right to read any of the columns that it
    /// comes from, directly or not; not beyond those with a contract. Their grades are asked where policies ask for them.
    fn keeps(&self, made: &TableName) -> bool {
        self.origins(made).iter().all(|source| self.gives(source))
    }

    /// What something was made of, directly or not; not beyond what has a contract.
    fn origins(&self, made: &TableName) -> BTreeSet<Place> {
        let sources = self.lineage.sources(made).map(|row| Place::new(row.source.clone(), row.source_column.clone()));
        self.lineage.origins(sources, |table| self.contracts.snapshot.dataset(table).is_some())
    }

    /// A table that something was made of, and of which it could tell somebody else what policies do not give. None if there is no such
    /// table: they see all of each, or just what whoever asks sees. Of the system's tables nobody sees just what another sees.
    pub fn told_to(&self, other: &Self, made: &TableName) -> Option<TableName> {
        let mut origins = self.origins(made).into_iter().map(|source| source.table);
        origins.find(|table| match self.contracts.snapshot.dataset(table) {
            Some(_) => !self.is_shown_to(other, table),
            None => table.schema() == system::SCHEMA,
        })
    }

    /// Whatever the purpose and the door: what was copied for a purpose is in the copy after it.
    fn is_shown_to(&self, other: &Self, table: &TableName) -> bool {
        let policies = &self.contracts.policies;
        let purposes = iter::once(None).chain(policies.purposes().iter().map(|purpose| Some(purpose.as_str())));
        let doors = || iter::once(self.asker.door.name()).chain(policies.doors().iter().map(String::as_str));
        purposes.flat_map(|purpose| doors().map(move |door| (purpose, door))).all(|(purpose, door)| {
            let decide = |access: &Self| access.asker.ask_for(&self.contracts, table, purpose, door, self.now);
            match (decide(self), decide(other)) {
                (Decision::Denied(_), _) => true,
                (Decision::Granted(own), Decision::Granted(theirs)) => {
                    is_whole(&theirs) || (own.fingerprint() == theirs.fingerprint() && !speaks_of_who_asks(&own))
                }
                (Decision::Granted(_), Decision::Denied(_)) => false,
            }
        })
    }

    /// Whether a column may be read, in some way. What is gone is nobody's; of the system's tables everybody sees a part.
    fn gives(&self, place: &Place) -> bool {
        match self.decided.get(&place.table).map(|entry| &entry.right) {
            None => {
                let is_own = |object: &ObjectRow| object.owner == self.principal().name;
                place.table.schema() == system::SCHEMA || self.names.object(&place.table).is_none_or(is_own)
            }
            Some(Right::Whole) => true,
            Some(Right::Part(grant)) => place.is_rows() || grant.column(&place.column).is_some(),
            Some(Right::Nothing) => false,
        }
    }

    /// Whether the object is there.
    pub fn sees(&self, object: &ObjectRow) -> bool {
        !matches!(self.right(object), Right::Nothing)
    }

    /// Whether every row and value of a table may be read.
    pub fn sees_all(&self, table: &TableName) -> bool {
        self.names.object(table).is_some_and(|object| matches!(self.right(object), Right::Whole))
    }

    /// Whether somebody may know of a dataset that has no table yet, as of one that has.
    pub fn knows(&self, dataset: &TableName) -> bool {
        let is_within = self.principal().scope.allows_schema(dataset.schema());
        self.principal().is_operator()
            || is_within && self.decided.get(dataset).is_some_and(|entry| !matches!(entry.right, Right::Nothing))
    }

    /// Columns of a dataset that whoever asks may know of; none for all.
    pub fn columns(&self, dataset: &TableName) -> Option<HashSet<&str>> {
        match self.decided.get(dataset).map(|entry| &entry.right) {
            Some(Right::Part(grant)) => Some(grant.columns.iter().map(|column| column.name.as_str()).collect()),
            _ => None,
        }
    }

    /// The policies that decided what is seen of these tables, by their full names.
    pub fn policies<'a>(&self, tables: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
        let named = |table: &String| {
            let (schema, table) = table.split_once('.')?;
            TableName::new(schema, table).ok()
        };
        let entries = tables.into_iter().filter_map(|table| self.decided.get(&named(table)?));
        entries.flat_map(|entry| entry.policies.iter().cloned()).collect()
    }

    /// Refuses to change rows of a table of which not all may be changed (HT0204). Rows that somebody may not see stay as they are
    /// because whoever changes rows sees them all: a change that goes around hidden rows or masked values could tell of them.
    pub fn require_change(&self, object: &ObjectRow) -> Result<()> {
        let refuse = |why: &str| {
            Err(Error::new(Code::PERMISSION_DENIED, format!("rows of `{}` may not be changed: {why}", object.name))
                .with_hint("the security administrator sees in `huitong.policies` what is needed"))
        };
        if self.principal().is_operator() {
            return Ok(());
        }
        match (self.right(object), self.contracts.snapshot.dataset(&object.name)) {
            (Right::Nothing, _) => refuse("there is no right to read it"),
            (Right::Part(_), _) => refuse("some of its rows or values may not be seen"),
            (Right::Whole, None) => Ok(()),
            (Right::Whole, Some(_)) => match self.asker.ask(&self.contracts, &object.name, Action::Write, self.now) {
                Decision::Granted(grant) if is_whole(&grant) => Ok(()),
                _ => refuse("no policy permits it"),
            },
        }
    }

    /// The same moment and purpose for somebody else.
    pub fn of(&self, principal: &Principal) -> Self {
        let asker = Asker { principal: principal.clone(), ..self.asker.clone() };
        let decided = Arc::new(decide(&asker, self.now, &self.contracts));
        Self { asker, decided, ..self.clone() }
    }

    /// Every column with a contract that is seen, with each way of seeing it.
    pub fn seen(&self) -> Vec<Seen> {
        let mut all = Vec::new();
        let scope = &self.principal().scope;
        for table in self.contracts.snapshot.datasets().keys().filter(|table| scope.allows_schema(table.schema())) {
            let Decision::Granted(grant) = self.asker.ask(&self.contracts, table, Action::Read, self.now) else {
                continue;
            };
            let writes = matches!(
                self.asker.ask(&self.contracts, table, Action::Write, self.now),
                Decision::Granted(grant) if is_whole(&grant)
            );
            for column in &grant.columns {
                all.extend(column.ways.iter().map(|way| Seen {
                    table: table.clone(),
                    column: column.name.clone(),
                    rows: rows_of(&grant, way),
                    mask: way.mask.as_ref().map(ToString::to_string),
                    policy: way.policy.clone(),
                    masked_by: way.masked_by.clone(),
                    writes,
                }));
            }
        }
        all
    }

    /// What row rules say of whoever asks.
    pub fn words(&self) -> Words<'_> {
        let department = self.principal().standing.department.as_deref();
        let code = department.and_then(|key| self.contracts.snapshot.departments().get(key)?.code.as_deref());
        Words { name: Some(&self.principal().name), department, department_code: code, purpose: self.purpose() }
    }

    /// Whether what was planned by the one may be run by the other: the same person, purpose, way and model, with what sign-ins are limited
    /// to.
    pub fn is_as(&self, other: &Self) -> bool {
        self.asker.question() == other.asker.question() && self.principal().scope == other.principal().scope
    }
}
