use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy::{ActionConstraint, Policy, PolicyId, PolicySet};

use super::faults;
use super::names::Names;
use super::notes::Notes;
use super::tokens::{Token, tokens};
use crate::contracts::{Location, Mask, Mistakes, Refusal};
use crate::error::Place;

/// What is nested, or strung together, beyond this is written by no person, and would ask too much of whoever walks over it.
const DEPTH_MAX: usize = 32;
const WORDS_MAX: usize = 2000;
const POLICIES_MAX: usize = 2000;

/// One policy.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its `@id`; without one, its file and line, with the column where that is not enough.
    pub name: String,
    /// `policy.cedar:12:1`
    pub at: String,
    pub effect: Effect,
    /// What it is for, as far as it says so.
    pub zh: Option<String>,
    pub en: Option<String>,
    pub(super) meaning: Meaning,
    pub(super) policy: Policy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    Permit,
    Forbid,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Permit { gives: Gives, rows: Option<String> },
    Forbid(Takes),
}

/// How a permit shows a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Under the mask of the contract, if that has one.
    AsAgreed,
    Plain,
    Under(Mask),
}

/// What a forbid takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takes {
    Column,
    /// Everything that is less masked than this.
    Below(Mask),
    /// Rows, of the whole table.
    Rows(String),
}

/// As it stands in its file, in Cedar's own layout.
impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.policy.fmt(f)
    }
}

impl Rule {
    /// The same text for policies that mean the same, whatever their names and explanations are.
    pub(crate) fn content(&self) -> String {
        match self.policy.to_json() {
            Ok(mut json) => {
                if let Some(policy) = json.as_object_mut() {
                    policy.remove("annotations");
                }
                format!("{:?} {json}", self.meaning)
            }
            Err(_) => self.policy.to_string(),
        }
    }
}

impl Effect {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Forbid => "forbid",
        }
    }

    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Permit => "许可",
            Self::Forbid => "禁止",
        }
    }
}

/// The rules of a model's files of policies, by path, or all that is wrong with them.
pub fn rules_of(files: &BTreeMap<String, String>, names: &Names) -> Result<Vec<Rule>, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut rules = Vec::new();
    for (path, text) in files {
        let file = File { path, label: Arc::from(path.as_str()), text };
        file.read(names, &mut rules, &mut mistakes);
    }
    if mistakes.is_empty() { Ok(rules) } else { Err(mistakes.in_order()) }
}

/// Tells the mistakes of one file and adds its rules to those of the files before; `label` is how messages call it.
pub fn check(path: &str, label: &Arc<str>, text: &str, names: &Names, rules: &mut Vec<Rule>, mistakes: &mut Mistakes) {
    File { path, label: Arc::clone(label), text }.read(names, rules, mistakes);
}

pub(super) struct File<'a> {
    path: &'a str,
    label: Arc<str>,
    text: &'a str,
}

impl File<'_> {
    fn read(&self, names: &Names, rules: &mut Vec<Rule>, mistakes: &mut Mistakes) {
        let words = tokens(self.text);
        let statements: Vec<&[Token<'_>]> = words.split_inclusive(|token| token.is(";")).collect();
        if let Some(first) = statements.get(POLICIES_MAX).and_then(|statement| statement.first()) {
            return self.tell(first.at, format!("there are more than {POLICIES_MAX} policies"), mistakes);
        }
        let known = rules.len();
        let mut taken: BTreeSet<String> = rules.iter().map(|rule| rule.name.clone()).collect();
        let mut places = Vec::new();
        for statement in statements {
            let Some(mut rule) = self.rule(statement, rules.len(), names, mistakes) else { continue };
            let named = Notes::of(statement).at("id");
            if taken.contains(&rule.name) && named.is_none() {
                rule.name = rule.at.clone();
            }
            if !taken.insert(rule.name.clone()) {
                let at = named.unwrap_or(statement[0].at);
                self.tell(at, format!("there are two policies `{}`", rule.name), mistakes);
            }
            places.push(statement[0].at);
            rules.push(rule);
        }
        self.validate(&rules[known..], &places, known, mistakes);
    }

    fn rule(&self, statement: &[Token<'_>], index: usize, names: &Names, mistakes: &mut Mistakes) -> Option<Rule> {
        let (first, last) = (statement.first()?, statement.last()?);
        if let Err((at, refusal)) = require_bounds(statement) {
            self.tell(at, refusal, mistakes);
            return None;
        }
        let text = &self.text[first.at..last.at + last.text.len()];
        let notes = Notes::of(statement);
        let before = mistakes.len();
        for (at, refusal) in notes.faults().into_iter().chain(names.refused(statement)) {
            self.tell(at, refusal, mistakes);
        }
        let policy = match Policy::parse(Some(PolicyId::new(index.to_string())), text) {
            Ok(policy) => policy,
            Err(errors) => {
                for fault in faults::of_text(&errors) {
                    self.tell(first.at + fault.at, fault.refusal, mistakes);
                }
                return None;
            }
        };
        let effect = match policy.effect() {
            cedar_policy::Effect::Permit => Effect::Permit,
            cedar_policy::Effect::Forbid => Effect::Forbid,
        };
        let meaning = match notes.meaning(effect, About::of(&policy)) {
            Ok(meaning) => meaning,
            Err((at, refusal)) => {
                // Of a note that is wrong as such, that is told already.
                if mistakes.len() == before {
                    self.tell(at, refusal, mistakes);
                }
                Meaning::Forbid(Takes::Column)
            }
        };
        let owned = |name: &str| notes.value(name).map(|text| text.trim().to_owned());
        let place = Place::of_offset(self.text, first.at);
        let name = owned("id").unwrap_or_else(|| format!("{}:{}", self.path, place.line));
        let at = format!("{}:{place}", self.path);
        Some(Rule { name, at, effect, zh: owned("zh"), en: owned("en"), meaning, policy })
    }

    /// Types, attributes, and policies that can never hold.
    fn validate(&self, rules: &[Rule], places: &[usize], known: usize, mistakes: &mut Mistakes) {
        let Ok(set) = PolicySet::from_policies(rules.iter().map(|rule| rule.policy.clone())) else {
            return self.tell(0, "the policies cannot be put together", mistakes);
        };
        for (index, fault) in faults::of_types(&set) {
            let start = index.checked_sub(known).and_then(|index| places.get(index)).copied().unwrap_or_default();
            self.tell(start + fault.at, fault.refusal, mistakes);
        }
    }

    fn tell(&self, at: usize, refusal: impl Into<Refusal>, mistakes: &mut Mistakes) {
        let place = Place::of_offset(self.text, at);
        mistakes.add(&Location { file: Arc::clone(&self.label), place }, refusal);
    }
}

/// The actions that a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Read,
    Write,
    Both,
}

impl About {
    fn of(policy: &Policy) -> Self {
        let actions = match policy.action_constraint() {
            ActionConstraint::Any => return Self::Both,
            ActionConstraint::Eq(action) => vec![action],
            ActionConstraint::In(actions) => actions,
        };
        let all = |name: &str| actions.iter().all(|action| action.id().unescaped() == name);
        match (all("read"), all("write")) {
            (true, false) => Self::Read,
            (false, true) => Self::Write,
            _ => Self::Both,
        }
    }
}

fn require_bounds(statement: &[Token<'_>]) -> Result<(), (usize, Refusal)> {
    if let Some(token) = statement.get(WORDS_MAX) {
        return Err((token.at, Refusal::new(format!("a policy has no more than {WORDS_MAX} words and signs"))));
    }
    let mut depth = 0_usize;
    for token in statement {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err((token.at, Refusal::new(format!("brackets stand no more than {DEPTH_MAX} deep"))));
        }
    }
    Ok(())
}
