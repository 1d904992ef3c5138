//! Which filings are compared: those that share a key which not too many have.
//!
//! How many pairs there will be is not known when they are planned, and then a join keeps in memory what stands at its left. There the
//! texts put filings, never pairs: memory grows with the register, not with how much in it is alike. With an index they put the ids of pairs
//! there, since candidates are few and the register is not to be kept.

use crate::statement::relations::template::{ROW, quoted};

/// Placeholders of the parts.
pub const NEW: &str = "new filings";
pub const REGISTER: &str = "register of filings";
pub const ID: &str = "id of a filing";
pub const INDEX: &str = "keys of the register";
pub const MOST: &str = "most filings of a key";

pub struct Candidates<'a> {
    /// Whether there is no register: the filings are compared with each other, each pair once.
    pub is_within: bool,
    /// Whether the keys of the register are a relation of their own, of `id` and `key`: then features are made of candidates alone.
    pub is_indexed: bool,
    /// Text of the features of a row.
    pub features: &'a str,
}

impl Candidates<'_> {
    /// A relation of `id` and `features`.
    fn side(&self, is_left: bool) -> String {
        let relation = quoted(self.relation(is_left));
        format!("(SELECT {} AS id, {} AS features FROM {relation} AS {ROW})", quoted(ID), self.features)
    }

    /// A relation of `id_l`, `id_r`, and the features `l` and `r` of both.
    pub fn compared(&self) -> String {
        let (new, pairs) = (self.side(true), self.pairs());
        match self.is_indexed {
            // The pairs stand here once: to find them, all keys of the register are read. What several new filings have as a candidate is
            // read into features for each of them.
            true => format!(
                "(SELECT pair.id_l, pair.id_r, new.features AS l, pair.r FROM {new} AS new JOIN (SELECT \"id of a new one\" AS id_l, \
                 \"id of a candidate\" AS id_r, {features} AS r FROM (SELECT id_l AS \"id of a new one\", id_r AS \"id of a candidate\" \
                 FROM {pairs} AS pair) AS pair JOIN {register} AS {ROW} ON {id} = pair.\"id of a candidate\") AS pair ON new.id = pair.id_l)",
                features = self.features,
                register = quoted(self.relation(false)),
                id = quoted(ID),
            ),
            false => format!(
                "(SELECT pair.id_l, pair.id_r, pair.l, r.features AS r FROM {register} AS r JOIN (SELECT pair.id_l, pair.id_r, l.features AS l \
                 FROM {new} AS l JOIN {pairs} AS pair ON l.id = pair.id_l) AS pair ON r.id = pair.id_r)",
                register = self.side(false),
            ),
        }
    }

    /// A relation of `id_l` and `id_r`, each pair once. A key of many filings tells nothing of two of them.
    fn pairs(&self) -> String {
        let most = quoted(MOST);
        match self.is_within {
            // The keys are counted before their filings are listed: most have one filing, and a list each would take much memory.
            true => format!(
                "(SELECT DISTINCT id_l, id_r FROM (SELECT block.id_l, unnest(block.ids) AS id_r FROM (SELECT block.ids, unnest(block.ids) AS id_l \
                 FROM (SELECT array_agg(id) AS ids FROM (SELECT id, key, count(*) OVER (PARTITION BY key) AS n FROM {keys} AS keys) AS keys \
                 WHERE n > 1 AND n <= {most} GROUP BY key) AS block) AS block) AS block WHERE id_l < id_r)",
                keys = self.keys(true),
            ),
            false => format!(
                "(SELECT DISTINCT l.id AS id_l, r.id AS id_r FROM {new} AS l JOIN (SELECT id, key FROM (SELECT known.id, known.key, \
                 count(*) OVER (PARTITION BY known.key) AS n FROM (SELECT DISTINCT key FROM {new} AS keys) AS asked \
                 JOIN {register} AS known ON known.key = asked.key) AS known WHERE n <= {most}) AS r \
                 ON l.key = r.key WHERE l.id <> r.id)",
                new = self.keys(true),
                register = self.keys(false),
            ),
        }
    }

    /// A relation of `id` and `key`, a row for each key of a filing.
    fn keys(&self, is_left: bool) -> String {
        match self.is_indexed && !is_left {
            true => format!("(SELECT id, key FROM {} AS known)", quoted(INDEX)),
            false => {
                format!("(SELECT id, unnest(get_field(features, 'keys')) AS key FROM {} AS side)", self.side(is_left))
            }
        }
    }

    fn relation(&self, is_left: bool) -> &'static str {
        if is_left || self.is_within { NEW } else { REGISTER }
    }
}
