use arrow::datatypes::Schema;
use huitong_catalog::contracts::{self, Check, Dataset, Files, Mistakes, Model, Rule, Snapshot, Thing, changes};
use huitong_catalog::identity::Principal;
use huitong_catalog::names::TableName;
use huitong_catalog::policy::{self, Difference, Policies, Seen, Subject};
use huitong_catalog::{Code, Error, Result};

use super::Current;
use super::asked::violations;
use super::row_rules::Conditions;
use super::tables::{Existing, Step, after, columns, steps};
use crate::guard::access::subject;
use crate::lineage::unreleased;
use crate::session::{Door, Session};
use crate::spelled::quoted;

/// What applying a model would do.
#[derive(Debug)]
pub struct Plan {
    /// The model that is in force, which it was compared with.
    pub before: i64,
    pub model: Model,
    pub lines: Vec<Line>,
    /// What is done to tables, in this order.
    pub statements: Vec<String>,
}

/// One thing that would change, or that stands in the way.
#[derive(Debug, Clone)]
pub struct Line {
    pub part: Part,
    /// `+`, `-`, `~`; `!` where protection gets weaker; `=` for a remark; `x` for what stands in the way. The texts begin with it.
    pub sign: char,
    pub thing: String,
    pub english: String,
    pub chinese: String,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Which model is in force, and which one this is.
    Force,
    /// The model itself.
    Model,
    /// A table.
    Table,
    /// Rows that are there already.
    Rows,
    /// What somebody sees.
    Access,
}

impl Part {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Force => "force",
            Self::Model => "model",
            Self::Table => "table",
            Self::Rows => "rows",
            Self::Access => "access",
        }
    }
}

impl Plan {
    /// What stands in the way.
    pub fn obstacles(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.sign == 'x')
    }

    /// Whether somebody may see more than before.
    pub fn weakens(&self) -> bool {
        self.lines.iter().any(|line| line.sign == '!')
    }

    pub fn changes_nothing(&self, in_force: &contracts::Hash) -> bool {
        self.model.snapshot.hash() == *in_force && self.statements.is_empty()
    }
}

/// Compares a model with what is in force and with the tables that exist; `with_rows` asks their rows, too. A model with mistakes is an
/// error that names the first (HT0801).
///
/// Whoever may plan need not be somebody who may read the tables: the coordinator asks them, and what comes out are numbers of rows.
pub async fn plan(session: &Session, files: &Files, with_rows: bool) -> Result<Plan> {
    let session = &working(session);
    let model = contracts::compile(&Files::standards(), files).map_err(Mistakes::into_error)?;
    let current = session.engine().contracts();
    let force = in_force(&current, &model.snapshot);
    let mut plan = Plan { before: current.number, model, lines: vec![force], statements: Vec::new() };
    for change in changes(&current.snapshot, &plan.model.snapshot) {
        let (sign, english, chinese) = (change.sign(), change.english(), change.chinese());
        plan.lines.push(Line { part: Part::Model, sign, thing: change.thing.to_string(), english, chinese });
    }
    let policies = Policies::compile(&plan.model.snapshot).map_err(Mistakes::into_error)?;
    let subjects = subjects(session).await?;
    plan.access(session, &current, &policies, &subjects);
    let conditions = Conditions::of(session, &plan.model.snapshot, &policies, subjects);
    let datasets: Vec<Dataset> = plan.model.snapshot.datasets().values().cloned().collect();
    for dataset in &datasets {
        let existing = existing(session, &dataset.name).await?;
        plan.table(session, dataset, existing.as_ref());
        let schema = after(dataset, existing.as_ref().map(|existing| existing.schema.as_ref()));
        plan.conditions(&conditions, dataset, &schema)?;
        plan.released(session, &current, dataset);
        if with_rows && existing.is_some() {
            plan.rows(session, dataset).await;
        }
    }
    Ok(plan)
}

/// The coordinator's own session, in which tables of a model are looked at and made.
pub(crate) fn working(session: &Session) -> Session {
    session.engine().session(Principal::contracts(), Door::Contracts)
}

fn in_force(current: &Current, planned: &Snapshot) -> Line {
    let (number, hash) = (current.number, current.snapshot.hash().short());
    let (english, chinese) = match number {
        0 => ("= no model is in force yet".to_owned(), "= 尚无生效的模型".to_owned()),
        _ if current.snapshot.hash() == planned.hash() => (
            format!("= model {number} ({hash}) is in force, and is this one"),
            format!("= 生效模型第 {number} 号（{hash}），与此相同"),
        ),
        _ => {
            let new = planned.hash().short();
            (
                format!("= model {number} ({hash}) is in force; this one is {new}"),
                format!("= 生效模型第 {number} 号（{hash}）；此模型为 {new}"),
            )
        }
    };
    Line { part: Part::Force, sign: '=', thing: hash, english, chinese }
}

/// Those who may sign in.
async fn subjects(session: &Session) -> Result<Vec<Subject>> {
    let users = session.engine().users().list().await?.into_iter().filter(|user| user.disabled_at.is_none());
    Ok(users.map(|user| subject(user.name, user.office, user.standing)).collect())
}

async fn existing(session: &Session, name: &TableName) -> Result<Option<Existing>> {
    let names = session.names();
    let Some(object) = names.object(name) else { return Ok(None) };
    let kind = object.kind;
    let schema = session.table_schema(name.schema(), name.table()).await?;
    Ok(Some(Existing { kind, columns: columns(&schema), schema }))
}

impl Plan {
    fn table(&mut self, session: &Session, dataset: &Dataset, existing: Option<&Existing>) {
        let (mut looser, schema) = (Vec::new(), dataset.name.schema());
        let make_schema = format!("CREATE SCHEMA {}", quoted(schema));
        if session.names().schema(schema).is_none() && !self.statements.contains(&make_schema) {
            self.statements.push(make_schema);
        }
        for step in steps(dataset, existing) {
            let (sign, english, chinese, statement) = match step {
                Step::Make(sql) => ('+', "the table is made".to_owned(), "将建表".to_owned(), Some(sql)),
                Step::Add(difference, sql) => ('+', difference.english(), difference.chinese(), Some(sql)),
                Step::Loose(difference) => {
                    looser.push(difference.column().to_owned());
                    continue;
                }
                Step::Note(difference) => ('=', difference.english(), difference.chinese(), None),
                Step::Stop(difference) => ('x', difference.english(), difference.chinese(), None),
            };
            self.tell(Part::Table, sign, &Thing::Dataset(dataset.name.clone()), &english, &chinese);
            self.statements.extend(statement);
        }
        looser.dedup();
        if !looser.is_empty() {
            let columns = looser.join(", ");
            let english = format!("columns that allow nulls or longer texts, which the checks look after: {columns}");
            let chinese = format!("允许空值或更长文本、由质量规则把关的列：{columns}");
            self.tell(Part::Table, '=', &Thing::Dataset(dataset.name.clone()), &english, &chinese);
        }
    }

    /// Fields that are graded lower than what they come from, and do not say why.
    fn released(&mut self, session: &Session, current: &Current, dataset: &Dataset) {
        let graph = session.engine().lineage();
        for field in unreleased(&graph, &self.model.snapshot, &current.snapshot, dataset) {
            let thing = Thing::Field(dataset.name.clone(), field.field.clone());
            self.tell(Part::Model, field.sign(), &thing, &field.english(), &field.chinese());
        }
    }

    /// What users see and change otherwise than before. (Beside the policies that change, since a contract, too, says what policies look at.)
    fn access(&mut self, session: &Session, current: &Current, policies: &Policies, subjects: &[Subject]) {
        for difference in policy::compare(&current.policies, policies, subjects, session.engine().clock().now()) {
            let sign = if weakens(&difference, &current.snapshot) { '!' } else { '~' };
            let thing = Thing::Dataset(difference.dataset.clone());
            self.tell(Part::Access, sign, &thing, &difference.english(), &difference.chinese());
        }
    }

    /// A condition on rows that does not fit its table stands in the way: it would keep whom it concerns from all of it.
    fn conditions(&mut self, conditions: &Conditions<'_>, dataset: &Dataset, schema: &Schema) -> Result<()> {
        for (condition, error) in conditions.misfits(dataset, schema)? {
            let (policy, sql, message) = (&condition.policy, &condition.sql, &error.message);
            let at = conditions.policies.rule(policy).map_or("", |rule| &rule.at);
            let english = format!("{at}: the rows of policy `{policy}`, `{sql}`, do not fit the table: {message}");
            let chinese = format!("{at}：策略 `{policy}` 的行条件 `{sql}` 与该表不符：{message}");
            self.tell(Part::Access, 'x', &Thing::Dataset(dataset.name.clone()), &english, &chinese);
        }
        Ok(())
    }

    /// Asks the rows of a table that exists; a question that cannot be asked, since a column is missing or a condition is no SQL, stands in
    /// the way.
    async fn rows(&mut self, session: &Session, dataset: &Dataset) {
        for (check, counted) in violations(session, &self.model.snapshot, dataset).await {
            // A table that is no longer fresh is no reason against a model.
            if matches!((&check.rule, &counted), (Rule::Fresh { .. }, Ok(_))) {
                continue;
            }
            self.found(dataset, &check, counted);
        }
    }

    fn found(&mut self, dataset: &Dataset, check: &Check, counted: Result<i64>) {
        let thing = Thing::Check(dataset.name.clone(), check.name.clone());
        let (rule, severity) = (&check.rule, check.severity);
        let (sign, english, chinese) = match counted {
            Ok(0) => return,
            Ok(rows) => (
                '=',
                format!("{rows} rows that are there do not pass `{rule}` ({severity})"),
                format!("已有 {rows} 行不符合 `{rule}`（{}）", severity.chinese()),
            ),
            // A column that will be added is not there yet.
            Err(error) if error.code == Code::UNKNOWN_COLUMN => return,
            Err(error) => (
                'x',
                // Messages about values hold values, which whoever plans need not be somebody to see.
                format!("`{rule}` cannot be asked: {}", reason(&error)),
                format!("无法检查 `{rule}`：{}", reason(&error)),
            ),
        };
        self.tell(Part::Rows, sign, &thing, &english, &chinese);
    }

    fn tell(&mut self, part: Part, sign: char, thing: &Thing, english: &str, chinese: &str) {
        let (english, chinese) =
            (format!("{sign} {thing}: {english}"), format!("{sign} {}：{chinese}", thing.chinese()));
        self.lines.push(Line { part, sign, thing: thing.to_string(), english, chinese });
    }
}

/// Whether somebody sees more of what was protected before: a dataset or a column that is new was not.
fn weakens(difference: &Difference, before: &Snapshot) -> bool {
    let Some(dataset) = before.dataset(&difference.dataset) else { return false };
    let was_there = |column: &String| dataset.fields.iter().any(|field| field.name == *column);
    match &difference.seen {
        Seen::Gained { columns } => columns.iter().any(was_there),
        _ => difference.weakens(),
    }
}

/// What may be told of a question that failed.
fn reason(error: &Error) -> String {
    let of_text = [Code::SYNTAX, Code::UNKNOWN_COLUMN, Code::UNKNOWN_FUNCTION, Code::TYPE_MISMATCH];
    match of_text.contains(&error.code) {
        true => error.message.clone(),
        false => format!("{}, {}", error.code, error.code.title()),
    }
}
