use std::collections::BTreeMap;

use super::schema::ACTIONS;
use super::tokens::{Kind, Token};
use crate::contracts::{Dataset, Labelled, Labels, Refusal, Sharing, Snapshot, Tag};
use crate::error::suggest;
use crate::names::TableName;

/// What exists in a model, as far as policies may name it.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub roles: Known,
    pub departments: Known,
    pub elements: Known,
    pub libraries: Known,
    pub datasets: Known,
    /// `library.table.column`
    pub fields: Known,
}

/// The names of one kind, each with what people call it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub entries: BTreeMap<String, Option<Labels>>,
    /// Whether there may be others that could not be read: then a name that is not here is no mistake.
    pub partial: bool,
}

impl Names {
    pub fn of(snapshot: &Snapshot) -> Self {
        let names = Self {
            roles: Known::of(snapshot.roles()),
            departments: Known::of(snapshot.departments()),
            elements: Known::of(snapshot.elements()),
            ..Self::default()
        };
        names.with_datasets(snapshot.datasets().iter().map(|(name, dataset)| (name, Some(dataset))))
    }

    /// Also these; of one that has mistakes of its own, only the name is known.
    pub fn with_datasets<'a>(mut self, datasets: impl Iterator<Item = (&'a TableName, Option<&'a Dataset>)>) -> Self {
        for (name, dataset) in datasets {
            self.libraries.entries.insert(name.schema().to_owned(), None);
            self.datasets.entries.insert(name.to_string(), dataset.map(|dataset| dataset.labels.clone()));
            for field in dataset.iter().flat_map(|dataset| &dataset.fields) {
                self.fields.entries.insert(format!("{name}.{}", field.name), None);
            }
        }
        self
    }

    /// The first thing that is wrong with each name in a policy, and at which byte.
    pub fn refused(&self, tokens: &[Token<'_>]) -> Vec<(usize, Refusal)> {
        let entities = tokens.windows(3).filter_map(|three| self.entity(three));
        let values = (0..tokens.len()).flat_map(|index| self.values(&tokens[index..]));
        entities.chain(values).collect()
    }

    /// `Role::"analyst"`.
    fn entity(&self, three: &[Token<'_>]) -> Option<(usize, Refusal)> {
        let [kind, colons, name] = three else { return None };
        if kind.kind != Kind::Word || !colons.is("::") {
            return None;
        }
        let id = name.inside()?;
        let refusal = match kind.text {
            "Role" => self.roles.refuse("role", id),
            "Department" => self.departments.refuse("department", id),
            "Library" => self.libraries.refuse("library", id),
            "Dataset" => self.datasets.refuse("dataset", id),
            "Field" => self.field(id),
            "Action" => word("action", id, &ACTIONS),
            // Who signs in is not of the model, and what is no kind of entity Cedar tells.
            _ => None,
        };
        refusal.map(|refusal| (name.at, refusal))
    }

    fn field(&self, id: &str) -> Option<Refusal> {
        let dataset = id.rsplit_once('.').map_or("", |(dataset, _)| dataset);
        match self.datasets.refuse("dataset", dataset) {
            Some(_) if !dataset.contains('.') => {
                let refusal = Refusal::new(format!("there is no field `{id}`"));
                Some(refusal.help("a field is named as `library.table.column`"))
            }
            Some(refusal) => Some(refusal),
            // A dataset that has mistakes of its own has no fields that could be looked at.
            None if self.datasets.entries.get(dataset).is_none_or(Option::is_none) => None,
            None => {
                let begin = format!("{dataset}.");
                let fields = self.fields.entries.keys().filter(|field| field.starts_with(&begin));
                let fields: Vec<&str> = fields.map(String::as_str).collect();
                let known = fields.contains(&id);
                (!known).then(|| Refusal::new(format!("there is no field `{id}`")).choose(id, fields))
            }
        }
    }

    /// `.share == "conditional"`, `.tags.contains("pi")`, `.tags.containsAny(["pi"])`: a word that is on no list makes a
    /// condition that never holds.
    fn values(&self, tokens: &[Token<'_>]) -> Vec<(usize, Refusal)> {
        let [dot, attribute, rest @ ..] = tokens else { return Vec::new() };
        if !dot.is(".") || attribute.kind != Kind::Word {
            return Vec::new();
        }
        let compared: &[Token<'_>] = match rest {
            [sign, value, ..] if sign.is("==") || sign.is("!=") => std::slice::from_ref(value),
            [dot, call, open, inside @ ..] if dot.is(".") && call.text.starts_with("contains") && open.is("(") => {
                &inside[..inside.iter().position(|token| token.is(")")).unwrap_or(inside.len())]
            }
            _ => return Vec::new(),
        };
        let texts = compared.iter().filter_map(|token| Some((token.at, token.inside()?)));
        texts.filter_map(|(at, text)| Some((at, self.value(attribute.text, text)?))).collect()
    }

    fn value(&self, attribute: &str, text: &str) -> Option<Refusal> {
        match attribute {
            "share" => word("kind of sharing", text, Sharing::WORDS),
            "tags" => word("tag", text, Tag::WORDS),
            "roles" => self.roles.refuse("role", text),
            "owner" | "department" => self.departments.refuse("department", text),
            "library" => self.libraries.refuse("library", text),
            "dataset" => self.datasets.refuse("dataset", text),
            "element" => self.elements.refuse("element", text),
            _ => None,
        }
    }
}

impl Known {
    fn of<T: Labelled>(entries: &BTreeMap<String, T>) -> Self {
        let entries = entries.iter().map(|(name, entry)| (name.clone(), Some(entry.labels().clone())));
        Self { entries: entries.collect(), partial: false }
    }

    /// Whoever writes `公安局` where `police` stands means the same; the key is what is written.
    fn refuse(&self, what: &str, name: &str) -> Option<Refusal> {
        if self.partial || self.entries.contains_key(name) {
            return None;
        }
        let refusal = Refusal::new(format!("there is no {what} `{name}`"));
        let called = |labels: &Labels| labels.zh == name || labels.en.eq_ignore_ascii_case(name);
        let labelled = self.entries.iter().find(|(_, labels)| labels.as_ref().is_some_and(called));
        Some(match labelled {
            Some((key, _)) => refusal.help(format!("did you mean `{key}`?")),
            None => refusal.choose(name, self.entries.keys().map(String::as_str)),
        })
    }
}

fn word(what: &str, text: &str, words: &[&str]) -> Option<Refusal> {
    if words.contains(&text) {
        return None;
    }
    let refusal = Refusal::new(format!("there is no {what} `{text}`"));
    Some(match suggest(text, words.iter().copied()) {
        Some(close) => refusal.help(format!("did you mean `{close}`?")),
        None => refusal.help(format!("there is: {}", words.join(", "))),
    })
}
