use super::ask::{Action, Ask, Context, Subject};
use super::compare::{alike, situations};
use super::decide::Policies;
use super::grant::RowRule;
use crate::clock::Timestamp;
use crate::names::TableName;

/// Whether a condition on rows decides what one of these people sees or changes of a table, for some purpose and by some door.
pub fn decides(
    policies: &Policies,
    dataset: &TableName,
    condition: &RowRule,
    subjects: &[Subject],
    now: Timestamp,
) -> bool {
    let situations = situations(policies, policies);
    let asks = alike(subjects, policies.look_at_names()).into_iter().flat_map(|subjects| {
        let of = move |action| Ask {
            subject: subjects[0],
            action,
            dataset,
            context: Context { purpose: None, door: "", now },
        };
        [Action::Read, Action::Write].map(of)
    });
    let mut asks = asks.flat_map(|ask| {
        let context = |(purpose, door): &(Option<_>, Option<_>)| Context {
            purpose: *purpose,
            door: door.unwrap_or_default(),
            now,
        };
        situations.iter().map(move |situation| Ask { context: context(situation), ..ask })
    });
    asks.any(|ask| {
        let decision = policies.decide(&ask);
        decision.granted().is_some_and(|grant| {
            let ways = grant.columns.iter().flat_map(|column| &column.ways);
            ways.filter_map(|way| way.rows.as_ref()).chain(&grant.hidden).any(|rule| rule == condition)
        })
    })
}
