//! `link`: the candidate pairs of a model with their weights, in bands.

use huitong_udfs::linkage::spec::Spec;

use super::blocking::{Pairs, Rule};
use super::records::{RECORD, of_both, record, terms};
use crate::statement::relations::template::{literal, quoted};

/// Placeholders of the probabilities from which on a pair is accepted and looked at.
pub const ACCEPT: &str = "probability to accept";
pub const REVIEW: &str = "probability to review";

/// The text of a query with `id_l`, `id_r`, `rule`, `weight`, `probability`, `band`.
pub fn text(model: &Spec, rules: &[Rule], within: bool) -> String {
    let frequent = model.term_frequency_columns();
    let columns = [(RECORD.to_owned(), record(model, &frequent))];
    let joins = terms(&frequent, within);
    let pairs = Pairs { rules, is_within: within, columns: &columns, joins: &joins }.text();
    let [left, right] = of_both();
    let (accept, review) = (quoted(ACCEPT), quoted(REVIEW));
    format!(
        "SELECT scored.id_l, scored.id_r, scored.rule, scored.weight, scored.probability, \
         CASE WHEN scored.probability >= {accept} THEN 'accept' ELSE 'review' END AS band \
         FROM (SELECT pair.id_l, pair.id_r, pair.rule, get_field(pair.score, 'weight') AS weight, \
         get_field(pair.score, 'probability') AS probability \
         FROM (SELECT pairs.id_l, pairs.id_r, pairs.rule, link_score({model}, pairs.{left}, pairs.{right}) AS score \
         FROM ({pairs}) AS pairs) AS pair) AS scored WHERE scored.probability >= {review}",
        model = literal(&model.to_json()),
    )
}
