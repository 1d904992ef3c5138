use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use chrono::{DateTime, SecondsFormat};

use super::ask::{Action, Context as Around, Subject};
use crate::clock::Timestamp;
use crate::contracts::{Dataset, Department, Field, Grade, Open, Snapshot, Tag};
use crate::names::TableName;

/// Why something cannot be told to Cedar; whoever asks is refused.
pub type Unfit = String;

/// The kinds of entities of the schema.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Action,
    Dataset,
    Department,
    Field,
    Library,
    Role,
    User,
}

impl Kind {
    pub fn uid(self, id: &str) -> EntityUid {
        static NAMES: LazyLock<[EntityTypeName; 7]> =
            LazyLock::new(|| ["Action", "Dataset", "Department", "Field", "Library", "Role", "User"].map(type_name));
        EntityUid::from_type_name_and_id(NAMES[self as usize].clone(), EntityId::new(id))
    }
}

#[expect(clippy::expect_used, reason = "words of letters")]
fn type_name(name: &str) -> EntityTypeName {
    EntityTypeName::from_str(name).expect("a name of a type")
}

impl Action {
    pub fn uid(self) -> EntityUid {
        Kind::Action.uid(self.as_str())
    }
}

/// The grades of the schema: 1 to 4, then 5 and 6.
pub fn degree(grade: Grade) -> i64 {
    match grade {
        Grade::One => 1,
        Grade::Two => 2,
        Grade::Three => 3,
        Grade::Four => 4,
        Grade::Important => 5,
        Grade::Core => 6,
    }
}

/// Departments and roles, which every question is asked among.
pub fn organisation(snapshot: &Snapshot) -> Vec<Entity> {
    let department = |(name, department): (&String, &Department)| {
        let parents = department.parent.iter().map(|parent| Kind::Department.uid(parent)).collect();
        Entity::new_no_attrs(Kind::Department.uid(name), parents)
    };
    let roles = snapshot.roles().keys().map(|name| Entity::with_uid(Kind::Role.uid(name)));
    snapshot.departments().iter().map(department).chain(roles).collect()
}

/// What can be said about a table and its fields, before somebody asks.
#[derive(Clone, Debug)]
pub struct Thing {
    uid: EntityUid,
    parent: EntityUid,
    name: String,
    dataset: Option<String>,
    library: String,
    owner: String,
    grade: Grade,
    tags: BTreeSet<Tag>,
    share: &'static str,
    open: bool,
    element: Option<String>,
}

impl Thing {
    pub fn of_dataset(dataset: &Dataset) -> Self {
        let name = dataset.name.to_string();
        Self {
            uid: Kind::Dataset.uid(&name),
            parent: Kind::Library.uid(dataset.name.schema()),
            name,
            dataset: None,
            library: dataset.name.schema().to_owned(),
            owner: dataset.owner.clone(),
            grade: dataset.grade,
            tags: dataset.fields.iter().flat_map(|field| field.tags.iter().copied()).collect(),
            share: dataset.share.sharing().as_str(),
            open: dataset.open == Open::Yes,
            element: None,
        }
    }

    pub fn of_field(table: &TableName, field: &Field) -> Self {
        let dataset = table.to_string();
        Self {
            uid: field_uid(table, &field.name),
            parent: Kind::Dataset.uid(&dataset),
            name: field.name.clone(),
            dataset: Some(dataset),
            library: table.schema().to_owned(),
            owner: field.owner.clone(),
            grade: field.grade,
            tags: field.tags.clone(),
            share: field.share.sharing().as_str(),
            open: field.open == Open::Yes,
            element: field.element.clone(),
        }
    }

    fn entity(&self) -> Result<Entity, Unfit> {
        let tags = self.tags.iter().map(|tag| text(tag.as_str()));
        let mut attributes = HashMap::from([
            ("name".to_owned(), text(&self.name)),
            ("library".to_owned(), text(&self.library)),
            ("owner".to_owned(), text(&self.owner)),
            ("grade".to_owned(), RestrictedExpression::new_long(degree(self.grade))),
            ("tags".to_owned(), RestrictedExpression::new_set(tags)),
            ("share".to_owned(), text(self.share)),
            ("open".to_owned(), RestrictedExpression::new_bool(self.open)),
        ]);
        let optional = [("dataset", &self.dataset), ("element", &self.element)];
        let optional = optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), text(value.as_ref()?))));
        attributes.extend(optional);
        Entity::new(self.uid.clone(), attributes, HashSet::from([self.parent.clone()])).map_err(unfit)
    }
}

pub fn field_uid(table: &TableName, column: &str) -> EntityUid {
    Kind::Field.uid(&format!("{table}.{column}"))
}

/// Everything but whoever asks.
pub fn among<'a>(organisation: &[Entity], things: impl Iterator<Item = &'a Thing>) -> Result<Entities, Unfit> {
    let mut entities: HashMap<EntityUid, Entity> = HashMap::new();
    for thing in things {
        entities.insert(thing.uid.clone(), thing.entity()?);
    }
    Entities::from_entities(organisation.iter().cloned().chain(entities.into_values()), None).map_err(unfit)
}

/// Whoever asks. Only roles and a department that the model has count for anything.
pub fn user(subject: &Subject, offices: &Offices) -> Result<Entity, Unfit> {
    let roles: Vec<&String> = subject.roles.iter().filter(|role| offices.roles.contains(*role)).collect();
    let department = subject.department.as_ref().filter(|department| offices.departments.contains(*department));
    let mut attributes = HashMap::from([
        ("name".to_owned(), text(&subject.name)),
        ("roles".to_owned(), RestrictedExpression::new_set(roles.iter().map(|role| text(role)))),
        ("clearance".to_owned(), RestrictedExpression::new_long(degree(subject.clearance))),
    ]);
    attributes.extend(department.map(|department| ("department".to_owned(), text(department))));
    let departments = department.map(|department| Kind::Department.uid(department));
    let parents = roles.iter().map(|role| Kind::Role.uid(role)).chain(departments).collect();
    Entity::new(Kind::User.uid(&subject.name), attributes, parents).map_err(unfit)
}

/// The roles and departments that there are.
#[derive(Clone, Debug, Default)]
pub struct Offices {
    pub roles: BTreeSet<String>,
    pub departments: BTreeSet<String>,
}

pub fn context(around: &Around<'_>) -> Result<Context, Unfit> {
    let now = RestrictedExpression::new_datetime(written(around.now)?);
    let mut pairs = vec![("door".to_owned(), text(around.door)), ("now".to_owned(), now)];
    pairs.extend(around.purpose.map(|purpose| ("purpose".to_owned(), text(purpose))));
    Context::from_pairs(pairs).map_err(unfit)
}

fn written(now: Timestamp) -> Result<String, Unfit> {
    let now = DateTime::from_timestamp_millis(now.ms()).ok_or("the time is out of all bounds")?;
    Ok(now.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

fn unfit(error: impl std::error::Error) -> Unfit {
    error.to_string()
}
