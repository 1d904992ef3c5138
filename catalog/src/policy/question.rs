use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{AuthorizationError, Authorizer, Entities, EntityUid, PolicyId, PolicySet, Request};

use super::ask::{Action, Ask};
use super::decide::{Facts, Table};
use super::entities::Unfit;
use super::grant::{Because, Column, Decision, Denied, Grant, RowRule, Way, Withheld, cmp_masks};
use super::read::{Gives, Meaning, Rule, Takes};
use crate::contracts::Mask;

/// A question as Cedar gets it, once for each column.
pub struct Question<'a> {
    pub rules: &'a [Rule],
    /// Of those policies whose heads may hold.
    pub permits: PolicySet,
    pub forbids: PolicySet,
    pub entities: Entities,
    pub principal: EntityUid,
    pub action: EntityUid,
    pub context: cedar_policy::Context,
}

/// What holds for one column.
#[derive(Default)]
struct Held<'a> {
    permits: Vec<&'a Rule>,
    forbids: Vec<&'a Rule>,
    failed: Vec<(&'a Rule, String)>,
}

impl<'a> Question<'a> {
    pub fn decide(&self, ask: &Ask<'_>, table: &Table) -> Decision {
        let (mut columns, mut withheld) = (Vec::new(), Vec::new());
        let mut hidden: BTreeMap<&str, &str> = BTreeMap::new();
        for column in &table.columns {
            let held = match self.held(column) {
                Ok(held) => held,
                Err(error) => return denied([Because::Unfit { error }]),
            };
            // Which rows it would have hidden, of all columns, is not known.
            if let Some((rule, error)) = held.failed.iter().find(|(rule, _)| hides_rows(rule)) {
                return denied([Because::Failed { policy: rule.name.clone(), error: error.clone() }]);
            }
            for rule in &held.forbids {
                if let Meaning::Forbid(Takes::Rows(sql)) = &rule.meaning {
                    let policy = hidden.entry(sql).or_insert(&rule.name);
                    *policy = (&**policy).min(&rule.name);
                }
            }
            match held.ways(ask.action, table, column).and_then(|ways| beside_office(ask, column, ways)) {
                Ok(ways) => columns.push(Column::of(column.name.clone(), ways)),
                Err(because) => withheld.push(Withheld { column: column.name.clone(), because }),
            }
        }
        if columns.is_empty() {
            return denied(withheld.into_iter().map(|column| column.because));
        }
        let hidden = hidden.into_iter().map(|(sql, policy)| row_rule(sql, policy)).collect();
        Decision::Granted(Grant { dataset: ask.dataset.clone(), action: ask.action, columns, hidden, withheld })
    }

    fn held(&self, column: &Facts) -> Result<Held<'a>, Unfit> {
        let (principal, action) = (self.principal.clone(), self.action.clone());
        let request = Request::new(principal, action, column.uid.clone(), self.context.clone(), None);
        let request = request.map_err(|error| error.to_string())?;
        let mut held = Held::default();
        self.ask(&request, &self.permits, &mut held.permits, &mut held.failed)?;
        self.ask(&request, &self.forbids, &mut held.forbids, &mut held.failed)?;
        Ok(held)
    }

    fn ask(
        &self,
        request: &Request,
        set: &PolicySet,
        held: &mut Vec<&'a Rule>,
        failed: &mut Vec<(&'a Rule, String)>,
    ) -> Result<(), Unfit> {
        let answer = Authorizer::new().is_authorized(request, set, &self.entities);
        for id in answer.diagnostics().reason() {
            held.push(self.rule(id)?);
        }
        for error in answer.diagnostics().errors() {
            let AuthorizationError::PolicyEvaluationError(error) = error;
            failed.push((self.rule(error.policy_id())?, error.inner().to_string()));
        }
        Ok(())
    }

    fn rule(&self, id: &PolicyId) -> Result<&'a Rule, Unfit> {
        let index: Option<usize> = AsRef::<str>::as_ref(id).parse().ok();
        index.and_then(|index| self.rules.get(index)).ok_or_else(|| format!("an answer names a policy {id}"))
    }
}

impl Held<'_> {
    fn ways(&self, action: Action, table: &Table, column: &Facts) -> Result<Vec<Way>, Because> {
        let failed = self.failed.iter().min_by(|one, other| one.0.name.cmp(&other.0.name));
        if let Some((rule, error)) = failed {
            return Err(Because::Failed { policy: rule.name.clone(), error: error.clone() });
        }
        let taken = self.forbids.iter().filter(|rule| rule.meaning == Meaning::Forbid(Takes::Column));
        let mut taken: Vec<String> = taken.map(|rule| rule.name.clone()).collect();
        if !taken.is_empty() {
            taken.sort();
            return Err(Because::Forbidden { policies: taken });
        }
        let floor = self.floor(table, column);
        let ways = self.permits.iter().filter_map(|rule| {
            let Meaning::Permit { gives, rows } = &rule.meaning else { return None };
            let mask = match gives {
                Gives::AsAgreed => column.mask.clone(),
                Gives::Plain => None,
                Gives::Under(mask) => Some(table.fitting(mask, column)),
            };
            let rows = rows.as_ref().map(|sql| row_rule(sql, &rule.name));
            let policy = rule.name.clone();
            Some(match &floor {
                _ if action == Action::Write => Way { rows, mask: None, policy, masked_by: None },
                Some((least, by)) if cmp_masks(mask.as_ref(), Some(least)).is_lt() => {
                    Way { rows, mask: Some(least.clone()), policy, masked_by: Some((*by).to_owned()) }
                }
                _ => Way { rows, mask, policy, masked_by: None },
            })
        });
        let ways: Vec<Way> = ways.collect();
        if ways.is_empty() { Err(Because::NoPermit) } else { Ok(ways) }
    }
}

impl<'a> Held<'a> {
    /// The strictest of the masks below which nothing is shown, and whose it is.
    fn floor(&self, table: &Table, column: &Facts) -> Option<(Mask, &'a str)> {
        let masks = self.forbids.iter().filter_map(|rule| match &rule.meaning {
            Meaning::Forbid(Takes::Below(mask)) => Some((table.fitting(mask, column), rule.name.as_str())),
            _ => None,
        });
        masks.max_by(|(one, by), (other, other_by)| one.cmp_strictness(other).then_with(|| other_by.cmp(by)))
    }
}

fn hides_rows(rule: &Rule) -> bool {
    matches!(rule.meaning, Meaning::Forbid(Takes::Rows(_)))
}

fn row_rule(sql: &str, policy: &str) -> RowRule {
    RowRule { sql: sql.to_owned(), policy: policy.to_owned() }
}

/// Who runs the platform, says who sees what or looks after them gets no data by a policy that names them, either: an administrator of
/// policies could permit them to themselves. What everybody may read, they may.
fn beside_office(ask: &Ask<'_>, column: &Facts, ways: Vec<Way>) -> Result<Vec<Way>, Because> {
    let is_public = column.is_open && ask.action == Action::Read;
    if ask.subject.office.is_none() || is_public { Ok(ways) } else { Err(Because::Office) }
}

/// Each reason once.
pub fn denied(because: impl IntoIterator<Item = Because>) -> Decision {
    let because: BTreeSet<Because> = because.into_iter().collect();
    Decision::Denied(Denied { because: because.into_iter().collect() })
}
