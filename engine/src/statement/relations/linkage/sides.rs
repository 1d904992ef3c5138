//! The relations whose records are compared.

use datafusion::sql::sqlparser::ast::{Expr, Query, Value};
use huitong_catalog::Result;

use super::blocking::{LEFT, LEFT_ID, MAX_PAIRS, RIGHT, RIGHT_ID};
use crate::statement::relations::call::{Call, Key};
use crate::statement::relations::template::Parts;

/// Pairs that a rule may make unless the call says otherwise.
const PAIRS_MAX: &str = "1000000000";

#[derive(Debug)]
pub struct Sides {
    left: Side,
    /// None where the records of one relation are compared with each other.
    right: Option<Side>,
    most: Expr,
}

#[derive(Debug)]
struct Side {
    relation: Query,
    id: Key,
}

impl Sides {
    /// Takes the relations, `id` and `max_pairs` of a call.
    pub fn of(call: &mut Call) -> Result<Self> {
        let ids = call.keys("id")?.ok_or_else(|| call.missing("`id`"))?;
        let most = call.number("max_pairs")?.unwrap_or_else(|| Expr::value(Value::Number(PAIRS_MAX.to_owned(), false)));
        let mut relations = std::mem::take(&mut call.relations).into_iter();
        let (Some(left), right) = (relations.next(), relations.next()) else { return Err(call.missing("a relation")) };
        let (left_id, right_id) = match (&ids[..], &right) {
            ([id], _) => (id.clone(), id.clone()),
            ([left, right], Some(_)) => (left.clone(), right.clone()),
            _ => return Err(call.bad("`id` takes the column that tells a record, of each relation one")),
        };
        let right = right.map(|relation| Side { relation, id: right_id });
        Ok(Self { left: Side { relation: left, id: left_id }, right, most })
    }

    pub fn is_within(&self) -> bool {
        self.right.is_none()
    }

    /// What is put into a text of pairs.
    pub fn into_parts(self) -> Parts {
        let parts = Parts::default()
            .relation(LEFT, self.left.relation)
            .expression(LEFT_ID, self.left.id.expression)
            .expression(MAX_PAIRS, self.most);
        match self.right {
            Some(right) => parts.relation(RIGHT, right.relation).expression(RIGHT_ID, right.id.expression),
            None => parts,
        }
    }
}
