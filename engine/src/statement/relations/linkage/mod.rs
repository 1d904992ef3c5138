//! Table functions of record linkage: which records of two relations are about the same person, firm or thing.

mod blocking;
pub mod edges;
mod records;
mod rules;
mod score;
mod sides;
mod train;

use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, Query, Value};
use huitong_catalog::Result;
use huitong_udfs::linkage::defaults;
use huitong_udfs::linkage::spec::Spec;
use serde_json::Value as Json;

use super::call::Call;
use super::template::Parts;
use blocking::{Pairs, Rule};
use rules::Written;
use sides::Sides;

/// `link_block(TABLE a [, TABLE b], id => …, rules => …)`: the candidate pairs, each with the first rule that makes it.
pub fn block(given: &[FunctionArg]) -> Result<Query> {
    let form = "link_block(TABLE a [, TABLE b], id => column | (column of a, column of b), rules => ((column, …), …)[, max_pairs => …])";
    let mut call = Call::read("link_block", form.to_owned(), 1..=2, &["id", "rules", "max_pairs"], given)?;
    let sides = Sides::of(&mut call)?;
    let Written { rules, expressions } = Written::of(call.require("rules")?);
    let text = Pairs { rules: &rules, is_within: sides.is_within(), columns: &[], joins: "" }.text();
    put(sides.into_parts(), expressions).put_into(&text)
}

/// `link_train(TABLE a [, TABLE b], id => …, spec => …)`: a model, learned from pairs of both.
pub fn train(given: &[FunctionArg]) -> Result<Query> {
    let form = "link_train(TABLE a [, TABLE b], id => column | (column of a, column of b), spec => 'cn_person' | 'person' | '{…}'[, max_pairs => …])";
    let mut call = Call::read("link_train", form.to_owned(), 1..=2, &["id", "spec", "max_pairs"], given)?;
    let sides = Sides::of(&mut call)?;
    let spec = specification(&mut call, "spec", None)?;
    let text = train::text(&spec, sides.is_within());
    sides.into_parts().put_into(&text)
}

/// `link(TABLE a [, TABLE b], id => …, model => …)`: the pairs that match, and those that somebody has to look at.
pub fn link(given: &[FunctionArg]) -> Result<Query> {
    let form = "link(TABLE a [, TABLE b], id => column | (column of a, column of b), model => 'cn_person' | 'person' | '{…}'\
                [, rules => ((column, …), …)][, accept => 0.99][, review => 0.5][, max_pairs => …])";
    let known = ["id", "model", "rules", "accept", "review", "max_pairs"];
    let mut call = Call::read("link", form.to_owned(), 1..=2, &known, given)?;
    let sides = Sides::of(&mut call)?;
    let model = specification(&mut call, "model", None)?;
    let Written { rules, expressions } = match call.take("rules") {
        Some(given) => Written::of(given),
        None => Written { rules: model.blocking.iter().map(Rule::of).collect(), expressions: vec![] },
    };
    if rules.is_empty() {
        return Err(call.bad("the model has no blocking rules, and `rules` gives none"));
    }
    let text = score::text(&model, &rules, sides.is_within());
    let mut bound = |name: &str, placeholder: &str, usual: &str| -> Result<(String, Expr)> {
        let given = call.number(name)?;
        let value = given.unwrap_or_else(|| Expr::value(Value::Number(usual.to_owned(), false)));
        Ok((placeholder.to_owned(), value))
    };
    let bounds = [bound("accept", score::ACCEPT, "0.99")?, bound("review", score::REVIEW, "0.5")?];
    put(put(sides.into_parts(), expressions), bounds).put_into(&text)
}

fn put(parts: Parts, expressions: impl IntoIterator<Item = (String, Expr)>) -> Parts {
    expressions.into_iter().fold(parts, |parts, (name, expression)| parts.expression(name, expression))
}

/// A specification or model: one that ships, by its name, or JSON; perhaps one that need not be given.
pub fn specification(call: &mut Call, argument: &str, usual: Option<&str>) -> Result<Spec> {
    let text = match (call.literal(argument)?, usual) {
        (Some(Json::String(text)), _) => text,
        (Some(_), _) => return Err(call.bad(&format!("`{argument}` takes a text"))),
        (None, Some(usual)) => usual.to_owned(),
        (None, None) => return Err(call.missing(&format!("`{argument}`"))),
    };
    let text = defaults::named(&text).unwrap_or(&text);
    Spec::parse(text).map_err(|error| call.bad(&error.to_string()))
}
