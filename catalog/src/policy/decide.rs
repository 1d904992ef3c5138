use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use cedar_policy::{ActionConstraint, Entities, EntityUid, Policy, PolicySet, PrincipalConstraint, ResourceConstraint};

use super::ask::{Action, Ask};
use super::entities::{self, Kind, Offices, Thing, Unfit};
use super::grant::{Because, Decision, RowRule};
use super::looks::Looks;
use super::names::Names;
use super::question::{Question, denied};
use super::read::{Effect, Meaning, Rule, Takes, rules_of};
use crate::contracts::{Dataset, Mask, Mistakes, Open, Snapshot, Type};
use crate::names::TableName;

/// The policies of a snapshot, ready to be asked.
#[derive(Debug)]
pub struct Policies {
    rules: Vec<Rule>,
    looks: Looks,
    reading: Sets,
    writing: Sets,
    offices: Offices,
    organisation: Vec<cedar_policy::Entity>,
    /// Datasets and fields that policies name, so that they may ask for what these are.
    named: Vec<Thing>,
    tables: BTreeMap<TableName, Table>,
}

/// The policies for one action. Cedar tells only of the forbids when one holds, so they are asked by themselves.
#[derive(Debug)]
struct Sets {
    permits: Vec<Scoped>,
    forbids: Vec<Scoped>,
}

/// A policy and whom and what its head is about.
#[derive(Debug)]
struct Scoped {
    policy: Policy,
    principal: PrincipalConstraint,
    resource: ResourceConstraint,
}

#[derive(Debug)]
pub(super) struct Table {
    pub columns: Vec<Facts>,
    things: Vec<Thing>,
    /// The table itself and its library.
    above: [EntityUid; 2],
    /// Made when somebody first asks: a city has thousands of tables.
    entities: OnceLock<Result<Entities, Unfit>>,
}

/// What is needed of a field's contract once Cedar has answered.
#[derive(Debug)]
pub(super) struct Facts {
    pub uid: EntityUid,
    pub name: String,
    pub column_type: Type,
    pub mask: Option<Mask>,
    pub is_open: bool,
}

impl Policies {
    /// All mistakes are told (HT0801 as an error). A snapshot that was compiled by this version has none.
    pub fn compile(snapshot: &Snapshot) -> Result<Self, Mistakes> {
        Self::of_texts(snapshot, snapshot.policies())
    }

    /// These files of policies in place of the snapshot's own.
    pub(super) fn of_texts(snapshot: &Snapshot, files: &BTreeMap<String, String>) -> Result<Self, Mistakes> {
        let rules = rules_of(files, &Names::of(snapshot))?;
        let offices = Offices {
            roles: snapshot.roles().keys().cloned().collect(),
            departments: snapshot.departments().keys().cloned().collect(),
        };
        let tables = snapshot.datasets().iter().map(|(name, dataset)| (name.clone(), Table::of(dataset)));
        Ok(Self {
            looks: Looks::of(rules.iter().map(|rule| &rule.policy)),
            reading: Sets::of(Action::Read, &rules),
            writing: Sets::of(Action::Write, &rules),
            offices,
            organisation: entities::organisation(snapshot),
            named: named(&rules, snapshot),
            tables: tables.collect(),
            rules,
        })
    }

    /// What whoever asks gets of a table. The same question has the same answer as long as the policies are these, and,
    /// where they [depend on the time](Self::depends_on_time), at the same time.
    pub fn decide(&self, ask: &Ask<'_>) -> Decision {
        let Some(table) = self.tables.get(ask.dataset) else {
            return denied([Because::NoContract]);
        };
        if self.rules.iter().all(|rule| rule.effect == Effect::Forbid) {
            return denied([Because::NoPermit]);
        }
        match self.put(ask, table) {
            Ok(question) => question.decide(ask, table),
            Err(error) => denied([Because::Unfit { error }]),
        }
    }

    /// Whether any policy looks at `context.now`: then an answer must not be kept.
    pub fn depends_on_time(&self) -> bool {
        self.looks.at_time
    }

    /// In the order of the files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// Purposes that some policy names.
    pub fn purposes(&self) -> &BTreeSet<String> {
        &self.looks.purposes
    }

    /// Doors that some policy names.
    pub fn doors(&self) -> &BTreeSet<String> {
        &self.looks.doors
    }

    /// Whether two people who differ in their names only may see different things.
    pub(super) fn look_at_names(&self) -> bool {
        self.looks.at_names
    }

    /// Conditions on rows, with each table that the head of their policy may be about.
    pub fn conditions(&self) -> Vec<(TableName, RowRule)> {
        let mut found = Vec::new();
        for rule in &self.rules {
            let (Meaning::Permit { rows: Some(sql), .. } | Meaning::Forbid(Takes::Rows(sql))) = &rule.meaning else {
                continue;
            };
            let resource = rule.policy.resource_constraint();
            let tables = self.tables.iter().filter(|(_, table)| table.is_about(&resource));
            let condition = RowRule { sql: sql.clone(), policy: rule.name.clone() };
            found.extend(tables.map(|(name, _)| (name.clone(), condition.clone())));
        }
        found
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &TableName> {
        self.tables.keys()
    }

    fn put(&self, ask: &Ask<'_>, table: &Table) -> Result<Question<'_>, Unfit> {
        let among = table
            .entities
            .get_or_init(|| entities::among(&self.organisation, self.named.iter().chain(&table.things)))
            .as_ref()
            .map_err(Clone::clone)?;
        let user = entities::user(ask.subject, &self.offices)?;
        let principal = user.uid();
        let entities = among.clone().add_entities([user], None).map_err(|error| error.to_string())?;
        let sets = match ask.action {
            Action::Read => &self.reading,
            Action::Write => &self.writing,
        };
        let permits = set(&sets.permits, &principal, &entities, table)?;
        let forbids = set(&sets.forbids, &principal, &entities, table)?;
        let context = entities::context(&ask.context)?;
        let action = ask.action.uid();
        Ok(Question { rules: &self.rules, permits, forbids, entities, principal, action, context })
    }
}

impl Sets {
    fn of(action: Action, rules: &[Rule]) -> Self {
        let action = action.uid();
        let about = |rule: &&Rule| match rule.policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(one) => one == action,
            ActionConstraint::In(some) => some.contains(&action),
        };
        let scoped = |rule: &Rule| Scoped {
            policy: rule.policy.clone(),
            principal: rule.policy.principal_constraint(),
            resource: rule.policy.resource_constraint(),
        };
        let all = |effect| rules.iter().filter(about).filter(|rule| rule.effect == effect).map(scoped).collect();
        Self { permits: all(Effect::Permit), forbids: all(Effect::Forbid) }
    }
}

impl Scoped {
    /// Whether the head may hold for somebody and some column of a table. One that does not cannot fail either: Cedar
    /// works out the head first.
    fn may_hold(&self, principal: &EntityUid, entities: &Entities, table: &Table) -> bool {
        let is_in = |above: &EntityUid| above == principal || entities.is_ancestor_of(above, principal);
        let principal = match &self.principal {
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) => true,
            PrincipalConstraint::Eq(one) => one == principal,
            PrincipalConstraint::In(above) | PrincipalConstraint::IsIn(_, above) => is_in(above),
        };
        principal && table.is_about(&self.resource)
    }
}

/// Those that may hold, as Cedar asks them.
fn set(scoped: &[Scoped], principal: &EntityUid, entities: &Entities, table: &Table) -> Result<PolicySet, Unfit> {
    let some = scoped.iter().filter(|scoped| scoped.may_hold(principal, entities, table));
    PolicySet::from_policies(some.map(|scoped| scoped.policy.clone())).map_err(|error| error.to_string())
}

impl Table {
    fn of(dataset: &Dataset) -> Self {
        let columns = dataset.fields.iter().map(|field| Facts {
            uid: entities::field_uid(&dataset.name, &field.name),
            name: field.name.clone(),
            column_type: field.column_type,
            mask: field.mask.clone(),
            is_open: field.open == Open::Yes,
        });
        let fields = dataset.fields.iter().map(|field| Thing::of_field(&dataset.name, field));
        Self {
            columns: columns.collect(),
            things: fields.chain([Thing::of_dataset(dataset)]).collect(),
            above: [Kind::Dataset.uid(&dataset.name.to_string()), Kind::Library.uid(dataset.name.schema())],
            entities: OnceLock::new(),
        }
    }

    /// Whether the head of a policy may mean it, or a column of it.
    fn is_about(&self, resource: &ResourceConstraint) -> bool {
        match resource {
            ResourceConstraint::Any | ResourceConstraint::Is(_) => true,
            ResourceConstraint::Eq(one) => self.is_or_holds(one),
            ResourceConstraint::In(above) | ResourceConstraint::IsIn(_, above) => self.is_or_holds(above),
        }
    }

    /// Whether it is the table, its library, or one of its columns.
    fn is_or_holds(&self, uid: &EntityUid) -> bool {
        self.above.contains(uid) || self.columns.iter().any(|column| column.uid == *uid)
    }

    /// A mask that does not fit a column leaves nothing of it.
    pub fn fitting(&self, mask: &Mask, column: &Facts) -> Mask {
        let counted = match mask {
            Mask::Aggregate { column, .. } => self.columns.iter().any(|known| known.name == *column),
            _ => true,
        };
        if counted && mask.require_type(column.column_type).is_ok() { mask.clone() } else { Mask::Null }
    }
}

fn named(rules: &[Rule], snapshot: &Snapshot) -> Vec<Thing> {
    let literals: BTreeSet<String> = rules
        .iter()
        .flat_map(|rule| rule.policy.entity_literals())
        .filter(|uid| ["Dataset", "Field"].contains(&uid.type_name().basename()))
        .map(|uid| uid.id().unescaped().to_owned())
        .collect();
    let mut things = Vec::new();
    for (name, dataset) in snapshot.datasets() {
        if literals.contains(&name.to_string()) {
            things.push(Thing::of_dataset(dataset));
        }
        let fields = dataset.fields.iter().filter(|field| literals.contains(&format!("{name}.{}", field.name)));
        things.extend(fields.map(|field| Thing::of_field(name, field)));
    }
    things
}
