//! What candidates are to each other.

use huitong_udfs::linkage::spec::Spec;

use super::candidates::Candidates;
use crate::statement::relations::template::{literal, quoted};

/// Placeholders of the probabilities from which on a pair is a duplicate without a doubt, and one that somebody has to look at.
pub const ACCEPT: &str = "probability to accept";
pub const REVIEW: &str = "probability to review";

/// The text of a query with `id_l`, `id_r`, `relation`, `score`, `band`, `reasons_zh`, `reasons_en`, `evidence`.
pub fn text(model: &Spec, candidates: &Candidates) -> String {
    let model = literal(&model.to_json());
    let (accept, review) = (quoted(ACCEPT), quoted(REVIEW));
    format!(
        "SELECT id_l, id_r, relation, score, \
         CASE WHEN relation NOT IN ('same_filing', 'same_project') THEN 'no' WHEN score >= {accept} THEN 'auto' ELSE 'review' END AS band, \
         reasons_zh, reasons_en, link_explain({model}, l, r) AS evidence \
         FROM (SELECT id_l, id_r, l, r, score, get_field(told, 'relation') AS relation, get_field(told, 'reasons_zh') AS reasons_zh, \
         get_field(told, 'reasons_en') AS reasons_en \
         FROM (SELECT id_l, id_r, l, r, score, project_relation(l, r, score >= {review}) AS told \
         FROM (SELECT id_l, id_r, l, r, get_field(link_score({model}, l, r), 'probability') AS score \
         FROM {compared} AS pair) AS pair) AS pair) AS pair \
         WHERE relation IS NOT NULL",
        compared = candidates.compared(),
    )
}
